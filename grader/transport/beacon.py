"""A Celery worker's signs of life: that it is there, which queues it serves, what its clock says. Side: worker (and the service).

The service hears it on the queue `record` and tells staff whom it does not hear. It is a courtesy: a broker that is away
loses a sign and nothing else.
"""

import logging
import platform
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from kombu import Queue
from kombu.exceptions import OperationalError

EVERY_SECONDS = 30.0
EXPIRES_SECONDS = 2 * 3600  # they do not pile up for a service that is away; and no clock is so far off
SIGN = "course_admin.liveness.tasks.sign"
RECORD = Queue("record")  # not its name alone: a grading worker's app has no such queue, and would refuse to make one

log = logging.getLogger(__name__)


class Beacon:
    """A thread that gives signs until it is stopped."""

    def __init__(self, send: Callable[[dict[str, Any]], object], queues: Sequence[str], name: str = "") -> None:
        self._send = send
        self._queues = list(queues)
        self._machine = name or platform.node()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signs of life", daemon=True)

    def start(self) -> "Beacon":
        """Give the first sign at once, and go on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Give no more."""
        self._over.set()

    def _run(self) -> None:
        while True:
            self.give()
            if self._over.wait(EVERY_SECONDS):
                return

    def give(self) -> None:
        """Give one sign."""
        try:
            self._send({"queues": self._queues, "machine": self._machine, "sent_at": time.time()})
        except (OSError, OperationalError) as problem:
            log.info("A sign of life was not sent, the broker is away: %s", problem)


def beacon_of(app: Any, queues: Sequence[str]) -> Beacon:
    """Return the beacon of one process of an app."""

    def send(sign: dict[str, Any]) -> None:
        app.send_task(SIGN, kwargs=sign, queue=RECORD, retry=False, expires=EXPIRES_SECONDS)

    return Beacon(send, queues)
