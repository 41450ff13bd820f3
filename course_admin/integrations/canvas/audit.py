"""How this app's tables are audited, and what none of their rows may say: each decides whose grade goes where."""

from typing import Any

from django.utils.translation import gettext

from course_admin.courses.audit import AUDITED, NOT_AUDITED, Audited, OtherCourse
from course_admin.courses.models import AuditKind, Enrollment
from course_admin.integrations.canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasStudent,
    CourseToken,
    DeveloperKey,
)
from course_admin.integrations.outbox.models import NOTED
from course_admin.policy import Refused, standing_of


def require_own_column(row: CanvasAssignment, _actor: Any) -> None:
    """Raise OtherCourse if another course that goes to the same Canvas course fills an assignment's column there."""
    place = {"link__address": row.link.address, "link__canvas_id": row.link.canvas_id, "canvas_id": row.canvas_id}
    if CanvasAssignment.objects.filter(**place).exclude(link=row.link_id).exists():
        words = gettext("Another course sends its grades to the assignment {number} of this Canvas course.")
        raise OtherCourse(words.format(number=row.canvas_id))


def require_own_columns(link: CanvasCourse, actor: Any) -> None:
    """Raise OtherCourse if a link would lead to a Canvas course of whose columns another course fills one of its own."""
    for row in link.assignments.all() if link.pk else ():
        row.link = link
        require_own_column(row, actor)


def require_other_person(row: CanvasStudent, actor: Any) -> None:
    """Raise Refused if somebody says that another student is who they are themselves in this Canvas, in whichever course."""
    places = standing_of(actor).places if actor is not None else frozenset()
    if not places or row.student_id in places:
        return
    mine = CanvasStudent.objects.filter(link__address=row.link.address, student__in=places, canvas_id=row.canvas_id)
    if mine.exists() or Enrollment.objects.filter(pk__in=places, canvas_id=str(row.canvas_id)).exists():
        words = gettext("{number} is you in Canvas: somebody else of the course's staff says who that student is.")
        raise Refused(words.format(number=row.canvas_id))


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[CanvasCourse] = Audited(
        AuditKind.GRADE,
        lambda row: f"Canvas of {row.course.title}",
        dict.fromkeys(NOTED, "noted by rounds, which run every few minutes; nothing that somebody decides"),
        require=require_own_columns,
    )
    AUDITED[CanvasAssignment] = Audited(
        AuditKind.GRADE, lambda row: f"{row.assignment.title} in Canvas", require=require_own_column
    )
    AUDITED[CanvasStudent] = Audited(
        AuditKind.GRADE,
        lambda row: f"{row.student.name} in Canvas",
        {"found_by": "noted when somebody is found; staff who say who it is change the number"},
        require=require_other_person,
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
