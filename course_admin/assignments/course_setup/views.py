"""The pages that set up a course, for those who lead the course; for everybody else they do not exist.

First what the course consists of and when; then the proposal, line by line, which is changed until it is as wanted. Nothing is
made before its last button; what was answered and changed is kept for whoever did it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.course_setup.forms import LineForm, SetUpForm
from course_admin.assignments.course_setup.plan import read_plan
from course_admin.assignments.course_setup.proposal import Line, notes, problems, propose, with_values
from course_admin.assignments.course_setup.schedule import TermTooShort
from course_admin.assignments.course_setup.set_up import NotToBeMade, SetUp, set_up
from course_admin.assignments.course_setup.term_calendar import Month, months
from course_admin.assignments.models import Wizard
from course_admin.assignments.wizard.drafts import answers_of, forget_answers, keep_answers
from course_admin.courses.audit import OtherCourse
from course_admin.courses.holidays import Holidays, read_holidays
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action, Refused, allowed, viewer
from grader.errors import SuiteError


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def set_up_course(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Ask for path, term and organisation, then go on to the proposal."""
    course = get_object_or_404(allowed(viewer(request), Action.SET_UP, Course.objects.all()), slug=slug)
    kept = answers_of(course, request.user, Wizard.COURSE).get("form")
    if request.method != "POST":
        form = SetUpForm(MultiValueDict(kept)) if kept else SetUpForm(initial={"holidays": course.holidays})
        return render(request, "assignments/set_up.html", {"course": course, "form": form, "is_kept": bool(kept)})
    form = SetUpForm(request.POST)
    if form.is_valid():
        try:
            _proposal(course, form)
        except TermTooShort as problem:
            form.add_error("ends_on", str(problem))
        else:
            typed = {name: request.POST.getlist(name) for name in form.fields if name in request.POST}
            _keep(request, course, {"form": typed, "lines": {}})
            return redirect("set-up-preview", slug=slug)
    return render(request, "assignments/set_up.html", {"course": course, "form": form})


def _keep(request: LoggedInRequest, course: Course, answers: dict[str, Any]) -> None:
    keep_answers(course=course, author=request.user, wizard=Wizard.COURSE, answers=answers, at=clock.now())


def _proposal(course: Course, form: SetUpForm) -> list[Line]:
    """Return what a valid form proposes. Raises TermTooShort."""
    data = form.cleaned_data
    return propose(
        course,
        read_plan(edition=data["edition"]),
        form.chosen,
        (data["starts_on"], data["ends_on"]),
        read_holidays(data["holidays"]),
        with_milestones=data["with_milestones"],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def set_up_preview(request: LoggedInRequest, slug: str) -> HttpResponse:
    """Show the proposal line by line, keep what is changed of it, and make the assignments."""
    course = get_object_or_404(allowed(viewer(request), Action.SET_UP, Course.objects.all()), slug=slug)
    answers = answers_of(course, request.user, Wizard.COURSE)
    form = SetUpForm(MultiValueDict(answers.get("form", {})))
    if request.method == "POST" and "discard" in request.POST:
        forget_answers(course=course, author=request.user, wizard=Wizard.COURSE)
        messages.success(request, gettext("The plan is thrown away; nothing was made of it."))
        return redirect("set-up-course", slug=slug)
    try:
        proposed = _proposal(course, form) if form.is_valid() else []
    except TermTooShort:
        proposed = []
    if not proposed:
        return redirect("set-up-course", slug=slug)
    with timezone.override(course.zone):
        return _Preview(request, course, form, answers, proposed).answer()


class _Preview:
    """One request for the proposal's page; times are by the course's clock."""

    def __init__(
        self,
        request: LoggedInRequest,
        course: Course,
        form: SetUpForm,
        answers: dict[str, Any],
        proposed: Sequence[Line],
    ) -> None:
        self.request, self.course, self.form, self.answers = request, course, form, answers
        kept = answers.get("lines", {})
        posted = request.POST if request.method == "POST" else None
        self.rows = [LineForm(line, posted if posted is not None else kept_row(line, kept)) for line in proposed]
        self.are_readable = all(row.line.present or not row.is_bound or row.is_valid() for row in self.rows)
        self.lines = [_edited(row) for row in self.rows]
        self.holidays: Holidays = read_holidays(form.cleaned_data["holidays"])
        self.problems = problems(self.lines, course.zone, self.holidays) if self.are_readable else {}

    def answer(self) -> HttpResponse:
        """Keep what was typed if all of it can be read, make everything if that was asked for, or show it."""
        if self.request.method == "POST" and self.are_readable:
            lines = {name: values for name, values in self.request.POST.lists() if "-" in name}
            _keep(self.request, self.course, {"form": self.answers["form"], "lines": lines})
            if "make" not in self.request.POST:
                return redirect("set-up-preview", slug=self.course.slug)
            if not self.problems and (made := self._make()) is not None:
                return self._made(made)
        return render(self.request, "assignments/set_up_preview.html", self._shown())

    def _make(self) -> SetUp | None:
        data = self.form.cleaned_data
        try:
            return set_up(
                course=self.course,
                lines=self.lines,
                owner=data["owner"],
                trusted=data["trusted"],
                holidays=data["holidays"],
                actor=self.request.user,
                at=clock.now(),
            )
        except (SuiteError, NotToBeMade, OtherCourse, Refused) as problem:
            messages.error(self.request, gettext("Nothing was made: {problem}").format(problem=problem))
            return None

    def _made(self, made: SetUp) -> HttpResponse:
        forget_answers(course=self.course, author=self.request.user, wizard=Wizard.COURSE)
        messages.success(
            self.request,
            gettext(
                "Open: {opened}. Drafts that open by themselves once their suite has passed its check: "
                "{drafts}. There already: {kept}."
            ).format(opened=len(made.opened), drafts=len(made.drafts), kept=len(made.kept)),
        )
        for note in made.notes:
            messages.warning(self.request, note)
        return redirect("assignments", slug=self.course.slug)

    def _shown(self) -> dict[str, Any]:
        rows = [
            {"form": row, "line": line, "problem": self.problems.get(line.slug, "")}
            for row, line in zip(self.rows, self.lines, strict=True)
        ]
        return {
            "course": self.course,
            "plan": self.form.plan,
            "rows": rows,
            "count": sum(line.is_made for line in self.lines),
            "notes": notes(self.lines) if self.are_readable else [],
            "are_unreadable": not self.are_readable,
            "problems": self.problems,
            "calendar": self._calendar(),
        }

    def _calendar(self) -> list[Month]:
        zone = self.course.zone
        marks: dict[date, list[str]] = {}
        for line in self.lines:
            if line.due_at is not None and line.is_included:
                marks.setdefault(line.due_at.astimezone(zone).date(), []).append(line.slug)
        return months(marks, self.holidays, {}, marks)


def kept_row(line: Line, kept: dict[str, Any]) -> MultiValueDict | None:
    """Return what was kept of a line's row; None if it was never changed."""
    return MultiValueDict(kept) if any(name.startswith(f"{line.slug}-") for name in kept) else None


def _edited(row: LineForm) -> Line:
    return with_values(row.line, row.cleaned_data) if row.is_bound and row.is_valid() else row.line
