"""Both ends of the queue, and the broker that is a folder: `grader/transport/broker.py`."""

import threading
from pathlib import Path

import pytest
from celery import Celery
from kombu import Connection, Queue

from grader.errors import UsageError
from grader.transport.broker import celery_settings
from tests.load.servers import Redis


def connect(folder: Path) -> Connection:
    settings = celery_settings(f"filesystem://{folder}")
    return Connection(
        settings["broker_url"],
        transport=settings["broker_transport"],
        transport_options=settings["broker_transport_options"],
    )


@pytest.mark.parametrize("url", ["", "sqla+sqlite:///x", "http://x", "filesystem://relative/folder", "filesystem://"])
def test_a_broker_of_another_kind_is_refused_by_a_sentence(url):
    with pytest.raises(UsageError, match="broker"):
        celery_settings(url)


@pytest.mark.parametrize("url", ["filesystem:///tmp/x", "memory://", "redis://h/0", "amqp://h//"])
def test_every_broker_carries_json_only_and_takes_no_remote_control(url):
    settings = celery_settings(url)
    assert (settings["task_serializer"], settings["accept_content"]) == ("json", ["json"])
    assert settings["task_ignore_result"]
    assert not settings["worker_enable_remote_control"]
    assert settings["worker_prefetch_multiplier"] == 1


def test_messages_arrive_in_order_and_once(tmp_path):
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("grade")
        for number in range(5):
            queue.put({"number": number})
        assert queue.qsize() == 5
        received = [queue.get(timeout=1) for _ in range(5)]
        assert [message.payload["number"] for message in received] == [0, 1, 2, 3, 4]
        for message in received:
            message.ack()
        with pytest.raises(queue.Empty):
            queue.get(timeout=0.2)
        queue.close()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_queues_do_not_mix(tmp_path):
    with connect(tmp_path) as connection:
        connection.SimpleQueue("grade").put("for the grader")
        record = connection.SimpleQueue("record")
        with pytest.raises(record.Empty):
            record.get(timeout=0.2)


def test_an_unacknowledged_message_goes_back_when_its_worker_leaves(tmp_path):
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("grade")
        queue.put("work")
        queue.get(timeout=1)
    with connect(tmp_path) as connection:
        assert connection.SimpleQueue("grade").get(timeout=1).payload == "work"


@pytest.mark.medium
def test_many_consumers_take_each_message_once(tmp_path):
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("grade")
        for number in range(200):
            queue.put(number)
    taken, lock = [], threading.Lock()

    def consume() -> None:
        with connect(tmp_path) as connection:
            queue = connection.SimpleQueue("grade")
            while True:
                try:
                    message = queue.get(timeout=0.3)
                except queue.Empty:
                    return
                message.ack()
                with lock:
                    taken.append(message.payload)

    threads = [threading.Thread(target=consume) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(200))


def test_half_a_message_is_never_seen_and_a_broken_one_is_passed_over(tmp_path):
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("grade")
        (tmp_path / "grade" / ".00000000000000000001-unfinished").write_text('{"bo')
        (tmp_path / "grade" / "00000000000000000002-cut.json").write_text('{"bo')
        queue.put("whole")
        assert queue.get(timeout=1).payload == "whole"


def test_celery_sends_and_receives_through_a_folder(tmp_path):
    app = Celery("sender")
    app.conf.update(celery_settings(f"filesystem://{tmp_path}"), task_queues=[Queue("grade")])
    app.send_task("grader.worker.grade.grade", kwargs={"run": "r"}, queue="grade")
    with connect(tmp_path) as connection:
        message = connection.SimpleQueue("grade").get(timeout=1)
        assert message.headers["task"] == "grader.worker.grade.grade"
        assert message.payload[1] == {"run": "r"}
        message.ack()


@pytest.mark.redis
@pytest.mark.parametrize("end", ["ack", "requeue"])
def test_a_worker_whose_redis_went_away_gets_its_place_back(tmp_path, end):
    server = Redis(tmp_path)
    server.start()
    try:
        app = Celery("test")
        app.conf.update(celery_settings(server.url))
        with app.connection_for_read() as connection:
            channel = connection.channel()
            channel.basic_qos(0, 1, False)
            with connection.SimpleQueue("grade") as queue:
                queue.put("x")
            message = channel.basic_get("grade")
            assert not channel.qos.can_consume()
            server.kill()
            with pytest.raises(connection.connection_errors):
                getattr(message, end)()
            assert channel.qos.can_consume()
    finally:
        server.stop()
