"""The tasks of the `sync` queue that bring grades to platforms: one for each course, so that none waits for another."""

import random

from celery import shared_task
from django.conf import settings

from course_admin.integrations.lti.advantage.lms import LtiLms
from course_admin.integrations.lti.models import LtiCourse
from course_admin.integrations.outbox.deliver import sync as sync_link
from course_admin.liveness.clock import now
from course_admin.liveness.turns import take_turn
from course_admin.task_sender import send_on_commit

SYNC = "course_admin.integrations.lti.tasks.sync"
SYNC_COURSE = "course_admin.integrations.lti.tasks.sync_course"
ROUND_SECONDS = 3600  # a score is a request of its own; a round that hangs is ended, and begins anew later


@shared_task(name=SYNC)
def sync() -> None:
    """Send a task for each course whose turn it is."""
    if not take_turn(SYNC, every_seconds=settings.ASSAY_LMS_SYNC_SECONDS, at=now()):
        return
    for link in LtiCourse.objects.due(now()).values_list("pk", flat=True):
        send_on_commit(SYNC_COURSE, {"link_id": link}, expires_seconds=settings.ASSAY_LMS_SYNC_SECONDS)


@shared_task(name=SYNC_COURSE, time_limit=ROUND_SECONDS)
def sync_course(link_id: int) -> None:
    """Bring one course's grades to its platform."""
    link = LtiCourse.objects.select_related("course", "platform").get(pk=link_id)
    with LtiLms(link) as lms:
        sync_link(link=link, lms=lms, now=now, chance=random.random)
