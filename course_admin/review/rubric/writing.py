"""The pages where an assignment's questions and their rubric are written: as a form, and as text."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.courses.audit import ChangedMeanwhile
from course_admin.courses.requests import LoggedInRequest
from course_admin.identity.models import User
from course_admin.liveness import clock
from course_admin.manual_grading.models import ManualPart
from course_admin.manual_grading.questions.set_up import (
    NotToChange,
    become_questions,
    change_comments,
    remove_questions,
    rubric_state,
    set_questions,
)
from course_admin.manual_grading.questions.text import part_text, suite_text
from course_admin.policy import Action
from course_admin.review.desk.place import Place, place_of
from course_admin.review.rubric.builder import Sheet, of_part, of_post, of_questions
from course_admin.review.rubric.forms import RubricForm
from course_admin.review.rubric.views import part_of
from grader.errors import SuiteError
from grader.suite.questions import read_questions


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def rubric(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Write the questions and their rubric in a form or as text, or take the manual part away."""
    place = place_of(request, slug, assignment, Action.SET_UP)
    part = part_of(place)
    if request.method == "POST" and "remove" in request.POST and part:
        try:
            remove_questions(part=part, actor=request.user, at=clock.now())
        except NotToChange as refusal:
            messages.error(request, str(refusal))
            return redirect("by-hand-rubric", slug=slug, assignment=assignment)
        messages.success(request, gettext("The assignment has no manual part any more."))
        return redirect("by-hand", slug=slug, assignment=assignment)
    if "text" in request.POST or request.GET.get("as") == "text":
        return _as_text(request, place, part)
    return _as_form(request, place, part)


def _as_form(request: LoggedInRequest, place: Place, part: ManualPart | None) -> HttpResponse:
    """Show the form, with room for more, or store it."""
    refusal = ""
    if request.method == "POST":
        sheet = of_post(request.POST)
        try:
            if not {"more", "question"} & request.POST.keys():
                _store(sheet, place, request.user, clock.now(), request.POST.get("shown_state", ""))
                messages.success(request, gettext("The rubric holds."))
                return redirect("by-hand-rubric", slug=place.course.slug, assignment=place.assignment.slug)
        except (NotToChange, ChangedMeanwhile) as problem:
            refusal = str(problem)
    else:
        sheet = of_part(part) if part else _of_suite(place)
    sheet.with_room(for_a_question="question" in request.POST)
    shown = {
        "place": place,
        "part": part,
        "sheet": sheet,
        "refusal": refusal,
        "shown_state": _shown_state(request, place),
    }
    return render(request, "review/rubric.html", shown)


def _shown_state(request: LoggedInRequest, place: Place) -> str:
    """Return the state of the rubric that what is typed began with."""
    return request.POST.get("shown_state") or rubric_state(place.assignment)


def _of_suite(place: Place) -> Sheet:
    """Return what lies beside the suite as a form; an empty one if nothing usable does."""
    try:
        return of_questions(read_questions(suite_text(place.assignment)))
    except SuiteError:
        return Sheet()


def _store(sheet: Sheet, place: Place, actor: User, at: datetime, shown: str) -> None:
    told: dict[str, Any] = {"actor": actor, "at": at}
    wanted = sheet.wanted()
    with transaction.atomic():
        part = become_questions(
            assignment=place.assignment, wanted=wanted, keys=sheet.keys(), is_blind=sheet.is_blind, shown=shown, **told
        )
        for row, question in zip(sheet.kept(), part.questions.all(), strict=True):
            removed = [int(each.key) for each in row.comments if each.is_removed and each.key.isdecimal()]
            change_comments(question=question, removed=removed, added=row.new_comment, **told)


def _as_text(request: LoggedInRequest, place: Place, part: ManualPart | None) -> HttpResponse:
    """Show the questions as text, or store a text."""
    first = {
        "text": part_text(part) if part else suite_text(place.assignment),
        "is_blind": part.is_blind if part else True,
    }
    form = RubricForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        told: dict[str, Any] = {"actor": request.user, "at": clock.now(), "shown": request.POST.get("shown_state", "")}
        try:
            set_questions(assignment=place.assignment, text=data["text"], is_blind=data["is_blind"], **told)
        except (NotToChange, ChangedMeanwhile) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("The rubric holds."))
            return redirect("by-hand", slug=place.course.slug, assignment=place.assignment.slug)
    shown = {"place": place, "part": part, "form": form, "shown_state": _shown_state(request, place)}
    return render(request, "review/rubric_text.html", shown)
