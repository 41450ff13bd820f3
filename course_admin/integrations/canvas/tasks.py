"""The tasks of the `sync` queue that ask Canvas: one for each course, so that none waits for another."""

import random

from celery import shared_task
from django.conf import settings

from course_admin.integrations.canvas.due_dates.reading import read
from course_admin.integrations.canvas.lms import Canvas
from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.integrations.outbox.deliver import sync as sync_link
from course_admin.liveness.clock import now
from course_admin.liveness.turns import take_turn
from course_admin.task_sender import send_on_commit

SYNC = "course_admin.integrations.canvas.tasks.sync"
SYNC_COURSE = "course_admin.integrations.canvas.tasks.sync_course"
READ_ASSIGNMENTS = "course_admin.integrations.canvas.tasks.read_assignments"
ROUND_SECONDS = 1800  # a round of the largest course takes minutes; one that hangs is ended, and begins anew later


@shared_task(name=SYNC)
def sync() -> None:
    """Send a task for each course whose turn it is."""
    if not take_turn(SYNC, every_seconds=settings.ASSAY_LMS_SYNC_SECONDS, at=now()):
        return
    for link in CanvasCourse.objects.due(now()).values_list("pk", flat=True):
        send_on_commit(SYNC_COURSE, {"link_id": link}, expires_seconds=settings.ASSAY_LMS_SYNC_SECONDS)


@shared_task(name=SYNC_COURSE, time_limit=ROUND_SECONDS)
def sync_course(link_id: int) -> None:
    """Bring one course's grades to Canvas."""
    link = CanvasCourse.objects.select_related("course").get(pk=link_id)
    with Canvas(link) as lms:
        sync_link(link=link, lms=lms, now=now, chance=random.random)


@shared_task(name=READ_ASSIGNMENTS, time_limit=ROUND_SECONDS)
def read_assignments(link_id: int) -> None:
    """Read what Canvas says of one course's assignments."""
    link = CanvasCourse.objects.select_related("course").get(pk=link_id)
    with Canvas(link) as lms:
        read(link=link, lms=lms, at=now())
