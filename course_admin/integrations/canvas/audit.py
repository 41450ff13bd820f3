"""How this app's tables are audited: each decides whose grade goes where."""

from course_admin.courses.audit import AUDITED, NOT_AUDITED, Audited
from course_admin.courses.models import AuditKind
from course_admin.integrations.canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasStudent,
    CourseToken,
    DeveloperKey,
)
from course_admin.integrations.outbox.models import NOTED


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[CanvasCourse] = Audited(
        AuditKind.GRADE,
        lambda row: f"Canvas of {row.course.title}",
        dict.fromkeys(NOTED, "noted by rounds, which run every few minutes; nothing that somebody decides"),
    )
    AUDITED[CanvasAssignment] = Audited(AuditKind.GRADE, lambda row: f"{row.assignment.title} in Canvas")
    AUDITED[CanvasStudent] = Audited(
        AuditKind.GRADE,
        lambda row: f"{row.student.name} in Canvas",
        {"found_by": "noted when somebody is found; staff who say who it is change the number"},
    )
    AUDITED[CourseToken] = Audited(
        AuditKind.ACCESS,
        lambda row: f"Canvas token of {row.link.course.title}",
        {
            "sealed": "a secret; when it was entered is on record",
            "last_used_at": "noted by rounds, which run every few minutes",
            "problem": "noted by rounds; nothing that somebody decides",
            "sealed_refresh": "a secret; when it was granted is on record",
            "expires_at": "noted by rounds, which renew it every hour",
        },
    )
    AUDITED[DeveloperKey] = Audited(
        AuditKind.ACCESS,
        lambda row: f"Canvas developer key of {row.link.course.title}",
        {
            "sealed": "a secret; when it was entered is on record",
            "sealed_code": "a secret, for one use",
            "redirect_uri": "our own address",
            "problem": "what Canvas answered; nothing that somebody decides",
        },
    )
    NOT_AUDITED["canvas.revocation"] = "a secret on its way back; that its token was removed is on record"
    NOT_AUDITED["canvas.assignmentreading"] = "what Canvas said; what somebody takes over from it has events of its own"
