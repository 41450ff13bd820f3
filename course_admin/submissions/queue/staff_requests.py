"""What people ask of the queue: take a run back, judge again what failed on our side, judge a whole assignment again.

Each is one transaction with its line in the audit log. A run that is under way, or graded, is never touched: cancelling is for
what is queued, a regrade is another run.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import ngettext

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Course, Enrollment
from course_admin.policy import Action, allowed, may, require
from course_admin.submissions.intake.attempts import BRANCH
from course_admin.submissions.intake.ingest import retry, take_in
from course_admin.submissions.models import (
    PUSH,
    Attempt,
    AttemptMember,
    Push,
    PushState,
    Run,
    RunReason,
    RunState,
    RunWait,
)
from course_admin.submissions.models.attempt import AttemptQuerySet
from course_admin.submissions.models.run import IN_FLIGHT
from course_admin.submissions.queue.dispatch import enqueue
from course_admin.submissions.queue.superseding import set_aside_by

BULK = RunReason.BULK


def may_cancel(user: Any, run: Run) -> bool:
    """Say whether somebody may take a queued run back: staff any, students what they, or their group, pushed."""
    return run.state == RunState.QUEUED and may(user, _taking_back(run, user), run)


def _taking_back(run: Run, user: Any) -> Action:
    """Return what taking a run back means: a student may take back what their own push made, and no regrade of staff's."""
    is_own = run.reason == PUSH and run.attempt.person_of(user) is not None
    return Action.TAKE_BACK_OWN if is_own else Action.TAKE_BACK


def cancel(*, run: Run, by: Any, at: datetime, reason: str) -> bool:
    """Take back a run that is still queued; False if it is not any more. Raises Refused.

    What its push had set aside waits again, in the place that it had.
    """
    require(by, _taking_back(run, by), run)
    with transaction.atomic():
        # What is handed in at this moment waits, and sees what is back: both together could be more than the attempt limit.
        Enrollment.objects.hold(run.attempt.people)
        if not _move(run, RunState.QUEUED, by, at, reason, state=RunState.CANCELLED, finished_at=at):
            return False
        before = set_aside_by(run.attempt) if run.reason == PUSH else None
        if before is not None:
            back = {"state": RunState.QUEUED, "finished_at": None}
            _move(before, RunState.SUPERSEDED, by, at, f"what replaced it was taken back: {reason}", **back)
    return True


def retry_run(*, run: Run, by: Any, at: datetime, reason: str) -> bool:
    """Queue a run again that needed attention, with all its tries; False if it does not need it any more.

    It keeps its rank, so that it stands where it would have stood without our fault. Raises Refused.
    """
    require(by, Action.JUDGE_AGAIN, run)
    fresh = {"tries": 0, "worker_faults": 0, "not_before": at, "waits_for": RunWait.NOTHING, "finished_at": None}
    return _move(run, RunState.NEEDS_ATTENTION, by, at, reason, state=RunState.QUEUED, **fresh)


def retry_push(*, push: Push, by: Any, at: datetime, reason: str) -> bool:
    """Have a push fetched again that needed attention; False if it does not need it any more. Raises Refused."""
    require(by, Action.JUDGE_AGAIN, push)
    with transaction.atomic():
        if Push.objects.select_for_update().get(pk=push.pk).state != PushState.NEEDS_ATTENTION:
            return False
        retry(push=push, at=at)
        change = {"state": PushState.NEEDS_ATTENTION}, {"state": PushState.RECEIVED}
        _log(push.repository.course, f"push {push} of {push.repository}", change, by, at, reason)
    return True


def refetch(*, push: Push, by: Any, at: datetime, reason: str) -> bool:
    """Fetch a push once more of which every attempt was refused, and judge it if that goes well; False if there is none.

    Raises Refused.
    """
    require(by, Action.JUDGE_AGAIN, push)
    with transaction.atomic():
        held = Push.objects.select_for_update().get(pk=push.pk)
        attempts = Attempt.objects.filter(push=held)
        if held.state != PushState.ATTEMPTED or attempts.filter(refusal="").exists() or not attempts.exists():
            return False
        take_in(push=held, at=at)
        change = {"state": PushState.ATTEMPTED}, {"state": PushState.RECEIVED}
        _log(push.repository.course, f"push {push} of {push.repository}", change, by, at, reason)
    return True


def grade_ignored(*, push: Push, by: Any, at: datetime, reason: str) -> bool:
    """Have a push graded that the rules left out, as one of its student from when it came; False if nothing left it out.

    What is no commit on a branch stays out. Raises Refused.
    """
    require(by, Action.JUDGE_AGAIN, push)
    with transaction.atomic():
        held = Push.objects.select_for_update(of=("self",)).select_related("repository__student").get(pk=push.pk)
        is_work = held.ref.startswith(BRANCH) and held.commit_id.strip("0")
        if held.state != PushState.IGNORED or not is_work or not held.repository.student.is_active:
            return False
        take_in(push=held, at=at, is_asked_for=True)
        change = {"state": PushState.IGNORED}, {"state": PushState.RECEIVED}
        _log(held.repository.course, f"push {held} of {held.repository}", change, by, at, reason)
    return True


def _move(run: Run, expected: RunState, by: Any, at: datetime, reason: str, **change: Any) -> bool:
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk, state=expected).update(**change):
            return False
        moved = {"state": expected}, {"state": change["state"]}
        _log(
            run.attempt.assignment.course, f"run {run.public_id} of {run.attempt.recorded_name}", moved, by, at, reason
        )
    return True


def regrade_attempts(*, attempts: QuerySet[Attempt], by: Any, at: datetime, reason: str) -> int:
    """Queue another run of each attempt, whatever became of it; return how many.

    Left out is what cannot be graded, what has a run under way already, what has no suite to be judged by, and what is of
    a course that `by` does not lead.
    """
    with transaction.atomic():
        in_flight = Run.objects.filter(state__in=(RunState.QUEUED, *IN_FLIGHT)).values("attempt")
        able = (
            allowed(by, Action.REGRADE, attempts)
            .filter(refusal="", assignment__suite__isnull=False)
            .exclude(pk__in=in_flight)
        )
        rows = Attempt.objects.filter(pk__in=able.values("pk"))  # what a rule joined cannot be locked: DISTINCT
        related = rows.select_related("assignment__suite", "assignment__course").with_people()
        chosen = list(related.select_for_update(of=("self",)))
        for attempt in chosen:
            run = enqueue(attempt=attempt, at=at, reason=RunReason.ASKED_FOR, requested_by=by)
            made = None, {"state": RunState.QUEUED}
            _log(attempt.assignment.course, f"run {run.public_id} of {attempt.recorded_name}", made, by, at, reason)
    return len(chosen)


def regradable(assignment: Assignment, *, newest_only: bool) -> AttemptQuerySet:
    """Return the attempts that a regrade would judge: those that were judged, each student's newest of them alone if so asked.

    What was never judged (superseded, taken back, beyond the attempt limit) stays so: a regrade corrects results. An
    attempt whose regrade waits already is left out, so that asking twice does nothing twice.
    """
    judged = Run.objects.filter(state__in=(RunState.GRADED, RunState.NEEDS_ATTENTION), attempt__assignment=assignment)
    attempts = Attempt.objects.filter(assignment=assignment, refusal="", pk__in=judged.values("attempt"))
    if newest_only:
        members = AttemptMember.objects.filter(attempt__in=attempts.values("pk"))
        attempts = attempts.filter(pk__in=members.newest_of_each().values("attempt"))
    waiting = Run.objects.filter(reason=BULK, state=RunState.QUEUED, attempt__assignment=assignment)
    return attempts.exclude(pk__in=waiting.values("attempt"))


def queued_words(count: int) -> str:
    """Say to whoever asked for a regrade how many runs it is."""
    words = ngettext(
        "{count} run was queued, behind what students push.",
        "{count} runs were queued, behind what students push.",
        count,
    )
    return words.format(count=count)


def regrade(*, assignment: Assignment, newest_only: bool, by: Any, at: datetime, reason: str) -> int:
    """Queue another run of each attempt, behind what students push; return how many. Raises Refused."""
    which = "newest of each student" if newest_only else "all"
    return _regrade(assignment, regradable(assignment, newest_only=newest_only), which, by, at, reason)


def regrade_chosen(*, assignment: Assignment, attempts: QuerySet[Attempt], by: Any, at: datetime, reason: str) -> int:
    """Queue another run of some attempts of an assignment, behind what students push; return how many. Raises Refused."""
    chosen = regradable(assignment, newest_only=False).filter(pk__in=attempts.values("pk"))
    return _regrade(assignment, chosen, "chosen", by, at, reason)


def _regrade(assignment: Assignment, attempts: AttemptQuerySet, which: str, by: Any, at: datetime, reason: str) -> int:
    require(by, Action.REGRADE, assignment)
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)  # two at once would queue everything twice
        runs = _enqueue_all(attempts.select_related("assignment__suite").with_people(), by, at)
        if runs:
            _log(
                assignment.course, f"regrade of {assignment}", (None, {"runs": runs, "attempts": which}), by, at, reason
            )
    return runs


def _enqueue_all(attempts: Iterable[Attempt], by: Any, at: datetime) -> int:
    count = 0
    for count, attempt in enumerate(attempts, 1):  # noqa: B007 - counted, not held
        enqueue(attempt=attempt, at=at, reason=BULK, requested_by=by, is_bulk=True)
    return count


def _log(course: Course, subject: str, change: tuple[Any, Any], by: Any, at: datetime, reason: str) -> None:
    """Write a line of the audit log; change: what was before, and what is after."""
    event = new_event(course.pk, AuditKind.GRADE, subject, actor=by, at=at, reason=reason)
    event.before, event.after = change
    record([event])
