"""The one writer of the audit log: saving and deleting with a record of who, when, before, after and why.

The change and its event are one transaction: neither exists without the other. A table is audited in all its fields, less
the exceptions that `Audited` names with their reasons; what goes with a deleted row has an event of its own. A change
writes what was changed and nothing else, and only if nobody has changed the same since it was read. A value that not every
reader may know is not told: only that it was set, changed or removed.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models, router, transaction
from django.db.models.deletion import Collector, ProtectedError, RestrictedError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import (
    Accommodation,
    AuditEvent,
    AuditKind,
    Course,
    Enrollment,
    Group,
    GroupMembership,
    OtherEmail,
    Section,
)
from course_admin.policy.subjects import course_id_of

Values = dict[str, Any]
WITHHELD = {"withheld": True}  # in place of a value that the log does not tell
NAMED_AT_MOST = 3  # of the things that keep a row from being deleted
OVERTAKEN = _("Somebody changed this while the page was open. Nothing was saved: open it again, then make your change.")


class ChangedMeanwhile(ValueError):
    """Somebody else changed the same since it was read, and nothing is written; the text is a sentence."""


class StillNeeded(ValueError):
    """A row means something to others, and stays; the text is a sentence that says what."""

    def __init__(self, thing: models.Model, keeping: list[Any]) -> None:
        words = gettext("{thing} is still needed by {named}; nothing was deleted.")
        super().__init__(words.format(thing=thing, named=named_rows(keeping)))


class OtherCourse(ValueError):
    """A row would tie two courses together; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Audited:
    """How a table is audited: what its rows are called, and which fields, or only their values, are left out, with the reasons."""

    kind: AuditKind
    subject: Callable[[Any], str]
    exceptions: Mapping[str, str] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)
    course: Callable[[Any], int | None] = course_id_of
    needed_by: Callable[[Any], list[Any]] = lambda row: []  # what keeps a row beside what the database protects it for
    require: Callable[[Any, Any], None] = lambda row, actor: None  # raises what a row must not be, made by somebody

    def fields(self, model: type[models.Model]) -> list[str]:
        """Return the audited fields' attributes; the key itself says nothing."""
        return [
            each.attname
            for each in model._meta.concrete_fields
            if not each.primary_key and each.name not in self.exceptions
        ]


def require_own_repositories(course: Course, actor: Any) -> None:
    """Raise OtherCourse if a course is given repositories of another."""
    Course.objects.hold_claims()
    if other := course.prefix_taken_by():
        words = gettext("{other} has the repositories {prefix}.")
        raise OtherCourse(words.format(other=other, prefix=other.repository_prefix))


#: Table -> how it is audited; the apps above this one add theirs when they are loaded.
AUDITED: dict[type[models.Model], Audited] = {
    Course: Audited(AuditKind.COURSE, lambda row: f"course {row.title}", require=require_own_repositories),
    Section: Audited(
        AuditKind.ROLE, lambda row: f"section {row.name}", needed_by=lambda row: list(row.also_enrolled.order_by("pk"))
    ),
    Enrollment: Audited(AuditKind.ROLE, lambda row: f"{row.name}"),
    OtherEmail: Audited(AuditKind.ROLE, lambda row: f"other e-mail address of {row.enrollment.name}"),
    Accommodation: Audited(
        AuditKind.DEADLINE,
        lambda row: f"accommodation of {row.student.name}",
        {"granted_by": "the event says who", "granted_at": "the event says when"},
        {"reason": "private: shown only to those who may read it, which readers of the log need not be"},
    ),
    Group: Audited(AuditKind.ROLE, lambda row: f"group {row.name}"),
    GroupMembership: Audited(AuditKind.ROLE, lambda row: f"{row.student.name} in group {row.group.name}"),
}
#: Label of a table of ours that is not audited -> why not.
NOT_AUDITED: dict[str, str] = {
    "courses.auditevent": "it is the log",
    "liveness.sign": "it says that a process is alive, and nothing of anybody",
}


def how_audited(model: type[models.Model]) -> Audited | None:
    """Return how a table is audited, or None; a proxy is audited as its table."""
    return AUDITED.get(_table(model))


def _table(model: type[models.Model]) -> type[models.Model]:
    return model._meta.concrete_model or model


def audited_fields(model: type[models.Model]) -> list[str]:
    """Return the names of an audited table's fields, as forms have them: those of other rows without `_id`."""
    names = AUDITED[_table(model)].fields(model)
    return [each.name for each in model._meta.concrete_fields if each.attname in names]


def state_of(*rows: models.Model | None) -> str:
    """Return a short name of what audited rows and their lists hold, for a page to find out later whether it still shows that."""
    held = [
        [
            row._meta.label,
            row.pk,
            [str(each) for each in _values(row, AUDITED[_table(type(row))]).values()],
            _lists(row),
        ]
        for row in rows
        if row is not None
    ]
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:16]


def _lists(row: models.Model) -> list[list[Any]]:
    return [sorted(getattr(row, each.name).values_list("pk", flat=True)) for each in row._meta.many_to_many]


def require_state(shown: str, *rows: models.Model | None) -> None:
    """Raise ChangedMeanwhile if rows hold something else than a page showed of them; "": no page showed anything."""
    if shown and shown != state_of(*rows):
        raise ChangedMeanwhile(OVERTAKEN)


def save_audited(*, thing: Any, actor: Any, at: datetime, reason: str) -> AuditEvent | None:
    """Save what was changed of `thing`, and record it; returns None if that was nothing.

    Raises ChangedMeanwhile, and OtherCourse if it would lead from one course into another.
    """
    how = AUDITED[_table(type(thing))]
    require_one_course(thing)
    with transaction.atomic():
        how.require(thing, actor)
        rows = type(thing)._base_manager.select_for_update(no_key=True)
        held = rows.filter(pk=thing.pk).first() if thing.pk else None
        if held is None:
            thing.save()
            thing.refresh_from_db(fields=audited_fields(type(thing)))
            return _record(thing, how, None, _values(thing, how), actor, at, reason)
        changed = _changed(thing, held)
        if not changed:
            return None
        thing.save(update_fields=[each.name for each in thing._meta.concrete_fields if each.attname in changed])
        thing.refresh_from_db()
        shown = [name for name in how.fields(type(thing)) if name in changed]
        before, after = ({name: row[name] for name in shown} for row in (_values(held, how), _values(thing, how)))
        is_told = before != after or not how.withheld.keys().isdisjoint(shown)
        return _record(thing, how, before, after, actor, at, reason) if is_told else None


def _changed(thing: Any, stored: Any) -> list[str]:
    """Return what was changed of a row since it was read. Raises ChangedMeanwhile if somebody else changed the same."""
    loaded = thing.loaded
    changed = []
    for each in thing._meta.concrete_fields:
        name = each.attname
        if each.primary_key or name not in thing.__dict__:
            continue
        mine, now = each.to_python(getattr(thing, name)), getattr(stored, name)
        was = loaded.get(name, now)
        if mine in (now, was):
            continue
        if now != was:
            raise ChangedMeanwhile(
                gettext("Somebody changed the {field} of {row} meanwhile: look at it again, then change it.").format(
                    field=each.verbose_name, row=stored
                )
            )
        changed.append(name)
    return changed


def set_audited(
    *, thing: Any, name: str, rows: Iterable[Any], actor: Any, at: datetime, reason: str
) -> AuditEvent | None:
    """Let a row's list of others hold these and no more, and record what changed; returns None if nothing did."""
    how = AUDITED[_table(type(thing))]
    chosen = list(rows)
    for each in chosen:
        _require_same(thing, each)
    with transaction.atomic():
        list(type(thing)._base_manager.select_for_update().filter(pk=thing.pk))
        held = getattr(thing, name)
        before = sorted(held.values_list("pk", flat=True))
        held.set(chosen)
        after = sorted(each.pk for each in chosen)
        return None if before == after else _record(thing, how, {name: before}, {name: after}, actor, at, reason)


def delete_audited(*, thing: Any, actor: Any, at: datetime, reason: str) -> AuditEvent:
    """Delete `thing` with what hangs on it, and record what all that was. Raises StillNeeded if something keeps it."""
    how = AUDITED[_table(type(thing))]
    with transaction.atomic():
        event = _record(thing, how, _values(thing, how), None, actor, at, reason)
        why = f"deleted with {event.subject}. {reason}".strip()
        for row in _going_with(thing):
            if (other := how_audited(type(row))) is not None:
                _record(row, other, _values(row, other), None, actor, at, why)
        thing.delete()
    return event


def _going_with(thing: models.Model) -> list[models.Model]:
    """Return the rows that the database deletes with one. Raises StillNeeded."""
    if keeping := AUDITED[_table(type(thing))].needed_by(thing):
        raise StillNeeded(thing, keeping)
    collector = Collector(using=router.db_for_write(type(thing)), origin=thing)
    try:
        collector.collect([thing])
    except (ProtectedError, RestrictedError) as problem:
        keeping = list(problem.protected_objects if isinstance(problem, ProtectedError) else problem.restricted_objects)
        raise StillNeeded(thing, keeping) from problem
    rows = [row for found in collector.data.values() for row in found if row != thing]
    return rows + [row for found in collector.fast_deletes for row in found]


def named_rows(rows: list[Any]) -> str:
    """Return the first of some rows in words, each with its kind unless its name begins with that; and whether there are more."""
    kinds = ((str(each._meta.verbose_name), str(each)) for each in rows[:NAMED_AT_MOST])
    named = ", ".join(name if name.lower().startswith(kind.lower()) else f"{kind} {name}" for kind, name in kinds)
    return gettext("{named} and more").format(named=named) if len(rows) > NAMED_AT_MOST else named


def require_one_course(thing: models.Model) -> None:
    """Raise OtherCourse if a row refers to something of another course than its own."""
    for each in thing._meta.concrete_fields:
        if each.is_relation and getattr(thing, each.attname) is not None:
            _require_same(thing, getattr(thing, each.name))


def _require_same(thing: models.Model, other: models.Model) -> None:
    here, there = course_id_of(thing), course_id_of(other)
    if here is not None and there is not None and here != there:
        raise OtherCourse(
            gettext("The {kind} {other} is of another course.").format(kind=other._meta.verbose_name, other=other)
        )


def _values(thing: models.Model, how: Audited) -> Values:
    held = {name: _plain(getattr(thing, name)) for name in how.fields(type(thing))}
    return held | {name: WITHHELD for name in how.withheld if held[name] not in (None, "")}


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it; a decimal without its column's zeros, so that equal numbers look equal."""
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _record(
    thing: Any, how: Audited, before: Values | None, after: Values | None, actor: Any, at: datetime, reason: str
) -> AuditEvent:
    event = new_event(how.course(thing), how.kind, how.subject(thing), actor=actor, at=at, reason=reason)
    event.before, event.after = before, after
    record([event])
    return event


def record_made(*, thing: Any, actor: Any, at: datetime, reason: str) -> AuditEvent:
    """Record a row that somebody else's code has just made."""
    how = AUDITED[_table(type(thing))]
    return _record(thing, how, None, _values(thing, how), actor, at, reason)


def new_event(
    course_id: int | None, kind: AuditKind, subject: str, *, actor: Any, at: datetime, reason: str
) -> AuditEvent:
    """Return an event, not stored yet, for what is no change of one row: the caller adds what was before and after."""
    return AuditEvent(course_id=course_id, kind=kind, subject=subject[:300], actor=actor, at=at, reason=reason)


def record(events: Iterable[AuditEvent]) -> None:
    """Store events; part of the transaction of the change that they tell of."""
    AuditEvent.objects.bulk_create(events, batch_size=500)
