"""How this app's tables are audited: each decides whose grade goes where."""

from course_admin.courses.audit import AUDITED, Audited
from course_admin.courses.models import AuditKind
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[CanvasCourse] = Audited(
        AuditKind.GRADE,
        ("address", "canvas_id", "is_paused", "paused_reason"),
        lambda row: row.course,
        lambda row: f"Canvas of {row.course.title}",
    )
    AUDITED[CanvasAssignment] = Audited(
        AuditKind.GRADE,
        ("assignment_id", "canvas_id"),
        lambda row: row.link.course,
        lambda row: f"{row.assignment.title} in Canvas",
    )
    AUDITED[CanvasStudent] = Audited(
        AuditKind.GRADE,
        ("student_id", "canvas_id"),
        lambda row: row.link.course,
        lambda row: f"{row.student.name} in Canvas",
    )
