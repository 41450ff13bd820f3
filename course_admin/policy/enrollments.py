"""Lines of a roster: who leads is changed by an instructor alone, whatever the change and whoever the messenger.

A head TA, or a file that a head TA imports, never changes, re-keys, claims, reactivates or promotes such a line. Who is both staff
and a student of a course has two lines, and changes the student's neither by hand nor by a file.
"""

from collections.abc import Mapping
from typing import Any

from course_admin.courses.models import Enrollment
from course_admin.policy.actions import Action
from course_admin.policy.decide import may, require
from course_admin.policy.standing import LEADING_ROLES
from course_admin.policy.tables import Right, may_in_table, require_in_table


def leads(*roles: str | None) -> bool:
    """Say whether one of the roles that a line has, or would have after a change, is a leading one, active or not."""
    return not set(roles).isdisjoint(LEADING_ROLES)


def _leads(person: Enrollment, changes: Mapping[str, Any]) -> bool:
    """Say whether a line is, was or would be of somebody who leads the course; what is stored counts, whatever is held."""
    stored = Enrollment.objects.filter(pk=person.pk).values_list("role", flat=True).first() if person.pk else None
    return leads(stored, person.role, changes.get("role"))


def may_change_line(actor: Any, person: Enrollment, changes: Mapping[str, Any]) -> bool:
    """Say whether somebody may make or change a line of a roster, whatever of it."""
    if _leads(person, changes) and not may(actor, Action.APPOINT, person):
        return False
    return may_in_table(actor, _right(person), person)


def require_change_of_line(actor: Any, person: Enrollment, changes: Mapping[str, Any]) -> None:
    """Raise Refused unless somebody may make or change a line of a roster. Nobody, an operator's command, may."""
    if actor is None:
        return
    if _leads(person, changes):
        require(actor, Action.APPOINT, person)
    require_in_table(actor, _right(person), person)


def _right(person: Enrollment) -> Right:
    return Right.ADD if person._state.adding else Right.CHANGE
