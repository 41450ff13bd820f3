"""The page that copies another course's assignments into this one: shown first, then made as shown."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.course_copy.copying import MOST_DAYS, NotCopied, copy_assignments, plan_copies
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer

SAME_WEEKDAY = 364  # days: a year later on the same day of the week


class CopyForm(forms.Form):
    """From where, and by how much."""

    source = forms.ModelChoiceField(Course.objects.none(), label=_("Copy from"), to_field_name="slug")
    days = forms.IntegerField(
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
        initial=SAME_WEEKDAY,
        label=_("Days later"),
        help_text=_("Every release, due and close moves by so many days; 364 is a year later on the same weekday."),
    )
    owner = forms.CharField(
        max_length=100,
        required=False,
        label=_("New organisation"),
        help_text=_("The GitHub organisation of this term's repositories; empty: as before."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def copy_course(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Ask what to copy, show what would be made, and make it."""
    led = allowed(viewer(request), Action.SET_UP, Course.objects.all())
    course = get_object_or_404(led, slug=slug)
    form = CopyForm(request.POST or None)
    form.fields["source"].queryset = led.exclude(pk=course.pk)  # type: ignore[attr-defined]
    shown: dict[str, Any] = {"course": course, "form": form}
    if form.is_valid():
        told = {**form.cleaned_data, "target": course, "by": request.user}
        try:
            if "confirm" in request.POST:
                made = copy_assignments(**told, at=clock.now())
                messages.success(request, gettext("Assignments made: {count}.").format(count=len(made)))
                return redirect("assignments", slug=slug)
            copies = plan_copies(**told)
            shown |= {"copies": copies, "new": sum(each.present is None for each in copies)}
        except NotCopied as problem:
            messages.error(request, str(problem))
    return render(request, "assignments/copy_course.html", shown)
