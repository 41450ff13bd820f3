"""The gradebook of a course: one row for each student and assignment, in a constant number of queries, as a stream.

Students, what they or their groups handed in, and grades set by hand come in three queries that are read in step, student
after student, so that a large course is never in memory as a whole; of it there is only what was granted by hand. Slip days
are spent in the order in which assignments are due for the student, whatever order their attempts arrived in.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet

from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.late import Deadlines, LateKind, LatePolicy
from course_admin.assignments.models import Assignment, CountingRule
from course_admin.courses.models import Course, Enrollment, Student
from course_admin.gradebook.grading.counting import Grade, GradedRun, Overridden, grade
from course_admin.gradebook.grading.in_step import AT_ONCE, InStep
from course_admin.gradebook.grading.overridden import overridden
from course_admin.gradebook.models import Choice
from course_admin.manual_grading.book import HandBook
from course_admin.manual_grading.points import combined, parts
from course_admin.submissions.models import RegradePreview, RunState, arrival

Overrides = Mapping[int, Overridden]  # a student's, by the assignment's key

FAR = datetime.max.replace(tzinfo=UTC)
IS_TRIAL = 1  # where a line of `_judgings` says so


@dataclass(frozen=True, slots=True)
class Rules:
    """How an assignment's attempts become a grade."""

    policy: LatePolicy
    counting: CountingRule


class Judging(NamedTuple):
    """The newest judging of an attempt: as much of run and attempt as a gradebook shows. Fields in the query's order."""

    assignment_id: int
    attempt_id: int
    number: int
    public_id: str
    commit_id: str
    received_at: datetime
    run_id: int
    finished_at: datetime
    score: Decimal
    max_score: Decimal


@dataclass(frozen=True, slots=True)
class GradeRow:
    """What one student has for one assignment; `judging` is the one that counts, None while nothing does.

    `due_at`, `closes_at`: the student's own times, extra days included; None: never late, never closed.
    """

    student: Enrollment
    assignment: Assignment
    judging: Judging | None
    grade: Grade
    due_at: datetime | None
    closes_at: datetime | None = None
    is_held: bool = False  # only in what a student sees: there may be a grade, and nothing here says so

    @property
    def points(self) -> Decimal | None:
        """The grade on the assignment's own scale; None if there is none."""
        return self.grade.points

    @property
    def late_days(self) -> int | None:
        """Days begun since the student's own due time: 0 if on time; None without a due time or a counting run."""
        if self.judging is None or self.grade.penalty is None or self.due_at is None:
            return None
        return self.grade.penalty.lateness.days


def rules_of(assignment: Assignment) -> Rules:
    """Return an assignment's own rules."""
    return Rules(assignment.late_policy, CountingRule(assignment.counting))


def grade_rows(
    course: Course,
    instead: Mapping[int, Rules] | None = None,
    among: QuerySet[Enrollment] | None = None,
    around: Assignment | None = None,
) -> Iterator[GradeRow]:
    """Yield every active student with every assignment, in the order of the roster and the course.

    `instead`: rules by the assignment's key that are tried in place of its own; `among`: only these students;
    `around`: only what this assignment's runs can move: its own grades, and of those that spend from one bank of slip days
    with it.
    """
    students = Student.objects.active().filter(course=course)
    if among is not None:
        students = students.filter(pk__in=among.values("pk"))
    return itertools.chain.from_iterable(_Book(course, instead or {}, around=around).rows_of(students))


def rows_before_and_after(preview: RegradePreview) -> Iterator[tuple[list[GradeRow], list[GradeRow] | None]]:
    """Yield of every active student the rows that a preview can move, as they are and as they would be if it were published.

    In one pass, in the order of the roster; None: the preview judged nothing of theirs.
    """
    assignment = preview.assignment
    students = Student.objects.active().filter(course=assignment.course)
    return _Book(assignment.course, {}, around=assignment).both_of(students, preview)


def rows_of(student: Enrollment) -> list[GradeRow]:
    """Return one student's rows, in the order of the course."""
    (rows,) = _Book(student.course, {}, student).rows_of(Enrollment.objects.filter(pk=student.pk))
    return rows


class _Book:
    """Everything that the grades of a course, or of one student, are computed from."""

    def __init__(
        self,
        course: Course,
        instead: Mapping[int, Rules],
        student: Enrollment | None = None,
        around: Assignment | None = None,
    ) -> None:
        self.course = course
        self.assignments = list(course.assignments.all()) if around is None else _around(around)
        self.rules = {each.pk: instead.get(each.pk) or rules_of(each) for each in self.assignments}
        self.promised = DeadlineBook(course, student)
        mine = {"assignment__course": course} if student is None else {"student": student}
        self.by_hand = HandBook(course, student)
        self.chosen = set(Choice.objects.filter(**mine).values_list("student_id", "attempt_id"))

    def rows_of(self, students: QuerySet[Enrollment]) -> Iterator[list[GradeRow]]:
        """Yield the rows of each student, in three queries, and one for the further sections of each AT_ONCE students."""
        for student, overrides, lines in self._lines_of(students, None):
            yield self._rows(student, overrides, _newest(lines))

    def both_of(
        self, students: QuerySet[Enrollment], preview: RegradePreview
    ) -> Iterator[tuple[list[GradeRow], list[GradeRow] | None]]:
        """Yield the rows of each student without and with the runs of a preview, in as many queries."""
        for student, overrides, lines in self._lines_of(students, preview):
            all_lines = list(lines)
            before = [line for line in all_lines if not line[IS_TRIAL]]
            after = self._rows(student, overrides, _newest(all_lines)) if len(before) < len(all_lines) else None
            yield self._rows(student, overrides, _newest(before)), after

    def _lines_of(
        self, students: QuerySet[Enrollment], as_if: RegradePreview | None
    ) -> Iterator[tuple[Enrollment, Overrides, Iterator[tuple]]]:
        """Yield each student with their grades set by hand, and their lines of `_judgings`."""
        roster = students.select_related("section").prefetch_related("other_sections").order_by("name", "pk")
        if not self.assignments:  # a join on none of them would leave nobody
            yield from ((student, {}, iter(())) for student in roster.iterator(chunk_size=AT_ONCE))
            return
        people = InStep((each.pk, each) for each in roster.iterator(chunk_size=AT_ONCE))
        set_by_hand = InStep(overridden(students))
        lines_of_all = _judgings(students, self.assignments, as_if)
        for pk, lines in itertools.groupby(lines_of_all, key=lambda line: line[0]):
            student = people.of(pk)
            if student is not None:  # else they left between the queries
                yield student, set_by_hand.of(pk) or {}, lines

    def _rows(self, student: Enrollment, overrides: Overrides, judgings: Mapping[int, list[Judging]]) -> list[GradeRow]:
        """Return a student's rows, in the order of the course."""
        terms = {each.pk: self.promised.terms(student, each) for each in self.assignments}
        left, rows = self.course.slip_days, {}
        for each in sorted(self.assignments, key=lambda each: (terms[each.pk].extended_due_at or FAR, each.pk)):
            own = judgings.get(each.pk, [])
            rows[each.pk] = row = self._row(student, each, terms[each.pk], own, left, overrides.get(each.pk))
            left -= row.grade.penalty.slip_days if row.grade.penalty else 0
        return [rows[each.pk] for each in self.assignments]

    def _row(
        self,
        student: Enrollment,
        assignment: Assignment,
        terms: Deadlines,
        judgings: list[Judging],
        slip_days_left: int,
        override: Overridden | None,
    ) -> GradeRow:
        by_number = {each.number: each for each in judgings}
        rules = self.rules[assignment.pk]
        result = grade(
            [self._scored(each, assignment, student) for each in judgings],
            rule=rules.counting,
            policy=rules.policy,
            terms=terms,
            slip_days_left=slip_days_left,
            override=override,
        )
        counted = by_number[result.counted.number] if result.counted else None
        return GradeRow(student, assignment, counted, result, terms.extended_due_at, terms.extended_closes_at)

    def _scored(self, judging: Judging, assignment: Assignment, student: Enrollment) -> GradedRun:
        points = judging.score * assignment.points / judging.max_score if judging.max_score else Decimal()
        is_chosen, by_hand = (student.pk, judging.attempt_id) in self.chosen, self.by_hand.of(student, assignment)
        if by_hand is None:
            return GradedRun(judging.number, judging.received_at, points, is_chosen)
        both = combined(points, assignment.points, by_hand)
        say_parts = partial(parts, points, assignment.points, by_hand)
        return GradedRun(judging.number, judging.received_at, both, is_chosen, say_parts)


def _around(assignment: Assignment) -> list[Assignment]:
    """Return the assignments whose grades can move when runs of one do, in the order of the course."""
    if assignment.late_policy.kind is not LateKind.SLIP_DAYS or not assignment.course.slip_days:
        return [assignment]
    return list(assignment.course.assignments.filter(late_kind=LateKind.SLIP_DAYS.value))


def _judgings(
    students: QuerySet[Enrollment], assignments: Sequence[Assignment], as_if: RegradePreview | None
) -> Iterator[tuple]:
    """Yield (student, is_trial, fields of a Judging) in the order of the roster and of arrival, an attempt's newest judging first.

    A student without a graded run comes once, with nothing. What is still queued, superseded or waiting for staff never
    replaces a grade: only graded runs are joined. Trials are not, but for those of the preview that is tried, as the newest.
    """
    known = Q(mine__attempt__runs__is_trial=False)
    if as_if is not None:
        known |= Q(mine__attempt__runs__preview=as_if.pk)
    asked = Q(attempt_memberships__assignment__in=[each.pk for each in assignments])
    state = Q(mine__attempt__runs__state=RunState.GRADED)
    lines = students.annotate(
        mine=FilteredRelation("attempt_memberships", condition=asked),
        graded=FilteredRelation("mine__attempt__runs", condition=state & known),
    ).order_by(
        "name",
        "pk",
        *arrival("mine__attempt__"),
        "-graded__is_trial",
        "-graded__queued_at",
        "-graded__pk",
    )
    return lines.values_list(
        "pk",
        "graded__is_trial",
        "mine__attempt__assignment_id",
        "mine__attempt__pk",
        "mine__attempt__number",
        "mine__attempt__public_id",
        "mine__attempt__commit_id",
        "mine__attempt__received_at",
        "graded__pk",
        "graded__finished_at",
        "graded__score",
        "graded__max_score",
    ).iterator(chunk_size=AT_ONCE)


def _newest(lines: Iterable[tuple]) -> Mapping[int, list[Judging]]:
    """Return the newest judging of each attempt by assignment, in the order the attempts arrived."""
    found: dict[int, list[Judging]] = defaultdict(list)
    last = None
    for _, _, assignment_id, attempt_id, *rest in lines:
        if rest[-1] is not None and attempt_id != last:
            found[assignment_id].append(Judging(assignment_id, attempt_id, *rest))
            last = attempt_id
    return found
