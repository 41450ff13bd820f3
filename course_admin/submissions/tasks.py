"""The tasks of the `record` queue: what grading workers report, and the regular tick. Each calls one service.

A task takes a run's name and its lease token from the message and everything else from the database. A database that
is away for a minute costs no report: the task is sent again, later each time.
"""

from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError

from course_admin import task_sender
from course_admin.assignments.suites.opening import open_checked
from course_admin.liveness.clock import now
from course_admin.liveness.turns import take_turn
from course_admin.submissions.intake import ingest, polling, reconsidering
from course_admin.submissions.intake.announcements import rush
from course_admin.submissions.intake.ownership import following, parked
from course_admin.submissions.models import Run
from course_admin.submissions.queue import dispatch, record
from course_admin.submissions.uploads.hand_in import forget_uploads

TICK = "course_admin.submissions.tasks.tick"
#: Options of a task whose message must outlive a restart of the database: tried for about four minutes.
OUTLIVES_THE_DATABASE: dict[str, Any] = {
    "autoretry_for": (OperationalError, InterfaceError),
    "retry_backoff": 1,
    "retry_backoff_max": 60,
    "max_retries": 9,
}


@shared_task(name="course_admin.submissions.tasks.start", **OUTLIVES_THE_DATABASE)
def start(run: str, lease_token: str, worker: str) -> None:
    """A worker began a run."""
    dispatch.start(run=run, token=lease_token, worker=worker[:200], at=now())


@shared_task(name="course_admin.submissions.tasks.heartbeat")
def heartbeat(run: str, lease_token: str, done: int = 0, planned: int = 0) -> None:
    """A worker is still at it, and has so many of its checks behind it."""
    dispatch.heartbeat(run=run, token=lease_token, at=now(), done=int(done), planned=int(planned))


@shared_task(name="course_admin.submissions.tasks.record", **OUTLIVES_THE_DATABASE)
def record_result(run: str, lease_token: str, document: str) -> None:
    """A worker has a result; its place in the window is free."""
    record.record(run=run, token=lease_token, document=document, at=now())
    _tell_of_preview(run)
    dispatch.dispatch(at=now())


@shared_task(name="course_admin.submissions.tasks.fault", **OUTLIVES_THE_DATABASE)
def fault(run: str, lease_token: str, sentence: str, can_retry: bool, is_workers: bool = False) -> None:
    """A worker could not judge a run, for a reason that is not the student's."""
    dispatch.fault(
        run=run,
        token=lease_token,
        sentence=sentence,
        can_retry=can_retry,
        is_workers=is_workers,
        at=now(),
    )
    _tell_of_preview(run)
    dispatch.dispatch(at=now())


def _tell_of_preview(run: str) -> None:
    """Have the figures of a regrade preview worked out when its last run has ended."""
    preview = Run.every.preview_ended_by(run)
    if preview is not None:
        task_sender.send_on_commit(task_sender.WORK_OUT, {"preview": preview})


@shared_task(name=task_sender.WORK_OFF)
def work_off() -> None:
    """Look at what webhooks stored in a rush."""
    rush.work_off()


@shared_task(name=TICK)
def tick() -> None:
    """Mend what a death or a lost message left behind; of many ticks that waited for a service that was away, the first does."""
    at = now()
    if not take_turn(TICK, every_seconds=settings.ASSAY_TICK_SECONDS, at=at):
        return
    rush.work_off()
    ingest.resend(at=at)
    open_checked(at=at)
    # In this order: a report follows its message.
    unread, in_queue = task_sender.waiting("record"), task_sender.waiting("grade")
    dispatch.prolong_waiting(in_queue=in_queue, at=at)
    dispatch.reap(at=at)
    dispatch.resend_lost(unread_reports=unread, in_queue=in_queue, at=at)
    dispatch.dispatch(at=at)
    polling.take_seen(at=at)
    following.follow_roster(at=at)
    parked.take_parked(at=at)
    reconsidering.reconsider(at=at)
    forget_uploads(at=at)
