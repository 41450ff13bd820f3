"""Pages of uploads: choose files, look at what was found in them, hand in. They need no script."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.models import Upload
from course_admin.submissions.uploads.hand_in import UPLOAD_BYTES, UploadRefused, hand_in, receive_upload
from course_admin.submissions.uploads.preview import preview

AROUND_BYTES = 1 << 20  # of a form with files: what is no file
MOST_MIB = UPLOAD_BYTES >> 20
TOO_LARGE = format_lazy(
    _(
        "An upload may have at most {most} MiB, and nothing of this one was kept: leave out data sets and compiled files, and "
        "clear the outputs of notebooks."
    ),
    most=MOST_MIB,
)
NOT_READ = _(
    "This upload cannot be read: it has too many files, or it was cut off. Pack your folder as one zip, and choose that."
)


class Files(forms.ClearableFileInput):
    """One field for one file or several."""

    allow_multiple_selected = True


class UploadForm(forms.Form):
    """An assignment, and what is handed in for it."""

    assignment = forms.ModelChoiceField(
        Assignment.objects.none(), label=_("Assignment"), empty_label=_("Choose"), to_field_name="slug"
    )
    chosen = forms.Field(
        label=_("Files"),
        widget=Files,
        required=False,
        help_text=format_lazy(
            _("A zip or tar archive of your folder, or .py and .ipynb files; at most {most} MiB."), most=MOST_MIB
        ),
    )

    def __init__(self, *args: object, student: Enrollment, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        open_ones = Assignment.objects.filter(course=student.course_id, is_draft=False, takes_uploads=True)
        self.fields["assignment"].queryset = open_ones.select_related("suite", "course")  # type: ignore[attr-defined]


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def upload_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Take files for an assignment of a course, or say in one sentence why they cannot be taken.

    What is too large is answered before any of it is read; everything else is, with the protection of every other form.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if request.method == "POST" and length <= UPLOAD_BYTES + AROUND_BYTES:
        try:
            request.POST  # noqa: B018 - reads the request, so that what is wrong with it shows here
        except (SuspiciousOperation, MultiPartParserError, OSError):
            return _show_form(request, slug, str(NOT_READ), 400)
        return _take_files(request, slug)
    return _show_form(request, slug, *((str(TOO_LARGE), 413) if request.method == "POST" else ("", 200)))


def _show_form(request: HttpRequest, slug: str, sentence: str, status: int) -> HttpResponse:
    student = _student(request, slug)
    form = UploadForm(student=student, initial={"assignment": request.GET.get("assignment", "")})
    shown = {**_frame(request, student), "form": form, "sentence": sentence}
    return render(request, "submissions/upload_new.html", shown, status=status)


@csrf_protect
def _take_files(request: HttpRequest, slug: str) -> HttpResponse:
    student = _student(request, slug)
    form = UploadForm(request.POST, request.FILES, student=student)
    shown = {**_frame(request, student), "form": form}
    if not form.is_valid():
        return render(request, "submissions/upload_new.html", shown)
    chosen = request.FILES.getlist("chosen")
    if sum(file.size or 0 for file in chosen) > UPLOAD_BYTES:
        return render(request, "submissions/upload_new.html", {**shown, "sentence": TOO_LARGE}, status=413)
    try:
        upload = receive_upload(
            student=student,
            assignment=form.cleaned_data["assignment"],
            files=[(file.name or "file", file.read()) for file in chosen],
            actor=request.user,  # of an account: the view is behind a log-in
            at=clock.now(),
        )
    except UploadRefused as refusal:
        return render(request, "submissions/upload_new.html", {**shown, "sentence": str(refusal)})
    return redirect("upload", public_id=upload.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def upload(request: LoggedInRequest, public_id: str) -> HttpResponse:
    """Show what waits to be handed in, and hand it in on confirmation; of what was handed in, go to its attempt."""
    rows = allowed(viewer(request), Action.HAND_IN, Upload.objects.all())
    held = get_object_or_404(
        rows.select_related("student", "assignment__suite", "assignment__course"), public_id=public_id
    )
    sentence = ""
    if request.method == "POST":
        try:
            attempt = hand_in(upload=held, digest=request.POST.get("digest", ""), actor=request.user, at=clock.now())
        except UploadRefused as refusal:
            sentence = str(refusal)
        else:
            messages.success(request, gettext("Handed in: this is attempt {number}.").format(number=attempt.number))
            return redirect("attempt", public_id=attempt.public_id)
    if not held.is_waiting:
        return redirect("attempt", public_id=held.attempt.public_id)
    shown = {"preview": preview(held, clock.now()), "course": held.assignment.course, "sentence": sentence}
    return render(request, "submissions/upload.html", shown)


def _student(request: HttpRequest, slug: str) -> Enrollment:
    """Return the viewer's own active place as a student of a course; without one the page does not exist."""
    places = allowed(viewer(request), Action.HAND_IN, Student.objects.active().select_related("course"))
    return get_object_or_404(places, course__slug=slug)


def _frame(request: HttpRequest, student: Enrollment) -> dict[str, Any]:
    """Return what the form's page shows whatever came of it."""
    return {"course": student.course, "waiting": _waiting(request, student), "most_bytes": UPLOAD_BYTES}


def _waiting(request: HttpRequest, student: Enrollment) -> Iterator[Upload]:
    rows = allowed(viewer(request), Action.HAND_IN, Upload.objects.waiting().filter(student=student))
    return rows.select_related("assignment").defer("held")
