"""Pages of the failures of an assignment that look alike, for its staff; what is done on them goes to changes.py."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action
from course_admin.review.clusters import changes
from course_admin.review.clusters.examples import difference, examples
from course_admin.review.clusters.overview import Overview, Seen, overview
from course_admin.review.desk.place import Place, place_of
from course_admin.review.models import ANSWER_CHARACTERS, TITLE_CHARACTERS, Cluster
from course_admin.review.services import NotToSay
from course_admin.submissions.models import Attempt, Run
from course_admin.submissions.queue import dispatch, staff_requests

FEWEST = 2  # students of a cluster that is listed, unless somebody kept it
LISTED = 200
WHY_CHARACTERS = 500


@require_safe
@login_required
@never_cache
def failures(request: HttpRequest, slug: str, assignment: str) -> HttpResponse:
    """List the clusters of an assignment among those whom the viewer teaches, the largest first."""
    place = place_of(request, slug, assignment)
    found = overview(place, clock.now())
    listed = [each for each in found.clusters if len(each.students) >= FEWEST or each.kept]
    alone = sum(len(each.students) < FEWEST and not each.kept for each in found.clusters)
    lines = _with_first(place, found, listed[:LISTED])
    shown = {"place": place, "found": found, "listed": lines, "alone": alone}
    return render(request, "review/failures.html", shown)


@require_safe
@login_required
@never_cache
def failure(request: HttpRequest, slug: str, assignment: str, key: str) -> HttpResponse:
    """Show one cluster: in which tests it shows, three of its submissions, who is in it, and what can be done."""
    place = place_of(request, slug, assignment)
    return _page(request, place, *_seen(place, key))


def _page(request: HttpRequest, place: Place, found: Overview, seen: Seen, **more: Any) -> HttpResponse:
    """Show a cluster; `refusal` is why what was `typed` was not done."""
    shown = {
        "place": place,
        "found": found,
        "seen": seen,
        "examples": examples(seen, found),
        "attempts": _attempts(place, found, seen).prefetch_related("memberships__student")[:LISTED],
        "others": [each for each in found.clusters if each.key != seen.key][:LISTED],
        "answer_characters": ANSWER_CHARACTERS,
        "title_characters": TITLE_CHARACTERS,
        "why_characters": WHY_CHARACTERS,
        **more,
    }
    return render(request, "review/failure.html", shown)


def _with_first(place: Place, found: Overview, listed: list[Seen]) -> list[tuple[Seen, Attempt | None]]:
    """Return clusters, each with the attempt that shows it best; one query."""
    runs = {each.key: found.runs[each.students[0]] for each in listed if each.students}
    attempts = {run.pk: run.attempt for run in Run.objects.filter(pk__in=runs.values()).select_related("attempt")}
    return [(each, attempts.get(runs.get(each.key, 0))) for each in listed]


def _seen(place: Place, key: str) -> tuple[Overview, Seen]:
    found = overview(place, clock.now())
    seen = found.of(key)
    if seen is None:
        raise Http404
    return found, seen


def _attempts(place: Place, found: Overview, seen: Seen) -> QuerySet[Attempt]:
    runs = [found.runs[student] for student in seen.students]
    return place.attempts.filter(runs__in=runs).distinct()


@require_safe
@login_required
@never_cache
def compare(request: HttpRequest, slug: str, assignment: str, one: str, other: str) -> HttpResponse:
    """Show the difference between two submissions of an assignment."""
    place = place_of(request, slug, assignment)
    attempts = place.attempts.prefetch_related("memberships__student")
    pair = [get_object_or_404(attempts, public_id=name) for name in (one, other)]
    shown = {"place": place, "one": pair[0], "other": pair[1], "lines": difference(*pair)}
    return render(request, "review/compare.html", shown)


def _change(request: LoggedInRequest, slug: str, assignment: str, key: str, change: Callable[..., Any]) -> HttpResponse:
    """Have a change made of the cluster that an address names, and lead to what it became."""
    place = place_of(request, slug, assignment, Action.ANSWER_FAILURES)
    found, seen = _seen(place, key)
    told = {"actor": request.user, "at": clock.now()}
    try:
        kept, words = change(place, found, seen, told)
    except NotToSay as refusal:
        return _page(request, place, *_seen(place, key), refusal=str(refusal), typed=request.POST)
    messages.success(request, words)
    return redirect("failure", slug=slug, assignment=assignment, key=f"c{kept.pk}")


@require_POST
@login_required
def answer(request: LoggedInRequest, slug: str, assignment: str, key: str) -> HttpResponse:
    """Answer everybody in a cluster."""

    def change(place: Place, found: Overview, seen: Seen, told: dict[str, Any]) -> tuple[Cluster, str]:
        said: dict[str, Any] = {"title": request.POST.get("title", ""), "text": request.POST.get("text", "")}
        kept = changes.answer(assignment=place.assignment, seen=seen, **said, **told)
        return kept, gettext("Everybody in it reads your answer now, and so does whoever falls into it later.")

    return _change(request, slug, assignment, key, change)


@require_POST
@login_required
def withdraw(request: LoggedInRequest, slug: str, assignment: str, key: str) -> HttpResponse:
    """Take an answer back."""

    def change(place: Place, found: Overview, seen: Seen, told: dict[str, Any]) -> tuple[Cluster, str]:
        if seen.kept is None or not seen.kept.answer:
            raise NotToSay(gettext("There is no answer to take back."))
        changes.withdraw(cluster=seen.kept, **told)
        return seen.kept, gettext("Taken back: nobody reads it any more.")

    return _change(request, slug, assignment, key, change)


@require_POST
@login_required
def split(request: LoggedInRequest, slug: str, assignment: str, key: str) -> HttpResponse:
    """Make a cluster of its own of what was chosen."""

    def change(place: Place, found: Overview, seen: Seen, told: dict[str, Any]) -> tuple[Cluster, str]:
        chosen = set(request.POST.getlist("signature"))
        kept = changes.split(assignment=place.assignment, seen=seen, chosen=chosen, **told)
        return kept, gettext("This is what you split off.")

    return _change(request, slug, assignment, key, change)


@require_POST
@login_required
def merge(request: LoggedInRequest, slug: str, assignment: str, key: str) -> HttpResponse:
    """Make one of two clusters."""

    def change(place: Place, found: Overview, seen: Seen, told: dict[str, Any]) -> tuple[Cluster, str]:
        other = found.of(request.POST.get("other", ""))
        if other is None:
            raise NotToSay(gettext("The other cluster is not there any more; look at the list again."))
        return changes.merge(assignment=place.assignment, seen=seen, other=other, **told), gettext("Both are one now.")

    return _change(request, slug, assignment, key, change)


@require_POST
@login_required
def regrade(request: LoggedInRequest, slug: str, assignment: str, key: str) -> HttpResponse:
    """Have what is in a cluster graded once more, and nothing else."""
    place = place_of(request, slug, assignment, Action.REGRADE)
    found, seen = _seen(place, key)
    why, now = request.POST.get("why", "").strip()[:WHY_CHARACTERS], clock.now()
    if not place.may_regrade:
        raise Http404
    if not why:
        messages.error(request, gettext("Say why: the audit log shows it. Nothing was queued."))
        return redirect("failure", slug=slug, assignment=assignment, key=key)
    told: dict[str, Any] = {"by": request.user, "at": now, "reason": why}
    count = staff_requests.regrade_chosen(assignment=place.assignment, attempts=_attempts(place, found, seen), **told)
    dispatch.dispatch(at=now)
    messages.success(request, staff_requests.queued_words(count))
    return redirect("failure", slug=slug, assignment=assignment, key=key)
