"""A course's page of grades there: what its LMS shows beside what is here, and the button that sends. For who leads the course."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.outbox.comparison.comparing import LISTED, ask
from course_admin.integrations.outbox.comparison.progress import progress_of, stopped_of
from course_admin.integrations.outbox.enquiry.pages import Followed
from course_admin.integrations.outbox.ledger import SENT, WHAT_FOLLOWS, Standing
from course_admin.integrations.outbox.models import Comparison, Link
from course_admin.integrations.outbox.services import send_now
from course_admin.integrations.outbox.tasks import COMPARE_COURSE, SYNC_COURSE
from course_admin.policy import Action, allowed, viewer
from course_admin.task_sender import send_on_commit

NOT_LINKED = _("The course is linked to no learning platform, so no grade goes anywhere.")
ASKED = _("The learning platform is being asked.")
SENDING = _("The grades that wait are being sent. Compare again in a few minutes.")
PAUSED = _("Nothing was sent: the link is paused, and its reason stands below.")
FOLLOWED = Followed(Comparison, Action.SEND_GRADES, "outbox/_progress.html", progress=progress_of)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def grades_there(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Show both sides, ask for them, or begin a round."""
    course = get_object_or_404(allowed(viewer(request), Action.SEND_GRADES, Course.objects.all()), slug=slug)
    link = Link.objects.filter(course=course).first()
    if request.method == "POST":
        _act(request, link)
        return redirect("grades-there", slug=slug)
    stopped, shown = stopped_of(link), FOLLOWED.shown(course)
    shown |= {"link": link, "stopped": stopped[:LISTED], "stopped_count": stopped.count()}
    return render(request, "outbox/grades_there.html", {**shown, **_shown(shown["found"])})


def _act(request: LoggedInRequest, link: Link | None) -> None:
    if link is None:
        messages.error(request, NOT_LINKED)
    elif "send" not in request.POST:
        ask(link=link, actor=request.user, at=timezone.now())
        send_on_commit(COMPARE_COURSE, {"link_id": link.pk})
        messages.success(request, ASKED)
    elif send_now(links=Link.objects.filter(pk=link.pk)):
        send_on_commit(SYNC_COURSE, {"link_id": link.pk})
        messages.success(request, SENDING)
    else:
        messages.error(request, PAUSED)


def _shown(found: Comparison | None) -> dict[str, object]:
    if found is None:
        return {}
    counts = {Standing(name): number for name, number in found.counts.items()}
    return {
        "lines": [(*row[:4], WHAT_FOLLOWS[Standing(row[4])], row[5]) for row in found.rows],
        "differing": sum(counts.values()),
        "to_send": sum(counts.get(each, 0) for each in SENT),
    }
