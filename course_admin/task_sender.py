"""The one place that sends tasks: by name, and never inside a transaction.

The broker is a hint. A message that cannot be sent is logged and forgotten: what should happen stands in the database,
and the next tick sends it again.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from kombu.exceptions import ChannelError, OperationalError

from course_admin.celery import app

log = logging.getLogger(__name__)

#: Where a push came from decides who can fetch its code; who takes pushes in knows that task by name only.
INGEST = "course_admin.integrations.github.tasks.ingest"
GRADE = "grader.worker.grade.grade"


def send_on_commit(
    task: str,
    kwargs: dict[str, Any],
    expires_seconds: float | None = None,
    if_not_sent: Callable[[], object] | None = None,
) -> None:
    """Send a task once the current transaction is in the database; at once if there is none.

    `if_not_sent` is called if the broker is away, for whoever need not wait until the message would have expired.
    """
    transaction.on_commit(lambda: _send(task, kwargs, expires_seconds, if_not_sent))


def _send(
    task: str, kwargs: dict[str, Any], expires_seconds: float | None, if_not_sent: Callable[[], object] | None
) -> None:
    try:
        app.send_task(task, kwargs=kwargs, expires=expires_seconds)
    except OperationalError as problem:
        log.warning("%s was not sent, the broker is away: %s", task, problem)
        if if_not_sent is not None:
            if_not_sent()


def waiting(queue: str) -> int | None:
    """Return how many messages a queue holds that no worker has taken; None if the broker is away."""
    with app.connection_or_acquire() as connection:
        try:
            with connection.channel() as channel:
                return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except ChannelError:
            return 0  # there is no such queue: nothing was ever sent to it, or its broker lost it
        except (OSError, OperationalError, *connection.connection_errors) as problem:
            log.warning("The queue %s could not be looked at, the broker is away: %s", queue, problem)
    return None
