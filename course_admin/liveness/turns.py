"""Signs and turns as they are written: who was heard of, and whether a regular task's time has come.

A service that was away finds many messages of the same regular task. They do not expire by anybody's clock, which may be
off: the first one takes the turn, and those that come within half of its time do nothing.
"""

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from course_admin.liveness.models import FORGOTTEN_DAYS, Sign

log = logging.getLogger(__name__)

WARN_SECONDS = 60.0  # of a clock that is off; a message may take a while to be read, too


def note_sign(*, queues: list[str], machine: str, sent_at: float, at: datetime) -> None:
    """Note that a machine serves some queues; sent_at: by its own clock, in seconds since 1970."""
    offset = sent_at - at.timestamp()
    if abs(offset) > WARN_SECONDS:
        log.warning(
            "The clock of %s seems to be %.0f seconds %s (or its messages wait that long).",
            machine,
            abs(offset),
            "ahead" if offset > 0 else "behind",
        )
    for queue in queues:
        Sign.objects.update_or_create(
            queue=queue, machine=machine, defaults={"seen_at": at, "clock_offset_seconds": offset}
        )
    Sign.objects.filter(seen_at__lt=at - timedelta(days=FORGOTTEN_DAYS)).delete()


def take_turn(task: str, *, every_seconds: float, at: datetime) -> bool:
    """Say whether a regular task should do its work now, and note that it does; for one caller of many at once.

    A turn that was noted in the future, by a clock that was ahead, does not hold anybody up.
    """
    recent = at - timedelta(seconds=every_seconds / 2)
    noted = Sign.objects.filter(queue=task)
    if noted.exclude(seen_at__gt=recent, seen_at__lte=at).update(seen_at=at):
        return True
    if noted.exists():
        return False
    try:
        with transaction.atomic():
            Sign.objects.create(queue=task, machine="", seen_at=at)
    except IntegrityError:  # another worker, at the same moment
        return False
    return True
