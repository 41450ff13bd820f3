"""What begins, completes, publishes and discards a regrade preview, each in one transaction with its line in the audit log.

Its runs are trials: the queue sends them out when nothing else waits, one at a time, and nothing shows or counts them.
Publishing makes them the newest judgings of their attempts and gives the assignment the suite, at one moment. What was handed
in meanwhile and has no run of the preview keeps its result; the page names it, and `complete` has it judged as well.
"""

from collections.abc import Iterable, Set
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from course_admin.assignments.models import PUBLISHABLE, Assignment, CountingRule, SuiteVersion
from course_admin.courses.audit import new_event, record, save_audited
from course_admin.courses.models import AuditKind
from course_admin.gradebook.grading.grades import grade_rows
from course_admin.gradebook.regrade_preview.figures import figures_of, progress_of
from course_admin.identity.models import User
from course_admin.policy import Action, require
from course_admin.submissions.models import Attempt, PreviewState, RegradePreview, Run, RunReason, RunState, RunWait
from course_admin.submissions.models.run import IN_FLIGHT
from course_admin.submissions.queue.order import rank
from course_admin.submissions.queue.seeds import seed_of

AT_ONCE = 500  # rows of one INSERT
BY_POINTS = (CountingRule.BEST, CountingRule.BEST_AFTER_PENALTY)


class NotToPreview(ValueError):
    """A preview cannot be begun, completed or ended so; its text is a sentence for whoever asked."""


def suites_to_try(assignment: Assignment) -> QuerySet[SuiteVersion]:
    """Return the versions of an assignment's suite that it may be given and does not have, the newest first."""
    if assignment.suite is None:
        return SuiteVersion.objects.none()
    same = SuiteVersion.objects.filter(name=assignment.suite.name, check_state__in=PUBLISHABLE)
    return same.exclude(pk=assignment.suite.pk).order_by("-added_at", "-pk")


def attempts_to_try(assignment: Assignment, counting: Set[int] | None = None) -> set[int]:
    """Return the attempts that a preview judges: those that count; where points decide which does, all that were graded.

    `counting`: those that count, where they are known.
    """
    if assignment.counting in BY_POINTS:
        graded = Run.objects.graded().filter(attempt__assignment=assignment, attempt__members__is_active=True)
        return set(graded.values_list("attempt", flat=True))
    if counting is not None:
        return set(counting)
    rows = grade_rows(assignment.course, around=assignment)
    return {row.judging.attempt_id for row in rows if row.assignment.pk == assignment.pk and row.judging}


def uncovered(preview: RegradePreview, counting: Set[int] | None = None) -> set[int]:
    """Return the attempts that a preview would judge if it were begun now, and has no run of."""
    return attempts_to_try(preview.assignment, counting) - set(_runs_of(preview).values_list("attempt", flat=True))


def begin(*, assignment: Assignment, suite: SuiteVersion, by: User, at: datetime, reason: str) -> RegradePreview:
    """Have what counts judged by another version of the assignment's suite. Raises NotToPreview, Refused."""
    require(by, Action.REGRADE, assignment)
    with transaction.atomic():
        _hold(assignment)
        if RegradePreview.objects.filter(assignment=assignment, state=PreviewState.OPEN).exists():
            raise NotToPreview(
                gettext("A preview of {assignment} is open already: publish or discard it first.").format(
                    assignment=assignment
                )
            )
        if not suites_to_try(assignment).filter(pk=suite.pk).exists():
            raise NotToPreview(
                gettext(
                    "{suite} is not another version of the suite of {assignment} that passed its check or is "
                    "trusted: choose one."
                ).format(suite=suite, assignment=assignment)
            )
        wanted = attempts_to_try(assignment)
        if not wanted:
            raise NotToPreview(
                gettext("Nothing that counts is graded in {assignment} yet: give it the new suite directly.").format(
                    assignment=assignment
                )
            )
        preview = RegradePreview.objects.create(
            assignment=assignment, suite=suite, reason=reason, begun_by=by, begun_at=at
        )
        runs = _try(preview, wanted, by, at)
        _log(preview, None, {"state": PreviewState.OPEN, "suite": str(suite), "runs": runs}, by, at, reason)
    return preview


def complete(*, preview: RegradePreview, by: User, at: datetime) -> int:
    """Have judged as well what came to count meanwhile, and again what failed on our side; return how many runs.

    Raises NotToPreview if the preview is over, Refused.
    """
    require(by, Action.REGRADE, preview)
    with transaction.atomic():
        _hold_open(preview)
        fresh = {"tries": 0, "worker_faults": 0, "not_before": at, "waits_for": RunWait.NOTHING, "finished_at": None}
        stuck = _runs_of(preview).filter(state=RunState.NEEDS_ATTENTION)
        runs = stuck.update(state=RunState.QUEUED, **fresh) + _try(preview, uncovered(preview), by, at)
        if runs:
            _log(preview, None, {"more runs": runs}, by, at, "")
    return runs


def publish(*, preview: RegradePreview, seen: str, by: User, at: datetime) -> int:
    """Make a preview's results count and give the assignment its suite; return how many runs count now.

    seen: the digest of the figures that whoever publishes has looked at: what they would not show is not published.
    Raises NotToPreview if it is not finished, over, or its figures are others by now; Refused.
    """
    require(by, Action.REGRADE, preview)
    with transaction.atomic():
        assignment = _hold_open(preview)
        if not progress_of(preview).is_finished:
            raise NotToPreview(gettext("It is not finished yet: publish it when every attempt is judged."))
        if figures_of(preview).digest != seen:
            raise NotToPreview(
                gettext("Grades have changed since you looked at the figures: look at the new ones, then publish.")
            )
        graded = _runs_of(preview).filter(state=RunState.GRADED)
        runs = graded.update(is_trial=False, queued_at=at, finished_at=at)  # the newest judging counts, from now on
        assignment.suite = preview.suite
        save_audited(thing=assignment, actor=by, at=at, reason=preview.reason)
        _end(preview, PreviewState.PUBLISHED, by, at)
        _log(preview, {"state": PreviewState.OPEN}, {"state": preview.state, "runs": runs}, by, at, preview.reason)
    return runs


def discard(*, preview: RegradePreview, by: User, at: datetime) -> None:
    """Drop a preview: what waits is not judged, what was judged never counts. Raises NotToPreview if it is over, Refused."""
    require(by, Action.REGRADE, preview)
    with transaction.atomic():
        _hold_open(preview)
        under_way = _runs_of(preview).filter(state__in=(RunState.QUEUED, *IN_FLIGHT))
        under_way.update(state=RunState.CANCELLED, lease_token="", lease_expires_at=None, finished_at=at)
        _end(preview, PreviewState.DISCARDED, by, at)
        _log(preview, {"state": PreviewState.OPEN}, {"state": preview.state}, by, at, "")


def _runs_of(preview: RegradePreview) -> QuerySet[Run]:
    return Run.every.filter(preview=preview)


def _try(preview: RegradePreview, attempts: Iterable[int], by: User, at: datetime) -> int:
    """Queue a trial of each attempt."""
    chosen = Attempt.objects.filter(pk__in=attempts, assignment=preview.assignment).order_by("received_at", "pk")
    runs = [
        Run(
            attempt=attempt,
            suite=preview.suite,
            seed=seed_of(attempt, preview.suite),
            reason=RunReason.BULK,
            requested_by=by,
            queued_at=at,
            not_before=at,
            is_bulk=True,
            rank_at=rank(queued_at=at),
            preview=preview,
            is_trial=True,
        )
        for attempt in chosen
    ]
    return len(Run.every.bulk_create(runs, batch_size=AT_ONCE))


def _hold(assignment: Assignment) -> Assignment:
    """Lock an assignment's row, by which previews of it come one after the other."""
    return Assignment.objects.select_for_update().get(pk=assignment.pk)


def _hold_open(preview: RegradePreview) -> Assignment:
    """Lock a preview's assignment and return it. Raises NotToPreview if the preview is over."""
    assignment = _hold(preview.assignment)
    preview.refresh_from_db(fields=["state"])
    if preview.state != PreviewState.OPEN:
        raise NotToPreview(gettext("This preview is over: it was {state}.").format(state=preview.get_state_display()))
    return assignment


def _end(preview: RegradePreview, state: PreviewState, by: User, at: datetime) -> None:
    preview.state, preview.ended_by, preview.ended_at = state, by, at
    preview.save(update_fields=["state", "ended_by", "ended_at"])


def _log(preview: RegradePreview, before: Any, after: Any, by: User, at: datetime, reason: str) -> None:
    subject = f"regrade preview of {preview.assignment}"
    event = new_event(preview.assignment.course_id, AuditKind.GRADE, subject, actor=by, at=at, reason=reason)
    event.before, event.after = before, after
    record([event])
