"""The queue's two ends agree here: how a broker's URL becomes Celery settings, and a broker that is only a folder. Side: worker.

The service and the grading worker both build their Celery app from `celery_settings`, so that neither can drift: JSON
only, no results kept, no remote control (whoever holds the worker's credential could otherwise stop its neighbours).

`filesystem:///FOLDER` is the broker of an installation without servers. Kombu's own transport of that name reads files
that are still being written and binds queues in a file that it truncates first; this one renames whole files into
place and out of it, which is atomic on one file system: a message is taken by exactly one consumer, or by none.

Redis is kombu's own transport with one repair: a worker that cannot acknowledge a message, because Redis is away at that
moment, gets its place back. Without it, each such message holds a place for ever, and a worker out of places waits for
nothing, connected and silent.
"""

import contextlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from kombu.transport import redis, virtual
from kombu.utils.json import dumps, loads
from redis.backoff import NoBackoff
from redis.retry import Retry

from grader.errors import UsageError

SCHEMES = ("filesystem", "memory", "redis", "rediss", "amqp", "amqps")
CONNECT_SECONDS, ANSWER_SECONDS = (
    1.5,
    1.5,
)  # a broker that hangs is away: who sends waits no longer than for one that refuses
VISIBILITY_SECONDS = 4 * 3600  # Redis delivers a message again after this long unacknowledged; longer than any run


def folder_url(folder: Path) -> str:
    """Return the broker's URL for a folder."""
    return f"filesystem://{quote(str(folder.absolute()))}"


def celery_settings(broker_url: str) -> dict[str, Any]:
    """Return the Celery settings that both ends share. Raises UsageError for a broker of another kind."""
    scheme = urlsplit(broker_url).scheme
    if scheme not in SCHEMES:
        raise UsageError(f"the broker's URL must begin with one of {', '.join(SCHEMES)}; it begins with {scheme!r}")
    settings: dict[str, Any] = {
        "broker_url": broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # a broker may be away for a night; its workers wait for it
        "broker_connection_timeout": CONNECT_SECONDS,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_default_exchange_type": "direct",
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "enable_utc": True,
    }
    if scheme == "filesystem":
        folder = unquote(urlsplit(broker_url).path)
        if urlsplit(broker_url).netloc or not folder.startswith("/"):
            raise UsageError("the broker's folder must be given as filesystem:///an/absolute/folder")
        settings["broker_url"] = "filesystem://localhost//"
        settings["broker_transport"] = "grader.transport.broker:Transport"
        settings["broker_transport_options"] = {"folder": folder, "polling_interval": 0.1}
    if scheme in ("amqp", "amqps"):
        settings["broker_transport_options"] = {
            "confirm_publish": True,  # sent means that the broker has it
            "confirm_timeout": ANSWER_SECONDS,
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": ANSWER_SECONDS,
            "write_timeout": ANSWER_SECONDS,
        }
    if scheme in ("redis", "rediss"):
        settings["broker_transport"] = "grader.transport.broker:RedisTransport"
        settings["broker_transport_options"] = {
            "visibility_timeout": VISIBILITY_SECONDS,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
            "health_check_interval": 10,  # a connection that a stopped broker left half open is found this soon
        }
    return settings


class Channel(virtual.Channel):
    """One connection's view of the folder: a sub-folder for each queue, a file for each message, oldest name first."""

    supports_fanout = False

    @property
    def folder(self) -> Path:
        """The broker's folder, from the transport options."""
        options: dict[str, str] = self.connection.client.transport_options  # type: ignore[union-attr,assignment]
        return Path(options["folder"])

    def _queue_folder(self, queue: str) -> Path:
        folder = self.folder / queue
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _put(self, queue: str, message: Any, **_kwargs: Any) -> None:
        folder = self._queue_folder(queue)
        name = f"{time.time_ns():020d}-{uuid.uuid4()}"
        unfinished = folder / f".{name}"
        unfinished.write_text(dumps(message), encoding="utf-8")
        unfinished.rename(folder / f"{name}.json")

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        for path in self._waiting(queue):
            taken = path.with_name(f".taken-{path.name}")
            try:
                os.rename(path, taken)
            except FileNotFoundError:
                continue  # another consumer was faster
            text = taken.read_text(encoding="utf-8", errors="replace")
            taken.unlink()
            try:
                payload: dict[str, Any] = loads(text)
            except ValueError:
                continue  # half a file after a power cut: the database knows what was lost, and sends it again
            return payload
        raise Empty

    def _waiting(self, queue: str) -> list[Path]:
        folder = self._queue_folder(queue)
        return [folder / name for name in sorted(os.listdir(folder)) if not name.startswith(".")]

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _purge(self, queue: str) -> int:
        waiting = self._waiting(queue)
        for path in waiting:
            path.unlink(missing_ok=True)
        return len(waiting)


class Transport(virtual.Transport):
    """Kombu's face of a folder."""

    Channel = Channel
    # Declared exchanges and queues: the same for every connection of one process, as the folder is.
    global_state = virtual.BrokerState()
    default_port = 0
    driver_type = "filesystem"
    driver_name = "folder"

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state

    def driver_version(self) -> str:
        """Return a version, as kombu asks for one."""
        return "1"


class RedisQoS(redis.QoS):
    """What a worker holds of Redis' messages."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; what Redis does not hear of, it delivers again after `VISIBILITY_SECONDS`."""
        with self._place_given_back(delivery_tag):
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give a message back, or drop it."""
        with self._place_given_back(delivery_tag):
            super().reject(delivery_tag, requeue)

    @contextlib.contextmanager
    def _place_given_back(self, delivery_tag: str) -> Iterator[None]:
        try:
            yield
        except Exception:  # whatever it was, the message is not held any more
            virtual.QoS.ack(self, delivery_tag)
            raise


class RedisChannel(redis.Channel):
    """A channel that counts so, and asks once: who sends knows better than redis-py whether to try again."""

    QoS = RedisQoS

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        return {**super()._connparams(asynchronous=asynchronous), "retry": Retry(NoBackoff(), 0)}  # type: ignore[misc]


class RedisTransport(redis.Transport):
    """Kombu's face of Redis."""

    Channel = RedisChannel
