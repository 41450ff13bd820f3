"""Which run is judged when: queueing, sending out, leases, and what happens when one is over.

Runs wait in the database, not in the broker: only as many as the window holds are sent out, so that what is fair or
urgent is decided as late as possible, and little is lost with a broker. Every change of state is one conditional
UPDATE; whoever comes second changes nothing.
"""

import functools
import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max

from course_admin.assignments.deadlines import deadlines_of
from course_admin.assignments.models import SuiteVersion
from course_admin.courses.models import Enrollment
from course_admin.submissions.models import PUSH, Attempt, Run, RunState, RunWait
from course_admin.submissions.models.run import IN_FLIGHT, NO_COURSE, RunQuerySet, begin_by
from course_admin.submissions.queue.estimate import estimate_start
from course_admin.submissions.queue.order import HOUR, Waiting, order, rank
from course_admin.submissions.queue.seeds import seed_of
from course_admin.task_sender import GRADE, send_on_commit
from grader.sanitize import clean

log = logging.getLogger(__name__)

PAUSE_SECONDS = 10  # after a first fault; doubled after each further one
LONGEST_PAUSE_SECONDS = 300
MOST_WORKER_FAULTS = 10  # by workers, for reasons of their own: about half an hour, and then staff should know
FAULT_BYTES = 2_000
MOST_TRIALS_OUT = 1  # of all previews: whatever else is handed in waits for one of their runs at most
MOST_CHECKS = 100_000  # that a page says of a run
LEASE_OVER = "The lease was over: its worker died, was cut off, or stopped reporting."
MESSAGE_LOST = "The broker lost its message before anybody began."
NOBODY_BEGAN = "Nobody began it in time: no grading worker is running, or the broker lost its message."


def enqueue(
    *,
    attempt: Attempt,
    at: datetime,
    seed: int | None = None,
    reason: str = PUSH,
    requested_by: Any = None,
    is_bulk: bool = False,
) -> Run:
    """Queue one judging of an attempt under its assignment's current suite.

    seed: None for what tree and suite determine, so that the same code always gets the same grade.
    What a student pushes beyond the limit of an hour, or within the cool-down, is queued all the same, and waits.
    """
    suite: SuiteVersion = attempt.assignment.suite  # type: ignore[assignment]  # an open assignment has one
    by_student = Run.objects.pushed_by(attempt.student)
    of_push: dict[str, Any] = {}
    not_before, waits_for = at, RunWait.NOTHING
    if reason == PUSH:
        of_push["earlier_pushes"] = by_student.filter(queued_at__gt=at - HOUR).count()
        of_push["due_at"] = deadlines_of(attempt.student, attempt.assignment).extended_due_at
        not_before, waits_for = _when(attempt, by_student, at)
    run = Run.objects.create(
        attempt=attempt,
        suite=suite,
        seed=seed_of(attempt, suite) if seed is None else seed,
        reason=reason,
        requested_by=requested_by,
        queued_at=at,
        not_before=not_before,
        waits_for=waits_for,
        is_bulk=is_bulk,
        rank_at=rank(queued_at=not_before, **of_push),
    )
    if reason == PUSH:
        run.expected_start_at = estimate_start(run, at)
        run.save(update_fields=["expected_start_at"])
    return run


def _when(attempt: Attempt, by_student: RunQuerySet, at: datetime) -> tuple[datetime, RunWait]:
    """Return when a push may be judged, and what it waits for until then."""
    limited, cooled = by_student.allowed_at(at, settings.ASSAY_STUDENT_RUNS_PER_HOUR), cooled_down_at(attempt, at)
    not_before = max(limited, cooled)
    if not attempt.assignment.is_released(at):
        return not_before, RunWait.RELEASE
    why = RunWait.COOL_DOWN if cooled == not_before else RunWait.HOURLY_LIMIT
    return not_before, why if not_before > at else RunWait.NOTHING


def cooled_down_at(attempt: Attempt, at: datetime) -> datetime:
    """Return when an attempt that was just pushed may be judged by its assignment's cool-down, `at` at the earliest.

    It lies between the attempts of each for whom this one counts. What was sent out and has not begun begins now at the earliest.
    """
    pause = timedelta(minutes=attempt.assignment.cool_down_minutes)
    if not pause:
        return at
    earlier = Attempt.objects.of_any(attempt.people, attempt.assignment).exclude(pk=attempt.pk)
    begun = Run.objects.filter(attempt__in=earlier, reason=PUSH, state__in=(*IN_FLIGHT, RunState.GRADED))
    newest = begun.aggregate(newest=Max(begin_by(at)))["newest"]
    return max(at, newest + pause) if newest else at


def dispatch(*, at: datetime) -> int:
    """Send out waiting runs while the window has room; return how many were sent."""
    out = Run.every.in_flight().count_by_course()
    room = max(settings.ASSAY_MAX_IN_FLIGHT - sum(out.values()), 0)
    trials = out.pop(NO_COURSE, 0)
    heads = Run.objects.waiting(at).first_of_each_course(room)
    chosen = order((Waiting(*head) for head in heads), out, room)
    if len(chosen) < room and trials < MOST_TRIALS_OUT:  # nothing else waits
        chosen += Run.every.trials_waiting(at).values_list("pk", flat=True)[: MOST_TRIALS_OUT - trials]
    rows = Run.every.select_related("attempt__assignment__suite", "suite")
    runs = rows.prefetch_related("attempt__memberships__student").in_bulk(chosen)
    return sum(_send_out(runs[pk], at) for pk in chosen)


def _send_out(run: Run, at: datetime) -> bool:
    """Lease one run to whoever takes its message; False if another dispatcher was faster.

    What has waited while its assignment's suite was corrected is judged by the corrected one; a trial keeps its preview's.
    """
    current = run.attempt.assignment.suite if not run.is_trial else run.suite
    current = current or run.suite
    if current != run.suite:
        run.suite, run.seed = current, seed_of(run.attempt, current)
    token = secrets.token_urlsafe(24)
    seconds = settings.ASSAY_QUEUE_TTL_SECONDS
    with transaction.atomic():
        if run.reason == PUSH:
            Enrollment.objects.hold(run.attempt.people)
            if _is_beyond_the_hour(run, at):
                return False
        mine = Run.every.filter(pk=run.pk, state=RunState.QUEUED, not_before__lte=at).update(
            state=RunState.DISPATCHED,
            suite=run.suite,
            seed=run.seed,
            lease_token=token,
            lease_expires_at=at + timedelta(seconds=seconds + settings.ASSAY_LEASE_SECONDS),
        )
        if mine and run.reason == PUSH and run.attempt.assignment.cool_down_minutes:
            _hold_back_others(run, at)
        if mine:
            back = functools.partial(_recall, run.public_id, token)
            send_on_commit(GRADE, grade_message(run, token), expires_seconds=seconds, if_not_sent=back)
    return bool(mine)


def _is_beyond_the_hour(run: Run, at: datetime) -> bool:
    """Say whether the limit of an hour leaves a student's run no room now; then whatever waits of theirs waits until it does."""
    by_student = Run.objects.pushed_by(run.attempt.student)
    sent = by_student.ever_sent().exclude(pk=run.pk)
    until = sent.allowed_at(at, settings.ASSAY_STUDENT_RUNS_PER_HOUR)
    if until > at:
        by_student.hold_back(until, RunWait.HOURLY_LIMIT)
    return until > at


def _hold_back_others(run: Run, at: datetime) -> None:
    """Have what waits beside a run that is sent out, and counts for one of the same people, wait for the cool-down from now on."""
    until = at + timedelta(minutes=run.attempt.assignment.cool_down_minutes)
    beside = Attempt.objects.of_any(run.attempt.people, run.attempt.assignment).exclude(pk=run.attempt_id)
    Run.objects.filter(attempt__in=beside, reason=PUSH).hold_back(until, RunWait.COOL_DOWN)


def _recall(run: str, token: str) -> None:
    """Queue a run again whose message never left: the next tick sends it, not the end of its lease."""
    unsent = Run.every.leased(run, token).filter(state=RunState.DISPATCHED)
    unsent.update(state=RunState.QUEUED, lease_token="", lease_expires_at=None)


def grade_message(run: Run, token: str) -> dict[str, Any]:
    """Return everything a grading worker is told: no name, no course, no repository."""
    return {
        "run": run.public_id,
        "lease_token": token,
        "archive_sha256": run.attempt.archive_sha256,
        "suite": run.suite.name,
        "suite_digest": run.suite.digest,
        "suite_sha256": run.suite.archive_sha256,
        "seed": run.seed,
        "heartbeat_seconds": settings.ASSAY_LEASE_SECONDS / 4,
    }


def start(*, run: str, token: str, worker: str, at: datetime) -> bool:
    """Note that a worker began, which counts as one try; False if it is not the lease's holder."""
    begun = Run.every.leased(run, token).filter(state=RunState.DISPATCHED)
    return bool(
        begun.update(
            state=RunState.RUNNING,
            worker=worker,
            tries=F("tries") + 1,
            started_at=at,
            checks_done=0,
            checks_planned=0,
            lease_expires_at=at + timedelta(seconds=settings.ASSAY_LEASE_SECONDS),
        )
    )


def heartbeat(*, run: str, token: str, at: datetime, done: int = 0, planned: int = 0) -> bool:
    """Prolong the lease of a worker that is still at it; False once the lease or the longest run's time is over.

    done, planned: how many of its checks are over, for the page that waits; it decides nothing.
    """
    planned = min(max(planned, 0), MOST_CHECKS)
    progress = {"checks_planned": planned, "checks_done": min(max(done, 0), planned)} if planned else {}
    begun_since = at - timedelta(seconds=settings.ASSAY_RUN_SECONDS)
    alive = Run.every.leased(run, token).filter(state=RunState.RUNNING, started_at__gte=begun_since)
    return bool(alive.update(lease_expires_at=at + timedelta(seconds=settings.ASSAY_LEASE_SECONDS), **progress))


def fault(
    *, run: str, token: str, sentence: str, at: datetime, can_retry: bool = True, is_workers: bool = False
) -> bool:
    """Take back a run that failed for a reason of ours: queued again, or shown to staff after the last try.

    A reason that is the worker's own, such as no sandbox, uses up no try: another worker will do better.
    """
    with transaction.atomic():
        held = Run.every.leased(run, token).select_for_update().first()
        if held is None:
            return False
        was_counted = held.state == RunState.RUNNING
        if is_workers:
            held.tries -= was_counted
            held.worker_faults += 1
        else:
            held.tries += not was_counted  # it was begun, whatever became of the message that said so
        is_last = held.tries >= settings.ASSAY_RUN_TRIES or held.worker_faults >= MOST_WORKER_FAULTS
        return _take_back(held, sentence, at, can_retry and not is_last)


def reap(*, at: datetime) -> int:
    """Take back every run whose lease is over; return how many. A run that nobody began has used up no try."""
    taken = 0
    for pk in list(Run.every.lost(at).values_list("pk", flat=True)):
        with transaction.atomic():
            run = Run.every.lost(at).select_for_update().filter(pk=pk).first()
            if run is None:
                continue  # its worker, or another reaper, was faster
            sentence = LEASE_OVER if run.state == RunState.RUNNING else NOBODY_BEGAN
            taken += _take_back(run, sentence, at, run.tries < settings.ASSAY_RUN_TRIES)
    return taken


def prolong_waiting(*, in_queue: int | None, at: datetime) -> int:
    """Keep sent runs whose messages still wait, since no worker came or the broker is away; return how many.

    To send them again would put a second message behind the first. in_queue: None if the broker is away. They stay as they
    are for `resend_lost`, which goes by how many messages there are.
    """
    unbegun = Run.every.sent_before(at - timedelta(seconds=settings.ASSAY_LEASE_SECONDS))
    over_soon = unbegun.filter(lease_expires_at__lt=at + timedelta(seconds=settings.ASSAY_LEASE_SECONDS))
    if in_queue == 0 or not over_soon.exists():
        return 0
    # All of them together, so that they keep their order.
    return unbegun.update(lease_expires_at=at + timedelta(seconds=settings.ASSAY_QUEUE_TTL_SECONDS - 1))


def resend_lost(*, unread_reports: int | None, in_queue: int | None, at: datetime) -> int:
    """Take back runs that were sent out and whose messages the broker lost; return how many.

    Of runs that nobody has begun for the length of a lease, as many are lost as there are more of them than messages in the
    queue: the oldest, since the queue keeps its order. unread_reports, in_queue: None if the broker is away. With reports unread,
    it may merely not be known here yet that they have begun.
    """
    if in_queue is None or unread_reports is None or unread_reports > 0:
        return 0
    since = at - timedelta(seconds=settings.ASSAY_LEASE_SECONDS)
    unbegun = Run.every.sent_before(since).order_by("lease_expires_at", "id").values_list("pk", flat=True)
    taken = 0
    for pk in list(unbegun)[: max(len(unbegun) - in_queue, 0)]:
        with transaction.atomic():
            run = Run.every.sent_before(since).select_for_update().filter(pk=pk).first()
            if run is not None:  # else it has just begun
                taken += _take_back(run, MESSAGE_LOST, at, again=True)
    return taken


def _take_back(run: Run, sentence: str, at: datetime, again: bool) -> bool:
    """End a run's lease; the caller holds the row."""
    faults = run.tries + run.worker_faults
    pause = timedelta(seconds=min(PAUSE_SECONDS * 2 ** (faults - 1), LONGEST_PAUSE_SECONDS) if faults else 0)
    done = Run.every.leased(run.public_id, run.lease_token).update(
        state=RunState.QUEUED if again else RunState.NEEDS_ATTENTION,
        lease_token="",
        lease_expires_at=None,
        tries=run.tries,
        worker_faults=run.worker_faults,
        not_before=at + pause if again else run.not_before,
        waits_for=RunWait.PAUSE if again and pause else RunWait.NOTHING,
        finished_at=None if again else at,
        fault=clean(sentence, FAULT_BYTES),
    )
    log.log(logging.INFO if again else logging.ERROR, "%s was taken back: %s", run.public_id, sentence)
    return bool(done)
