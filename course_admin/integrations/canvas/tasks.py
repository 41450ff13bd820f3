"""The tasks of the `sync` queue that ask Canvas: about assignments, and about tokens. Grades go by the outbox's."""

from celery import shared_task
from django.conf import settings

from course_admin.integrations.canvas.developer_key import keys, revoking
from course_admin.integrations.canvas.due_dates.reading import read
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import AssignmentReading
from course_admin.integrations.outbox.tasks import SYNC_COURSE
from course_admin.liveness.clock import now
from course_admin.liveness.turns import take_turn
from course_admin.task_sender import send_on_commit

READ_ASSIGNMENTS = "course_admin.integrations.canvas.tasks.read_assignments"
CONNECT = "course_admin.integrations.canvas.tasks.connect"
REVOKE = "course_admin.integrations.canvas.tasks.revoke"
READING_SECONDS = 1800
TOKEN_SECONDS = 600


@shared_task(name=READ_ASSIGNMENTS, time_limit=READING_SECONDS)
def read_assignments(link_id: int) -> None:
    """Read what Canvas says of one course's assignments."""
    asked = AssignmentReading.objects.select_related("link__course").filter(link=link_id).first()
    if asked is not None:
        with Canvas(asked.link) as lms:
            read(asked=asked, lms=lms, at=now())


@shared_task(name=CONNECT, time_limit=TOKEN_SECONDS)
def connect(key_id: int) -> None:
    """Ask Canvas for a course's token with the code that somebody came back with, and send what waits."""
    link = keys.connect(key=key_id, at=now())
    if link is not None and not link.is_paused:
        send_on_commit(SYNC_COURSE, {"link_id": link.pk})


@shared_task(name=REVOKE, time_limit=READING_SECONDS)
def revoke() -> None:
    """Give tokens back that nobody needs any more."""
    if take_turn(REVOKE, every_seconds=settings.ASSAY_LMS_SYNC_SECONDS, at=now()):
        revoking.revoke_all(now())
