"""The page of a roster import, for those who lead the course: choose a file, see what would change, then do it.

Between the two steps the file waits in the viewer's session; what is done is what was shown, or it is shown again.
"""

import base64

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.courses import roster
from course_admin.courses.csv_files import FILE_BYTES, FileUnreadable
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.courses.roster_files import RosterFile, read_roster
from course_admin.policy import Action, allowed, may, viewer


class RosterForm(forms.Form):
    """A file to import."""

    file = forms.FileField(label="Roster", help_text="CSV: our own, Gradescope's, Canvas's or GitHub Classroom's.")

    def clean_file(self) -> bytes:
        """Return the file's bytes."""
        return self.cleaned_data["file"].read(FILE_BYTES + 1)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def roster_import(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Show what a roster file would change, and change it on confirmation."""
    course = get_object_or_404(allowed(viewer(request), Action.IMPORT_ROSTER, Course.objects.all()), slug=slug)
    key = f"roster-{course.pk}"
    if "confirm" in request.POST and key in request.session:
        return _confirm(request, course, key)
    form = RosterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"]
        try:
            file = read_roster(data)
        except FileUnreadable as error:
            form.add_error("file", str(error))
        else:
            request.session[key] = base64.b64encode(data).decode()
            return _shown(request, course, file, _planned(request, course, file))
    return render(request, "courses/roster.html", {"course": course, "form": form})


def _planned(request: HttpRequest, course: Course, file: RosterFile) -> roster.Plan:
    return roster.plan(course, file, may_appoint=may(viewer(request), Action.APPOINT, course))


def _shown(request: HttpRequest, course: Course, file: RosterFile, planned: roster.Plan) -> HttpResponse:
    return render(
        request, "courses/roster.html", {"course": course, "form": RosterForm(), "file": file, "plan": planned}
    )


def _confirm(request: LoggedInRequest, course: Course, key: str) -> HttpResponse:
    file = read_roster(base64.b64decode(request.session[key]))
    planned = _planned(request, course, file)
    if planned.digest != request.POST.get("digest"):
        messages.error(request, "The roster has changed since this preview was made; this is the new one.")
        return _shown(request, course, file, planned)
    try:
        roster.apply(
            course=course,
            planned=planned,
            deactivate_missing="deactivate_missing" in request.POST,
            actor=request.user,
            at=timezone.now(),
        )
    except roster.RosterRefused as refusal:
        messages.error(request, str(refusal))
        return _shown(request, course, file, planned)
    del request.session[key]
    messages.success(request, f"{len(planned.added)} added, {len(planned.changed)} changed.")
    return redirect("roster-import", slug=course.slug)
