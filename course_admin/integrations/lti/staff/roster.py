"""The page on which a course's roster is read from its platform: asked for, followed, and handed to the roster's import."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.courses.views import to_preview
from course_admin.integrations.lti.advantage.reading import ask, take
from course_admin.integrations.lti.models import LtiCourse, MemberReading
from course_admin.integrations.lti.tasks import READ_MEMBERS
from course_admin.integrations.outbox.enquiry.pages import Followed
from course_admin.policy import Action
from course_admin.task_sender import send_on_commit


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def roster(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Ask the platform who is in a course, show how far the answer is, and hand it to the import, which shows what would change."""
    course = FOLLOWED.place(request, slug, None)
    link = LtiCourse.objects.select_related("course", "platform").filter(course=course).first()
    if link is None:
        said = gettext("{course} is linked to no course of a learning platform by LTI.").format(course=course)
        messages.error(request, said)
        return redirect("roster-import", slug=course.slug)
    if request.method != "POST":
        return render(request, "lti/roster.html", {"link": link, **FOLLOWED.shown(course)})
    if "show" not in request.POST:
        ask(link=link, actor=request.user, at=timezone.now())
        send_on_commit(READ_MEMBERS, {"link_id": link.pk})
    elif (data := take(link=link, actor=request.user)) is not None:
        return to_preview(request, course, data)
    return redirect("lti-roster", slug=course.slug)


def _reading(course: Course) -> MemberReading | None:
    """Return what was asked of a course's platform, without the list itself."""
    return MemberReading.objects.filter(link__course=course).defer("file").first()


FOLLOWED = Followed(MemberReading, Action.IMPORT_ROSTER, "lti/_roster.html", find=_reading)
