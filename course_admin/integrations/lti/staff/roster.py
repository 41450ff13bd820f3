"""The page on which a course's roster is read from its platform: asked for, followed, and handed to the roster's import."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.courses.views import to_preview
from course_admin.integrations.lti.advantage.reading import ask, take
from course_admin.integrations.lti.models import LtiCourse, MemberReading
from course_admin.integrations.lti.tasks import READ_MEMBERS
from course_admin.integrations.outbox.enquiry.progress import asked_of
from course_admin.policy import Action, allowed, viewer
from course_admin.task_sender import send_on_commit


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def roster(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Ask the platform who is in a course, show how far the answer is, and hand it to the import, which shows what would change."""
    course, link = _place(request, slug)
    if link is None:
        said = gettext("{course} is linked to no course of a learning platform by LTI.").format(course=course)
        messages.error(request, said)
        return redirect("roster-import", slug=course.slug)
    if request.method != "POST":
        return render(request, "lti/roster.html", _shown(course, link))
    if "show" not in request.POST:
        ask(link=link, actor=request.user, at=timezone.now())
        send_on_commit(READ_MEMBERS, {"link_id": link.pk})
    elif (data := take(link=link, actor=request.user)) is not None:
        return to_preview(request, course, data)
    return redirect("lti-roster", slug=course.slug)


@require_safe
@login_required
@never_cache
def roster_live(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Show the part of the page that changes while the platform is asked."""
    return render(request, "lti/_roster.html", _shown(*_place(request, slug)))


@require_safe
@login_required
@never_cache
def roster_state(request: LoggedInRequest, slug: str) -> JsonResponse:
    """Say in one word whether anything has changed."""
    _course, link = _place(request, slug)
    return JsonResponse({"version": asked_of(_reading(link), timezone.now()).version})


def _place(request: LoggedInRequest, slug: str) -> tuple[Course, LtiCourse | None]:
    course = get_object_or_404(allowed(viewer(request), Action.IMPORT_ROSTER, Course.objects.all()), slug=slug)
    return course, LtiCourse.objects.select_related("course", "platform").filter(course=course).first()


def _reading(link: LtiCourse | None) -> MemberReading | None:
    """Return what was asked of the platform, without the list itself."""
    return MemberReading.objects.filter(link=link).defer("file").first()


def _shown(course: Course, link: LtiCourse | None) -> dict[str, object]:
    found = _reading(link)
    return {"course": course, "link": link, "reading": found, "asked": asked_of(found, timezone.now())}
