"""Connecting a course with Canvas by its developer key: the way there, and the way back. For who leads the course."""

import secrets
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.canvas.developer_key.granting import consent_url
from course_admin.integrations.canvas.developer_key.keys import keep_code
from course_admin.integrations.canvas.models import DeveloperKey
from course_admin.integrations.canvas.tasks import CONNECT
from course_admin.policy import Action, allowed, viewer
from course_admin.task_sender import send_on_commit

STATE, STATE_SECONDS = "canvas_state", 600
NOT_BEGUN = _(
    "That answer of Canvas belongs to nothing that you began here in the last ten minutes: connect the course again."
)
DECLINED = _("Canvas says that access was declined, so nothing was connected.")
ASKED = _("Canvas is being asked for the course's access. Look here again in a moment.")


def redirect_uri(request: LoggedInRequest, course: Course) -> str:
    """Return where Canvas sends somebody back to."""
    return request.build_absolute_uri(reverse("canvas-connected", args=[course.slug]))


@require_POST
@login_required
@never_cache
def connect(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Show the way to Canvas, by which whoever began it here comes back."""
    course = _course(request, slug)
    key = DeveloperKey.objects.filter(link__course=course).first()
    if key is None:
        messages.error(request, gettext("Enter the developer key first."))
        return redirect("canvas-course", slug=slug)
    state = secrets.token_urlsafe(24)
    request.session[STATE] = [state, course.pk, key.pk, timezone.now().isoformat()]
    back = redirect_uri(request, course)
    url = consent_url(key.address, client_id=key.client_id, state=state, redirect_uri=back)
    return render(request, "canvas/connect.html", {"course": course, "address": key.address, "consent_url": url})


@require_GET
@login_required
@never_cache
def connected(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Take Canvas's answer, if it belongs to what this browser began, and ask for the token."""
    course = _course(request, slug)
    begun, told = request.session.get(STATE), request.GET
    if not _is_begun(begun, told.get("state", ""), course, timezone.now()):
        messages.error(request, NOT_BEGUN)
        return redirect("canvas-course", slug=slug)
    del request.session[STATE]
    key = None
    if not told.get("error"):
        code, back = told.get("code", ""), redirect_uri(request, course)
        key = keep_code(course=course, code=code, redirect_uri=back, actor=request.user, at=timezone.now())
    if key is None:
        messages.error(request, DECLINED)
    else:
        send_on_commit(CONNECT, {"key_id": key.pk})
        messages.success(request, ASKED)
    return redirect("canvas-course", slug=slug)


def _course(request: LoggedInRequest, slug: str) -> Course:
    return get_object_or_404(allowed(viewer(request), Action.KEEP_LMS_TOKEN, Course.objects.all()), slug=slug)


def _is_begun(begun: list | None, state: str, course: Course, at: datetime) -> bool:
    """Say whether a state is the one that was begun with for a course, not too long ago, and its key is still that one."""
    if not begun or not secrets.compare_digest(begun[0].encode(), state.encode(errors="replace")):
        return False
    age = (at - datetime.fromisoformat(begun[3])).total_seconds()
    is_same = DeveloperKey.objects.filter(pk=begun[2], link__course=course).exists()
    return begun[1] == course.pk and is_same and 0 <= age <= STATE_SECONDS
