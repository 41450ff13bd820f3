"""The page that imports a Classroom 50 classroom's assignments: the file is shown as drafts, then made as shown."""

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

from course_admin.assignments.classroom50.configuration import read_assignments
from course_admin.assignments.classroom50.drafts import NotImported, import_drafts, plan_drafts
from course_admin.courses.csv_files import FileUnreadable
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer

FILE_BYTES = 200_000


class ConfigurationForm(forms.Form):
    """What is imported, and under which names its repositories are."""

    owner = forms.CharField(
        label=_("Organisation"), max_length=100, help_text=_("The GitHub organisation of the students' repositories.")
    )
    classroom = forms.CharField(
        label=_("Classroom"), max_length=39, help_text=_("Its short name: the folder in the repository classroom50.")
    )
    file = forms.FileField(
        label="assignments.json", help_text=_("Of that folder. Its roster.csv is read on the page of the roster.")
    )

    def clean_file(self) -> str:
        """Return the file's text."""
        data = self.cleaned_data["file"].read(FILE_BYTES + 1)
        if len(data) > FILE_BYTES:
            raise forms.ValidationError(gettext("At most {most} bytes are read.").format(most=FILE_BYTES))
        try:
            return str(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError(gettext("The file is not UTF-8; take it as the repository has it.")) from None


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def import_classroom50(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Ask for the file, show what would be made of it, and make it."""
    course = get_object_or_404(allowed(viewer(request), Action.SET_UP, Course.objects.all()), slug=slug)
    if request.method == "POST" and "confirm" in request.POST:
        told = {name: request.POST.get(name, "") for name in ("owner", "classroom", "text")}
        return _import(request, course, told)
    form = ConfigurationForm(request.POST or None, request.FILES or None)
    shown: dict[str, Any] = {"course": course, "form": form}
    if form.is_valid():
        data = form.cleaned_data
        try:
            drafts = plan_drafts(
                course=course,
                configured=read_assignments(data["file"].encode()),
                owner=data["owner"],
                classroom=data["classroom"],
                by=request.user,
            )
            new = sum(each.present is None for each in drafts)
            shown |= {"drafts": drafts, "new": new, "told": {**data, "text": data["file"]}}
        except (FileUnreadable, NotImported) as problem:
            messages.error(request, str(problem))
    return render(request, "assignments/import_classroom50.html", shown)


def _import(request: LoggedInRequest, course: Course, told: dict[str, str]) -> HttpResponse:
    try:
        made = import_drafts(
            course=course,
            configured=read_assignments(told["text"].encode()),
            owner=told["owner"],
            classroom=told["classroom"],
            by=request.user,
            at=clock.now(),
        )
    except (FileUnreadable, NotImported) as problem:
        messages.error(request, str(problem))
        return redirect("import-classroom50", slug=course.slug)
    messages.success(
        request,
        gettext("Drafts made: {count}. Each opens once it has a suite that passes its check.").format(count=len(made)),
    )
    return redirect("assignments", slug=course.slug)
