"""A preview waits for everybody: one of its runs is out at most, and only while nothing else waits."""

from datetime import timedelta

import pytest

from course_admin.courses.models import Role
from course_admin.gradebook.regrade_preview.figures import progress_of
from course_admin.gradebook.regrade_preview.services import begin
from course_admin.submissions.models import Attempt, AttemptMember, Run, RunReason, RunState
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.estimate import estimate_start
from tests.course_admin.gradebook.regrade_preview.trials import new_suite
from tests.factories import (
    ARCHIVE,
    NOW,
    TREE_DIGEST,
    make_assignment,
    make_attempt,
    make_course,
    make_enrollment,
    make_run,
)

MANY = 2_000
LATER = NOW + timedelta(hours=1)
MUCH_LATER = NOW + timedelta(hours=9)


@pytest.fixture
def preview(world):
    """Return a preview of 2,000 graded attempts of one student, all of which may count."""
    world.assignment.counting = "best"
    world.assignment.save()
    fields = {"assignment": world.assignment, "received_at": NOW, "tree_digest": TREE_DIGEST, "archive_sha256": ARCHIVE}
    attempts = Attempt.objects.bulk_create(Attempt(number=number, **fields) for number in range(1, MANY + 1))
    AttemptMember.objects.bulk_create(
        AttemptMember(
            attempt=each, student=world.student, assignment=world.assignment, number=each.number, is_submitter=True
        )
        for each in attempts
    )
    done = {"state": RunState.GRADED, "score": 1, "max_score": 5, "finished_at": NOW, "reason": RunReason.BULK}
    times = {"queued_at": NOW, "not_before": NOW, "rank_at": NOW}
    Run.objects.bulk_create(
        Run(attempt=each, suite=world.assignment.suite, seed=1, **done, **times) for each in attempts
    )
    boss = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    made = begin(assignment=world.assignment, suite=new_suite(), by=boss, at=LATER, reason="x")
    assert progress_of(made).all == MANY
    return made


def out() -> list[bool]:
    """Return of each run that is out whether it is a trial, in the order in which the broker has them."""
    return list(Run.every.in_flight().order_by("lease_expires_at", "-is_trial").values_list("is_trial", flat=True))


def finish(run: Run) -> None:
    Run.every.filter(pk=run.pk).update(
        state=RunState.GRADED, score=1, max_score=5, lease_token="", lease_expires_at=None, finished_at=MUCH_LATER
    )


@pytest.mark.parametrize("window", [1, 2, 16])
@pytest.mark.slow
def test_a_push_waits_for_one_run_of_a_preview_at_most(world, preview, settings, window):
    settings.ASSAY_MAX_IN_FLIGHT = window
    assert dispatch.dispatch(at=LATER) == 1
    assert dispatch.dispatch(at=LATER) == 0
    assert out() == [True]
    # Hours later, when every run of the preview has an earlier rank than what is pushed now.
    other = make_course("other")
    pushes = [
        make_run(make_attempt(world.student, world.assignment, number=MANY + 1), at=MUCH_LATER),
        make_run(make_attempt(make_enrollment(other), make_assignment(other)), at=MUCH_LATER),
    ]
    finished = 0
    while Run.objects.filter(pk__in=[each.pk for each in pushes], state=RunState.QUEUED).exists():
        dispatch.dispatch(at=MUCH_LATER)
        assert out().count(True) <= 1
        if window == 1 and finished == 0:
            assert out() == [True]
        oldest = Run.every.in_flight().order_by("lease_expires_at", "pk").first()
        finish(oldest)
        finished += oldest.is_trial
    assert finished == 1
    assert progress_of(preview).graded == 1


@pytest.mark.slow
def test_while_anything_waits_no_run_of_a_preview_is_sent(world, preview, settings):
    settings.ASSAY_MAX_IN_FLIGHT = 1
    push = make_run(make_attempt(world.student, world.assignment, number=MANY + 1), at=MUCH_LATER)
    assert dispatch.dispatch(at=MUCH_LATER) == 1
    assert out() == [False]
    finish(push)
    assert dispatch.dispatch(at=MUCH_LATER) == 1
    assert out() == [True]


@pytest.mark.slow
def test_a_preview_uses_up_nothing_of_its_courses_share(world, preview, settings):
    settings.ASSAY_MAX_IN_FLIGHT = 2
    dispatch.dispatch(at=LATER)
    other = make_course("other")
    mine = make_run(make_attempt(world.student, world.assignment, number=MANY + 1), at=MUCH_LATER)
    make_run(make_attempt(make_enrollment(other), make_assignment(other)), at=MUCH_LATER + timedelta(seconds=1))
    assert dispatch.dispatch(at=MUCH_LATER + timedelta(seconds=1)) == 1
    mine.refresh_from_db()
    assert mine.state == RunState.DISPATCHED


@pytest.mark.slow
def test_what_waits_of_a_preview_makes_no_estimate_later(world, preview):
    push = make_run(make_attempt(world.student, world.assignment, number=MANY + 1), at=MUCH_LATER)
    assert estimate_start(push, MUCH_LATER) == MUCH_LATER
