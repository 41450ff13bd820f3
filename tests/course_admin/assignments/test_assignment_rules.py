"""Rules of an assignment: its release, how many attempts it takes, and until when hidden checks are hidden."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from course_admin.assignments.models import CountingRule, Extension, HiddenChecks
from course_admin.submissions.intake import attempts
from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.models import Attempt, Run, RunState, RunWait
from course_admin.submissions.queue import dispatch
from course_admin.submissions.reports.report import BEYOND_THE_ATTEMPTS, report
from grader.transport.archives import FolderArchives
from tests.course_admin.submissions.intake.test_ingest import announce, tree
from tests.factories import NOW, SEED, graded, make_attempt, make_check, make_enrollment, make_run, make_user

DAY = timedelta(days=1)
LATE = NOW + DAY
MINUTE = timedelta(minutes=1)


@pytest.fixture
def push(world, tmp_path):
    """Return what makes the student's next attempt, as a push does."""
    archives, numbers = FolderArchives(tmp_path), itertools.count(1)

    def push(at=NOW) -> Attempt:
        announced = announce(at, delivery_id=f"d-{next(numbers):07}")
        (attempt,) = ingest(push=announced, fetch=tree, archives=archives, seed=SEED, at=at)
        return attempt

    return push


def set_rule(world, **fields) -> None:
    for name, value in fields.items():
        setattr(world.assignment, name, value)
    world.assignment.save()


def seen_by_student(world, attempt, at=NOW):
    return report(attempt=Attempt.objects.with_names().get(pk=attempt.pk), user=world.student.account, at=at)


# --- release ---


def test_a_push_before_the_release_is_kept_and_graded_from_then_on(world, push):
    set_rule(world, releases_at=NOW + DAY)
    attempt = push()
    assert dispatch.dispatch(at=NOW) == 0
    shown = seen_by_student(world, attempt)
    assert "opens on Sat 3 Oct 2026, 12:00 UTC" in shown.sentence
    assert not shown.is_final
    assert dispatch.dispatch(at=NOW + DAY) == 1


def test_an_earlier_release_takes_hold_of_what_waits(world, push):
    set_rule(world, releases_at=NOW + DAY)
    push()
    set_rule(world, releases_at=NOW)
    assert dispatch.dispatch(at=NOW) == 1


def test_before_the_release_a_later_push_takes_the_place_of_an_earlier(world, push):
    set_rule(world, releases_at=NOW + DAY)
    first, second = push(), push(NOW + timedelta(hours=1))
    assert [each.runs.get().state for each in (first, second)] == [RunState.SUPERSEDED, RunState.QUEUED]


def test_staff_can_have_something_graded_before_the_release(world):
    set_rule(world, releases_at=NOW + DAY)
    make_run(make_attempt(world.student, world.assignment), reason="asked_for")
    assert dispatch.dispatch(at=NOW) == 1


# --- attempt limit ---


def finish(attempt: Attempt) -> None:
    Run.objects.filter(attempt=attempt).update(state=RunState.GRADED, score=5, max_score=10)


@pytest.mark.medium
def test_beyond_the_limit_an_attempt_is_kept_and_not_graded_by_itself(world, push):
    set_rule(world, attempt_limit=2)
    for _ in range(2):
        finish(push())
    third = push()
    assert not third.runs.exists()
    assert third.archive_sha256
    shown = seen_by_student(world, third)
    assert shown.sentence == BEYOND_THE_ATTEMPTS.format(most=2)
    assert shown.is_final
    make_run(third, reason="asked_for")
    assert dispatch.dispatch(at=NOW) == 1


@pytest.mark.medium
def test_a_fault_of_ours_and_what_still_waits_use_up_no_attempt(world, push):
    set_rule(world, attempt_limit=1)
    Run.objects.filter(attempt=push()).update(state=RunState.NEEDS_ATTENTION, fault="The engine is away.")
    make_attempt(world.student, world.assignment, refusal="A link.")
    waiting, newest = push(), push()
    assert [each.runs.get().state for each in (waiting, newest)] == [RunState.SUPERSEDED, RunState.QUEUED]


@pytest.mark.medium
def test_what_staff_have_judged_uses_up_no_attempt(world, push):
    set_rule(world, attempt_limit=2)
    first, second = push(), push(NOW + timedelta(hours=1))
    finish(second)
    regrade = make_run(first, reason="bulk_regrade", is_bulk=True)
    Run.objects.filter(pk=regrade.pk).update(state=RunState.GRADED, score=5, max_score=10)
    assert push(NOW + timedelta(hours=2)).runs.get().state == RunState.QUEUED


def test_the_limit_is_each_students_own(world, push):
    set_rule(world, attempt_limit=1)
    finish(make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment)).attempt)
    assert push().runs.exists()


# --- cool-down ---


@pytest.mark.medium
def test_within_the_cool_down_a_push_waits_and_says_until_when(world, push):
    set_rule(world, cool_down_minutes=30)
    finish(push())
    second = push(NOW + timedelta(minutes=10))
    shown = seen_by_student(world, second, NOW + timedelta(minutes=10))
    assert "at least 30 minutes apart" in shown.sentence
    assert "in about 20 minutes, at 12:30 UTC" in shown.sentence
    assert dispatch.dispatch(at=NOW + timedelta(minutes=29)) == 0
    assert dispatch.dispatch(at=NOW + timedelta(minutes=30)) == 1


@pytest.mark.medium
def test_what_waits_for_the_cool_down_is_replaced_and_waits_no_longer(world, push):
    set_rule(world, cool_down_minutes=30)
    finish(push())
    second, third = push(NOW + timedelta(minutes=10)), push(NOW + timedelta(minutes=20))
    assert second.runs.get().state == RunState.SUPERSEDED
    assert third.runs.get().not_before == NOW + timedelta(minutes=30)


@pytest.mark.medium
def test_two_that_wait_at_the_same_time_are_judged_a_cool_down_apart(world, push):
    """The late one does not take the place of the one on time, and both were sent out at once."""
    set_rule(world, cool_down_minutes=30, due_at=NOW, late_kind="per_day", late_percent=10, counting=CountingRule.BEST)
    on_time, late = push(), push(NOW + 10 * MINUTE)
    others = make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment), NOW + 11 * MINUTE)
    asked_for = make_run(make_attempt(world.student, world.assignment), NOW, reason="asked_for")
    assert dispatch.dispatch(at=NOW + 12 * MINUTE) == 3
    waiting = late.runs.get()
    assert (waiting.state, waiting.not_before, waiting.waits_for) == (
        RunState.QUEUED,
        NOW + 42 * MINUTE,
        RunWait.COOL_DOWN,
    )
    for each in (on_time.runs.get(), others, asked_for):
        each.refresh_from_db()
        assert each.state == RunState.DISPATCHED
    assert dispatch.dispatch(at=NOW + 41 * MINUTE) == 0
    assert dispatch.dispatch(at=NOW + 42 * MINUTE) == 1


@pytest.mark.rows
def test_what_has_waited_for_long_and_was_sent_out_just_now_began_no_cool_down_in_the_past(world, push):
    set_rule(world, cool_down_minutes=30)
    push()
    assert dispatch.dispatch(at=NOW + 40 * MINUTE) == 1
    run = push(NOW + 41 * MINUTE).runs.get()
    assert (run.not_before, run.waits_for) == (NOW + 71 * MINUTE, RunWait.COOL_DOWN)


def test_a_fault_of_ours_starts_no_cool_down(world, push):
    set_rule(world, cool_down_minutes=30)
    Run.objects.filter(attempt=push()).update(state=RunState.NEEDS_ATTENTION, fault="The engine is away.")
    assert push(NOW + timedelta(minutes=1)).runs.get().not_before == NOW + timedelta(minutes=1)


def test_staff_need_not_wait_for_the_cool_down(world, push):
    set_rule(world, cool_down_minutes=30)
    finish(push())
    assert make_run(push(), NOW, reason="asked_for").not_before == NOW


# --- hidden checks ---


@pytest.fixture
def hidden(world):
    """A graded attempt with a hidden check; due in a day, closed in two."""
    set_rule(world, due_at=NOW + DAY, closes_at=NOW + 2 * DAY)
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt, make_check(1, visibility="hidden", message="canary"))
    return attempt


@pytest.mark.medium
@pytest.mark.parametrize(
    ("policy", "shown_after", "words"),
    [
        (HiddenChecks.NEVER, None, "hidden"),
        (HiddenChecks.DUE, DAY, "shown after the due date"),
        (HiddenChecks.CLOSE, 2 * DAY, "shown after the hard close"),
    ],
)
def test_hidden_checks_are_shown_when_the_assignment_says(world, hidden, policy, shown_after, words):
    set_rule(world, hidden_checks=policy)
    for after in (timedelta(), DAY, DAY + DAY / 4, 2 * DAY, 2 * DAY + DAY / 4):
        (check,) = seen_by_student(world, hidden, NOW + after).checks
        is_shown = shown_after is not None and after > shown_after
        assert (check.message, check.why_withheld) == (("canary", "") if is_shown else ("", words)), after


def test_an_extension_moves_the_release_of_hidden_checks(world, hidden):
    set_rule(world, hidden_checks=HiddenChecks.CLOSE)
    by = {"reason": "flu", "granted_by": make_user(), "granted_at": NOW}
    Extension.objects.create(assignment=world.assignment, student=world.student, days=3, **by)
    assert seen_by_student(world, hidden, NOW + 4 * DAY).checks[0].is_withheld
    assert not seen_by_student(world, hidden, NOW + 6 * DAY).checks[0].is_withheld


# --- choosing, and what cannot be ---


@pytest.mark.medium
def test_a_student_chooses_on_the_report_where_they_may(client, world):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt)
    url, button = f"/attempts/{attempt.public_id}/", "Let this attempt count"
    client.force_login(world.student.account)
    page = client.get(url).content.decode()
    assert f'href="/grades/{world.student.pk}/"' in page
    assert button not in page
    set_rule(world, counting=CountingRule.CHOSEN)
    assert button in client.get(url).content.decode()
    assert f'href="/grades/{world.student.pk}/"' in client.get("/").content.decode()
    client.force_login(make_enrollment(world.course, "tess", "ta").account)
    assert button not in client.get(url).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"releases_at": NOW + DAY, "due_at": NOW},
        {"hidden_checks": HiddenChecks.DUE},
        {"hidden_checks": HiddenChecks.CLOSE},
        {"attempt_limit": 0},
        {"due_at": datetime(9999, 12, 31, tzinfo=UTC)},
        {"closes_at": datetime(2200, 1, 1, tzinfo=UTC)},
        {"releases_at": datetime(3000, 1, 1, tzinfo=UTC)},
    ],
)
def test_rules_that_contradict_each_other_are_named(world, fields):
    for name, value in fields.items():
        setattr(world.assignment, name, value)
    with pytest.raises(ValidationError) as refused:
        world.assignment.full_clean()
    assert set(refused.value.message_dict) & set(fields)


# --- a push while the one before it is being sent out ---


@pytest.fixture
def sent_out_meanwhile(monkeypatch):
    """Have everything that waits sent out, by somebody else, while a newer push is about to set it aside."""
    real = attempts.supersede

    def supersede(*, attempt, at):
        with connection.cursor() as cursor:  # what another process has committed by now
            cursor.execute("UPDATE submissions_run SET state='running', lease_token='t', lease_expires_at=%s", [LATE])
            cursor.execute("UPDATE submissions_run SET started_at=%s", [NOW])
        return real(attempt=attempt, at=at)

    monkeypatch.setattr(attempts, "supersede", supersede)


@pytest.mark.rows
def test_the_limit_holds_if_what_waited_is_sent_out_at_that_moment(world, push, sent_out_meanwhile):
    set_rule(world, attempt_limit=1)
    first, second = push(), push(NOW + MINUTE)
    assert first.runs.count() == 1
    assert not second.runs.exists()


@pytest.mark.rows
def test_the_cool_down_begins_if_what_waited_is_sent_out_at_that_moment(world, push, sent_out_meanwhile):
    set_rule(world, cool_down_minutes=30)
    push()
    run = push(NOW + MINUTE).runs.get()
    assert (run.not_before, run.waits_for) == (NOW + 30 * MINUTE, RunWait.COOL_DOWN)


def test_a_cool_down_is_measured_from_when_the_earlier_run_began_and_not_from_when_it_might_have(world, push):
    set_rule(world, cool_down_minutes=30)
    run = push().runs.get()
    dispatch.dispatch(at=NOW + 40 * MINUTE)
    run.refresh_from_db()
    assert dispatch.start(run=run.public_id, token=run.lease_token, worker="w1", at=NOW + 40 * MINUTE)
    assert push(NOW + 50 * MINUTE).runs.get().not_before == NOW + 70 * MINUTE
