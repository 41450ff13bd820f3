"""The tasks of the `sync` queue that bring grades to an LMS: one for each course, so that none waits for another."""

import random

from celery import shared_task
from django.conf import settings

from course_admin.integrations.outbox.comparison.comparing import compare
from course_admin.integrations.outbox.delivery.deliver import sync as sync_link
from course_admin.integrations.outbox.enquiry.asking import forget_old
from course_admin.integrations.outbox.lms import lms_of, row_of
from course_admin.integrations.outbox.models import Comparison, Link
from course_admin.liveness.clock import now
from course_admin.liveness.turns import take_turn
from course_admin.task_sender import send_on_commit

SYNC = "course_admin.integrations.outbox.tasks.sync"
SYNC_COURSE = "course_admin.integrations.outbox.tasks.sync_course"
#: A round of the largest course takes minutes, or longer where each score is a request; one that hangs begins anew later.
ROUND_SECONDS = 3600
COMPARE_COURSE = "course_admin.integrations.outbox.tasks.compare_course"


@shared_task(name=SYNC)
def sync() -> None:
    """Send a task for each course whose turn it is, and forget what was asked long ago."""
    if not take_turn(SYNC, every_seconds=settings.ASSAY_LMS_SYNC_SECONDS, at=now()):
        return
    forget_old(now())
    for link in Link.objects.due(now()).values_list("pk", flat=True):
        send_on_commit(SYNC_COURSE, {"link_id": link}, expires_seconds=settings.ASSAY_LMS_SYNC_SECONDS)


@shared_task(name=SYNC_COURSE, time_limit=ROUND_SECONDS)
def sync_course(link_id: int) -> None:
    """Bring one course's grades to its LMS."""
    link = row_of(Link.objects.select_related("course").get(pk=link_id))
    with lms_of(link) as lms:
        sync_link(link=link, lms=lms, now=now, chance=random.random)


@shared_task(name=COMPARE_COURSE, time_limit=ROUND_SECONDS)
def compare_course(link_id: int) -> None:
    """Read what one course's LMS shows beside what is here."""
    asked = Comparison.objects.select_related("link__course").filter(link=link_id).first()
    if asked is not None:
        link = row_of(asked.link)
        with lms_of(link) as lms:
            compare(asked=asked, link=link, lms=lms, at=now())
