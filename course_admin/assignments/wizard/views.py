"""The pages of the wizard that makes one assignment, for those who lead the course; for everybody else they do not exist."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.late_words import late_example, late_words
from course_admin.assignments.models import Wizard
from course_admin.assignments.wizard.calendar import calendar_of, typed_moments, with_day_picked
from course_admin.assignments.wizard.drafts import Answers, answers_of, forget_answers, keep_answers
from course_admin.assignments.wizard.forms import REVIEW, STEPS, DatesForm, LateForm, StepForm, bound
from course_admin.assignments.wizard.making import make_assignment, suite_words
from course_admin.courses.audit import OtherCourse
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action, Refused, allowed, viewer
from grader.errors import SuiteError

#: What the review calls a step that is not finished.
STEP_WORDS = {
    "basics": pgettext_lazy("step", "basics"),
    "suite": pgettext_lazy("step", "suite"),
    "dates": pgettext_lazy("step", "dates"),
    "late": pgettext_lazy("step", "late"),
}
#: Buttons that show the same step again, with what was typed.
LOOK_AGAIN = ("look", "due_day")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new_assignment(request: LoggedInRequest, slug: str, step: str) -> HttpResponse:
    """Ask for one step's answers, or show them all and make the assignment."""
    course = get_object_or_404(allowed(viewer(request), Action.SET_UP, Course.objects.all()), slug=slug)
    if step not in (*STEPS, REVIEW):
        raise Http404
    answers = answers_of(course, request.user, Wizard.ASSIGNMENT)
    with timezone.override(course.zone):
        if request.method == "POST" and "discard" in request.POST:
            forget_answers(course=course, author=request.user, wizard=Wizard.ASSIGNMENT)
            messages.success(request, gettext("The half-finished assignment is thrown away."))
            return redirect("assignments", slug=slug)
        if step == REVIEW:
            return _review(request, course, answers)
        return _ask(request, course, step, answers)


def _ask(request: LoggedInRequest, course: Course, step: str, answers: Answers) -> HttpResponse:
    """Show a step's form, or keep its answers and go on."""
    if request.method != "POST":
        form = bound(step, course, answers) or STEPS[step](course)
        return _show(request, course, step, form, answers)
    data = with_day_picked(request.POST)
    form = STEPS[step](course, data)
    if "later" in request.POST and form.is_only_incomplete():
        _keep(request, course, step, form, answers)
        messages.success(request, gettext("What you typed is kept: go on whenever you like."))
        return redirect("assignments", slug=course.slug)
    if any(name in request.POST for name in LOOK_AGAIN) or not form.is_valid():
        return _show(request, course, step, form, answers)
    _keep(request, course, step, form, answers)
    return redirect("new-assignment", slug=course.slug, step=_after(step))


def _keep(request: LoggedInRequest, course: Course, step: str, form: StepForm, answers: Answers) -> None:
    kept = {**answers, step: form.typed()}
    keep_answers(course=course, author=request.user, wizard=Wizard.ASSIGNMENT, answers=kept, at=clock.now())


def _after(step: str) -> str:
    order = [*STEPS, REVIEW]
    return order[order.index(step) + 1]


def _show(request: LoggedInRequest, course: Course, step: str, form: StepForm, answers: Answers) -> HttpResponse:
    shown: dict[str, Any] = {"course": course, "form": form, "step": step, "steps": _steps(course, step, answers)}
    if isinstance(form, LateForm):
        is_valid = form.is_bound and form.is_valid()
        policy = form.policy() if is_valid else None
        shown["policy"] = (late_words(policy), late_example(policy)) if policy else None
    if isinstance(form, DatesForm):
        shown |= {"calendar": calendar_of(course, form, clock.now()), "moments": typed_moments(form)}
    return render(request, "assignments/wizard.html", shown)


def _steps(course: Course, here: str, answers: Answers) -> list[dict[str, Any]]:
    """Return the steps as the page's list shows them: which is here, which are answered."""
    titles = {**{name: form.step_title for name, form in STEPS.items()}, REVIEW: gettext("Review")}
    return [
        {
            "title": title,
            "url": reverse("new-assignment", args=[course.slug, name]),
            "is_here": name == here,
            "is_answered": name in answers,
        }
        for name, title in titles.items()
    ]


def _review(request: LoggedInRequest, course: Course, answers: Answers) -> HttpResponse:
    """Show all answers with what is wrong with them; make the assignment if nothing is."""
    forms = {name: bound(name, course, answers) for name in STEPS}
    unfinished = [name for name, form in forms.items() if form is None or not form.is_valid()]
    if request.method == "POST" and not unfinished:
        values = {name: value for form in forms.values() if form for name, value in form.cleaned_data.items()}
        try:
            made = make_assignment(
                course=course, values=values, opens="make" in request.POST, actor=request.user, at=clock.now()
            )
        except (ValidationError, OtherCourse, SuiteError, Refused) as problem:
            words = problem.messages if isinstance(problem, ValidationError) else [str(problem)]
            messages.error(request, gettext("Nothing was made: {words}").format(words=" ".join(words)))
        else:
            forget_answers(course=course, author=request.user, wizard=Wizard.ASSIGNMENT)
            waits = (
                gettext("opens by itself once its suite has passed its check")
                if made.opens_when_checked
                else gettext("is a draft")
            )
            messages.success(request, f"{made.title} {waits if made.is_draft else gettext('is open')}.")
            return redirect("assignments", slug=course.slug)
    named = [(name, STEP_WORDS[name]) for name in unfinished]
    shown: dict[str, Any] = {"course": course, "forms": forms, "unfinished": named}
    shown |= {"step": REVIEW, "steps": _steps(course, REVIEW, answers)}
    return render(request, "assignments/wizard_review.html", {**shown, **_in_words(forms)})


def _in_words(forms: dict[str, StepForm | None]) -> dict[str, Any]:
    """Return what the review says in sentences, of the steps that are answered well."""
    told: dict[str, Any] = {}
    late, suite = forms["late"], forms["suite"]
    if isinstance(late, LateForm) and late.is_valid():
        told["policy"] = (late_words(late.policy()), late_example(late.policy()))
    if suite is not None and suite.is_valid():
        try:
            told["suite"] = suite_words(suite.cleaned_data["suite"])
        except SuiteError as problem:
            told["suite"] = gettext("It cannot be used: {problem}").format(problem=problem)
    return told
