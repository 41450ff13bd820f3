"""Here against Canvas: what would change if names and due times were taken over, and taking over what somebody confirmed.

What Canvas leaves empty changes nothing here. A due time on a Sunday is worth a word, and no more.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.changes import save_row
from course_admin.identity.models import User
from course_admin.integrations.canvas.models import AssignmentReading, CanvasAssignment, CanvasCourse
from course_admin.policy import Action, require

REASON = "taken over from Canvas"
SUNDAY = 6
STALE = _("What you chose is no longer what would change: look at the list again.")


class NotToTakeOver(ValueError):
    """Nothing is taken over; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Change:
    """What Canvas says otherwise of one field of an assignment. `problem`: why it cannot be so here; empty if it can."""

    assignment: Assignment
    field: str
    here: str | datetime | None
    there: str | datetime
    problem: str

    @property
    def label(self) -> str:
        """What the field is called."""
        return gettext("due time") if self.field == "due_at" else gettext("name")

    @property
    def is_due(self) -> bool:
        """Whether it is a time."""
        return self.field == "due_at"

    @property
    def is_on_a_sunday(self) -> bool:
        """Whether it would be due on a Sunday by the course's clock."""
        there = self.there
        return isinstance(there, datetime) and there.astimezone(self.assignment.course.zone).weekday() == SUNDAY

    @property
    def key(self) -> str:
        """What says in a form which change is meant, from what to what."""
        seen = repr((self.assignment.pk, self.field, str(self.here), str(self.there)))
        return hashlib.sha256(seen.encode()).hexdigest()


def changes_of(link: CanvasCourse, reading: AssignmentReading) -> list[Change]:
    """Return what would change here."""
    linked = CanvasAssignment.objects.filter(link=link).select_related("assignment__course", "assignment__suite")
    found = []
    for row in linked.order_by("assignment__module", "assignment__slug"):
        told = reading.rows.get(str(row.canvas_id))
        if told is not None:
            found += _changes(row.assignment, told)
    return found


def _changes(assignment: Assignment, told: dict[str, str]) -> list[Change]:
    due_at = datetime.fromisoformat(told["due_at"]) if told["due_at"] else None
    pairs = (("title", assignment.title, told["name"]), ("due_at", assignment.due_at, due_at))
    return [
        Change(assignment, name, here, there, _problem(assignment, {name: there}))
        for name, here, there in pairs
        if there and there != here
    ]


def _problem(assignment: Assignment, values: dict[str, str | datetime]) -> str:
    """Say why an assignment cannot have some values; empty if it can. It is left as it was."""
    before = {name: getattr(assignment, name) for name in values}
    others = [each.name for each in Assignment._meta.get_fields() if each.name not in values]
    try:
        for name, value in values.items():
            setattr(assignment, name, value)
        assignment.full_clean(exclude=others, validate_unique=False, validate_constraints=False)
    except ValidationError as refusal:
        return " ".join(refusal.messages)
    finally:
        for name, value in before.items():
            setattr(assignment, name, value)
    return ""


def take_over(*, link: CanvasCourse, keys: Collection[str], actor: User | None, at: datetime) -> int:
    """Let assignments here have what Canvas says, as far as it was chosen, audited; return how many changed.

    All or nothing. Raises Refused, NotToTakeOver, or ChangedMeanwhile.
    """
    require(actor, Action.SET_UP, link.course)
    with transaction.atomic():
        reading = AssignmentReading.objects.select_for_update().filter(link=link).first()
        chosen = [each for each in changes_of(link, reading) if each.key in keys] if reading else []
        if len(chosen) != len(set(keys)):
            raise NotToTakeOver(STALE)
        values: dict[int, dict[str, str | datetime]] = {}
        for each in chosen:
            values.setdefault(each.assignment.pk, {})[each.field] = each.there
        assignments = {each.assignment.pk: each.assignment for each in chosen}
        for pk, fields in values.items():
            _take_over(assignments[pk], fields, actor, at)
    return len(values)


def _take_over(assignment: Assignment, fields: dict[str, str | datetime], actor: User | None, at: datetime) -> None:
    if problem := _problem(assignment, fields):
        raise NotToTakeOver(
            gettext("{assignment}: {problem} Nothing was changed.").format(assignment=assignment, problem=problem)
        )
    for name, value in fields.items():
        setattr(assignment, name, value)
    save_row(row=assignment, actor=actor, at=at, reason=REASON)
