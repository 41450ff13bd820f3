"""Who is staff at all: for the door of the back office, and for the second factor."""

from typing import Any

from course_admin.policy.standing import LEADING_ROLES, STAFF_ROLES, standing_of


def may_enter_back_office(actor: Any) -> bool:
    """Say whether somebody leads a course, is an administrator, or was let in to look by one."""
    me = standing_of(actor)
    return me.is_administrator or me.is_let_in or bool(me.courses_as(*LEADING_ROLES))


def is_anybodys_staff(actor: Any) -> bool:
    """Say whether somebody sees other people's work anywhere."""
    me = standing_of(actor)
    return me.is_administrator or me.is_let_in or bool(me.courses_as(*STAFF_ROLES))
