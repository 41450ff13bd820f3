"""What staff say of where a course's Canvas is; what a correction starts over stands in the outbox."""

from datetime import datetime

from django.db import transaction

from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind
from course_admin.identity.models import User
from course_admin.integrations.canvas.models import AssignmentReading, CanvasCourse
from course_admin.integrations.outbox import services as outbox

PLACE = ("address", "canvas_id")


def save_link(*, link: CanvasCourse, actor: User | None, at: datetime, reason: str) -> bool:
    """Save what staff say of a link, audited; return whether it leads elsewhere now, so that its grades start over.

    The students found in the other Canvas course are forgotten then. The numbers of its assignments are kept: staff gave them.
    """
    with transaction.atomic():
        leads_elsewhere = outbox.save_link(link=link, place=PLACE, actor=actor, at=at, reason=reason)
        if leads_elsewhere:
            forget_the_other(link, actor=actor, at=at, reason=reason)
    return leads_elsewhere


def forget_the_other(link: CanvasCourse, *, actor: User | None, at: datetime, reason: str) -> None:
    """Forget what was found in the Canvas course that a link led to before, on record. Part of the caller's transaction."""
    events = []
    for row in link.students.select_related("student").order_by("pk"):
        subject = f"{row.student.name} in Canvas"
        event = new_event(link.course_id, AuditKind.GRADE, subject, actor=actor, at=at, reason=reason)
        event.before = {"canvas_id": row.canvas_id}
        events.append(event)
    record(events)
    link.students.all().delete()
    AssignmentReading.objects.filter(link=link).delete()
    outbox.start_link_over(link)
