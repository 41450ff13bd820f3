"""What a student sees of their grades: the one place that leaves out those that are held.

While they are held nothing tells whether there is a grade, which attempt counts or what was set by hand; reports of attempts
are feedback, and stay as the assignment has them.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.gradebook.grading.counting import Grade, TraceStep
from course_admin.gradebook.grading.grades import GradeRow, rows_of

HELD = _("grades of this assignment are held until your course staff publish them")
HELD_UNTIL = _("grades of this assignment are held until {when}")


def rows_for_student(student: Enrollment, at: datetime) -> list[GradeRow]:
    """Return a student's rows as they themself see them at a moment, in the order of the course."""
    return [as_student_sees(row, at) for row in rows_of(student)]


def as_student_sees(row: GradeRow, at: datetime) -> GradeRow:
    """Return a row without what is held at a moment."""
    if row.assignment.are_grades_out(at):
        return row
    step = TraceStep("release", partial(_held, row.assignment))
    return replace(row, judging=None, grade=Grade(trace=(step,)), is_held=True)


def _held(assignment: Assignment) -> str:
    publishes_at = assignment.results_published_at
    return HELD_UNTIL.format(when=assignment.course.by_its_clock(publishes_at)) if publishes_at else str(HELD)
