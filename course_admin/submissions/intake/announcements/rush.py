"""What comes in a rush is stored by one statement and answered at once; who works queues off looks at it a moment later.

To say what becomes of a push takes half a dozen questions to the database. As long as few come, its host is told; a hundred a
second, as at the end of a lab, are stored first. It makes no difference to what they become: each counts as received at its
moment, once, in whatever order.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.intake.ownership.owner import UnknownRepository
from course_admin.submissions.intake.ownership.parked import park
from course_admin.submissions.models import WaitingAnnouncement
from course_admin.task_sender import WORK_OFF, send_on_commit

log = logging.getLogger(__name__)

A_SECOND = 20  # announcements of one process that are looked at before their host is answered
AT_ONCE = 200  # of one task: results have their turn in between
HINT_SECONDS = 1.0
#: One statement, no transaction around it: 0 rows where it waits already.
STORE = (
    "INSERT INTO submissions_waitingannouncement (delivery_id, announcement, received_at, tries)"
    " VALUES (%s, %s, %s, 0) ON CONFLICT DO NOTHING"
)


class Pace:
    """Says of each call whether it is one of the first of its second."""

    def __init__(self, a_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = a_second, clock
        self._lock = threading.Lock()
        self._second, self._count = 0, 0

    def is_kept(self) -> bool:
        """Count a call; False for one too many."""
        with self._lock:
            second = int(self._clock())
            if second != self._second:
                self._second, self._count = second, 0
            self._count += 1
            return self._count <= self._most


pace = Pace(A_SECOND)
_hints = Pace(1)


def store(announcement: Announcement, at: datetime) -> None:
    """Store an announcement to be looked at later, once, and have that begun."""
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(at)
        cursor.execute(STORE, [announcement.delivery_id, json.dumps(announcement.stored()), moment])
    if _hints.is_kept():
        send_on_commit(WORK_OFF, {})


def work_off() -> int:
    """Receive some of what waits, in the order in which it came, each as at its moment; return how many.

    What cannot be received stays, is tried again behind the others, and is logged each time.
    """
    waiting = WaitingAnnouncement.objects.order_by("tries", "pk")
    keys = list(waiting.values_list("pk", flat=True)[:AT_ONCE])
    done = sum(map(_take, keys))
    if done and len(keys) == AT_ONCE:
        send_on_commit(WORK_OFF, {})
    return done


def _take(key: int) -> bool:
    try:
        with transaction.atomic():
            held = WaitingAnnouncement.objects.select_for_update().filter(pk=key).first()
            if held is None:  # another process was faster
                return False
            _receive(Announcement.read(json.loads(held.announcement)), held.received_at)
            held.delete()
    except Exception:
        log.exception("An announcement that came in a rush was not received, and waits on")
        WaitingAnnouncement.objects.filter(pk=key).update(tries=F("tries") + 1)
        return False
    return True


def _receive(announcement: Announcement, at: datetime) -> None:
    try:
        receive(announcement=announcement, at=at)
    except UnknownRepository as problem:
        if park(announcement=announcement, why=str(problem), at=at) is None:
            log.info("What was announced of %s is no hand-in: %s", announcement.full_name, problem)
