"""How this app's tables are audited: due times, late policies and extensions are deadlines."""

from course_admin.assignments.models import Assignment, Extension, SectionDueTime, SuiteVersion
from course_admin.courses.audit import AUDITED, Audited
from course_admin.courses.models import AuditKind

LATE_FIELDS = ("late_kind", "late_percent", "late_cap_percent", "late_grace_minutes", "counting")


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[Assignment] = Audited(
        AuditKind.DEADLINE,
        ("releases_at", "due_at", "closes_at", "attempt_limit", "cool_down_minutes", "group_size", *LATE_FIELDS),
        lambda row: row.course,
        lambda row: row.title,
    )
    AUDITED[SuiteVersion] = Audited(
        AuditKind.SUITE, ("check_state", "trusted_reason"), lambda row: None, lambda row: f"suite {row}"
    )
    AUDITED[SectionDueTime] = Audited(
        AuditKind.DEADLINE,
        ("due_at", "closes_at"),
        lambda row: row.assignment.course,
        lambda row: f"{row.assignment.title} for section {row.section.name}",
    )
    AUDITED[Extension] = Audited(
        AuditKind.DEADLINE,
        ("days",),
        lambda row: row.assignment.course,
        lambda row: f"extension of {row.receiver} in {row.assignment.title}",
    )
