"""Who may see or do what: every rule of the service, and nothing but rules.

Three questions, asked alike by views, the back office, services, imports and exports:

    may(actor, action, thing)       may somebody do this to this thing, stored or not?
    require(actor, action, thing)   the same, for services: raises Refused, whose text is a sentence
    allowed(actor, action, rows)    the rows to which they may

`actions.py` is the table of what may be done by whom to whose work, `tables.py` the one of the back office. A rule is
about roles of active people in the course of the thing itself; a role in one course means nothing in another. In place of
somebody, None is a command of an operator's, who may do everything.
"""

from course_admin.policy.actions import Action
from course_admin.policy.decide import allowed, may, require
from course_admin.policy.enrollments import leads, may_change_line, require_change_of_line
from course_admin.policy.refused import Refused
from course_admin.policy.staff import is_anybodys_staff, may_enter_back_office
from course_admin.policy.standing import Standing, seen_by_another, standing_of, viewer
from course_admin.policy.subjects import course_id_of
from course_admin.policy.tables import (
    RIGHTS,
    Right,
    closed_fields,
    may_in_table,
    require_fields,
    require_in_table,
    rows_in_table,
)

__all__ = [
    "RIGHTS",
    "Action",
    "Refused",
    "Right",
    "Standing",
    "allowed",
    "closed_fields",
    "course_id_of",
    "is_anybodys_staff",
    "leads",
    "may",
    "may_change_line",
    "may_enter_back_office",
    "may_in_table",
    "require",
    "require_change_of_line",
    "require_fields",
    "require_in_table",
    "rows_in_table",
    "seen_by_another",
    "standing_of",
    "viewer",
]
