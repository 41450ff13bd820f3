"""What writes the audit log: saving and deleting with a record of who, when, before, after and why.

The change and its event are one transaction: neither exists without the other. A table is auditable if `AUDITED` knows
its kind, its fields, and how to name one of its rows; every service and every admin page that writes such a row comes
through here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction

from course_admin.courses.models import (
    Accommodation,
    AuditEvent,
    AuditKind,
    Course,
    Enrollment,
    Group,
    GroupMembership,
)

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Audited:
    """How a table is audited; private fields, such as the reason of an accommodation, are left out of `fields`."""

    kind: AuditKind
    fields: tuple[str, ...]
    course: Callable[[Any], Course | None]
    subject: Callable[[Any], str]


#: Table -> how it is audited; the apps above this one add theirs when they are loaded.
AUDITED: dict[type[models.Model], Audited] = {
    Enrollment: Audited(
        AuditKind.ROLE, ("role", "is_active", "account_id"), lambda row: row.course, lambda row: f"{row.name}"
    ),
    Accommodation: Audited(
        AuditKind.DEADLINE,
        ("extra_days", "starts_at"),
        lambda row: row.student.course,
        lambda row: f"accommodation of {row.student.name}",
    ),
    Group: Audited(
        AuditKind.ROLE, ("name", "hands_in_together"), lambda row: row.course, lambda row: f"group {row.name}"
    ),
    GroupMembership: Audited(
        AuditKind.ROLE,
        ("student_id",),
        lambda row: row.group.course,
        lambda row: f"{row.student.name} in group {row.group.name}",
    ),
}


def how_audited(model: type[models.Model]) -> Audited | None:
    """Return how a table is audited, or None; a proxy is audited as its table."""
    return AUDITED.get(_table(model))


def _table(model: type[models.Model]) -> type[models.Model]:
    return model._meta.concrete_model or model


def audited_fields(model: type[models.Model]) -> list[str]:
    """Return the names of an audited table's fields, as forms have them: those of other rows without `_id`."""
    names = AUDITED[_table(model)].fields
    return [each.name for each in model._meta.concrete_fields if each.attname in names]


def save_audited(*, thing: models.Model, actor: User | None, at: datetime, reason: str) -> AuditEvent | None:
    """Save `thing`, and record what changed; returns None if none of its audited fields did."""
    how = AUDITED[_table(type(thing))]
    with transaction.atomic():
        stored = type(thing)._base_manager.select_for_update().filter(pk=thing.pk).first() if thing.pk else None
        thing.save()
        thing.refresh_from_db(fields=audited_fields(type(thing)))
        before, after = _values(stored, how) if stored else None, _values(thing, how)
        if before == after:
            return None
        if before is not None:
            changed = [name for name in how.fields if before[name] != after[name]]
            before, after = _only(changed, before), _only(changed, after)
        return _record(thing, how, before, after, actor, at, reason)


def delete_audited(*, thing: models.Model, actor: User | None, at: datetime, reason: str) -> AuditEvent:
    """Delete `thing`, and record what it was."""
    how = AUDITED[_table(type(thing))]
    with transaction.atomic():
        event = _record(thing, how, _values(thing, how), None, actor, at, reason)
        thing.delete()
    return event


def _values(thing: models.Model, how: Audited) -> Values:
    return {name: _plain(getattr(thing, name)) for name in how.fields}


def _only(names: list[str], values: Values) -> Values:
    return {name: values[name] for name in names}


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it; a decimal without its column's zeros, so that equal numbers look equal."""
    match value:
        case datetime():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return value


def _record(
    thing: models.Model,
    how: Audited,
    before: Values | None,
    after: Values | None,
    actor: User | None,
    at: datetime,
    reason: str,
) -> AuditEvent:
    return AuditEvent.objects.create(
        course=how.course(thing),
        kind=how.kind,
        subject=how.subject(thing)[:300],
        actor=actor,
        at=at,
        before=before,
        after=after,
        reason=reason,
    )
