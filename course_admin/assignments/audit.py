"""How this app's tables are audited: all of an assignment decides about grades or deadlines."""

from course_admin.assignments.models import Assignment, Extension, SectionDueTime, SuiteVersion
from course_admin.courses.audit import AUDITED, Audited
from course_admin.courses.models import AuditKind

#: What the event of a change says itself.
BY_THE_EVENT = {"granted_by": "the event says who", "granted_at": "the event says when"}
LATE_FIELDS = ("late_kind", "late_percent", "late_cap_percent", "late_grace_minutes", "counting")


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[Assignment] = Audited(AuditKind.DEADLINE, lambda row: row.title)
    AUDITED[SuiteVersion] = Audited(
        AuditKind.SUITE,
        lambda row: f"suite {row}",
        {
            "check_token": "a credential of the worker that checks",
            "check_sha256": "follows from the files, and decides nothing by itself",
            "check_report": "large; the version keeps it, and its state says what came of it",
            "check_asked_at": "when a worker was asked; its answer is what counts",
        },
    )
    AUDITED[SectionDueTime] = Audited(
        AuditKind.DEADLINE, lambda row: f"{row.assignment.title} for section {row.section.name}"
    )
    AUDITED[Extension] = Audited(
        AuditKind.DEADLINE, lambda row: f"extension of {row.receiver} in {row.assignment.title}", BY_THE_EVENT
    )
