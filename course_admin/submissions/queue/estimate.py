"""When a queued run will probably begin, and how wrong that was.

What is ahead of it: all that is sent out, what has an earlier rank in its own course, and of each other course what that
one's weight lets by meanwhile. It goes as fast as runs took lately, on as many workers as are running one now.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Avg, Count, F, Min, Q

from course_admin.submissions.models.run import PUSH, Run, RunState

DEFAULT_SECONDS = 30.0  # of a run, where none has been judged yet
RECENT_RUNS = 50
MEASURED_RUNS = 200


def estimate_start(run: Run, at: datetime) -> datetime:
    """Return when a queued run will probably begin, no earlier than it may; in four queries."""
    states = dict(Run.every.in_flight().order_by().values_list("state").annotate(Count("pk")))
    ahead = states.get(RunState.DISPATCHED, 0) + _waiting_ahead(run, at)
    seconds = ahead * recent_seconds() / max(states.get(RunState.RUNNING, 0), 1)
    assignment = run.attempt.assignment
    released_at = assignment.releases_at if run.reason == PUSH and assignment.releases_at else run.not_before
    return max(run.not_before, released_at, at + timedelta(seconds=seconds))


def runs_ahead(run: Run, at: datetime) -> int:
    """Return how many waiting runs will probably be sent out before a queued one; in one query."""
    return round(_waiting_ahead(run, at))


def _waiting_ahead(run: Run, at: datetime) -> float:
    """Return how many waiting runs will be sent out before this one."""
    is_earlier = Q(rank_at__lt=run.rank_at) | Q(rank_at=run.rank_at, pk__lt=run.pk)
    if run.is_bulk:  # it waits for whatever is not, of every course
        urgent = Run.objects.waiting(at).filter(is_bulk=False).count()
        return urgent + _of_a_kind_ahead(run, is_earlier, at)
    return _of_a_kind_ahead(run, is_earlier, at)


def _of_a_kind_ahead(run: Run, is_earlier: Q, at: datetime) -> float:
    """Return how many runs will be sent out before this one, of those that are bulk like it, or are not."""
    course = run.attempt.assignment.course
    waiting = Run.objects.waiting(at).filter(is_bulk=run.is_bulk).order_by().values("attempt__assignment__course")
    rows = waiting.annotate(
        weight=Min("attempt__assignment__course__queue_weight"), all=Count("pk"), earlier=Count("pk", filter=is_earlier)
    )
    by_course = {row["attempt__assignment__course"]: row for row in rows}
    mine = by_course.pop(course.pk, {"earlier": 0})["earlier"]
    others = (min(row["all"], (mine + 1) * row["weight"] / course.queue_weight) for row in by_course.values())
    return mine + sum(others)


def recent_seconds() -> float:
    """Return how long a run took lately, on average."""
    lately = Run.objects.graded().filter(started_at__isnull=False, preview=None).order_by("-finished_at")[:RECENT_RUNS]
    took = Run.objects.filter(pk__in=lately.values("pk")).aggregate(took=Avg(F("finished_at") - F("started_at")))[
        "took"
    ]
    return took.total_seconds() if took is not None else DEFAULT_SECONDS


def median_error_seconds() -> float | None:
    """Return how far off the expected start was, half of the newest runs being nearer; None if nothing was measured."""
    told = Run.objects.graded().filter(reason=PUSH, expected_start_at__isnull=False, started_at__isnull=False)
    pairs = told.order_by("-finished_at").values_list("expected_start_at", "started_at")[:MEASURED_RUNS]
    errors = [abs((started - expected).total_seconds()) for expected, started in pairs if started and expected]
    return median(errors) if errors else None


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How the queue does, over all courses."""

    queued: int
    out: int
    run_seconds: float
    error_seconds: float | None  # of the expected starts; None if nothing was measured


def queue_figures() -> QueueFigures:
    """Return the figures of this moment, in four queries."""
    queued = Run.objects.filter(state=RunState.QUEUED).count()
    return QueueFigures(queued, Run.every.in_flight().count(), recent_seconds(), median_error_seconds())
