"""Copy assignments from one course into another: shown first, then made; what is there already stays, so that it may be repeated.

Times move by whole days of the new course's clock, so that 23:59 stays 23:59 when clocks change. Who was in the old course,
what they handed in, what was granted to them and what was published is no part of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.course_setup.planned import (
    CannotBeMade,
    OwnerTaken,
    Planned,
    make_missing,
    present_in,
    require_makeable,
)
from course_admin.assignments.models import Assignment
from course_admin.courses.audit import set_audited
from course_admin.courses.holidays import why_free
from course_admin.courses.models import Course
from course_admin.policy import Action, require

REASON = "copied from {course}"
TAKEN = _("{problem} Another course has repositories of that organisation: name one of this term's own.")
MOST_DAYS = 3_660
TIMES = ("releases_at", "due_at", "closes_at")
PATTERNS = ("repository_pattern", "pattern_when_open")
#: Fields of an assignment that its copy has of its own.
NOT_COPIED = ("id", "course", "results_published_at", *TIMES, *PATTERNS)


class NotCopied(ValueError):
    """Nothing was copied; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Copy(Planned):
    """One assignment as it would be made, of another course's."""

    source: Assignment
    note: str


def plan_copies(*, source: Course, target: Course, days: int, owner: str, by: Any) -> list[Copy]:
    """Return what copying would make, storing nothing; owner: of the new repositories, empty: as before.

    Raises NotCopied, also where `by` may not take that owner's repositories.
    """
    if source.pk == target.pk:
        raise NotCopied(gettext("Choose another course than this one."))
    if not -MOST_DAYS <= days <= MOST_DAYS:
        raise NotCopied(gettext("Dates are moved by at most {most} days.").format(most=MOST_DAYS))
    there = present_in(target)
    found = [_copy(each, target, days, owner, there, by) for each in source.assignments.select_related("suite")]
    if not found:
        raise NotCopied(gettext("{source} has no assignments.").format(source=source))
    return found


def _copy(each: Assignment, target: Course, days: int, owner: str, there: dict[str, Assignment], by: Any) -> Copy:
    fields = {field.name: getattr(each, field.name) for field in Assignment._meta.concrete_fields}
    kept = {name: value for name, value in fields.items() if name not in NOT_COPIED}
    times = {name: _moved(getattr(each, name), target, days) for name in TIMES}
    patterns = {name: _pattern(getattr(each, name), owner) for name in PATTERNS}
    made = Assignment(course=target, **kept, **times, **patterns)
    if each.slug not in there:
        try:
            require_makeable(made, by)
        except OwnerTaken as problem:
            raise NotCopied(TAKEN.format(problem=problem)) from None
        except CannotBeMade as problem:
            raise NotCopied(str(problem)) from None
    due_on = made.due_at.astimezone(target.zone).date() if made.due_at else None
    free = why_free(due_on, target.free_days) if due_on else ""
    note = gettext("Its due day is free: {free}.").format(free=free) if free else ""
    return Copy(made, there.get(each.slug), each, note)


def _moved(moment: datetime | None, target: Course, days: int) -> datetime | None:
    return None if moment is None else moment.astimezone(target.zone) + timedelta(days=days)


def _pattern(pattern: str, owner: str) -> str:
    return f"{owner}/{pattern.partition('/')[2]}" if pattern and owner else pattern


def copy_assignments(
    *, source: Course, target: Course, days: int, owner: str, by: Any, at: datetime
) -> list[Assignment]:
    """Make the copies that are not there yet, as a whole and on record; return them. Raises Refused, or NotCopied."""
    require(by, Action.SET_UP, source)
    require(by, Action.SET_UP, target)
    told = {"actor": by, "at": at, "reason": REASON.format(course=source)}
    with transaction.atomic():
        Course.objects.select_for_update(no_key=True).get(pk=target.pk)
        copies = plan_copies(source=source, target=target, days=days, owner=owner, by=by)
        made = make_missing(copies, **told)
        by_slug = {each.source.slug: each.present or each.assignment for each in copies}
        for each in (one for one in copies if one.present is None):
            needed = [by_slug[slug] for slug in each.source.needs.values_list("slug", flat=True) if slug in by_slug]
            set_audited(thing=each.assignment, name="needs", rows=needed, **told)
    return made
