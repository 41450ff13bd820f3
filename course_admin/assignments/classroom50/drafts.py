"""Drafts of a Classroom 50 classroom's assignments: what there is already stays as it is, so that importing twice changes nothing.

Which suite judges one no file says: each is a draft with its name, due time, group size and repository pattern, and opens once it
has been given a suite that passes its check.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.classroom50.configuration import SHORT_NAME, ConfiguredAssignment
from course_admin.assignments.course_setup.planned import (
    CannotBeMade,
    Planned,
    make_missing,
    present_in,
    require_makeable,
)
from course_admin.assignments.models import Assignment
from course_admin.assignments.patterns import LOGIN
from course_admin.courses.models import Course
from course_admin.policy import Action, require

REASON = "imported from Classroom 50"


class NotImported(ValueError):
    """Nothing was imported; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Draft(Planned):
    """One assignment of the file as it would be made."""

    @property
    def differs_in_due_time(self) -> bool:
        """Whether the one that is there is due at another time than the file says."""
        return self.present is not None and self.present.due_at != self.assignment.due_at


def plan_drafts(
    *, course: Course, configured: Sequence[ConfiguredAssignment], owner: str, classroom: str, by: Any
) -> list[Draft]:
    """Return what an import would make, storing nothing; owner: the organisation, classroom: its short name there.

    Raises NotImported, also where `by` may not take that owner's repositories.
    """
    if not SHORT_NAME.fullmatch(classroom):
        raise NotImported(
            gettext("{classroom} is no classroom's short name: 2 to 39 lower-case letters, digits and hyphens.").format(
                classroom=classroom
            )
        )
    there = present_in(course)
    drafts = []
    for each in configured:
        draft = Assignment(
            course=course,
            slug=each.slug,
            title=each.title,
            is_draft=True,
            opens_when_checked=True,
            pattern_when_open=f"{owner}/{classroom}-{each.slug}-{LOGIN}",
            due_at=each.due_at,
            group_size=each.group_size,
        )
        if each.slug not in there:
            try:
                require_makeable(draft, by)
            except CannotBeMade as problem:
                raise NotImported(str(problem)) from None
        drafts.append(Draft(draft, there.get(each.slug)))
    return drafts


def import_drafts(
    *, course: Course, configured: Sequence[ConfiguredAssignment], owner: str, classroom: str, by: Any, at: datetime
) -> list[Assignment]:
    """Make the drafts that are not there yet, as a whole and on record; return them. Raises Refused, or NotImported."""
    require(by, Action.SET_UP, course)
    with transaction.atomic():
        Course.objects.select_for_update(no_key=True).get(pk=course.pk)
        drafts = plan_drafts(course=course, configured=configured, owner=owner, classroom=classroom, by=by)
        return make_missing(drafts, actor=by, at=at, reason=REASON)
