"""Pages of grading by hand, for staff; for everybody else they do not exist. TAs see the gradings of those whom they teach."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from course_admin.courses.audit import ChangedMeanwhile, state_of
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.manual_grading.calibration.calibrate import NotToCalibrate, begin, tables
from course_admin.manual_grading.grading.deal import deal_out
from course_admin.manual_grading.grading.following import gradings_for, next_ungraded
from course_admin.manual_grading.grading.marks import NotToGrade, clean_marks, finish, keep_draft, save_comment
from course_admin.manual_grading.models import HandGrading, ManualPart, Question
from course_admin.policy import Action, Refused
from course_admin.private_sqlite.names import name_key
from course_admin.review.desk.place import Place, place_of
from course_admin.review.rubric.forms import DealForm, GradersForm, typed_marks
from course_admin.review.rubric.page import is_blind, questions_of, sheets

LISTED = 50


def part_of(place: Place) -> ManualPart | None:
    """Return the assignment's manual part; None if it has none."""
    return ManualPart.objects.filter(assignment=place.assignment).select_related("assignment__course").first()


@require_safe
@login_required
@never_cache
def by_hand(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show how far the grading by hand is, and what is whose."""
    place = place_of(request, slug, assignment)
    part = part_of(place)
    rows = gradings_for(place.standing, place.assignment).counting()
    done: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for name, finished_at in rows.values_list("grader__name", "finished_at"):
        (left if finished_at is None else done)[name or gettext("nobody yet")] += 1
    mine = gradings_for(place.standing, place.assignment).filter(purpose="calibration")
    listed = rows.select_related("grader", "attempt").prefetch_related("attempt__memberships__student")
    shown = {
        "place": place,
        "part": part,
        "questions": questions_of(place.assignment),
        "shares": [(name, done[name], left[name]) for name in sorted({*done, *left}, key=name_key)],
        "page": Paginator(listed, LISTED).get_page(request.GET.get("page")),
        "calibrates": mine.unfinished().count(),
        "is_blind": part is not None and is_blind(part, clock.now()),
        "deal_form": DealForm(place.assignment) if place.may_set_up else None,
    }
    return render(request, "review/by_hand.html", shown)


@require_POST
@login_required
def deal(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Deal the work out."""
    place = place_of(request, slug, assignment, Action.SET_UP)
    form = DealForm(place.assignment, request.POST)
    if part_of(place) is None:
        messages.error(request, gettext("Write the questions first: without them there is nothing to grade by hand."))
    elif form.is_valid():
        told: dict[str, Any] = {"actor": request.user, "at": clock.now()}
        dealt = deal_out(
            assignment=place.assignment, graders=form.chosen(), by_section=form.cleaned_data["by_section"], **told
        )
        messages.success(request, dealt.sentence)
    else:
        messages.error(request, gettext("Choose who grades."))
    return redirect("by-hand", slug=slug, assignment=assignment)


@require_safe
@login_required
@never_cache
def following(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Go to what the viewer grades next."""
    place = place_of(request, slug, assignment)
    after = request.GET.get("after", "")
    return _go_on(request, place, int(after) if after.isdecimal() and len(after) < 18 else 0)


def _go_on(request: LoggedInRequest, place: Place, after: int) -> HttpResponse:
    found = next_ungraded(place.standing, place.assignment, after)
    if found is None:
        messages.success(request, gettext("Nothing is left for you to grade here."))
        return redirect("by-hand", slug=place.course.slug, assignment=place.assignment.slug)
    return redirect("by-hand-grade", slug=place.course.slug, assignment=place.assignment.slug, grading=found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def grade(request: LoggedInRequest, slug: str, assignment: str, grading: int) -> HttpResponse:
    """Show one submission's answers, keep half-finished marks, and finish them."""
    place = place_of(request, slug, assignment)
    rows = gradings_for(place.standing, place.assignment).select_related("attempt__assignment", "grader")
    found = get_object_or_404(rows.prefetch_related("attempt__memberships__student"), pk=grading)
    part, questions = part_of(place), questions_of(place.assignment)
    if part is None or not questions:
        raise Http404
    marks = found.shown_marks
    if request.method == "POST":
        marks = typed_marks(questions, request.POST)
        try:
            marks = clean_marks(questions, marks)
            _keep(request, found, questions, marks)
            if request.headers.get("X-Requested-With") == "fetch":
                return HttpResponse(status=204)
            if "finish" in request.POST:
                return _go_on(request, place, found.pk)
            return redirect("by-hand-grade", slug=slug, assignment=assignment, grading=grading)
        except (NotToGrade, ChangedMeanwhile, Refused) as refusal:
            if request.headers.get("X-Requested-With") == "fetch":
                return JsonResponse({"message": str(refusal)}, status=422)
            messages.error(request, str(refusal))
            marks = marks if isinstance(refusal, NotToGrade) else found.shown_marks
    hides_names = is_blind(part, clock.now())
    shown = {"place": place, "grading": found, "sheets": sheets(found, questions, marks, hides_names=hides_names)}
    left = gradings_for(place.standing, place.assignment).unfinished().filter(grader=request.user).count()
    shown |= {"is_blind": hides_names, "left": left, "shown_state": state_of(found)}
    return render(request, "review/grade.html", shown)


def _keep(request: LoggedInRequest, found: HandGrading, questions: list[Question], marks: dict[str, Any]) -> None:
    for question in questions:
        if f"keep-{question.pk}" in request.POST and (mark := marks.get(str(question.pk))):
            save_comment(question=question, text=mark["comment"], actor=request.user, at=clock.now())
    told: dict[str, Any] = {"actor": request.user, "shown": request.POST.get("shown_state", "")}
    if "finish" in request.POST:
        finish(grading=found, questions=questions, marks=marks, at=clock.now(), **told)
    else:
        keep_draft(grading=found, marks=marks, **told)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def calibration(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Give two people the same submissions, and show how far they agree."""
    action = Action.SET_UP if request.method == "POST" else Action.OPEN_DESK
    place = place_of(request, slug, assignment, action)
    form = GradersForm(place.assignment, request.POST or None) if place.may_set_up else None
    if request.method == "POST" and form is not None and form.is_valid():
        told: dict[str, Any] = {"actor": request.user, "at": clock.now()}
        try:
            count = begin(assignment=place.assignment, people=form.chosen(), seed=place.assignment.pk, **told)
            words = ngettext("Both have {count} submission to grade.", "Both have {count} submissions to grade.", count)
            messages.success(request, words.format(count=count))
            return redirect("by-hand-calibration", slug=slug, assignment=assignment)
        except NotToCalibrate as refusal:
            form.add_error(None, str(refusal))
    shown = {
        "place": place,
        "form": form,
        "tables": tables(place.assignment),
        "questions": questions_of(place.assignment),
    }
    return render(request, "review/calibration.html", shown)
