"""The tables of this app: courses and rosters, groups, accommodations, the audit log. Models answer; services write."""

from course_admin.courses.models.accommodation import Accommodation
from course_admin.courses.models.audit import AuditEvent, AuditKind
from course_admin.courses.models.course import SECTION_NAME_LENGTH, Course, Section, validate_time_zone
from course_admin.courses.models.group import Group, GroupMembership
from course_admin.courses.models.roster import Enrollment, OtherEmail, Role, Scope, Student

__all__ = [
    "SECTION_NAME_LENGTH",
    "Accommodation",
    "AuditEvent",
    "AuditKind",
    "Course",
    "Enrollment",
    "Group",
    "GroupMembership",
    "OtherEmail",
    "Role",
    "Scope",
    "Section",
    "Student",
    "validate_time_zone",
]
