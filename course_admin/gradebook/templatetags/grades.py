"""`{% grade_of person assignment is_staff as row %}`: the grade that counts, beside whatever a page is about."""

from django import template

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.gradebook.grading.grades import GradeRow, rows_of
from course_admin.gradebook.release.seen import rows_for_student
from course_admin.liveness import clock

register = template.Library()


@register.simple_tag
def grade_of(person: Enrollment, assignment: Assignment, is_staff: bool) -> GradeRow | None:
    """Return what somebody has for an assignment, as staff or they themselves see it; None if it is not of their course."""
    rows = rows_of(person) if is_staff else rows_for_student(person, clock.now())
    return next((row for row in rows if row.assignment.pk == assignment.pk), None)
