"""How this app's tables are audited: all of an assignment decides about grades or deadlines."""

from typing import Any

from course_admin.assignments.models import Assignment, Extension, SectionDueTime, SuiteVersion
from course_admin.courses.audit import AUDITED, NOT_AUDITED, Audited, OtherCourse
from course_admin.courses.models import AuditKind, Course
from course_admin.policy import Action, require

#: What the event of a change says itself.
BY_THE_EVENT = {"granted_by": "the event says who", "granted_at": "the event says when"}
LATE_FIELDS = ("late_kind", "late_percent", "late_cap_percent", "late_grace_minutes", "counting")


def require_own_pattern(assignment: Assignment, actor: Any) -> None:
    """Raise OtherCourse if an assignment claims repositories of another course, or Refused if another uses that owner already."""
    for name in ("repository_pattern", "pattern_when_open"):
        pattern = getattr(assignment, name)
        if not pattern or pattern == assignment.loaded.get(name):
            continue
        Course.objects.hold_claims()
        if problem := assignment.pattern_problem(pattern):
            raise OtherCourse(problem)
        if not assignment.course.owns(pattern) and assignment.is_owner_taken(pattern, or_planned=True):
            require(actor, Action.NAME_REPOSITORIES, assignment.course)


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[Assignment] = Audited(AuditKind.DEADLINE, lambda row: row.title, require=require_own_pattern)
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
    NOT_AUDITED["assignments.wizarddraft"] = (
        "half-finished answers, which decide nothing until something is made of them"
    )
