"""How this app's tables are audited: each decides whose grade goes where."""

from course_admin.courses.audit import AUDITED, Audited
from course_admin.courses.models import AuditKind
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.outbox.models import NOTED


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[CanvasCourse] = Audited(
        AuditKind.GRADE,
        lambda row: f"Canvas of {row.course.title}",
        dict.fromkeys(NOTED, "noted by rounds, which run every few minutes; nothing that somebody decides"),
    )
    AUDITED[CanvasAssignment] = Audited(AuditKind.GRADE, lambda row: f"{row.assignment.title} in Canvas")
    AUDITED[CanvasStudent] = Audited(AuditKind.GRADE, lambda row: f"{row.student.name} in Canvas")
