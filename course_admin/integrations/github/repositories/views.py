"""Pages about students' repositories: the invitation that a student accepts, and how far all are, for who leads the course."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.github.models import (
    CheckReport,
    OrderState,
    RepositoryArchiving,
    RepositoryOrder,
    RepositoryTemplate,
)
from course_admin.integrations.github.repositories import orders
from course_admin.integrations.github.repositories.archiving import archive_all
from course_admin.integrations.github.repositories.teams import order_of
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.submissions.addresses import page_address
from course_admin.submissions.intake.by_hand import NotGraded, grade_commit
from course_admin.submissions.intake.ownership.binding import NotBound, bind_parked, bound_by_staff
from course_admin.submissions.intake.ownership.unbinding import give_to, unbind
from course_admin.submissions.models import ParkedPush, Repository, Snapshot
from course_admin.submissions.models.push import RepositoryQuerySet, named_for


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
        "order": order_of(student, thing),
        "is_offered": RepositoryTemplate.objects.filter(assignment=thing).exists(),
        "problem": problem,
        "needs_proof": problem == str(orders.PROVE),
        "host": page_address(""),
    }
    return render(request, "github/my_repository.html", shown)


UNSHOWN = 20
UNKNOWN_PUSHES = 500
NUMBER_DIGITS = 18


class TemplateForm(forms.Form):
    """What repositories are made from."""

    template = forms.CharField(
        max_length=200,
        strip=True,
        help_text=_("A template repository, as OWNER/NAME, that the GitHub App can read."),
        label=_("Template"),
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
        except (orders.NoRepository, NotBound, NotGraded) as refused:
            messages.error(request, str(refused))
            sentence = ""
        if sentence:
            messages.success(request, sentence)
        if form.is_valid() or not form.is_bound:
            return redirect("repositories", slug=slug, assignment=assignment)
    rows = (
        RepositoryOrder.objects.filter(assignment=thing)
        .select_related("student", "group")
        .order_by("student__name", "pk")
    )
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
        "without": students.exclude(repository_orders__assignment=thing)
        .exclude(repository_memberships__order__assignment=thing)
        .count(),
        "archivings": _archivings(thing),
        "snapshots": Snapshot.objects.filter(assignment=thing)
        .exclude(commit_id="")
        .select_related("repository__student")
        .order_by("repository__student__name", "-due_at")[:UNKNOWN_PUSHES],
        "unknown": _unknown(thing, students),
        "bound": _bound(thing),
        "students": students.order_by("name", "pk"),
        "unshown": CheckReport.objects.of(thing).refused().order_by("-pk")[:UNSHOWN],
        "invitation": request.build_absolute_uri(reverse("my-repository", args=[slug, assignment])),
    }
    return render(request, "github/repositories.html", shown)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A repository that nobody knows: since when it waits, how many pushes, why, and whose it may be by its name."""

    full_name: str
    since: datetime
    pushes: int
    why: str
    guess: int | None


def _unknown(assignment: Assignment, students: QuerySet[Enrollment]) -> list[Unknown]:
    """Return the unknown repositories that a course's staff are shown, the longest waiting first."""
    waiting: dict[str, list[ParkedPush]] = defaultdict(list)
    for each in ParkedPush.objects.filter(course=assignment.course_id).order_by("received_at", "pk")[:UNKNOWN_PUSHES]:
        waiting[each.full_name].append(each)
    logins = sorted(students.exclude(github_login="").values_list("github_login", "pk"), key=lambda row: -len(row[0]))
    return [
        Unknown(
            name,
            rows[0].received_at,
            len(rows),
            rows[-1].why,
            next((key for login, key in logins if login.lower() in name.partition("/")[2].lower()), None),
        )
        for name, rows in list(waiting.items())[:UNSHOWN]
    ]


def _archivings(assignment: Assignment) -> list[RepositoryArchiving]:
    """Return which repositories of an assignment were asked to be archived."""
    rows = RepositoryArchiving.objects.filter(named_for(assignment, "repository__")).select_related("repository")
    return [each for each in rows.order_by("repository__full_name") if each.repository.is_for(assignment)]


def _bound(assignment: Assignment) -> RepositoryQuerySet:
    """Return the repositories that staff may give to another student: those that they have bound, and those of groups."""
    of_groups = RepositoryOrder.objects.filter(assignment=assignment).exclude(group=None).values("full_name")
    return bound_by_staff(assignment) | Repository.objects.filter(course=assignment.course_id, full_name__in=of_groups)


def _number(request: LoggedInRequest, field: str) -> int:
    given = request.POST.get(field, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < NUMBER_DIGITS else 0


def _student(request: LoggedInRequest, assignment: Assignment) -> Enrollment:
    """Return the student who was chosen. Raises NotBound."""
    students = Student.objects.active().filter(course=assignment.course_id)
    chosen = students.filter(pk=_number(request, "student")).first()
    if chosen is None:
        raise NotBound(gettext("Choose a student of the course."))
    return chosen


def _grade(request: LoggedInRequest, assignment: Assignment) -> str:
    """Have a commit graded that staff name. Raises NotGraded."""
    theirs = Repository.objects.filter(named_for(assignment)).select_related("course", "student")
    repository = theirs.filter(full_name__iexact=request.POST.get("repository", "").strip()).order_by("-pk").first()
    if repository is None:
        raise NotGraded(
            gettext("Give the repository as OWNER/NAME: one that is bound to a student of this assignment.")
        )
    at, typed = clock.now(), request.POST.get("counts_from", "")
    try:
        moment = datetime.fromisoformat(typed).replace(tzinfo=assignment.course.zone) if typed else at
    except ValueError:
        raise NotGraded(
            gettext("Give the time from which it counts as a date and a time, or leave it empty.")
        ) from None
    commit = request.POST.get("commit", "")
    reason = "by hand on the page of repositories"
    push = grade_commit(
        repository=repository, commit_id=commit, counts_from=moment, by=request.user, at=at, reason=reason
    )
    return gettext("{commit} of {repository} is fetched and graded for {student}.").format(
        commit=push.commit_id[:7], repository=repository, student=repository.student.name
    )


def _do(request: LoggedInRequest, assignment: Assignment, form: TemplateForm) -> str:
    """Do what a button asks for, and say what was done; nothing for no button."""
    told: dict[str, Any] = {"assignment": assignment, "by": request.user, "at": clock.now()}
    if "bind" in request.POST:
        student = _student(request, assignment)
        bound = bind_parked(full_name=request.POST["bind"], student=student, **told)
        return gettext("{bound} is {student}'s, and what waited of it is graded from when it came.").format(
            bound=bound, student=student.name
        )
    if "give" in request.POST:
        student = _student(request, assignment)
        bound = get_object_or_404(_bound(assignment), pk=_number(request, "give"))
        give_to(repository=bound, student=student, by=told["by"], at=told["at"])
        return gettext("{bound} is {student}'s, with its attempts.").format(bound=bound, student=student.name)
    if "unbind" in request.POST:
        bound = get_object_or_404(bound_by_staff(assignment), pk=_number(request, "unbind"))
        unbind(repository=bound, by=told["by"], at=told["at"])
        return gettext("{bound} is nobody's again, with its attempts.").format(bound=bound)
    if "all" in request.POST:
        return gettext("Asked for: {number}. Whose GitHub account is not known yet asks by the invitation.").format(
            number=orders.order_for_all(**told)
        )
    if "grade" in request.POST:
        return _grade(request, assignment)
    if "archive" in request.POST:
        asked, still_open = archive_all(**told)
        left = (
            gettext(" Left alone, since something can still be handed in: {still_open}.").format(still_open=still_open)
            if still_open
            else ""
        )
        return gettext("To be archived: {asked}.{left}").format(asked=asked, left=left)
    if "again" in request.POST:
        return gettext("Tried again: {number}.").format(number=orders.try_again(**told))
    if form.is_bound and form.is_valid():
        row = orders.set_template(full_name=form.cleaned_data["template"], **told)
        return gettext("Repositories are made from {full_name} from now on.").format(full_name=row.full_name)
    return ""
