"""The page of one cell of the gradebook, for who may set grades of the student; for everybody else it does not exist."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import ChangedMeanwhile, state_of
from course_admin.courses.models import Enrollment, Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.gradebook.cell.forms import DaysForm, PointsForm, WhyForm
from course_admin.gradebook.cell.services import Granted, NotToGrant, grant_days, granted_to, may_grant, set_points
from course_admin.gradebook.grading.grades import rows_of
from course_admin.liveness import clock
from course_admin.pages.numbers import points_in_words
from course_admin.policy import Action, allowed, viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Name of a button -> the form that it sends, and what is said when it is done.
BUTTONS: "dict[str, tuple[type[forms.Form], StrOrPromise]]" = {
    "set": (PointsForm, _("The points are set by hand; the student sees them with your reason.")),
    "unset": (WhyForm, _("What is computed counts again.")),
    "extend": (DaysForm, _("The student has this time; what they handed in is judged by it at once.")),
    "unextend": (WhyForm, _("The extension is taken back.")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def cell(request: LoggedInRequest, slug: str, student: int, assignment: str) -> HttpResponse:
    """Show how a grade comes about and what was granted, and grant or take back."""
    people = allowed(viewer(request), Action.GRANT, Student.objects.filter(course__slug=slug))
    person = get_object_or_404(people.select_related("course"), pk=student)
    thing = get_object_or_404(Assignment, course=person.course_id, slug=assignment, is_draft=False)
    if not may_grant(viewer(request), person, thing):
        raise Http404
    with timezone.override(person.course.zone):
        return _cell(request, person, thing)


def _cell(request: LoggedInRequest, person: Enrollment, thing: Assignment) -> HttpResponse:
    granted = granted_to(person, thing)
    shown_forms = _forms(granted)
    button = next((name for name in BUTTONS if name in request.POST), None)
    if request.method == "POST" and button:
        kind, done = BUTTONS[button]
        form = kind(request.POST, prefix=button)
        shown_forms[button] = form
        if form.is_valid():
            try:
                _do(button, form.cleaned_data, {"student": person, "assignment": thing, "actor": request.user})
                messages.success(request, done)
                return redirect("grade-cell", slug=person.course.slug, student=person.pk, assignment=thing.slug)
            except (NotToGrant, ChangedMeanwhile) as refusal:
                form.add_error(None, str(refusal))
    row = next(row for row in rows_of(person) if row.assignment.pk == thing.pk)
    shown = {"course": person.course, "student": person, "assignment": thing, "row": row, "granted": granted}
    return render(request, "gradebook/cell.html", {**shown, "forms": shown_forms})


def _forms(granted: Granted) -> dict[str, forms.Form]:
    """Return the forms with what was granted already."""
    points: dict[str, Any] = {"points": points_in_words(granted.override.points)} if granted.override else {}
    days: dict[str, Any] = {}
    if granted.extension:
        days = {"days": granted.extension.days or None, "due_at": granted.extension.due_at}
    override, extension = {"shown_state": state_of(granted.override)}, {"shown_state": state_of(granted.extension)}
    first = {"set": points | override, "unset": override, "extend": days | extension, "unextend": extension}
    return {name: kind(prefix=name, initial=first[name]) for name, (kind, _) in BUTTONS.items()}


def _do(button: str, data: dict[str, Any], told: dict[str, Any]) -> None:
    told = {**told, "reason": data["reason"], "shown": data["shown_state"], "at": clock.now()}
    if button in ("set", "unset"):
        set_points(points=data.get("points"), **told)
    else:
        grant_days(days=data.get("days") or 0, due_at=data.get("due_at"), **told)
