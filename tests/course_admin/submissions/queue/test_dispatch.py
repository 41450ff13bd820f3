"""Queueing, the window, leases: `course_admin/submissions/queue/dispatch.py`."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from course_admin.submissions.models import Run, RunState
from course_admin.submissions.queue import dispatch
from tests.factories import (
    ARCHIVE,
    NOW,
    SEED,
    SUITE_ARCHIVE,
    SUITE_DIGEST,
    lease,
    make_assignment,
    make_attempt,
    make_course,
    make_enrollment,
    make_run,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def run(world) -> Run:
    return make_run(make_attempt(world.student, world.assignment))


@pytest.fixture(autouse=True)
def _on_commit_at_once(monkeypatch):
    monkeypatch.setattr(transaction, "on_commit", lambda call: call())


def test_a_dispatched_run_is_sent_once_with_all_a_worker_needs_and_no_name(run, sent):
    assert dispatch.dispatch(at=NOW) == 1
    assert dispatch.dispatch(at=NOW) == 0
    run.refresh_from_db()
    (message,) = sent
    assert message.task == "grader.worker.grade.grade"
    assert message.kwargs == {
        "run": run.public_id,
        "lease_token": run.lease_token,
        "archive_sha256": ARCHIVE,
        "suite": "m01_tensor",
        "suite_digest": SUITE_DIGEST,
        "suite_sha256": SUITE_ARCHIVE,
        "seed": SEED,
        "heartbeat_seconds": 15.0,
    }
    assert len(run.lease_token) >= 32


def test_a_message_expires_by_no_clock_that_is_an_hour_off(run, sent, settings):
    """It expires by the worker's clock, and its lease ends by the database's: the two need not agree."""
    settings.ASSAY_QUEUE_TTL_SECONDS = 100
    dispatch.dispatch(at=NOW)
    run.refresh_from_db()
    assert sent[0].expires > 3600
    assert run.lease_expires_at > NOW + timedelta(seconds=100)


@pytest.mark.medium
@pytest.mark.parametrize(("in_queue", "kept"), [(3, 3), (1, 3), (None, 3), (0, 0)])
def test_what_still_waits_with_the_broker_is_not_sent_a_second_time(sent_out, settings, in_queue, kept):
    """No worker for a night: one message of each run, not one more each quarter of an hour."""
    at = NOW
    for _ in range(40):
        at += timedelta(seconds=settings.ASSAY_QUEUE_TTL_SECONDS + 10)
        assert dispatch.prolong_waiting(in_queue=in_queue, at=at) == kept
        assert dispatch.reap(at=at + SECOND) == 0 or not kept
        if not kept:
            break
    states = set(Run.objects.values_list("state", flat=True))
    assert states == ({"dispatched"} if kept else states)
    if kept:
        assert dispatch.resend_lost(unread_reports=0, in_queue=1, at=at + 2 * SECOND) == 2, "a lost one is still found"


def test_what_was_sent_lately_is_not_prolonged(sent_out):
    assert dispatch.prolong_waiting(in_queue=3, at=NOW + 70 * SECOND) == 0


def test_no_more_runs_are_out_than_the_window_holds(world, settings):
    settings.ASSAY_MAX_IN_FLIGHT = 2
    runs = []
    for number in range(4):
        student = make_enrollment(world.course, f"student{number}")
        runs.append(make_run(make_attempt(student, world.assignment), NOW + number * SECOND))
    assert dispatch.dispatch(at=NOW + 9 * SECOND) == 2
    assert [Run.objects.get(pk=run.pk).state for run in runs] == ["dispatched", "dispatched", "queued", "queued"]
    assert dispatch.dispatch(at=NOW + 9 * SECOND) == 0


@pytest.mark.django_db(transaction=True)
def test_dispatchers_at_the_same_moment_send_each_run_once(sent):
    course = make_course()
    assignment = make_assignment(course)
    for number in range(8):
        make_run(make_attempt(make_enrollment(course, f"student{number}"), assignment))
    start, counts = threading.Barrier(4), []

    def work() -> None:
        try:
            start.wait(10)
            counts.append(dispatch.dispatch(at=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == len(sent) == 8
    assert len({message.kwargs["run"] for message in sent}) == 8
    tokens = {run.public_id: run.lease_token for run in Run.objects.all()}
    assert tokens == {message.kwargs["run"]: message.kwargs["lease_token"] for message in sent}


def test_a_worker_that_begins_counts_as_a_try(run):
    token = lease(run, running=False)
    assert dispatch.start(run=run.public_id, token=token, worker="w1", at=NOW)
    run.refresh_from_db()
    assert (run.state, run.tries, run.worker, run.started_at) == (RunState.RUNNING, 1, "w1", NOW)
    assert not dispatch.start(run=run.public_id, token=token, worker="w2", at=NOW)


@pytest.mark.parametrize("token", ["", "wrong"])
def test_only_the_holder_of_the_lease_may_report(run, token):
    lease(run)
    assert not dispatch.heartbeat(run=run.public_id, token=token, at=NOW)
    assert not dispatch.fault(run=run.public_id, token=token, sentence="no", at=NOW)
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


def test_an_empty_token_fits_no_run_that_has_none(run):
    assert not dispatch.fault(run=run.public_id, token="", sentence="no", at=NOW)
    run.refresh_from_db()
    assert (run.state, run.fault) == (RunState.QUEUED, "")


def test_a_heartbeat_prolongs_the_lease_until_the_longest_run_is_over(run, settings):
    settings.ASSAY_RUN_SECONDS = 300
    token = lease(run)
    assert dispatch.heartbeat(run=run.public_id, token=token, at=NOW + 200 * SECOND)
    assert dispatch.reap(at=NOW + 250 * SECOND) == 0
    assert not dispatch.heartbeat(run=run.public_id, token=token, at=NOW + 301 * SECOND)


@pytest.mark.parametrize(
    ("said", "kept"),
    [((13, 52), (13, 52)), ((60, 52), (52, 52)), ((-1, 52), (0, 52)), ((5, -1), (0, 0)), ((1, 10**12), (1, 10**5))],
)
def test_a_heartbeat_says_how_far_a_run_is(run, said, kept):
    token = lease(run)
    assert dispatch.heartbeat(run=run.public_id, token=token, at=NOW, done=said[0], planned=said[1])
    run.refresh_from_db()
    assert (run.checks_done, run.checks_planned) == kept


def test_another_try_begins_at_the_first_check(run):
    token = lease(run)
    dispatch.heartbeat(run=run.public_id, token=token, at=NOW, done=13, planned=52)
    dispatch.heartbeat(run=run.public_id, token="another", at=NOW, done=50, planned=52)
    dispatch.fault(run=run.public_id, token=token, sentence="the box died", at=NOW)
    lease(run, NOW + 60 * SECOND)
    assert (run.checks_done, run.checks_planned) == (0, 0)


def test_a_lost_worker_costs_a_try_and_the_last_one_goes_to_staff(run, settings):
    settings.ASSAY_RUN_TRIES = 2
    lease(run)
    assert dispatch.reap(at=NOW + 59 * SECOND) == 0
    assert dispatch.reap(at=NOW + 61 * SECOND) == 1
    assert dispatch.reap(at=NOW + 61 * SECOND) == 0
    run.refresh_from_db()
    assert (run.state, run.lease_token, run.fault) == (RunState.QUEUED, "", dispatch.LEASE_OVER)
    again = NOW + 90 * SECOND
    lease(run, again)
    assert dispatch.reap(at=again + 61 * SECOND) == 1
    run.refresh_from_db()
    assert (run.state, run.score, run.tries) == (RunState.NEEDS_ATTENTION, None, 2)
    assert dispatch.dispatch(at=again + 999 * SECOND) == 0


def test_a_message_that_nobody_took_costs_no_try(run):
    for day in range(5):
        at = NOW + timedelta(days=day)
        lease(run, at, running=False)
        assert dispatch.reap(at=at + timedelta(hours=1)) == 1
    run.refresh_from_db()
    assert (run.state, run.tries, run.fault) == (RunState.QUEUED, 0, dispatch.NOBODY_BEGAN)


def test_a_fault_is_tried_again_after_a_pause(run):
    token = lease(run)
    assert dispatch.fault(run=run.public_id, token=token, sentence="no sandbox", at=NOW)
    assert dispatch.dispatch(at=NOW + SECOND) == 0
    assert dispatch.dispatch(at=NOW + dispatch.PAUSE_SECONDS * SECOND) == 1


def test_a_fault_that_will_not_pass_goes_to_staff_at_once(run):
    token = lease(run)
    dispatch.fault(run=run.public_id, token=token, sentence="the suite differs", can_retry=False, at=NOW)
    run.refresh_from_db()
    assert (run.state, run.fault, run.score) == (RunState.NEEDS_ATTENTION, "the suite differs", None)


def test_faults_are_bounded_even_if_no_start_was_ever_seen(run, settings):
    settings.ASSAY_RUN_TRIES = 2
    for day in range(2):
        at = NOW + timedelta(days=day)
        token = lease(run, at, running=False)
        dispatch.fault(run=run.public_id, token=token, sentence="broken", at=at)
    run.refresh_from_db()
    assert run.state == RunState.NEEDS_ATTENTION


def test_a_fault_that_is_the_workers_own_uses_up_no_try_and_ends_with_staff(run, settings):
    settings.ASSAY_RUN_TRIES = 1
    at = NOW
    for number in range(1, dispatch.MOST_WORKER_FAULTS + 1):
        token = lease(run, at, running=bool(number % 2))
        assert dispatch.fault(run=run.public_id, token=token, sentence="no sandbox", is_workers=True, at=at)
        run.refresh_from_db()
        assert (run.tries, run.worker_faults) == (0, number)
        assert run.not_before - at <= dispatch.LONGEST_PAUSE_SECONDS * SECOND
        at = run.not_before
    assert (run.state, run.fault) == (RunState.NEEDS_ATTENTION, "no sandbox")


@pytest.fixture
def sent_out(world) -> list[Run]:
    """Return three runs that were sent out, a second apart, and that nobody has begun."""
    runs = []
    for number in range(3):
        run = make_run(make_attempt(make_enrollment(world.course, f"student{number}"), world.assignment))
        lease(run, NOW + number * SECOND, running=False)
        runs.append(run)
    return runs


@pytest.mark.medium
@pytest.mark.parametrize(("in_queue", "lost"), [(0, 3), (2, 1), (3, 0), (9, 0), (None, 0)])
def test_what_the_broker_lost_is_queued_again_the_oldest_first(sent_out, in_queue, lost):
    at = NOW + 63 * SECOND
    assert dispatch.resend_lost(unread_reports=0, in_queue=in_queue, at=at) == lost
    states = [Run.objects.get(pk=run.pk).state for run in sent_out]
    assert states == ["queued"] * lost + ["dispatched"] * (3 - lost)
    assert dispatch.dispatch(at=at) == lost
    assert not Run.objects.filter(tries__gt=0).exists()


@pytest.mark.parametrize("unread_reports", [1, None])
def test_nothing_is_thought_lost_while_reports_are_unread(sent_out, unread_reports):
    assert dispatch.resend_lost(unread_reports=unread_reports, in_queue=0, at=NOW + 63 * SECOND) == 0


def test_what_was_sent_just_now_or_has_begun_is_not_thought_lost(sent_out):
    first = Run.objects.get(pk=sent_out[0].pk)
    dispatch.start(run=first.public_id, token=first.lease_token, worker="w1", at=NOW + 50 * SECOND)
    assert dispatch.resend_lost(unread_reports=0, in_queue=0, at=NOW + 61 * SECOND) == 0
    assert dispatch.resend_lost(unread_reports=0, in_queue=0, at=NOW + 61.5 * SECOND) == 1
    assert Run.objects.get(pk=first.pk).state == RunState.RUNNING
