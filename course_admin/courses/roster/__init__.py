"""Roster import, from bytes to rows: files/ reads, match and conflicts decide, preview shows, apply does.

Everything before `apply` is pure and knows no database. `read_roster` says what a file says, `plan` what it would change, with
questions where the file alone does not prove it, and `confirm` does exactly what was shown.
"""

from course_admin.courses.roster.apply import (
    RosterChanged,
    RosterRefused,
    apply,
    confirm,
    people_of,
    plan,
)
from course_admin.courses.roster.files.columns import FIELDS
from course_admin.courses.roster.files.read import read_roster
from course_admin.courses.roster.files.roster_file import RosterFile, UnknownColumns
from course_admin.courses.roster.plan import Plan

__all__ = [
    "FIELDS",
    "Plan",
    "RosterChanged",
    "RosterFile",
    "RosterRefused",
    "UnknownColumns",
    "apply",
    "confirm",
    "people_of",
    "plan",
    "read_roster",
]
