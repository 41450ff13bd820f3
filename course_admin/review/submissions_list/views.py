"""Pages of the submissions of an assignment, for its staff: the list, and one after the other."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.assignments.deadlines import DeadlineBook, lateness_of
from course_admin.liveness import clock
from course_admin.policy import Action, may
from course_admin.review.desk.place import Place, place_of
from course_admin.review.submissions_list.forms import WantedForm
from course_admin.review.submissions_list.listing import STATES, listing, neighbours
from course_admin.submissions.models import Attempt
from course_admin.submissions.reports.report import report

ON_A_PAGE = 50


@require_safe
@login_required
@never_cache
def submissions(request: HttpRequest, slug: str, assignment: str) -> HttpResponse:
    """List an assignment's attempts of those whom the viewer teaches, as many at a time as are read at once."""
    place = place_of(request, slug, assignment)
    form = WantedForm(place, request.GET)
    page = Paginator(listing(place, form.wanted()), ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"place": place, "form": form, "page": page, "rows": _rows(place, page.object_list)}
    return render(request, "review/submissions.html", {**shown, "query": query_of(request)})


def _rows(place: Place, attempts: Any) -> list[dict[str, Any]]:
    """Return what the list says of each attempt; the terms of the whole course come in five queries."""
    rows = list(attempts.with_people().prefetch_related("memberships__student__section"))
    book, labels = DeadlineBook(place.course), dict(STATES)
    return [
        {
            "attempt": row,
            "state": row.state,
            "label": labels.get(row.state, row.state),
            "score": row.score,
            "max_score": row.max_score,
            "is_late": any(
                lateness_of(row.received_at, place.assignment, book.terms(person, place.assignment)).is_late
                for person in row.people
            ),
        }
        for row in rows
    ]


@require_safe
@login_required
@never_cache
def submission(request: HttpRequest, slug: str, assignment: str, public_id: str) -> HttpResponse:
    """Show one attempt to staff, with the way to those before and after it in the list that they came from."""
    place = place_of(request, slug, assignment)
    wanted = WantedForm(place, request.GET).wanted()
    seen = place.attempts.filter(public_id=public_id)
    attempt = get_object_or_404(Attempt.objects.with_names().filter(pk__in=seen.values("pk")))
    taught = [person for person in attempt.people if may(place.standing, Action.GRANT, person)]
    shown = {
        "place": place,
        "taught": taught,
        "report": report(attempt=attempt, user=request.user, at=clock.now()),
        "neighbours": neighbours(place, wanted, attempt),
        "query": query_of(request),
    }
    return render(request, "review/submission.html", shown)


def query_of(request: HttpRequest) -> str:
    """Return the filters of an address, without the page, to go on with them."""
    kept = request.GET.copy()
    kept.pop("page", None)
    for name in [name for name, value in kept.items() if not value]:
        del kept[name]
    return kept.urlencode()
