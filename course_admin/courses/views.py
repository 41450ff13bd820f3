"""The page of a roster import, for those who lead the course: choose a file, see what would change, then do it.

Between the steps the file waits in the viewer's session, with what its columns hold if somebody had to say so; the answers to
questions travel in the form. What is done is what was shown, or it is shown again.
"""

import base64
import binascii

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.courses import roster
from course_admin.courses.csv_files import FILE_BYTES, FileUnreadable
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.policy import Action, allowed, may, viewer

ANSWER, COLUMN = "answer-", "column-"


class RosterForm(forms.Form):
    """A file to import."""

    file = forms.FileField(
        label=_("Roster"),
        help_text=_(
            "CSV or .xlsx: our own, Canvas's, Gradescope's, Moodle's, Blackboard's, Brightspace's, GitHub Classroom's "
            "or Classroom 50's. Of any other file, you say what the columns hold."
        ),
    )

    def clean_file(self) -> bytes:
        """Return the file's bytes."""
        return self.cleaned_data["file"].read(FILE_BYTES + 1)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def roster_import(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Show what a roster file would change, and change it on confirmation."""
    course = get_object_or_404(allowed(viewer(request), Action.IMPORT_ROSTER, Course.objects.all()), slug=slug)
    key = _key_of(course)
    if request.method == "POST" and request.POST.keys() & {"confirm", "answer", "columns"}:
        return _go_on(request, course, key)
    form = RosterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        _let_wait(request, course, form.cleaned_data["file"])
        return _show(request, course, key)
    if request.method != "POST" and "waiting" in request.GET and key in request.session:
        return _show(request, course, key)
    return render(request, "courses/roster.html", {"course": course, "form": form})


def to_preview(request: LoggedInRequest, course: Course, data: bytes) -> HttpResponse:
    """Lead to the preview of a roster that was read elsewhere."""
    _let_wait(request, course, data)
    return redirect(f"{reverse('roster-import', args=[course.slug])}?waiting=yes")


def _key_of(course: Course) -> str:
    return f"roster-{course.pk}"


def _let_wait(request: LoggedInRequest, course: Course, data: bytes) -> None:
    """Keep a file between the steps."""
    request.session[_key_of(course)] = {"file": base64.b64encode(data).decode(), "columns": None}


def _go_on(request: LoggedInRequest, course: Course, key: str) -> HttpResponse:
    """Take the next step with the file that waits."""
    if key not in request.session:
        messages.error(request, gettext("The file of this preview is no longer kept; choose it again."))
        return redirect("roster-import", slug=course.slug)
    if "columns" in request.POST:
        told = {name: value for name, value in _posted(request, COLUMN).items() if value in roster.FIELDS}
        request.session[key] = {**request.session[key], "columns": told}
    if "confirm" in request.POST:
        return _confirm(request, course, key)
    return _show(request, course, key)


def _posted(request: LoggedInRequest, prefix: str) -> dict[str, str]:
    """Return the fields of a form whose names begin with a prefix, without it."""
    posted = {name: str(value) for name, value in request.POST.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): value for name, value in posted.items()}


def _waiting_file(request: LoggedInRequest, key: str) -> roster.RosterFile:
    """Return what the file in the session says. Raises FileUnreadable."""
    waiting = request.session[key]
    try:
        data = base64.b64decode(waiting["file"])
    except (binascii.Error, KeyError, TypeError):
        raise FileUnreadable(gettext("The file of this preview is no longer kept; choose it again.")) from None
    columns = waiting["columns"]
    told = {int(index): value for index, value in columns.items() if index.isdecimal()} if columns is not None else None
    return roster.read_roster(data, told)


def _show(request: LoggedInRequest, course: Course, key: str) -> HttpResponse:
    """Show the preview; or the question what the columns hold; or why the file cannot be read."""
    shown: dict[str, object] = {"course": course, "fields": roster.FIELDS}
    form = RosterForm()
    try:
        file = _waiting_file(request, key)
    except roster.UnknownColumns as unknown:
        shown |= {"columns": unknown.columns, "unreadable": str(unknown)}
    except FileUnreadable as error:
        form = RosterForm(request.POST, request.FILES)
        form.errors["file"] = form.error_class([str(error)])
        del request.session[key]
    else:
        appoints = may(viewer(request), Action.APPOINT, course)
        own, answers = viewer(request).places, _posted(request, ANSWER)
        planned = roster.plan(course, file, may_appoint=appoints, own=own, answers=answers)
        shown |= {"file": file, "plan": planned, "is_many": planned.is_many(with_missing=True)}
        shown |= {"deactivated": planned.deactivated(with_missing=True)}
    return render(request, "courses/roster.html", {**shown, "form": form})


def _confirm(request: LoggedInRequest, course: Course, key: str) -> HttpResponse:
    try:
        done = roster.confirm(
            course=course,
            file=_waiting_file(request, key),
            digest=request.POST.get("digest", ""),
            answers=_posted(request, ANSWER),
            deactivate_missing="deactivate_missing" in request.POST,
            deactivate_many="deactivate_many" in request.POST,
            actor=request.user,
            at=timezone.now(),
        )
    except (roster.RosterRefused, FileUnreadable) as refusal:
        messages.error(request, str(refusal))
        return _show(request, course, key)
    del request.session[key]
    count = len(done.left_out)
    left_out = (
        ngettext(", {count} line left out", ", {count} lines left out", count).format(count=count) if count else ""
    )
    messages.success(
        request,
        gettext("{added} added, {changed} changed{left_out}.").format(
            added=len(done.added), changed=len(done.changed), left_out=left_out
        ),
    )
    return redirect("roster-import", slug=course.slug)
