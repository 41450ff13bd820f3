"""`{% by_hand person assignment is_staff as hand %}`: what people gave, as its student or their staff see it."""

from collections.abc import Mapping

from django import template

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.liveness import clock
from course_admin.manual_grading.shown import ShownGrading, shown_gradings

register = template.Library()


@register.simple_tag
def by_hand(person: Enrollment, assignment: Assignment, is_staff: bool) -> ShownGrading | None:
    """Return what counts of somebody's gradings by hand in an assignment; None if nothing does, or it is held."""
    return shown_gradings(person, [assignment], is_staff=is_staff, at=clock.now()).get(assignment.pk)


@register.filter
def of_assignment(found: Mapping[int, ShownGrading], assignment: Assignment) -> ShownGrading | None:
    """Return what was graded by hand in one assignment."""
    return found.get(assignment.pk)
