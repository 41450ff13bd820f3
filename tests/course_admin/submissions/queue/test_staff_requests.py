"""What people ask of the queue: `course_admin/submissions/queue/staff_requests.py`, its pages and its actions in the admin."""

from datetime import timedelta

import pytest
from django.urls import reverse

from course_admin.assignments.models import SuiteVersion
from course_admin.courses.models import AuditEvent, Role, Section
from course_admin.submissions.intake import ingest
from course_admin.submissions.models import Attempt, Push, PushState, Run, RunState
from course_admin.submissions.queue import dispatch, staff_requests
from tests.course_admin.test_admin import announcement, list_url
from tests.factories import NOW, graded, lease, make_attempt, make_enrollment, make_result, make_run, make_user

SECOND = timedelta(seconds=1)


@pytest.fixture
def run(world) -> Run:
    return make_run(make_attempt(world.student, world.assignment))


@pytest.fixture
def instructor(world):
    return make_enrollment(world.course, "ines", Role.INSTRUCTOR).account


@pytest.fixture
def stuck(run) -> Run:
    """Return a run that failed on our side."""
    token = lease(run)
    dispatch.fault(run=run.public_id, token=token, sentence="the suite differs", can_retry=False, at=NOW)
    run.refresh_from_db()
    assert run.state == RunState.NEEDS_ATTENTION
    return run


def state(run: Run) -> str:
    return Run.objects.get(pk=run.pk).state


def moves() -> list[tuple]:
    return [(event.actor, event.before["state"], event.after["state"]) for event in AuditEvent.objects.all()]


# --- taking a run back ---


def test_a_student_takes_back_what_they_pushed(world, client, run):
    client.force_login(world.student.account)
    assert "Cancel grading" in client.get(reverse("attempt", args=[run.attempt.public_id])).content.decode()
    answer = client.post(reverse("attempt-cancel", args=[run.attempt.public_id]), follow=True).content.decode()
    assert "Grading is cancelled: this attempt will not be graded." in answer
    assert "Cancel grading" not in answer
    assert state(run) == RunState.CANCELLED
    assert moves() == [(world.student.account, "queued", "cancelled")]
    assert dispatch.dispatch(at=NOW + SECOND) == 0


def test_what_was_sent_out_is_not_taken_back(world, client, run):
    lease(run)
    client.force_login(world.student.account)
    answer = client.post(reverse("attempt-cancel", args=[run.attempt.public_id]), follow=True).content.decode()
    assert "There is nothing to cancel" in answer
    assert state(run) == RunState.RUNNING
    assert not staff_requests.cancel(run=run, by=None, at=NOW, reason="")
    assert moves() == []


def test_a_student_does_not_take_back_a_regrade_and_staff_do(world, client, instructor):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt)
    regrade = make_run(attempt, reason=staff_requests.BULK, is_bulk=True)
    for account, expected in ((world.student.account, RunState.QUEUED), (instructor, RunState.CANCELLED)):
        client.force_login(account)
        client.post(reverse("attempt-cancel", args=[attempt.public_id]))
        assert state(regrade) == expected


def test_a_cancelled_attempt_can_be_graded_after_all(world, run, client):
    staff_requests.cancel(run=run, by=world.student.account, at=NOW, reason="mistake")
    again = make_run(run.attempt, reason="asked_for")
    lease(again)
    assert run.attempt.shown_run == again


# --- what failed on our side ---


def test_staff_see_what_failed_and_have_it_judged_again(world, client, instructor, stuck):
    client.force_login(instructor)
    page = client.get(reverse("queue", args=["tinytorch"])).content.decode()
    assert "the suite differs" in page
    assert "Mira Okafor" in page
    answer = client.post(reverse("queue", args=["tinytorch"]), {"run": [stuck.public_id]}, follow=True)
    assert "1 run or push will be tried again." in answer.content.decode()
    stuck.refresh_from_db()
    assert (stuck.state, stuck.tries) == (RunState.DISPATCHED, 0)
    assert moves() == [(instructor, "needs_attention", "queued")]


def test_what_was_judged_again_ends_in_one_result(world, stuck):
    assert staff_requests.retry_run(run=stuck, by=None, at=NOW, reason="")
    token = lease(stuck, NOW + SECOND)
    from course_admin.submissions.queue.record import record

    assert record(run=stuck.public_id, token=token, document=make_result().to_json(), at=NOW + SECOND)
    assert not staff_requests.retry_run(run=stuck, by=None, at=NOW, reason="")
    assert state(stuck) == RunState.GRADED


def test_a_push_that_could_not_be_fetched_is_fetched_again(world, client, instructor):
    push = ingest.receive(announcement=announcement(1, "mira-okafor"), at=NOW).push
    Push.objects.filter(pk=push.pk).update(state=PushState.NEEDS_ATTENTION, reason="The network is away.")
    client.force_login(instructor)
    assert "The network is away." in client.get(reverse("queue", args=["tinytorch"])).content.decode()
    client.post(reverse("queue", args=["tinytorch"]), {"push": [push.delivery_id, "x", "\0", "²" * 99]})
    push.refresh_from_db()
    assert push.state == PushState.RECEIVED
    assert moves() == [(instructor, "needs_attention", "received")]
    assert not staff_requests.retry_push(push=push, by=instructor, at=NOW, reason="")


def test_a_ta_of_another_section_sees_and_moves_nothing(world, client, stuck):
    section = Section.objects.create(course=world.course, name="Thursday")
    ta = make_enrollment(world.course, "tom", Role.TA, section=section)
    client.force_login(ta.account)
    assert "Nothing needs attention." in client.get(reverse("queue", args=["tinytorch"])).content.decode()
    client.post(reverse("queue", args=["tinytorch"]), {"run": [stuck.public_id]})
    assert state(stuck) == RunState.NEEDS_ATTENTION


def test_the_admin_has_both_as_actions(client, stuck, world):
    other = make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    client.post(list_url(Run), {"action": "cancel", "_selected_action": [other.pk, stuck.pk]})
    assert (state(other), state(stuck)) == (RunState.CANCELLED, RunState.NEEDS_ATTENTION)
    client.post(list_url(Run), {"action": "retry_run", "_selected_action": [other.pk, stuck.pk]})
    assert (state(other), state(stuck)) == (RunState.CANCELLED, RunState.DISPATCHED)
    assert len(moves()) == 2


@pytest.mark.medium
def test_the_page_of_the_queue_takes_a_fixed_number_of_queries(
    world, client, instructor, django_assert_max_num_queries
):
    for number in range(12):
        make_run(make_attempt(make_enrollment(world.course, f"s{number}"), world.assignment))
    client.force_login(instructor)
    with django_assert_max_num_queries(17):
        client.get(reverse("queue", args=["tinytorch"]))


# --- judging attempts, or a whole assignment, again ---


def regrades():
    return Run.objects.filter(reason=staff_requests.BULK)


def test_an_attempt_is_graded_again_once_and_the_log_says_so(world, instructor):
    attempt = make_attempt(world.student, world.assignment)
    graded(attempt)
    make_attempt(make_enrollment(world.course, "bo"), world.assignment, refusal="A link leads out of the tree.")
    again = [
        staff_requests.regrade_attempts(attempts=Attempt.objects.all(), by=instructor, at=NOW, reason="asked")
        for _ in range(2)
    ]
    assert again == [1, 0]
    event = AuditEvent.objects.get()
    assert (event.actor, event.after, event.reason) == (instructor, {"state": "queued"}, "asked")


def test_an_attempt_of_a_draft_without_a_suite_cannot_be_graded_again(world, instructor):
    make_attempt(world.student, world.assignment)
    world.assignment.is_draft, world.assignment.suite, world.assignment.repository_pattern = True, None, ""
    world.assignment.save()
    assert staff_requests.regrade_attempts(attempts=Attempt.objects.all(), by=instructor, at=NOW, reason="asked") == 0


def corrected(world) -> SuiteVersion:
    """Give the assignment a corrected suite."""
    world.assignment.suite = SuiteVersion.objects.create(
        name="m01_tensor",
        digest="9" * 64,
        added_at=NOW,
        archive_sha256="c" * 64,
        check_state="trusted",
        trusted_reason="for tests",
    )
    world.assignment.save()
    return world.assignment.suite


def test_what_waited_is_judged_by_the_suite_that_was_corrected_meanwhile(
    world, run, sent, django_capture_on_commit_callbacks
):
    suite = corrected(world)
    with django_capture_on_commit_callbacks(execute=True):
        lease(run, running=False)
    run.refresh_from_db()
    assert run.suite == suite
    assert sent[-1].kwargs["suite_digest"] == suite.digest


def test_what_needed_attention_is_judged_again_by_the_corrected_suite(world, stuck):
    suite = corrected(world)
    assert staff_requests.retry_run(run=stuck, by=None, at=NOW, reason="")
    lease(stuck, NOW)
    assert stuck.suite == suite


@pytest.fixture
def attempts(world):
    """Return two graded attempts of one student, one of another; besides, one that cannot be graded, and a newest that was not."""
    jon = make_enrollment(world.course, "jon")
    make_attempt(make_enrollment(world.course, "bo"), world.assignment, refusal="A link leads out of the tree.")
    judged = [
        make_attempt(world.student, world.assignment),
        make_attempt(world.student, world.assignment, received_at=NOW + SECOND),
        make_attempt(jon, world.assignment),
    ]
    for attempt in judged:
        graded(attempt)
    cancelled = make_run(make_attempt(jon, world.assignment, received_at=NOW + 2 * SECOND))
    staff_requests.cancel(run=cancelled, by=None, at=NOW, reason="mistake")
    make_attempt(world.student, world.assignment, received_at=NOW + 3 * SECOND)  # beyond an attempt limit, say
    return judged


@pytest.mark.medium
def test_a_regrade_is_previewed_then_queued_behind_everybody(world, client, instructor, attempts, settings):
    settings.ASSAY_MAX_IN_FLIGHT = 1
    client.force_login(instructor)
    url = reverse("regrade", args=["tinytorch", "m01"])
    page = client.get(url).content.decode()
    assert "2 runs, about" in page
    assert "3 runs, about" in page
    assert not regrades().exists()
    answer = client.post(url, {"attempts": "newest", "why": "a broken test"}, follow=True).content.decode()
    assert "2 runs were queued, behind what students push." in answer
    assert {run.attempt for run in regrades()} == set(attempts[1:])
    assert all(run.is_bulk and run.requested_by == instructor for run in regrades())
    event = AuditEvent.objects.get(subject="regrade of Tensor")
    assert (event.actor, event.after["runs"], event.reason) == (instructor, 2, "a broken test")


def test_a_regrade_needs_a_reason_and_asking_twice_does_nothing_twice(world, client, instructor, attempts):
    client.force_login(instructor)
    url = reverse("regrade", args=["tinytorch", "m01"])
    assert client.post(url, {"attempts": "all", "why": ""}).status_code == 200
    assert not regrades().exists()
    again = [
        staff_requests.regrade(assignment=world.assignment, newest_only=newest, by=instructor, at=NOW, reason="x")
        for newest in (True, False, False)
    ]
    assert again == [2, 1, 0]
    assert AuditEvent.objects.filter(subject="regrade of Tensor").count() == 2
