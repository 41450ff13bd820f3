"""What a hostile run may cost: three honest ones, time-outs included, each measured beside it in this process.

Neighbours cannot bring this about: a run that seems to cost more is run again beside another honest one, and what is ended by a
clock has a time that an honest run took just before. What they slow down is both.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from grader.errors import GraderError
from grader.result import RunResult

MOST = 3.0  # honest runs
TRIES = 3


def seconds_of(*results: RunResult) -> float:
    """Return what runs took on the wall, boxes included."""
    return sum(float(result.provenance["wall_seconds"]) for result in results)


@dataclass
class Measured:
    """A hostile run: what it got, what it cost in honest runs, and what came of it."""

    findings: list[str]
    times: float = 0.0
    results: list[RunResult] = field(default_factory=list)


def measured(
    honest: Callable[[bool], float],
    run: Callable[[float], list[RunResult]],
    findings: Callable[[list[RunResult]], list[str]],
) -> Measured:
    """Run something hostile and return what it got beyond what it may, a fault and its cost included.

    honest: the seconds of an honest run, measured anew if so asked; run: the hostile one, told these seconds.
    """
    for attempt in range(TRIES):
        honest_seconds = honest(attempt > 0)
        try:
            results = run(honest_seconds)
        except GraderError as problem:
            return Measured([f"the run ended in a fault of ours: {type(problem).__name__}: {problem}"])
        times = seconds_of(*results) / honest_seconds
        got = findings(results)
        if times <= MOST and not got:
            break
    return Measured(got + ([f"it took {times:.1f} honest runs"] if times > MOST else []), times, results)
