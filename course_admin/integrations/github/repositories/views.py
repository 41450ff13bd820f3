"""Pages about students' repositories: the invitation that a student accepts, and how far all are, for who leads the course."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.github.models import CheckReport, OrderState, RepositoryOrder, RepositoryTemplate
from course_admin.integrations.github.repositories import orders
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.addresses import page_address


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def my_repository(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show a student their repository for an assignment, or have it made when they ask."""
    places = allowed(viewer(request), Action.HAND_IN, Student.objects.active().filter(course__slug=slug))
    student = get_object_or_404(places.select_related("course"))
    open_ones = Assignment.objects.filter(course=student.course_id, is_draft=False)
    thing = get_object_or_404(open_ones.select_related("course"), slug=assignment)
    problem = ""
    if request.method == "POST":
        try:
            orders.ask_for(student=student, assignment=thing, by=request.user, at=clock.now())
            return redirect("my-repository", slug=slug, assignment=assignment)
        except orders.NoRepository as refused:
            problem = str(refused)
    shown = {
        "assignment": thing,
        "order": RepositoryOrder.objects.filter(assignment=thing, student=student).first(),
        "is_offered": RepositoryTemplate.objects.filter(assignment=thing).exists(),
        "problem": problem,
        "needs_proof": problem == orders.PROVE,
        "host": page_address(""),
    }
    return render(request, "github/my_repository.html", shown)


UNSHOWN = 20


class TemplateForm(forms.Form):
    """What repositories are made from."""

    template = forms.CharField(
        max_length=200, strip=True, help_text="A template repository, as OWNER/NAME, that the GitHub App can read."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def repositories(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Show who leads the course how far all repositories are; set the template, make them for all, try again."""
    led = allowed(viewer(request), Action.SET_UP, Assignment.objects.select_related("course"))
    thing = get_object_or_404(led, course__slug=slug, slug=assignment)
    template = RepositoryTemplate.objects.filter(assignment=thing).first()
    form = TemplateForm(request.POST if "template" in request.POST else None, initial={"template": template})
    if request.method == "POST":
        try:
            sentence = _do(request, thing, form)
        except orders.NoRepository as refused:
            messages.error(request, str(refused))
            sentence = ""
        if sentence:
            messages.success(request, sentence)
        if form.is_valid() or not form.is_bound:
            return redirect("repositories", slug=slug, assignment=assignment)
    rows = RepositoryOrder.objects.filter(assignment=thing).select_related("student").order_by("student__name", "pk")
    students = Student.objects.active().filter(course=thing.course_id)
    counts = Counter(row.state for row in rows)
    shown = {
        "assignment": thing,
        "template": template,
        "form": form,
        "rows": rows,
        "host": page_address(""),
        "counts": [(state.label, counts[state]) for state in OrderState if counts[state]],
        "failed": counts[OrderState.FAILED],
        "without": students.exclude(repository_orders__assignment=thing).count(),
        "unshown": CheckReport.objects.of(thing).refused().order_by("-pk")[:UNSHOWN],
        "invitation": request.build_absolute_uri(reverse("my-repository", args=[slug, assignment])),
    }
    return render(request, "github/repositories.html", shown)


def _do(request: LoggedInRequest, assignment: Assignment, form: TemplateForm) -> str:
    """Do what a button asks for, and say what was done; nothing for no button."""
    told: dict[str, Any] = {"assignment": assignment, "by": request.user, "at": clock.now()}
    if "all" in request.POST:
        return (
            f"Asked for: {orders.order_for_all(**told)}. Whose GitHub account is not known yet asks by the invitation."
        )
    if "again" in request.POST:
        return f"Tried again: {orders.try_again(**told)}."
    if form.is_bound and form.is_valid():
        row = orders.set_template(full_name=form.cleaned_data["template"], **told)
        return f"Repositories are made from {row.full_name} from now on."
    return ""
