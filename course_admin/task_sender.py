"""The one place that sends tasks: by name, and never inside a transaction.

The broker is a hint. A message that cannot be sent is logged and forgotten: what should happen stands in the database,
and the next tick sends it again. A broker that hangs, and refuses nothing, costs its first callers a few seconds; then it
counts as away for a while, and nobody waits for it.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from kombu.exceptions import ChannelError, OperationalError

from course_admin.celery import CLOCKS_DIFFER_SECONDS, app

log = logging.getLogger(__name__)

#: Where a push came from decides who can fetch its code; who takes pushes in knows that task by name only.
INGEST = "course_admin.integrations.github.tasks.ingest"
#: What webhooks store in a rush is worked off by the service's own worker.
WORK_OFF = "course_admin.submissions.tasks.work_off"
#: What ends a regrade preview lies below what works its figures out.
WORK_OUT = "course_admin.gradebook.tasks.work_out"
GRADE = "grader.worker.grade.grade"

HANG_SECONDS = 1.0  # what takes longer to fail was no refusal
AWAY_SECONDS = 5.0


class BrokerHangs(OperationalError):
    """The broker did not answer a moment ago, and is not asked again so soon."""


class Breaker:
    """Lets calls through until one hangs, and then none for a while; after it one, to see whether the broker is back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._closed_until = 0.0  # nobody is let through before

    def __enter__(self) -> None:
        with self._lock:
            now = self._clock()
            if now < self._closed_until:
                raise BrokerHangs(f"it did not answer, and is asked again in {self._closed_until - now:.0f} s")
            if self._closed_until:
                self._closed_until = now + AWAY_SECONDS  # one caller tries; the others need not wait for what it finds
        self._began = now

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        with self._lock:
            if kind is None or issubclass(kind, ChannelError):
                self._closed_until = 0.0
            elif self._clock() - self._began > HANG_SECONDS:
                self._closed_until = self._clock() + AWAY_SECONDS


broker = Breaker()


def send_on_commit(
    task: str,
    kwargs: dict[str, Any],
    expires_seconds: float | None = None,
    if_not_sent: Callable[[], object] | None = None,
) -> None:
    """Send a task once the current transaction is in the database; at once if there is none.

    Nobody begins it `expires_seconds` later, give or take what clocks differ by. `if_not_sent` is called if the broker is
    away, for whoever need not wait until the tick finds it out.
    """
    transaction.on_commit(lambda: _send(task, kwargs, expires_seconds, if_not_sent))


def _send(
    task: str, kwargs: dict[str, Any], expires_seconds: float | None, if_not_sent: Callable[[], object] | None
) -> None:
    expires = None if expires_seconds is None else expires_seconds + CLOCKS_DIFFER_SECONDS
    try:
        with broker:
            app.send_task(task, kwargs=kwargs, expires=expires)
    except OperationalError as problem:
        log.warning("%s was not sent, the broker is away: %s", task, problem)
        if if_not_sent is not None:
            if_not_sent()


def waiting(queue: str) -> int | None:
    """Return how many messages a queue holds that no worker has taken; None if the broker is away."""
    # A connection of its own: one that was left by a broker that hung is not known to be worth nothing.
    connection: Any
    with app.connection_for_read() as connection:
        try:
            with broker:
                connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
                with connection.channel() as channel:
                    return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except ChannelError:
            return 0  # there is no such queue: nothing was ever sent to it, or its broker lost it
        except (OSError, OperationalError, *connection.connection_errors) as problem:
            log.warning("The queue %s could not be looked at, the broker is away: %s", queue, problem)
    return None
