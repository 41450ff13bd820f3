"""A broker that hangs: `course_admin/task_sender.py`, against a real Redis that is stopped in its tracks."""

import os
import signal
import time
from pathlib import Path

import pytest
from celery import Celery
from kombu import Queue
from kombu.exceptions import OperationalError

from course_admin import task_sender
from course_admin.celery import _configure
from course_admin.task_sender import AWAY_SECONDS, Breaker, BrokerHangs
from grader.transport.broker import ANSWER_SECONDS, celery_settings
from tests.load.servers import Redis


class Clock:
    """A clock that a test sets."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def call(breaker: Breaker, clock: Clock, seconds: float = 0.0, problem: Exception | None = None) -> None:
    with breaker:
        clock.seconds += seconds
        if problem:
            raise problem


def test_who_comes_after_a_call_that_hung_does_not_wait():
    clock = Clock()
    breaker = Breaker(clock)
    with pytest.raises(OperationalError):
        call(breaker, clock, 4.5, OperationalError("timed out"))
    with pytest.raises(BrokerHangs, match="asked again in 5 s"):
        call(breaker, clock)
    clock.seconds += AWAY_SECONDS + 1
    with breaker, pytest.raises(BrokerHangs):  # one asks, and the others do not wait for what it finds
        call(breaker, clock)
    call(breaker, clock)


def test_a_broker_that_refuses_at_once_is_asked_each_time():
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(3):
        with pytest.raises(OperationalError, match="refused"):
            call(breaker, clock, 0.01, OperationalError("refused"))
    call(breaker, clock)


def test_every_wait_for_a_broker_has_an_end():
    redis = celery_settings("redis://127.0.0.1:6379/0")["broker_transport_options"]
    rabbitmq = celery_settings("amqp://127.0.0.1//")["broker_transport_options"]
    assert 0 < redis["socket_timeout"] <= 2
    assert 0 < redis["socket_connect_timeout"] <= 2
    assert all(0 < rabbitmq[f"{what}_timeout"] <= 2 for what in ("connect", "read", "write", "confirm"))


@pytest.mark.redis
@pytest.mark.slow
def test_a_redis_that_hangs_holds_nobody_longer_than_github_waits(tmp_path: Path, monkeypatch, caplog):
    server = Redis(tmp_path)
    server.start()
    broker = Celery("test")
    broker.conf.update(celery_settings(server.url))
    broker.conf.task_publish_retry_policy = _configure()["task_publish_retry_policy"]
    broker.conf.task_default_queue = "intake"
    broker.conf.task_queues = [Queue("intake")]
    monkeypatch.setattr(task_sender, "app", broker)
    monkeypatch.setattr(task_sender, "broker", Breaker())
    try:
        task_sender._send("x", {}, None, None)
        assert task_sender.waiting("intake") == 1
        os.kill(server.process_id, signal.SIGSTOP)
        unsent = []
        began = time.monotonic()
        task_sender._send("x", {}, None, lambda: unsent.append(1))
        first = time.monotonic() - began
        for _ in range(50):
            task_sender._send("x", {}, None, lambda: unsent.append(1))
            assert task_sender.waiting("intake") is None
        assert len(unsent) == 51
        # A bound that would be passed by any call that has no end, or whose successors wait as well.
        assert ANSWER_SECONDS <= first < time.monotonic() - began < 10
        os.kill(server.process_id, signal.SIGCONT)
        monkeypatch.setattr(task_sender, "broker", Breaker())
        task_sender._send("x", {}, None, None)
        assert task_sender.waiting("intake") >= 2
    finally:
        os.kill(server.process_id, signal.SIGCONT)
        server.stop()
