"""What the back office starts from: the next deadlines, and the problems that wait for somebody.

Everything is counted in a fixed number of queries, whatever the courses hold, and shown only to those who may open it.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Min, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext

from course_admin.assignments.models import Assignment, SectionDueTime
from course_admin.courses.models import Course, Enrollment, Group, Section, Student
from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.integrations.lti.models import LtiCourse
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery, Link
from course_admin.policy import Action, Right, allowed, rows_in_table
from course_admin.submissions.models import AttemptMember, ParkedPush, Push, PushState, Run, RunState

SHOWN = 10
DRAFT_DAYS = 14  # a draft due sooner than this is a problem


@dataclass(frozen=True, slots=True)
class Deadline:
    """An assignment that is due next, and how many of the active students it is due for have handed in.

    `section`: whose own due time it is; None for the assignment's, which is for everybody whose section has none.
    """

    assignment: Assignment
    due_at: datetime
    section: Section | None
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


def _too_large_groups(at: datetime) -> QuerySet:
    """Return the groups with more active students than an open assignment for groups allows."""
    for_groups = Q(course__assignments__is_draft=False, course__assignments__group_size__gt=1)
    groups = Group.objects.filter(hands_in_together=True).annotate(
        size=Count("students", distinct=True, filter=Q(students__is_active=True)),
        allowed=Min("course__assignments__group_size", filter=for_groups),
    )
    return groups.filter(size__gt=F("allowed"))


def _of_links(
    model: type[Link], name: str, to: str
) -> tuple[tuple[Callable[[int], str], Callable[[datetime], QuerySet], dict[str, str]], ...]:
    """Return what can be wrong with the links to one kind of LMS, as PROBLEMS has it."""
    rows: Any = model.objects
    return (
        (
            lambda count: ngettext(
                "course whose grades are not sent to {to} until somebody mends it",
                "courses whose grades are not sent to {to} until somebody mends it",
                count,
            ).format(to=gettext(to)),
            lambda at: rows.filter(is_paused=True),
            {"is_paused__exact": "1"},
        ),
        (
            lambda count: ngettext(
                "course whose grades could not all be compared with {to}",
                "courses whose grades could not all be compared with {to}",
                count,
            ).format(to=gettext(to)),
            lambda at: rows.exclude(uncompared=""),
            {"uncompared__isempty": "0"},
        ),
        (
            lambda count: ngettext(
                "course whose {name} has been away for an hour",
                "courses whose {name} has been away for an hour",
                count,
            ).format(name=gettext(name)),
            lambda at: rows.away_since(at - timedelta(hours=1)),
            {"away_since__isempty": "0", "is_paused__exact": "0"},
        ),
    )


#: What is a problem: its words for one and for several, its objects at a moment, and the filter of the list that shows them.
PROBLEMS: tuple[tuple[Callable[[int], str], Callable[[datetime], QuerySet], dict[str, str]], ...] = (
    (
        lambda count: ngettext("run that could not be judged", "runs that could not be judged", count),
        lambda at: Run.objects.filter(state=RunState.NEEDS_ATTENTION),
        {"state__exact": RunState.NEEDS_ATTENTION},
    ),
    (
        lambda count: ngettext("push whose code could not be fetched", "pushes whose code could not be fetched", count),
        lambda at: Push.objects.filter(state=PushState.NEEDS_ATTENTION),
        {"state__exact": PushState.NEEDS_ATTENTION},
    ),
    (
        lambda count: ngettext(
            "draft that is due within {days} days", "drafts that are due within {days} days", count
        ).format(days=DRAFT_DAYS),
        _drafts,
        {"is_draft__exact": "1"},
    ),
    (
        lambda count: ngettext(
            "group with more students than one of its assignments allows",
            "groups with more students than one of their assignments allows",
            count,
        ),
        _too_large_groups,
        {"hands_in_together__exact": "1"},
    ),
    (
        lambda count: ngettext(
            "active student without a GitHub login", "active students without a GitHub login", count
        ),
        lambda at: Student.objects.active().filter(github_login=""),
        {"is_active__exact": "1", "github_login__isempty": "1"},
    ),
    (
        lambda count: ngettext("grade that the LMS did not take", "grades that the LMS did not take", count),
        lambda at: GradeDelivery.objects.filter(state=DeliveryState.FAILED),
        {"state__exact": DeliveryState.FAILED},
    ),
    (
        lambda count: ngettext(
            "grade of a student whom the LMS does not know", "grades of students whom the LMS does not know", count
        ),
        lambda at: GradeDelivery.objects.filter(state=DeliveryState.PARKED),
        {"state__exact": DeliveryState.PARKED},
    ),
    (
        lambda count: ngettext(
            "push waits of a repository of which nobody knows whose it is: mend the roster or the pattern, and it is graded from "
            "when it came",
            "pushes wait of repositories of which nobody knows whose they are: mend the roster or the pattern, and they are "
            "graded from when they came",
            count,
        ),
        lambda at: ParkedPush.objects.all(),
        {},
    ),
    *_of_links(CanvasCourse, "Canvas", "Canvas"),
    *_of_links(LtiCourse, gettext_noop("learning platform"), gettext_noop("their learning platform")),
)


def next_deadlines(user: Any, at: datetime) -> list[Deadline]:
    """Return what is due next in the courses that a viewer may open, in six queries."""
    whole = Assignment.objects.filter(is_draft=False, due_at__gte=at).select_related("course").order_by("due_at", "pk")
    own = SectionDueTime.objects.filter(assignment__is_draft=False, due_at__gte=at).order_by("due_at", "pk")
    own = own.select_related("assignment__course", "section")
    opened = rows_in_table(user, Right.VIEW, Assignment.objects.all()).values("pk")
    due: list[tuple[Assignment, Any, Section | None]] = [
        (each, each.due_at, None) for each in whole.filter(pk__in=opened)[:SHOWN]
    ]
    due += [(each.assignment, each.due_at, each.section) for each in own.filter(assignment__in=opened)[:SHOWN]]
    due = sorted(due, key=lambda each: each[1])[:SHOWN]
    count = _Counts({assignment for assignment, _, _ in due})
    return [Deadline(*each, *count(each[0], each[2])) for each in due]


class _Counts:
    """Which active students some assignments have, who of them handed in or had it done by their group, and their sections."""

    def __init__(self, assignments: set[Assignment]) -> None:
        self.with_own_time = set(
            SectionDueTime.objects.filter(assignment__in=assignments).values_list("assignment_id", "section_id")
        )
        courses = {each.course_id for each in assignments}
        self.students: dict[int, list[int]] = defaultdict(list)  # by course
        self.sections: dict[int, set[int | None]] = defaultdict(set)  # by student
        active = Student.objects.active().filter(course__in=courses).order_by()
        for student, course, section in active.values_list("pk", "course_id", "section_id"):
            self.students[course].append(student)
            self.sections[student].add(section)
        others = Enrollment.other_sections.through.objects.filter(enrollment__course__in=courses)
        for student, section in others.values_list("enrollment_id", "section_id"):
            self.sections[student].add(section)
        members = AttemptMember.objects.filter(assignment__in=assignments).order_by()
        self.handed_in = {*members.values_list("assignment_id", "student_id").distinct()}

    def __call__(self, assignment: Assignment, section: Section | None) -> tuple[int, int]:
        """Return who handed in, and of how many: of a section, or of everybody without a section that has its own time."""

        def is_meant(student: int) -> bool:
            if section:
                return section.pk in self.sections[student]
            return not any((assignment.pk, each) in self.with_own_time for each in self.sections[student])

        meant = [student for student in self.students[assignment.course_id] if is_meant(student)]
        return sum((assignment.pk, student) in self.handed_in for student in meant), len(meant)


def problems(user: Any, at: datetime) -> list[Problem]:
    """Return what waits for somebody, one query for each kind; only what `user` may open."""
    found = []
    for words, things, chosen in PROBLEMS:
        objects = rows_in_table(user, Right.VIEW, things(at))
        names = objects.model._meta
        if count := objects.count():
            url = reverse(f"admin:{names.app_label}_{names.model_name}_changelist")
            found.append(Problem(count, words(count), f"{url}?{urlencode(chosen)}"))
    return found


def courses_with_a_queue(user: Any) -> QuerySet[Course]:
    """Return the courses whose queue a viewer may open and in which a run waits, is under way or needs attention."""
    over = (RunState.GRADED, RunState.SUPERSEDED, RunState.CANCELLED)
    busy = Run.objects.exclude(state__in=over).values("attempt__assignment__course")
    return allowed(user, Action.OPEN_QUEUE, Course.objects.filter(pk__in=busy))[:SHOWN]
