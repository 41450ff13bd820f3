"""The page where an assignment's grades are held and published, for who leads the course; for everybody else it does not exist."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.requests import LoggedInRequest
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.gradebook.release.forms import ReleaseForm
from course_admin.gradebook.release.services import NotToRelease, hold_grades, publish_grades
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def release(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show who sees the grades from when on, and hold or publish them."""
    led = allowed(viewer(request), Action.RELEASE_GRADES, Assignment.objects.select_related("course"))
    thing = get_object_or_404(led, course__slug=slug, slug=assignment)
    now = clock.now()
    with timezone.override(thing.course.zone):
        form = ReleaseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                _do(request, thing, form.cleaned_data, now)
                return redirect("release", slug=slug, assignment=assignment)
            except NotToRelease as refusal:
                form.add_error(None, str(refusal))
                thing.refresh_from_db()
        return render(request, "gradebook/release.html", _shown(thing, form, now))


def _do(request: HttpRequest, thing: Assignment, data: dict[str, Any], now: datetime) -> None:
    told: dict[str, Any] = {"assignment": thing, "actor": request.user, "at": now, "reason": data["why"]}
    if "hold" in request.POST:
        hold_grades(**told)
        messages.success(request, gettext("The grades are held: students see none until you publish them."))
    elif "publish_later" in request.POST:
        publish_grades(**told, publishes_at=data["publishes_at"])
        messages.success(request, gettext("The results will be published at that time."))
    elif "publish" in request.POST:
        publish_grades(**told, publishes_at=now)
        messages.success(request, gettext("The results are published."))


def _shown(thing: Assignment, form: ReleaseForm, now: datetime) -> dict[str, Any]:
    rows = [row for row in grade_rows(thing.course, around=thing) if row.assignment.pk == thing.pk]
    graded = sum(row.points is not None for row in rows)
    return {
        "assignment": thing,
        "form": form,
        "graded": graded,
        "ungraded": len(rows) - graded,
        "are_out": thing.are_grades_out(now),
        "is_published": thing.is_published(now),
    }
