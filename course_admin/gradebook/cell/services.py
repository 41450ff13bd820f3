"""What sets a grade by hand and gives a student more days, each with a reason that the student reads and the audit log keeps.

Who may is the student's own staff, by the policy.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, ngettext

from course_admin.assignments.models import Assignment, Extension
from course_admin.courses.audit import delete_audited, require_state, save_audited
from course_admin.courses.models import Enrollment, GroupMembership
from course_admin.gradebook.models import Override
from course_admin.identity.models import User
from course_admin.pages.moments import by_the_clock
from course_admin.policy import Action, Standing, may, require

Grant = TypeVar("Grant", Override, Extension)


class NotToGrant(ValueError):
    """It cannot be granted; the text is a sentence, and nothing has changed."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What was granted to a student for one assignment."""

    override: Override | None
    extension: Extension | None  # their own
    of_groups: list[Extension]


def granted_to(student: Enrollment, assignment: Assignment) -> Granted:
    """Return what was granted to a student for an assignment; of several extensions the longest holds."""
    groups = GroupMembership.objects.filter(student=student).values("group")
    extensions = Extension.objects.filter(assignment=assignment).select_related("granted_by", "group")
    return Granted(
        Override.objects.filter(student=student, assignment=assignment).select_related("set_by").first(),
        extensions.filter(student=student).first(),
        list(extensions.filter(group__in=groups)),
    )


def reasons_of(student: Enrollment, assignments: Sequence[Assignment]) -> dict[int, list[str]]:
    """Return, by assignment, a sentence for each thing that was granted to a student: what, by whom and why; in two queries."""
    found: dict[int, list[str]] = defaultdict(list)
    overrides = Override.objects.filter(student=student, assignment__in=assignments)
    for override in overrides.select_related("set_by"):
        found[override.assignment_id].append(
            gettext("Points set by {set_by}: {reason}").format(set_by=override.set_by, reason=override.reason)
        )
    groups = GroupMembership.objects.filter(student=student).values("group")
    mine = Extension.objects.filter(Q(student=student) | Q(group__in=groups), assignment__in=assignments)
    for each in mine.select_related("granted_by", "assignment__course"):
        days = more_time(each)
        found[each.assignment_id].append(
            gettext("{days}, granted by {granted_by}: {reason}").format(
                days=days, granted_by=each.granted_by, reason=each.reason
            )
        )
    return dict(found)


def more_time(extension: Extension) -> str:
    """Return how much more time an extension gives, in words."""
    if extension.due_at is not None:
        return gettext("time until {moment}").format(
            moment=by_the_clock(extension.due_at, extension.assignment.course.zone)
        )
    return ngettext("{count} more day", "{count} more days", extension.days).format(count=extension.days)


def may_grant(actor: User | Standing, student: Enrollment, assignment: Assignment) -> bool:
    """Say whether somebody may set a student's points and give them days."""
    return assignment.course_id == student.course_id and may(actor, Action.GRANT, student)


def set_points(
    *,
    student: Enrollment,
    assignment: Assignment,
    points: Decimal | None,
    reason: str,
    actor: User,
    at: datetime,
    shown: str = "",
) -> None:
    """Set a student's points by hand; None: take that back, and what is computed counts again.

    shown: the state of the override that the actor was shown. Raises NotToGrant, Refused, and ChangedMeanwhile.
    """
    reason = _reason(reason)
    wanted = None if points is None else {"points": points, "reason": reason}
    with _to_change(Override, wanted, student=student, assignment=assignment, actor=actor, shown=shown) as held:
        if wanted is None:
            nothing = gettext("No points are set by hand here: there is nothing to take back.")
            _take_back(held, nothing, actor=actor, at=at, reason=reason)
        else:
            override = held or Override(student=student, assignment=assignment)
            _put(override, {**wanted, "set_by": actor, "set_at": at}, actor=actor, at=at, reason=reason)


def grant_days(
    *,
    student: Enrollment,
    assignment: Assignment,
    days: int,
    reason: str,
    actor: User,
    at: datetime,
    due_at: datetime | None = None,
    shown: str = "",
) -> None:
    """Give a student so many days beyond the due time, or until a time, in place of what they had before; neither: none any more.

    shown: the state of the extension that the actor was shown. Raises NotToGrant, Refused, and ChangedMeanwhile.
    """
    reason = _reason(reason)
    wanted = {"days": days, "due_at": due_at, "reason": reason} if days or due_at is not None else None
    with _to_change(Extension, wanted, student=student, assignment=assignment, actor=actor, shown=shown) as held:
        if wanted is None:
            nothing = gettext("They have no extension of their own here: there is nothing to take back.")
            _take_back(held, nothing, actor=actor, at=at, reason=reason)
        elif assignment.due_at is None and not assignment.section_due_times.exists():
            raise NotToGrant(
                gettext("{assignment} is never due, so that there is nothing to extend.").format(assignment=assignment)
            )
        else:
            extension = held or Extension(student=student, assignment=assignment)
            _put(extension, {**wanted, "granted_by": actor, "granted_at": at}, actor=actor, at=at, reason=reason)


@contextmanager
def _to_change(
    kind: type[Grant],
    wanted: Mapping[str, Any] | None,
    *,
    student: Enrollment,
    assignment: Assignment,
    actor: User,
    shown: str,
) -> Iterator[Grant | None]:
    """Hold what a student was granted of a kind, None if nothing, while it is changed to what is wanted; None: taken back.

    Raises Refused; and ChangedMeanwhile unless the actor was shown what is there, or it is what they want already: sent twice.
    """
    with transaction.atomic():
        _one_at_a_time(student)
        held = kind._default_manager.filter(student=student, assignment=assignment).first()
        require(actor, Action.GRANT, student)
        is_there = (
            held is not None and wanted is not None and all(getattr(held, name) == wanted[name] for name in wanted)
        )
        if not is_there:
            require_state(shown, held)
        yield held


def _take_back(held: Grant | None, nothing: str, *, actor: User, at: datetime, reason: str) -> None:
    """Delete what was granted. Raises NotToGrant with a sentence if there is nothing."""
    if held is None:
        raise NotToGrant(nothing)
    delete_audited(thing=held, actor=actor, at=at, reason=reason)


def _put(row: Grant, values: Mapping[str, Any], *, actor: User, at: datetime, reason: str) -> None:
    """Store what is granted. Raises NotToGrant for what the row's own table does not take."""
    for name, value in values.items():
        setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as problem:
        raise NotToGrant(" ".join(problem.messages)) from problem
    save_audited(thing=row, actor=actor, at=at, reason=reason)


def _one_at_a_time(student: Enrollment) -> None:
    """Wait for whoever grants something to the same student: a row that is not there yet cannot be locked itself."""
    list(Enrollment.objects.select_for_update().filter(pk=student.pk))


def _reason(typed: str) -> str:
    if not typed.strip():
        raise NotToGrant(gettext("Say why: the student reads it, and the audit log keeps it."))
    return typed.strip()
