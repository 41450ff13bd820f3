"""Where a page of the review desk is: an assignment of a course, and of its students those whom the viewer teaches."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Enrollment, Student
from course_admin.policy import Action, Standing, allowed, may, viewer
from course_admin.submissions.models import Attempt


@dataclass(frozen=True)
class Place:
    """One assignment as one member of staff sees it."""

    assignment: Assignment
    standing: Standing

    @property
    def course(self) -> Course:
        """The assignment's course."""
        return self.assignment.course

    @cached_property
    def students(self) -> QuerySet[Enrollment]:
        """The active students whom the viewer teaches."""
        everybody = Student.objects.active().filter(course=self.course)
        taught: QuerySet[Enrollment] = allowed(self.standing, Action.SEE_RESULTS, everybody)
        return taught

    @property
    def attempts(self) -> QuerySet[Attempt]:
        """The assignment's attempts that the viewer may see as staff."""
        seen: QuerySet[Attempt] = allowed(self.standing, Action.SEE_RESULTS, Attempt.objects.all())
        return seen.filter(assignment=self.assignment)

    @property
    def may_set_up(self) -> bool:
        """Whether the viewer may write its rubric and deal out the work."""
        return may(self.standing, Action.SET_UP, self.assignment)

    @property
    def may_regrade(self) -> bool:
        """Whether the viewer may have attempts graded again, and there is something to grade them by."""
        return self.assignment.suite_id is not None and may(self.standing, Action.REGRADE, self.assignment)

    @property
    def may_compare(self) -> bool:
        """Whether the viewer may compare the submissions with one another."""
        return may(self.standing, Action.COMPARE_WORK, self.assignment)


def place_of(request: HttpRequest, slug: str, assignment: str, action: Action = Action.OPEN_DESK) -> Place:
    """Return the place that an address names; for whoever may not do `action` there it does not exist."""
    me: Any = viewer(request)
    rows = allowed(me, action, Assignment.objects.select_related("course", "suite"))
    return Place(get_object_or_404(rows, course__slug=slug, slug=assignment), me)
