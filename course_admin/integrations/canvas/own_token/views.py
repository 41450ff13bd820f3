"""A course's page Canvas, for who leads it: its own token, and what is read from there. For everybody else it does not exist."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.canvas.developer_key.granting import SCOPES
from course_admin.integrations.canvas.developer_key.keys import keep_key
from course_admin.integrations.canvas.developer_key.views import redirect_uri
from course_admin.integrations.canvas.due_dates.applying import changes_of
from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.integrations.canvas.own_token.bearer import host_of
from course_admin.integrations.canvas.own_token.forms import KeyForm, TokenForm
from course_admin.integrations.canvas.own_token.tokens import NotToKeep, keep_token, remove_token
from course_admin.integrations.canvas.tasks import REVOKE
from course_admin.integrations.outbox.enquiry.progress import asked_of
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.integrations.outbox.tasks import SYNC_COURSE
from course_admin.policy import Action, allowed, viewer
from course_admin.task_sender import send_on_commit

KEPT = _(
    "The token is kept, and the grades that wait are being sent. Look here again in a minute: Canvas's answer stands below."
)
KEY_KEPT = _("The developer key is kept. Connect the course with Canvas by it.")
REMOVED = _("The token was removed here. Revoke it in Canvas as well.")
GIVEN_BACK = _("The developer key and its token were removed here, and the token is given back to Canvas.")


@sensitive_post_parameters("token", "key-secret")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def canvas_course(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Show how a course stands with Canvas, and keep or remove its own token."""
    course = get_object_or_404(allowed(viewer(request), Action.KEEP_LMS_TOKEN, Course.objects.all()), slug=slug)
    link = CanvasCourse.objects.filter(course=course).first()
    form = TokenForm(link, request.POST if "keep" in request.POST else None)
    key_form = KeyForm(link, request.POST if "keep_key" in request.POST else None)
    if "remove" in request.POST:
        _remove(request, course, link)
        return redirect("canvas-course", slug=slug)
    if _is_kept(request, course, form, _keep) or _is_kept(request, course, key_form, _keep_key):
        return redirect("canvas-course", slug=slug)
    shown = _shown(course, link, form) | {"key_form": key_form, "redirect_uri": redirect_uri(request, course)}
    return render(request, "canvas/course.html", shown)


def _is_kept(request: LoggedInRequest, course: Course, form: Any, keep: Callable[..., None]) -> bool:
    """Keep what a form says; False, with the reason on it, if that cannot be."""
    if not form.is_valid():
        return False
    try:
        keep(request, course, form)
    except NotToKeep as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _remove(request: LoggedInRequest, course: Course, link: CanvasCourse | None) -> None:
    had_key = hasattr(link, "developer_key")
    if not remove_token(course=course, actor=request.user, at=timezone.now()):
        messages.success(request, gettext("The course has no token of its own."))
        return
    messages.success(request, GIVEN_BACK if had_key else REMOVED)
    send_on_commit(REVOKE, {})


def _keep_key(request: LoggedInRequest, course: Course, form: KeyForm) -> None:
    told = {name: form.cleaned_data[name] for name in ("client_id", "secret")}
    keep_key(course=course, place=form.place(), actor=request.user, at=timezone.now(), **told)
    messages.success(request, KEY_KEPT)
    send_on_commit(REVOKE, {})


def _keep(request: LoggedInRequest, course: Course, form: TokenForm) -> None:
    token = form.cleaned_data["token"]
    link = keep_token(course=course, place=form.place(), token=token, actor=request.user, at=timezone.now())
    if link.is_paused:
        messages.warning(
            request, gettext("The token is kept. Nothing is sent, since the link is paused for another reason.")
        )
        return
    send_on_commit(SYNC_COURSE, {"link_id": link.pk})
    messages.success(request, KEPT)


def _shown(course: Course, link: CanvasCourse | None, form: TokenForm) -> dict[str, Any]:
    hosts = settings.ASSAY_CANVAS_COURSE_HOSTS
    own = getattr(link, "own_token", None)
    reading = getattr(link, "reading", None)
    return {
        "course": course,
        "link": link,
        "own": own,
        "key": getattr(link, "developer_key", None),
        "scopes": SCOPES,
        "form": form,
        "is_possible": (host_of(link.address) in hosts) if link and not link.is_linked_by_leader else bool(hosts),
        "is_elsewhere": link is None and hasattr(course, "lms"),
        "states": _states(link) if link else [],
        "found": reading,
        "progress": asked_of(reading, timezone.now()),
        "changes": changes_of(link, reading) if link and reading else [],
    }


def _states(link: CanvasCourse) -> list[tuple[str, int]]:
    """Return how many grades are in each state."""
    found = GradeDelivery.objects.filter(link=link).order_by("state").values("state")
    return list(found.annotate(grades=Count("pk")).values_list("state", "grades"))
