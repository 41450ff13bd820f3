"""Recording: once, whole, from the lease's holder, and nothing odd: `course_admin/submissions/queue/record.py`."""

import dataclasses
import json
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from course_admin.submissions.models import Check, Run, RunState
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.record import record
from course_admin.submissions.queue.results import as_result
from grader.result import ResultError
from grader.verdict import Verdict
from tests.factories import (
    NOW,
    lease,
    make_assignment,
    make_attempt,
    make_check,
    make_course,
    make_enrollment,
    make_result,
    make_run,
)


@pytest.fixture
def run(world) -> Run:
    return make_run(make_attempt(world.student, world.assignment))


def stored(run: Run, token: str, document: str) -> Run:
    record(run=run.public_id, token=token, document=document, at=NOW)
    run.refresh_from_db()
    return run


def test_a_result_is_stored_whole(run):
    token = lease(run)
    result = make_result(
        make_check(1, 2.5, tags=("broadcast",), visibility="hidden", duration_s=0.25, output="hi"),
        make_check(2, 0.0, verdict=Verdict.TIMED_OUT, message="slow", budget={"ratio": 1.5}),
        notes=("Left out: x.pyc.",),
    )
    assert record(run=run.public_id, token=token, document=result.to_json(), at=NOW)
    run.refresh_from_db()
    assert (run.state, run.score, run.max_score, run.finished_at) == (RunState.GRADED, Decimal("2.5"), 10, NOW)
    assert (run.lease_token, run.lease_expires_at) == ("", None)
    assert as_result(run) == result


def test_a_run_that_was_not_graded_has_no_result(run):
    with pytest.raises(ValueError, match=f"The run {run.public_id} is queued: it has no result."):
        as_result(run)


def test_a_result_delivered_twice_is_recorded_once(run):
    token = lease(run)
    document = make_result().to_json()
    assert record(run=run.public_id, token=token, document=document, at=NOW)
    assert not record(run=run.public_id, token=token, document=document, at=NOW + timedelta(seconds=1))
    run.refresh_from_db()
    assert (run.finished_at, Check.objects.count()) == (NOW, 2)


def test_a_late_result_does_not_replace_its_successors(run):
    stale = lease(run)
    dispatch.reap(at=NOW + timedelta(minutes=5))
    later = NOW + timedelta(minutes=10)
    fresh = lease(run, later)
    assert record(run=run.public_id, token=fresh, document=make_result().to_json(), at=later)
    perfect = make_result(make_check(1)).to_json()
    assert not record(run=run.public_id, token=stale, document=perfect, at=later)
    run.refresh_from_db()
    assert run.score == 5


def test_a_lost_worker_cannot_record_after_its_lease_was_taken_back(run):
    token = lease(run)
    dispatch.reap(at=NOW + timedelta(minutes=5))
    assert not record(run=run.public_id, token=token, document=make_result().to_json(), at=NOW)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def test_a_worker_can_finish_its_own_lease_and_no_other(world, run):
    other = make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    token = lease(run)
    other.refresh_from_db()
    assert not record(run=other.public_id, token=token, document=make_result().to_json(), at=NOW)
    assert not record(run=other.public_id, token="", document=make_result().to_json(), at=NOW)


def test_a_result_without_a_seen_start_counts(run):
    token = lease(run, running=False)
    assert record(run=run.public_id, token=token, document=make_result().to_json(), at=NOW)


def document_with(**changes) -> str:
    raw = json.loads(make_result().to_json())
    for path, value in changes.items():
        *parents, last = path.split("__")
        holder = raw
        for parent in parents:
            holder = holder[int(parent) if parent.isdigit() else parent]
        holder[last] = value
    return json.dumps(raw)


BAD = {
    "no JSON": "{",
    "a list": "[]",
    "another schema": document_with(schema="assay.result/9"),
    "an unknown field": document_with(extra=1),
    "an unknown verdict": document_with(checks__0__verdict="pass"),
    "more points than there are": document_with(checks__0__points=50),
    "a score that is no sum": document_with(score=9),
    "NaN in the provenance": document_with(provenance__load=float("nan")),
    "infinite points": document_with(checks__0__max_points=float("inf")),
    "NaN as a duration": document_with(checks__0__duration_s=float("nan")),
    "a number as a message": document_with(checks__1__message=5),
    "an unknown visibility": document_with(checks__0__visibility="secret"),
    "another suite": document_with(provenance__suite_digest="6" * 64),
    "another tree": document_with(provenance__tree_digest="6" * 64),
    "another seed": document_with(provenance__seed=1),
    "no provenance": document_with(provenance={}),
    "a negative maximum": document_with(checks=[], score=0.0, max_score=-1.0),
    "deep nesting": "[" * 100_000,
    "too large": " " * (9 << 20),
}


@pytest.mark.parametrize("document", BAD.values(), ids=BAD)
def test_a_result_that_does_not_fit_is_a_fault_and_never_a_score(run, document):
    token = lease(run)
    assert not record(run=run.public_id, token=token, document=document, at=NOW)
    run.refresh_from_db()
    assert (run.state, run.score, Check.objects.count()) == (RunState.QUEUED, None, 0)
    assert run.fault.startswith("The worker's result cannot be used: ")
    assert len(run.fault) < 2500


def test_student_text_is_cleaned_at_the_boundary(run):
    nasty = "\x1b]0;owned\x07\x00passed\u202e\ud800" + "x" * 100_000
    result = make_result(make_check(1, message=nasty, output=nasty, tags=("\x00",)), notes=("\x00",))
    run = stored(run, lease(run), result.to_json())
    check = run.checks.get()
    for text in (check.message, check.output, check.tags[0], run.notes[0]):
        assert not any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 or letter == "\u202e" for letter in text)
    assert len(check.message) <= 8_000


def test_three_checks_of_a_third_make_one_point(run):
    checks = [make_check(number, points, max_points=points) for number, points in enumerate((0.33, 0.34, 0.33))]
    assert stored(run, lease(run), make_result(*checks).to_json()).score == 1


def test_points_that_nobody_could_show_are_no_result(run):
    """0.3333 on each of three lines would be shown as 0.33, and their sum as 1."""
    checks = [make_check(number, 0.3333, max_points=0.3333) for number in (1, 2, 3)]
    assert not record(run=run.public_id, token=lease(run), document=make_result(*checks).to_json(), at=NOW)
    run.refresh_from_db()
    assert (run.state, run.checks.count()) == (RunState.QUEUED, 0)
    assert "0.3333 is no number of hundredths of a point" in run.fault


def test_a_score_that_is_not_the_sum_of_its_checks_is_no_result():
    checks = [make_check(number, 0.33, max_points=0.33) for number in range(3)]
    with pytest.raises(ResultError, match=r"the score 1\.0 is not the sum of its checks' points, 0\.99"):
        dataclasses.replace(make_result(*checks), score=1.0)


@pytest.mark.django_db(transaction=True)
def test_of_two_results_at_the_same_moment_one_is_recorded():
    course = make_course()
    run = make_run(make_attempt(make_enrollment(course), make_assignment(course)))
    token = lease(run)
    start = threading.Barrier(4)
    outcomes = []

    def report() -> None:
        start.wait()
        try:
            outcomes.append(record(run=run.public_id, token=token, document=make_result().to_json(), at=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=report) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]
    assert Check.objects.filter(run=run).count() == 2
