"""What the back office writes: making, changing and deleting a row for somebody who may, audited.

Everybody else is refused here, whatever a form let through. A row stays in the course where it was made.
"""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext

from course_admin.courses.audit import OtherCourse, delete_audited, save_audited, set_audited
from course_admin.courses.models import AuditEvent, Enrollment, OtherEmail
from course_admin.policy import Right, require_change_of_line, require_fields, require_in_table
from course_admin.policy.subjects import course_id_of


def save_row(*, row: Any, actor: Any, at: datetime, reason: str) -> AuditEvent | None:
    """Make or change a row. Raises Refused, OtherCourse, or ChangedMeanwhile."""
    stored = type(row)._base_manager.filter(pk=row.pk).first() if row.pk else None
    _require_line(actor, row)
    if not isinstance(row, Enrollment):
        require_in_table(actor, Right.CHANGE if stored else Right.ADD, row)
    if stored is not None:
        _require_line(actor, stored)
        require_in_table(actor, Right.CHANGE, stored)
        if course_id_of(stored) != course_id_of(row):
            raise OtherCourse(
                gettext("{stored} stays in its course: make another there instead.").format(stored=stored)
            )
    require_fields(actor, row, stored)
    return save_audited(thing=row, actor=actor, at=at, reason=reason)


def _require_line(actor: Any, row: Any) -> None:
    """Raise Refused if a row is a line of a roster, or an address on one, that somebody may not change."""
    line = row.enrollment if isinstance(row, OtherEmail) else row
    if isinstance(line, Enrollment):
        require_change_of_line(actor, line, {})


def set_rows(*, row: Any, name: str, others: Any, actor: Any, at: datetime, reason: str) -> AuditEvent | None:
    """Let a row's list of others hold these and no more. Raises Refused, or OtherCourse."""
    _require_line(actor, row)
    require_in_table(actor, Right.CHANGE, row)
    return set_audited(thing=row, name=name, rows=others, actor=actor, at=at, reason=reason)


def detach_account(*, person: Enrollment, actor: Any, at: datetime, reason: str) -> bool:
    """Take the account off a line, which waits for whom it claims again; False if it has none. Raises Refused."""
    require_change_of_line(actor, person, {})
    if person.account_id is None:
        return False
    person.account = None
    return save_audited(thing=person, actor=actor, at=at, reason=reason) is not None


def delete_row(*, row: models.Model, actor: Any, at: datetime, reason: str) -> AuditEvent:
    """Delete a row with what hangs on it. Raises Refused, or StillNeeded."""
    _require_line(actor, row)
    require_in_table(actor, Right.DELETE, row)
    return delete_audited(thing=row, actor=actor, at=at, reason=reason)
