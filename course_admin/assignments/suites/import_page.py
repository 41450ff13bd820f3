"""The page that makes a suite of tests for another system: the notes are shown, then the suite is kept or taken home."""

import re
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.suites.importing import ImportedSuite, Upload, as_zip, keep, read_source
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from grader.errors import GraderError, SuiteError

UPLOAD_BYTES = 20 << 20
KEPT_SECONDS = 24 * 3600  # for which what was shown can still be kept


class SourceForm(forms.Form):
    """What is imported: the tests, and a solution that must pass them."""

    source = forms.FileField(
        label=_("Tests"),
        help_text=_(
            "A Gradescope autograder, an nbgrader assignment, otter's tests, GitHub Classroom's autograding, or a folder of tests: "
            "a zip or tar file, a notebook, a .py file or autograding.json."
        ),
    )
    reference = forms.FileField(
        label=_("A right solution"),
        required=False,
        help_text=_("A .py, zip or tar file, against which the suite is checked. It can be added later."),
    )
    name = forms.CharField(
        label=_("Name of the suite"), max_length=100, required=False, help_text=_("Such as week_3; else the file's.")
    )

    def clean(self) -> dict[str, Any]:
        """Read the files, as far as their size allows."""
        cleaned = cast(dict[str, Any], super().clean())
        for key in ("source", "reference"):
            file: UploadedFile | None = cleaned.get(key)
            if file is not None:
                data = file.read(UPLOAD_BYTES + 1)
                if len(data) > UPLOAD_BYTES:
                    self.add_error(key, gettext("A file has at most {most} MiB.").format(most=UPLOAD_BYTES >> 20))
                cleaned[key] = Upload(file.name or key, data)
        if not cleaned.get("name") and cleaned.get("source"):
            cleaned["name"] = _name_of(cleaned["source"].name)
        return cleaned


def _name_of(file: str) -> str:
    """Return a suite's name made of a file's."""
    words = slugify(re.sub(r"(\.[A-Za-z0-9]{1,5}){1,2}$", "", file)).replace("-", "_").strip("_")[:60]
    return words if words[:1].isalpha() else f"suite_{words}".rstrip("_")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def import_suite(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Ask for the tests, show what became of them, and keep that or hand it out."""
    course = get_object_or_404(allowed(viewer(request), Action.SET_UP, Course.objects.all()), slug=slug)
    if request.method == "POST" and "made" in request.POST:
        return _use(request, course)
    form = SourceForm(request.POST, request.FILES) if request.method == "POST" else SourceForm()
    shown: dict[str, Any] = {"course": course, "form": form}
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = read_source(name=data["name"], source=data["source"], reference=data["reference"])
            shown |= {"made": made, "token": _token(request, course, made)}
        except SuiteError as problem:
            messages.error(request, gettext("No suite can be made of it: {problem}").format(problem=problem))
    return render(request, "assignments/import_suite.html", shown)


def _token(request: LoggedInRequest, course: Course, made: ImportedSuite) -> str:
    return signing.dumps([made.archive_sha256, made.name], salt=_salt(request, course))


def _salt(request: LoggedInRequest, course: Course) -> str:
    return f"import-suite {request.user.pk} {course.pk}"


def _use(request: LoggedInRequest, course: Course) -> HttpResponse:
    """Keep what was shown before, or hand it out as a file."""
    try:
        sha256, name = signing.loads(request.POST["made"], salt=_salt(request, course), max_age=KEPT_SECONDS)
        if "download" in request.POST:
            headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
            return HttpResponse(as_zip(sha256), content_type="application/zip", headers=headers)
        version = keep(archive_sha256=sha256, at=clock.now())
    except signing.BadSignature:
        messages.error(request, gettext("What was shown is not kept any more: choose the files again."))
    except GraderError as problem:
        messages.error(request, gettext("The suite cannot be kept: {problem}").format(problem=problem))
    else:
        told = gettext("{suite} is kept. An assignment can use it once it has passed its check, or is trusted.")
        messages.success(request, f"{told.format(suite=version)} {version.check_fault}".strip())
        return redirect("admin:assignments_suiteversion_change", version.pk)
    return redirect("import-suite", slug=course.slug)
