"""What if an assignment had other rules: whose grades would move, and from what to what; then apply, or do nothing.

Slip days are one bank for the course, so other rules for one assignment can move grades of another: all are compared.
"""

from dataclasses import dataclass
from datetime import datetime

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import require_state, save_audited
from course_admin.courses.models import AuditEvent
from course_admin.gradebook.grading.grades import GradeRow, Rules, grade_rows
from course_admin.identity.models import User
from course_admin.policy import Action, require


@dataclass(frozen=True, slots=True)
class Move:
    """A grade before and after."""

    before: GradeRow
    after: GradeRow


def preview(assignment: Assignment, rules: Rules) -> list[Move]:
    """Return the grades that would move if the assignment had these rules; nothing is stored."""
    now = {(row.student.pk, row.assignment.pk): row for row in grade_rows(assignment.course)}
    then = grade_rows(assignment.course, {assignment.pk: rules})
    pairs = (Move(now[key], row) for row in then if (key := (row.student.pk, row.assignment.pk)) in now)
    return [move for move in pairs if move.before.points != move.after.points]


def apply(
    *, assignment: Assignment, rules: Rules, actor: User, at: datetime, reason: str, shown: str = ""
) -> AuditEvent | None:
    """Give the assignment these rules, with an audit event; returns None if it had them already.

    shown: the state of the assignment that the actor was shown. Raises Refused, and ChangedMeanwhile.
    """
    require(actor, Action.CHANGE_RULES, assignment)
    require_state(shown, assignment)
    assignment.late_kind = rules.policy.kind.value
    assignment.late_percent = rules.policy.percent
    assignment.late_cap_percent = rules.policy.cap_percent
    assignment.late_grace_minutes = rules.policy.grace_minutes
    assignment.counting = rules.counting
    return save_audited(thing=assignment, actor=actor, at=at, reason=reason)
