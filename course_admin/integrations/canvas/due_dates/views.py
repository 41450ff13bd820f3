"""The buttons that ask Canvas about a course's assignments, and that take over what was chosen of its answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from course_admin.courses.audit import ChangedMeanwhile
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.canvas.due_dates.applying import NotToTakeOver, take_over
from course_admin.integrations.canvas.due_dates.reading import ask
from course_admin.integrations.canvas.models import AssignmentReading, CanvasCourse
from course_admin.integrations.canvas.tasks import READ_ASSIGNMENTS
from course_admin.integrations.outbox.enquiry.pages import Followed
from course_admin.policy import Action, allowed, viewer
from course_admin.task_sender import send_on_commit

FOLLOWED = Followed(AssignmentReading, Action.SET_UP, "canvas/_reading.html")


@require_POST
@login_required
@never_cache
def assignments(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Ask Canvas, or take over what was chosen."""
    course = get_object_or_404(allowed(viewer(request), Action.SET_UP, Course.objects.all()), slug=slug)
    link = CanvasCourse.objects.select_related("course").filter(course=course).first()
    if link is None:
        messages.error(request, gettext("The course is not linked to Canvas."))
    elif "take_over" in request.POST:
        _take_over(request, link)
    else:
        ask(link=link, actor=request.user, at=timezone.now())
        send_on_commit(READ_ASSIGNMENTS, {"link_id": link.pk})
    return redirect("canvas-course", slug=slug)


def _take_over(request: LoggedInRequest, link: CanvasCourse) -> None:
    keys = request.POST.getlist("change")
    if not keys:
        messages.error(request, gettext("Choose what is to be taken over; nothing was changed."))
        return
    try:
        number = take_over(link=link, keys=keys, actor=request.user, at=timezone.now())
        messages.success(
            request,
            ngettext(
                "Taken over: {number} assignment changed.", "Taken over: {number} assignments changed.", number
            ).format(number=number),
        )
    except (NotToTakeOver, ChangedMeanwhile) as refusal:
        messages.error(request, str(refusal))
