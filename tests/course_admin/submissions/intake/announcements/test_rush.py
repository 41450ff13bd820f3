"""What comes in a rush is stored and answered, then received as it would have been: `submissions/intake/announcements/rush.py`."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError

from course_admin.integrations import deliveries
from course_admin.submissions.intake.announcements import rush
from course_admin.submissions.models import ParkedPush, Push, PushState, WaitingAnnouncement
from course_admin.submissions.tasks import work_off as work_off_task
from course_admin.task_sender import INGEST, WORK_OFF
from tests.course_admin.integrations.github.test_webhooks import DELIVERY, deliver, payload  # noqa: F401 - a fixture
from tests.course_admin.submissions.intake.test_ingest import ANNOUNCEMENT, announce
from tests.factories import NOW, OWNER

HOUR = timedelta(hours=1)


@pytest.fixture
def in_a_rush(monkeypatch):
    """Let every announcement be one too many of its second, and every hint be sent."""
    monkeypatch.setattr(rush, "pace", rush.Pace(0))
    monkeypatch.setattr(rush, "_hints", rush.Pace(1_000_000))


def test_of_each_second_the_first_are_looked_at():
    at = [0.5]
    pace = rush.Pace(2, clock=lambda: at[0])
    assert [pace.is_kept() for _ in range(4)] == [True, True, False, False]
    at[0] = 1.0
    assert [pace.is_kept() for _ in range(3)] == [True, True, False]


def test_a_push_in_a_rush_is_answered_when_it_is_stored_and_becomes_the_same(
    world,
    deliver,  # noqa: F811
    in_a_rush,
    sent,
    django_assert_num_queries,
    django_capture_on_commit_callbacks,
):
    with django_assert_num_queries(1), django_capture_on_commit_callbacks(execute=True):
        answer = deliver()
    assert (answer.status_code, answer.json()["message"]) == (202, deliveries.STORED)
    assert not Push.objects.exists()
    assert [each.task for each in sent] == [WORK_OFF]
    with django_capture_on_commit_callbacks(execute=True):
        work_off_task()
    push = Push.objects.get()
    assert (push.delivery_id, push.state, push.received_at.year) == (DELIVERY, PushState.RECEIVED, 2026)
    assert not WaitingAnnouncement.objects.exists()
    assert sent[-1].task == INGEST


def test_a_delivery_counts_once_however_often_and_whenever_it_comes(world, deliver, in_a_rush, monkeypatch):  # noqa: F811
    deliver()
    deliver()
    assert WaitingAnnouncement.objects.count() == 1
    rush.work_off()
    deliver()
    rush.work_off()
    monkeypatch.setattr(rush, "pace", rush.Pace(1_000))
    assert deliver().json()["message"] == "This delivery was already received."
    assert (Push.objects.count(), WaitingAnnouncement.objects.count()) == (1, 0)


def test_each_counts_from_when_it_came_or_as_its_host_signed(world):
    pushes = [
        replace(ANNOUNCEMENT, delivery_id="d-1", commit_id="1" * 40, before_id="0" * 40),
        replace(ANNOUNCEMENT, delivery_id="d-2", commit_id="2" * 40, before_id="1" * 40, pushed_at=NOW + HOUR),
    ]
    for number, each in enumerate(pushes):
        rush.store(each, NOW + 2 * number * HOUR)
    assert rush.work_off() == 2
    assert list(Push.objects.order_by("pk").values_list("received_at", flat=True)) == [NOW, NOW + HOUR]


def test_what_was_looked_at_meanwhile_and_came_later_takes_nothing_from_what_waits(world):
    first, second = (
        replace(ANNOUNCEMENT, delivery_id=f"d-{number}", commit_id=str(number) * 40, before_id=before, pushed_at=at)
        for number, before, at in ((1, "0" * 40, NOW), (2, "1" * 40, NOW + HOUR))
    )
    rush.store(first, NOW)
    announce(delivery_id="d-2", commit_id="2" * 40, before_id="1" * 40, pushed_at=second.pushed_at, at=NOW + HOUR)
    assert rush.work_off() == 1
    assert set(Push.objects.values_list("state", flat=True)) == {PushState.RECEIVED}
    assert Push.objects.get(delivery_id="d-1").received_at == NOW


def test_a_repository_that_nobody_knows_is_kept_and_no_hand_in_leaves_nothing(world, deliver, in_a_rush):  # noqa: F811
    deliver(payload(repository__full_name=f"{OWNER}/m01-new-student"))
    deliver(
        payload(repository__full_name="strangers/x", repository__id=78, sender__type="Bot"), delivery=DELIVERY[::-1]
    )
    assert rush.work_off() == 2
    assert ParkedPush.objects.get().full_name == f"{OWNER}/m01-new-student"
    assert not WaitingAnnouncement.objects.exists()


@pytest.mark.parametrize("change", [{"after": "main"}, {"repository": None}])
def test_what_is_no_push_is_refused_before_anything_is_stored(world, deliver, in_a_rush, change):  # noqa: F811
    assert deliver(payload(**change)).status_code == 400
    assert not WaitingAnnouncement.objects.exists()


def test_one_that_cannot_be_received_stays_is_logged_and_holds_up_no_other(world, monkeypatch, caplog):
    rush.store(replace(ANNOUNCEMENT, delivery_id="d-1"), NOW)
    rush.store(replace(ANNOUNCEMENT, delivery_id="d-2", commit_id="2" * 40), NOW)
    real = rush.receive

    def fail(*, announcement, **told):
        if announcement.delivery_id == "d-1":
            raise OperationalError("the database is away")
        return real(announcement=announcement, **told)

    with monkeypatch.context() as patch:
        patch.setattr(rush, "receive", fail)
        assert rush.work_off() == 1
    assert "waits on" in caplog.text
    assert WaitingAnnouncement.objects.get().tries == 1
    assert rush.work_off() == 1
    assert Push.objects.count() == 2


def test_a_long_queue_is_worked_off_in_pieces(world, sent, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(rush, "AT_ONCE", 2)
    for number in range(3):
        rush.store(replace(ANNOUNCEMENT, delivery_id=f"d-{number}", commit_id=str(number + 1) * 40), NOW)
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert rush.work_off() == 2
    assert sent[-1].task == WORK_OFF
    assert rush.work_off() == 1


def test_every_field_of_an_announcement_comes_through(world):
    whole = replace(ANNOUNCEMENT, is_forced=True, sender_id=7, pushed_at=NOW - HOUR, default_branch="trunk")
    rush.store(whole, NOW)
    told = json.loads(WaitingAnnouncement.objects.get().announcement)
    assert set(told) == set(whole.__slots__)
    assert whole.read(told) == whole
