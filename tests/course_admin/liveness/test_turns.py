"""Signs, turns and the one clock: `course_admin/liveness/`."""

import threading
from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone
from kombu import Queue

from course_admin.celery import CLOCKS_DIFFER_SECONDS, _configure
from course_admin.liveness import clock, tasks
from course_admin.liveness.models import Sign
from course_admin.liveness.turns import note_sign, take_turn
from course_admin.submissions import tasks as submissions_tasks
from course_admin.submissions.models import Run, RunState
from grader.transport.beacon import Beacon, beacon_of
from tests.factories import NOW, lease, make_attempt, make_run

MINUTE = timedelta(minutes=1)


def test_of_many_ticks_that_waited_the_first_does_the_work(db):
    assert take_turn("tick", every_seconds=10, at=NOW)
    assert [take_turn("tick", every_seconds=10, at=NOW + timedelta(seconds=n)) for n in (0, 1, 4)] == [False] * 3
    assert take_turn("tick", every_seconds=10, at=NOW + timedelta(seconds=6))
    assert take_turn("another", every_seconds=10, at=NOW)


@pytest.mark.parametrize("minutes", [2, 20, 60 * 24])
def test_a_turn_by_a_clock_that_was_ahead_holds_nobody_up(db, minutes):
    assert take_turn("tick", every_seconds=10, at=NOW + minutes * MINUTE)
    assert take_turn("tick", every_seconds=10, at=NOW)


@pytest.mark.medium
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_takes_the_turn():
    taken, start = [], threading.Barrier(4)

    def take() -> None:
        start.wait()
        taken.append(take_turn("tick", every_seconds=10, at=NOW))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]
    assert Sign.objects.count() == 1


def test_no_regular_message_expires_by_a_clock_that_is_off():
    """A beat half a minute behind made every tick expire before anybody read it, in silence."""
    for entry in _configure()["beat_schedule"].values():
        assert entry["options"]["expires"] >= CLOCKS_DIFFER_SECONDS >= 3600


@pytest.mark.parametrize(("minutes", "word"), [(2, "ahead"), (20, "ahead"), (-2, "behind"), (-20, "behind")])
def test_a_clock_that_is_off_is_warned_of_by_its_machines_name(db, caplog, minutes, word):
    sent_at = (NOW + minutes * MINUTE).timestamp()
    note_sign(queues=["grade"], machine="grader-7", sent_at=sent_at, at=NOW)
    assert f"The clock of grader-7 seems to be {abs(minutes) * 60} seconds {word}" in caplog.text
    assert Sign.objects.get().clock_offset_seconds == minutes * 60
    assert Sign.objects.alive(NOW).exists()


def test_a_clock_that_is_right_is_not_warned_of(db, caplog):
    note_sign(queues=["grade"], machine="grader-7", sent_at=NOW.timestamp() - 3, at=NOW)
    assert caplog.text == ""


def test_a_beacon_says_what_the_task_writes_down(db):
    said = []
    beacon = Beacon(said.append, ["grade", "check"], "grader-7")
    beacon.give()
    tasks.sign(**said[0])
    rows = Sign.objects.order_by("queue").values_list("queue", "machine")
    assert list(rows) == [("check", "grader-7"), ("grade", "grader-7")]
    tasks.sign(**said[0])
    assert Sign.objects.count() == 2


def test_a_beacon_outlives_a_broker_that_is_away():
    def away(_sign):
        raise OSError("connection refused")

    Beacon(away, ["grade"]).give()


def test_a_worker_that_knows_no_queue_but_its_own_gives_signs_too():
    app = Celery("grader", broker="memory://")
    app.conf.update(task_queues=[Queue("grade")], task_create_missing_queues=False)
    beacon_of(app, ["grade"]).give()
    with app.connection_for_read() as broker:
        _args, sign, _more = broker.SimpleQueue("record").get(timeout=5).payload
    assert sign["queues"] == ["grade"]


@pytest.fixture
def wrong_clock(monkeypatch, settings):
    """Return a function that sets this machine's clock off; the database keeps the right time."""
    settings.ASSAY_DATABASE_CLOCK = True
    real = timezone.now

    def set_off(minutes: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + minutes * MINUTE)
        clock.forget()

    yield set_off
    monkeypatch.undo()
    clock.forget()


@pytest.mark.parametrize("minutes", [2, 20, -2, -20])
def test_a_machine_whose_clock_is_off_reaps_nothing(world, sent, wrong_clock, minutes, caplog):
    """A lease is written and judged by the database's clock, whatever the machine's says."""
    if connection.vendor != "postgresql":
        wrong_clock(0)
        assert clock.ahead_seconds() == 0  # one machine, one clock
        return
    real = timezone.now()
    run = make_run(make_attempt(world.student, world.assignment), real)
    lease(run, real)
    wrong_clock(minutes)
    submissions_tasks.tick()
    run.refresh_from_db()
    assert run.state == RunState.RUNNING
    submissions_tasks.heartbeat(run=run.public_id, lease_token=run.lease_token)
    lease_ends = Run.objects.get(pk=run.pk).lease_expires_at
    assert abs((lease_ends - real).total_seconds() - 60) < 30
    assert "The clock of" in caplog.text
    assert ("ahead of" if minutes > 0 else "behind") in caplog.text
