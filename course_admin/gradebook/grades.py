"""The gradebook of a course: one row for each student and assignment, in a constant number of queries.

Slip days are spent in the order in which assignments are due, whatever order their attempts arrived in.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import QuerySet

from course_admin.assignments.late import LatePolicy
from course_admin.assignments.models import Assignment, CountingRule
from course_admin.assignments.terms import TermsBook
from course_admin.courses.models import Course, Enrollment, Student
from course_admin.gradebook.counting import Grade, Overridden, Scored, grade, newest_judgings
from course_admin.gradebook.models import Choice, Override
from course_admin.submissions.models import Run

FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """How an assignment's attempts become a grade."""

    policy: LatePolicy
    counting: CountingRule


@dataclass(frozen=True, slots=True)
class GradeRow:
    """What one student has for one assignment; `run` is the one that counts, None while nothing does."""

    student: Enrollment
    assignment: Assignment
    run: Run | None
    grade: Grade
    has_due_time: bool

    @property
    def points(self) -> Decimal | None:
        """The grade on the assignment's own scale; None if there is none."""
        return self.grade.points

    @property
    def late_days(self) -> int | None:
        """Days begun since the student's own due time: 0 if on time; None without a due time or a counting run."""
        if self.run is None or self.grade.penalty is None or not self.has_due_time:
            return None
        return self.grade.penalty.lateness.days


def rules_of(assignment: Assignment) -> Rules:
    """Return an assignment's own rules."""
    return Rules(assignment.late_policy, CountingRule(assignment.counting))


def grade_rows(
    course: Course, instead: Mapping[int, Rules] | None = None, among: QuerySet[Enrollment] | None = None
) -> list[GradeRow]:
    """Return every active student with every assignment, in the order of the roster and the course.

    `instead`: rules by the assignment's key that are tried in place of its own; `among`: only these students.
    """
    book = _Book(course, instead or {}, Run.objects.graded().filter(attempt__assignment__course=course))
    students = Student.objects.active().filter(course=course).select_related("section")
    if among is not None:
        students = students.filter(pk__in=among.values("pk"))
    return [row for student in students for row in book.rows_of(student)]


def rows_of(student: Enrollment) -> list[GradeRow]:
    """Return one student's rows, in the order of the course."""
    return _Book(student.course, {}, Run.objects.graded().filter(attempt__student=student)).rows_of(student)


class _Book:
    """Everything that the grades of a course are computed from, fetched once."""

    def __init__(self, course: Course, instead: Mapping[int, Rules], graded: QuerySet[Run]) -> None:
        self.course = course
        self.assignments = list(course.assignments.all())
        self.rules = {each.pk: instead.get(each.pk) or rules_of(each) for each in self.assignments}
        self.in_due_order = sorted(self.assignments, key=lambda each: (each.due_at or FAR, each.pk))
        self.runs = _runs(graded)
        self.promised = TermsBook(course)
        overrides = Override.objects.filter(assignment__course=course).select_related("set_by")
        self.overrides = {
            (each.student_id, each.assignment_id): Overridden(
                each.points, each.set_by.get_full_name() or each.set_by.get_username()
            )
            for each in overrides
        }
        self.chosen = set(Choice.objects.filter(assignment__course=course).values_list("attempt_id", flat=True))

    def rows_of(self, student: Enrollment) -> list[GradeRow]:
        """Return a student's rows, in the order of the course."""
        left, rows = self.course.slip_days, {}
        for assignment in self.in_due_order:
            rows[assignment.pk] = row = self._row(student, assignment, left)
            left -= row.grade.penalty.slip_days if row.grade.penalty else 0
        return [rows[assignment.pk] for assignment in self.assignments]

    def _row(self, student: Enrollment, assignment: Assignment, slip_days_left: int) -> GradeRow:
        key = student.pk, assignment.pk
        runs = newest_judgings(self.runs.get(key, []))
        attempts = {self._scored(run, assignment): run for run in runs}
        rules, terms = self.rules[assignment.pk], self.promised.terms(student, assignment)
        result = grade(
            list(attempts),
            rule=rules.counting,
            policy=rules.policy,
            terms=terms,
            slip_days_left=slip_days_left,
            override=self.overrides.get(key),
        )
        run = attempts[result.counted] if result.counted else None
        return GradeRow(student, assignment, run, result, terms.due_at is not None)

    def _scored(self, run: Run, assignment: Assignment) -> Scored:
        points = run.score * assignment.points / run.max_score if run.max_score else Decimal()
        return Scored(run.attempt.number, run.attempt.received_at, points, run.attempt_id in self.chosen)


def _runs(graded: QuerySet[Run]) -> dict[tuple[int, int], list[Run]]:
    runs: dict[tuple[int, int], list[Run]] = defaultdict(list)
    for run in graded.select_related("attempt").defer("provenance", "notes", "leaderboard"):
        runs[run.attempt.student_id, run.attempt.assignment_id].append(run)
    return runs
