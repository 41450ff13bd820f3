"""Assignments that somebody plans to make in a course at once: shown first, then made; whichever is there already stays as it is.

A plan is checked when it is shown, so that what is shown can be made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from course_admin.assignments.audit import require_own_pattern
from course_admin.assignments.models import Assignment
from course_admin.courses.audit import OtherCourse, save_audited
from course_admin.courses.models import Course
from course_admin.policy import Refused


class CannotBeMade(ValueError):
    """A planned assignment could not be stored; the text is a sentence that begins with its short name."""


class OwnerTaken(CannotBeMade):
    """Its repositories are not this course's to take."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One assignment as it would be made; `present`: the one of this short name that is there already, and stays."""

    assignment: Assignment
    present: Assignment | None


def present_in(course: Course) -> dict[str, Assignment]:
    """Return the assignments that a course has, by their short names."""
    return {each.slug: each for each in course.assignments.all()}


def require_makeable(assignment: Assignment, by: Any) -> None:
    """Raise CannotBeMade if `by` could not store an assignment as it is planned."""
    try:
        assignment.full_clean()
        require_own_pattern(assignment, by)
    except ValidationError as problem:
        raise CannotBeMade(f"{assignment.slug}: {problem.messages[0]}") from None
    except (OtherCourse, Refused) as problem:
        raise OwnerTaken(f"{assignment.slug}: {problem}") from None


def make_missing(plan: Sequence[Planned], *, actor: Any, at: datetime, reason: str) -> list[Assignment]:
    """Store those that are not there yet, on record, and return them; part of the caller's transaction."""
    made = [each.assignment for each in plan if each.present is None]
    for assignment in made:
        save_audited(thing=assignment, actor=actor, at=at, reason=reason)
    return made
