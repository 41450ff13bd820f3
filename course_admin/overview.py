"""What the back office starts from: the next deadlines, and the problems that wait for somebody.

Everything is counted in a fixed number of queries, whatever the courses hold, and shown only to those who may open it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Student
from course_admin.submissions.models import Push, PushState, Run, RunState

SHOWN = 10
DRAFT_DAYS = 14  # a draft due sooner than this is a problem


@dataclass(frozen=True, slots=True)
class Deadline:
    """An assignment that is due next, and how many of the course's active students have handed in."""

    assignment: Assignment
    handed_in: int
    students: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Things that wait for somebody: how many, what they are, and the list that holds them."""

    count: int
    words: str
    url: str


def _drafts(at: datetime) -> QuerySet:
    return Assignment.objects.filter(is_draft=True, due_at__gte=at, due_at__lt=at + timedelta(days=DRAFT_DAYS))


#: What is a problem: its words, its objects at a moment, and the filter of the list that shows them.
PROBLEMS: tuple[tuple[str, Callable[[datetime], QuerySet], dict[str, str]], ...] = (
    (
        "runs that could not be judged",
        lambda at: Run.objects.filter(state=RunState.NEEDS_ATTENTION),
        {"state__exact": RunState.NEEDS_ATTENTION},
    ),
    (
        "pushes whose code could not be fetched",
        lambda at: Push.objects.filter(state=PushState.NEEDS_ATTENTION),
        {"state__exact": PushState.NEEDS_ATTENTION},
    ),
    (f"drafts that are due within {DRAFT_DAYS} days", _drafts, {"is_draft__exact": "1"}),
    (
        "active students without a GitHub login",
        lambda at: Student.objects.active().filter(github_login=""),
        {"is_active__exact": "1", "github_login__isempty": "1"},
    ),
)


def next_deadlines(user: Any, at: datetime) -> list[Deadline]:
    """Return the open assignments that are due next, in two queries; none for who may not see assignments."""
    if not user.has_perm("assignments.view_assignment"):
        return []
    is_active = Q(attempts__student__is_active=True)
    due = Assignment.objects.filter(is_draft=False, due_at__gte=at).select_related("course").order_by("due_at", "pk")
    due = list(due.annotate(handed_in=Count("attempts__student", filter=is_active, distinct=True))[:SHOWN])
    students = Count("enrollments", filter=Q(enrollments__role="student", enrollments__is_active=True))
    courses = Course.objects.filter(pk__in={each.course_id for each in due}).annotate(students=students)
    sizes = {course.pk: course.students for course in courses}
    return [Deadline(each, each.handed_in, sizes[each.course_id]) for each in due]


def problems(user: Any, at: datetime) -> list[Problem]:
    """Return what waits for somebody, one query for each kind; only kinds whose lists `user` may open."""
    found = []
    for words, things, chosen in PROBLEMS:
        objects = things(at)
        names = objects.model._meta
        if user.has_perm(f"{names.app_label}.view_{names.model_name}") and (count := objects.count()):
            url = reverse(f"admin:{names.app_label}_{names.model_name}_changelist")
            found.append(Problem(count, words, f"{url}?{urlencode(chosen)}"))
    return found
