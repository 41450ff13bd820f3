"""What staff say of a course's Canvas: where it is, and who and what is who and what in it.

Each decides whose grade goes where. So a correction lets the grades that it concerns start over, as if nothing had been
sent, and ends a round that is under way: what was known of the other place says nothing about this one.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from course_admin.courses.changes import delete_row, save_row
from course_admin.identity.models import User
from course_admin.integrations.canvas.models import AssignmentReading, CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.outbox.models import GradeDelivery
from course_admin.integrations.outbox.services import start_over

MappingRow = CanvasAssignment | CanvasStudent

#: What is noted of a Canvas course that was never asked anything.
NEW = {"away_since": None, "next_try_at": None, "words": "", "synced_at": None, "compared_at": None, "uncompared": ""}


def save_link(*, link: CanvasCourse, actor: User | None, at: datetime, reason: str) -> bool:
    """Save what staff say of a link, audited; return whether it leads elsewhere now, so that its grades start over.

    The students found in the other Canvas course are forgotten then. The numbers of its assignments are kept: staff gave them.
    """
    with transaction.atomic():
        stored = CanvasCourse.objects.select_for_update().filter(pk=link.pk).first()
        link.paused_reason = link.paused_reason if link.is_paused else ""
        save_row(row=link, actor=actor, at=at, reason=reason)
        if stored is None or (stored.address, stored.canvas_id) == (link.address, link.canvas_id):
            return False
        forget_the_other(link)
    return True


def forget_the_other(link: CanvasCourse) -> None:
    """Forget what was found in the Canvas course that a link led to before. Part of the caller's transaction."""
    link.students.all().delete()
    AssignmentReading.objects.filter(link=link).delete()
    CanvasCourse.objects.filter(pk=link.pk).update(**NEW)
    start_over(link=link, deliveries=GradeDelivery.objects.all())


def save_mapping(*, row: MappingRow, actor: User | None, at: datetime, reason: str) -> None:
    """Save which assignment, or who a student, is in Canvas, audited; if it is another one, the grades start over."""
    with transaction.atomic():
        if save_row(row=row, actor=actor, at=at, reason=reason):
            start_over(link=row.link, deliveries=_concerned(row))


def forget_mapping(*, row: MappingRow, actor: User | None, at: datetime, reason: str) -> None:
    """Delete what was said, audited: a student is looked for again, an assignment's grades stay here."""
    with transaction.atomic():
        start_over(link=row.link, deliveries=_concerned(row))
        delete_row(row=row, actor=actor, at=at, reason=reason)


def _concerned(row: MappingRow) -> QuerySet[GradeDelivery]:
    which = {"assignment": row.assignment_id} if isinstance(row, CanvasAssignment) else {"student": row.student_id}
    return GradeDelivery.objects.filter(**which)
