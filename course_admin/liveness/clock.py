"""The service's one clock: the database's. Whoever asks for the time here agrees with all other processes, on any machine.

A lease, a turn or a deadline that one machine wrote is judged by another: with clocks that differ, a live run would be
reaped, or a push be late that was not. The difference to the database's clock is measured once a minute; a second is
what networks and schedulers make of it, and is no difference. SQLite has no clock of its own, and one machine.
"""

import logging
import platform
import threading
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

log = logging.getLogger(__name__)

MEASURED_SECONDS = 60.0  # so long one measurement holds
NO_DIFFERENCE_SECONDS = 2.0
WARN_SECONDS = 30.0


class _Offset:
    """How far the database's clock is ahead of this machine's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._measured_at: float | None = None
        self._seconds = 0.0

    def seconds(self) -> float:
        """Return the present difference, measured now or lately; 0 for less than two seconds."""
        with self._lock:
            if self._measured_at is None or time.monotonic() - self._measured_at > MEASURED_SECONDS:
                self._seconds = self._measure()
                self._measured_at = time.monotonic()
            return self._seconds

    def _measure(self) -> float:
        began = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            theirs: datetime = cursor.fetchone()[0]
        middle = began + (timezone.now() - began) / 2
        seconds = (theirs - middle).total_seconds()
        if abs(seconds) > WARN_SECONDS:
            log.warning(
                "The clock of %s is %.0f seconds %s the database's; the database's is used. Have NTP set it.",
                platform.node(),
                abs(seconds),
                "behind" if seconds > 0 else "ahead of",
            )
        return seconds if abs(seconds) > NO_DIFFERENCE_SECONDS else 0.0

    def forget(self) -> None:
        """Measure again when asked next."""
        with self._lock:
            self._measured_at = None


_offset = _Offset()
forget = _offset.forget


def ahead_seconds() -> float:
    """Return how far this machine's clock is ahead of the database's; below 0 if it is behind."""
    if connection.vendor != "postgresql" or not settings.ASSAY_DATABASE_CLOCK:
        return 0.0
    return -_offset.seconds()


def now() -> datetime:
    """Return the time by the database's clock."""
    return timezone.now() - timedelta(seconds=ahead_seconds())
