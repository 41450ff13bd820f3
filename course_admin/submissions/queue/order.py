"""In which order runs are sent out: pure functions of what waits and what is out.

What somebody waits for comes first: no run of a bulk regrade is sent out while anything else waits, in whichever course and
however old it is. Of each of the two kinds:

Among courses, the one with the fewest runs out for its weight is next; between equals, the one whose first run has the
earliest rank. A course that has nothing out is therefore never behind one that has, however large or heavy that one is;
what is left of the window is shared by weight. That takes a window with more places than courses that wait at once.

Within a course, the earliest rank is next. A rank is a time: when the run was queued, and

    +2 minutes   for each earlier push of its student within the last hour, 15 of them at most: the first before the tenth,
                 and nobody's pushes before everybody else's
    -10 minutes  if it is due within the next hour

so that no push is overtaken by what was queued 40 minutes after it: nobody starves.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

HOUR = timedelta(hours=1)
EARLIER_PUSH = timedelta(minutes=2)
MOST_EARLIER_PUSHES = 15
NEAR_DEADLINE = timedelta(minutes=10)
MOST_OVERTAKING = MOST_EARLIER_PUSHES * EARLIER_PUSH + NEAR_DEADLINE


def rank(*, queued_at: datetime, earlier_pushes: int = 0, due_at: datetime | None = None) -> datetime:
    """Return a run's rank. earlier_pushes: of its student in the hour before; due_at: None if it is never due."""
    later = EARLIER_PUSH * min(earlier_pushes, MOST_EARLIER_PUSHES)
    is_near = due_at is not None and timedelta() <= due_at - queued_at <= HOUR
    return queued_at + later - (NEAR_DEADLINE if is_near else timedelta())


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that may be sent out now, as far as its order goes."""

    run: int
    course: int
    weight: int
    rank_at: datetime
    is_bulk: bool = False


def order(waiting: Iterable[Waiting], out: Mapping[int, int], most: int) -> list[int]:
    """Return the runs to send out next, in order, `most` of them at most.

    waiting: within each course what is no bulk first, then by rank. out: how many runs of each course are sent out or running now.
    """
    queues: dict[int, deque[Waiting]] = defaultdict(deque)
    for each in waiting:
        queues[each.course].append(each)
    taken = Counter(out)
    chosen: list[int] = []
    while len(chosen) < most and queues:
        first = min((queue[0] for queue in queues.values()), key=lambda each: _turn(each, taken[each.course]))
        chosen.append(first.run)
        taken[first.course] += 1
        queues[first.course].popleft()
        if not queues[first.course]:
            del queues[first.course]
    return chosen


def _turn(first: Waiting, out: int) -> tuple[bool, Fraction, datetime, int]:
    return first.is_bulk, Fraction(out, first.weight), first.rank_at, first.run
