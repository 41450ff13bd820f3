"""`{% grade_of person assignment as row %}`: the grade that counts, beside whatever a page is about."""

from django import template

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.gradebook.grading.grades import GradeRow, rows_of

register = template.Library()


@register.simple_tag
def grade_of(person: Enrollment, assignment: Assignment) -> GradeRow | None:
    """Return what somebody has for an assignment; None for one that is no assignment of their course."""
    return next((row for row in rows_of(person) if row.assignment.pk == assignment.pk), None)
