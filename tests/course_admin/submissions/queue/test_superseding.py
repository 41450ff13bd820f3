"""What a newer hand-in sets aside, and what it must not: `course_admin/submissions/queue/superseding.py`."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from course_admin.assignments.models import Extension
from course_admin.gradebook.grading.grades import rows_of
from course_admin.submissions.intake.attempts import make_attempt_of_upload
from course_admin.submissions.models import Attempt, Run, RunState
from course_admin.submissions.queue.record import record
from course_admin.submissions.queue.superseding import supersede
from tests.factories import (
    ARCHIVE,
    NOW,
    SEED,
    TREE_DIGEST,
    lease,
    make_attempt,
    make_enrollment,
    make_result,
    make_run,
    make_upload,
    make_user,
)

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
DUE = NOW + HOUR
ALWAYS_LATER = {"late_kind": "per_day", "late_percent": Decimal(10)}


@pytest.fixture
def run(world) -> Run:
    return make_run(make_attempt(world.student, world.assignment))


@pytest.fixture(autouse=True)
def _on_commit_at_once(monkeypatch):
    monkeypatch.setattr(transaction, "on_commit", lambda call: call())


def rule(world, **fields) -> None:
    """Set rules of the assignment."""
    for name, value in fields.items():
        setattr(world.assignment, name, value)
    world.assignment.save()


def states_of_two(world, older_at: datetime, newer_at: datetime) -> list[str]:
    """Queue two attempts of one student, the newer one as it is handed in; return what became of their runs."""
    older, newer = (make_attempt(world.student, world.assignment, received_at=at) for at in (older_at, newer_at))
    runs = [make_run(older), make_run(newer)]
    supersede(attempt=newer, at=newer_at)
    return list(Run.objects.filter(pk__in=[each.pk for each in runs]).order_by("pk").values_list("state", flat=True))


KEPT, SET_ASIDE = [RunState.QUEUED] * 2, [RunState.SUPERSEDED, RunState.QUEUED]


@pytest.mark.medium
@pytest.mark.parametrize(
    ("rules", "older_at", "newer_at", "states"),
    [
        ({}, DUE - SECOND, DUE, SET_ASIDE),
        ({}, DUE - SECOND, DUE + SECOND, KEPT),
        ({"late_grace_minutes": 5}, DUE - SECOND, DUE + SECOND, SET_ASIDE),
        ({**ALWAYS_LATER}, DUE + SECOND, DUE + HOUR, SET_ASIDE),
        ({**ALWAYS_LATER}, DUE + HOUR, DUE + DAY + HOUR, KEPT),
        ({**ALWAYS_LATER, "late_kind": "per_hour"}, DUE + SECOND, DUE + HOUR + SECOND, KEPT),
        ({"counting": "last"}, DUE - SECOND, DUE + SECOND, SET_ASIDE),
        ({"counting": "last", "closes_at": DUE + HOUR}, DUE + SECOND, DUE + HOUR + SECOND, KEPT),
        ({"closes_at": DUE + HOUR}, DUE + HOUR + SECOND, DUE + DAY, SET_ASIDE),
        ({"due_at": None}, DUE - DAY, DUE + DAY, SET_ASIDE),
    ],
)
def test_what_came_in_better_time_is_judged_though_something_newer_waits(world, rules, older_at, newer_at, states):
    rule(world, **{"due_at": DUE, "counting": "best", **rules})
    assert states_of_two(world, older_at, newer_at) == states


def test_an_extension_makes_two_attempts_alike(world):
    rule(world, due_at=DUE, counting="best")
    given = {"reason": "flu", "granted_by": make_user(), "granted_at": NOW}
    Extension.objects.create(assignment=world.assignment, student=world.student, days=1, **given)
    assert states_of_two(world, DUE - SECOND, DUE + SECOND) == SET_ASIDE


def test_a_push_after_the_hard_close_takes_nobodys_grade_away(world):
    """What waits in a long queue at the due time is judged and counts, whatever is handed in after it."""
    rule(world, due_at=DUE, closes_at=DUE, counting="last")
    handed_in = [hand_in(world, at) for at in (DUE - SECOND, DUE + SECOND)]
    for attempt in handed_in:
        for run in attempt.runs.filter(state=RunState.QUEUED):
            token = lease(run, run.not_before)
            record(run=run.public_id, token=token, document=make_result().to_json(), at=DUE + HOUR)
    (row,) = rows_of(world.student)
    assert row.grade.counted is not None
    assert row.grade.counted.number == handed_in[0].number


def test_what_still_waits_uses_up_an_attempt_where_it_is_not_set_aside(world):
    rule(world, due_at=DUE, counting="best", attempt_limit=1)
    first, second = (hand_in(world, at) for at in (DUE - SECOND, DUE + SECOND))
    assert (first.runs.get().state, second.runs.count()) == (RunState.QUEUED, 0)


def hand_in(world, at: datetime) -> Attempt:
    """Hand an upload in."""
    upload = make_upload(world.student, world.assignment, confirmed_at=at, uploaded_at=at, held=None)
    return make_attempt_of_upload(
        upload=upload, stored={"tree_digest": TREE_DIGEST, "archive_sha256": ARCHIVE}, at=at, seed=SEED
    )


def test_a_newer_push_supersedes_what_is_still_queued(world, run):
    newer = make_attempt(world.student, world.assignment, received_at=NOW + SECOND)
    make_run(newer)
    assert supersede(attempt=newer, at=NOW) == 1
    run.refresh_from_db()
    assert run.state == RunState.SUPERSEDED
    assert newer.runs.get().state == RunState.QUEUED


def test_superseding_follows_arrival_and_not_the_order_of_taking_in(world, run):
    older = make_attempt(world.student, world.assignment, received_at=NOW - SECOND)
    make_run(older)
    supersede(attempt=older, at=NOW)
    run.refresh_from_db()
    assert (run.state, older.runs.get().state) == (RunState.QUEUED, RunState.SUPERSEDED)


def test_what_was_sent_out_is_not_superseded(world, run):
    lease(run)
    newer = make_attempt(world.student, world.assignment, received_at=NOW + SECOND)
    make_run(newer)
    assert supersede(attempt=newer, at=NOW) == 0


def test_a_regrade_and_other_students_runs_are_not_superseded(world, run):
    other = make_enrollment(world.course, "jon")
    others = make_run(make_attempt(other, world.assignment))
    regrade = make_run(run.attempt, reason="asked_for", requested_by=world.student.account)
    newer = make_attempt(world.student, world.assignment, received_at=NOW + SECOND)
    make_run(newer)
    assert supersede(attempt=newer, at=NOW) == 1
    assert {Run.objects.get(pk=each.pk).state for each in (others, regrade)} == {RunState.QUEUED}


def test_a_refused_newer_attempt_supersedes_nothing(world, run):
    make_attempt(world.student, world.assignment, received_at=NOW + SECOND, refusal="A link leads out of the tree.")
    assert supersede(attempt=run.attempt, at=NOW) == 0
