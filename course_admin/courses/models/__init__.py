"""The tables of this app: courses and rosters, groups, accommodations, the audit log. Models answer; services write."""

from course_admin.courses.models.accommodation import Accommodation
from course_admin.courses.models.audit import AuditEvent, AuditKind
from course_admin.courses.models.group import Group, GroupMembership
from course_admin.courses.models.roster import (
    LEADING_ROLES,
    SECTION_NAME_LENGTH,
    STAFF_ROLES,
    Course,
    Enrollment,
    Role,
    Section,
    Student,
    taught_by,
    validate_time_zone,
)

__all__ = [
    "LEADING_ROLES",
    "SECTION_NAME_LENGTH",
    "STAFF_ROLES",
    "Accommodation",
    "AuditEvent",
    "AuditKind",
    "Course",
    "Enrollment",
    "Group",
    "GroupMembership",
    "Role",
    "Section",
    "Student",
    "taught_by",
    "validate_time_zone",
]
