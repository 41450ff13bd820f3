"""A newer push that is taken back leaves the one before it in its old place; both pages say so, before and after."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from course_admin.courses.models import AuditEvent
from course_admin.submissions.intake.ingest import ingest
from course_admin.submissions.models import Run, RunState
from course_admin.submissions.queue import staff_requests
from course_admin.submissions.queue.superseding import set_aside_by, supersede, waiting_before
from grader.transport.archives import FolderArchives
from tests.course_admin.submissions.intake.test_ingest import announce, tree
from tests.factories import (
    NOW,
    graded,
    lease,
    make_assignment,
    make_attempt,
    make_course,
    make_enrollment,
    make_run,
    make_upload,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def push(world):
    """Return what hands in once more, a minute later each time, and sets aside what waits."""
    times = iter(range(60))

    def once(*partners) -> Run:
        at = NOW + next(times) * MINUTE
        attempt = make_attempt(world.student, world.assignment, received_at=at, partners=partners)
        supersede(attempt=attempt, at=at)
        return make_run(attempt, at)

    return once


def states(*runs: Run) -> list[str]:
    return [Run.objects.get(pk=run.pk).state for run in runs]


def cancel(run: Run) -> bool:
    return staff_requests.cancel(run=Run.objects.get(pk=run.pk), by=None, at=NOW, reason="mistake")


def page(client, run: Run) -> str:
    return " ".join(client.get(reverse("attempt", args=[run.attempt.public_id])).content.decode().split())


def test_what_was_set_aside_is_back_in_its_place(world, push):
    first = push()
    other = make_run(make_attempt(make_enrollment(world.course, "jon"), world.assignment), NOW + MINUTE / 2)
    place = list(Run.objects.waiting(NOW + MINUTE))
    second = push()
    assert states(first, second) == [RunState.SUPERSEDED, RunState.QUEUED]
    assert cancel(second)
    assert states(first, second) == [RunState.QUEUED, RunState.CANCELLED]
    assert list(Run.objects.waiting(NOW + MINUTE)) == place == [first, other]
    assert Run.objects.get(pk=first.pk).finished_at is None


def test_each_comes_back_when_the_next_is_taken_back(push):
    first, second, third = push(), push(), push()
    cancel(third)
    assert states(first, second) == [RunState.SUPERSEDED, RunState.QUEUED]
    cancel(second)
    assert states(first, second) == [RunState.QUEUED, RunState.CANCELLED]
    fourth = push()
    assert states(first, fourth) == [RunState.SUPERSEDED, RunState.QUEUED]
    cancel(fourth)
    assert states(first) == [RunState.QUEUED]


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_what_is_handed_in_while_another_is_taken_back_is_the_one_that_is_judged(monkeypatch, tmp_path):
    """Taken back and handed in at one moment, the old one came back, and the limit left nothing to the new one."""
    course = make_course()
    make_assignment(course, attempt_limit=1)
    make_enrollment(course)
    told = {"fetch": tree, "archives": FolderArchives(tmp_path)}

    def hand_in(number: int) -> Run:
        at = NOW + number * MINUTE
        (attempt,) = ingest(push=announce(at, delivery_id=f"d-{number}"), at=at, **told)
        return attempt.runs.first()

    def in_a_thread() -> None:
        try:
            hand_in(3)
        finally:
            connection.close()

    first, second, third = hand_in(1), hand_in(2), threading.Thread(target=in_a_thread)

    def meanwhile(attempt):
        third.start()
        third.join(1)  # it is over before us, or waits for us
        return set_aside_by(attempt)

    monkeypatch.setattr(staff_requests, "set_aside_by", meanwhile)
    assert cancel(second)
    third.join()
    assert states(first, second) == [RunState.SUPERSEDED, RunState.CANCELLED]
    assert [run.attempt.number for run in Run.objects.filter(state=RunState.QUEUED)] == [3]


def test_what_is_judged_already_needs_nothing_back(world, push):
    first = push()
    lease(first, NOW)
    second = push()
    assert set_aside_by(second.attempt) is None
    cancel(second)
    assert states(first) == [RunState.RUNNING]
    third = make_run(make_attempt(make_enrollment(world.course, "kim"), world.assignment))
    assert set_aside_by(third.attempt) is None


def test_a_regrade_that_is_taken_back_brings_nothing_back(world, push):
    first, second = push(), push()
    cancel(second)
    cancel(first)
    again = make_run(second.attempt, NOW, reason="asked_for")
    cancel(again)
    assert RunState.QUEUED not in states(first, second)


def test_who_handed_in_alone_gets_nothing_of_a_group_back(world, push):
    jon = make_enrollment(world.course, "jon")
    shared = push(jon)
    alone = push()
    assert states(shared) == [RunState.QUEUED]
    assert set_aside_by(alone.attempt) is None


def test_what_a_group_replaced_stays_replaced_when_somebody_takes_their_own_back(world, push):
    jon = make_enrollment(world.course, "jon")
    mine, shared, alone = push(), push(jon), push()
    assert states(mine, shared, alone) == [RunState.SUPERSEDED, RunState.QUEUED, RunState.QUEUED]
    cancel(alone)
    assert states(mine, shared) == [RunState.SUPERSEDED, RunState.QUEUED]
    cancel(shared)
    assert states(mine) == [RunState.QUEUED]


def test_what_was_set_aside_for_a_whole_group_is_nobodys_alone(world, push):
    jon = make_enrollment(world.course, "jon")
    shared = push(jon)
    Run.objects.filter(pk=shared.pk).update(state=RunState.SUPERSEDED)
    assert set_aside_by(push().attempt) is None


def test_the_page_says_so_before_and_after_and_it_is_logged(world, client, push, time_machine):
    time_machine.move_to(NOW + 2 * MINUTE)
    client.force_login(world.student.account)
    first = push()
    assert "If you hand in again before its turn, the newer one takes its place" in page(client, first)
    second = push()
    html = page(client, second)
    assert "Attempt 1 was waiting when this one came" in html
    assert "If you cancel it, attempt 1 is back where it was." in html
    answer = client.post(reverse("attempt-cancel", args=[second.attempt.public_id]), follow=True).content.decode()
    assert "Attempt 1, which it had replaced, is back in its place in the queue." in answer
    moved = [(event.before["state"], event.after["state"]) for event in AuditEvent.objects.order_by("pk")]
    assert moved == [("queued", "cancelled"), ("superseded", "queued")]


def test_the_page_before_handing_in_says_what_it_replaces(world, client, push):
    client.force_login(world.student.account)
    upload = make_upload(world.student, world.assignment)
    url = reverse("upload", args=[upload.public_id])
    assert "still waits to be graded" not in client.get(url).content.decode()
    push()
    assert waiting_before([world.student], world.assignment, NOW) is not None
    assert (
        "Attempt 1 still waits to be graded: if you hand in now, it is not graded" in client.get(url).content.decode()
    )


def test_a_graded_attempt_waits_for_nothing(world):
    graded(make_attempt(world.student, world.assignment))
    assert waiting_before([world.student], world.assignment, NOW) is None
