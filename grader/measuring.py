"""The `measure` fixture under the judge: pairs of the same work, timed by the kernel. Side: judge.

Each measured process is forked from a base zygote and imports for itself; it runs one piece of work at a time: prepare the
inputs, then all repetitions in one request (measured until the answers have arrived as bytes). Inputs are fresh for every
repetition, every answer is checked, the number of repetitions follows from the yardstick alone. Preparing, and whatever
else a process burns between the pieces, is free up to twice what the yardstick's process spends there, and counts beyond it;
so does memory that is needed before a piece begins.
"""

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from grader import budget
from grader.budget import Cost, Standing
from grader.connection import CandidateEnded, CandidateRaised, Connection
from grader.counting import COUNTED, Counts, hint
from grader.verdict import Verdict

#: The floor of one measured piece on the yardstick, in CPU time. Below it the fixed costs of a piece (a request, cold
#: caches) pull ratios towards 1: beside ten busy neighbours a true 2 read 1.75 with pieces of 4 ms and 1.9 from 20 ms on.
PIECE_SECONDS = 0.02
TRIAL_PAIRS = 2  # of one repetition each, after a first pair that is thrown away
MOST_REPETITIONS = 64
LONG_SECONDS = 8.0  # a measurement that has taken this long ends with the usual number of pairs
PIECE_BYTES = 16 << 20  # of inputs; fewer repetitions where they are large
MEMORY_FLOOR_BYTES = 256 << 10  # differences below this are the allocator's, not the student's
MEMORY_PAIRS = 3
FREE_HELD_BYTES = 8 << 20  # beyond what the yardstick holds when a piece begins: other modules of the standard library
UNITS = {"cpu": "CPU time", "memory": "peak memory", "wall": "time"}


class Supervisor(Protocol):
    """What the fixture asks of the supervisor, through the control connection."""

    def open(self, role: str, tree: str) -> Connection: ...
    def close(self, role: str) -> None: ...
    def reading(self, role: str, reset_peak: bool = False) -> dict[str, float]: ...


@dataclass(frozen=True, slots=True)
class Work:
    """One side's work: an optional preparation and the measured function."""

    role: str
    tree: str
    function: Any
    setup: Any


class OverBudget(Exception):
    """The answers are right, and the cost is over the budget; carries the part of the points that is left."""

    verdict = Verdict.OVER_BUDGET

    def __init__(self, message: str, credit: float) -> None:
        super().__init__(message)
        self.credit = credit


class Measure:
    """One test's instrument; `figures` is what the report shows."""

    def __init__(self, supervisor: Supervisor, marks: dict[str, Any], rng: np.random.Generator, check: Any) -> None:
        self._supervisor = supervisor
        self._marks = marks
        self._rng = rng
        self._check = check
        self._connections: dict[str, Connection] = {}
        self._clocks: dict[str, float] = {}  # by tree: the CPU time of its box when its last piece ended
        self.figures: dict[str, Any] = {}

    def __call__(
        self,
        workload: Any,
        *,
        inputs: Callable[[np.random.Generator], tuple[Any, ...]],
        answer: Callable[..., Any],
        setup: Any = None,
        yardstick: Any = None,
        against: Any = None,
        rtol: float = 1e-4,
        atol: float = 1e-4,
    ) -> None:
        """Measure a workload against its yardstick until the verdict is clear; raises OverBudget or AssertionError.

        The yardstick is the reference running the same workload, or the suite's own function `yardstick` running on the
        reference, or another workload `against` of the same candidate.
        """
        limits = self._marks.get("budget")
        if not limits or (yardstick is not None and against is not None):
            raise TypeError("measure needs the mark @budget(...), and a yardstick or a rival workload, not both")
        mine = Work("candidate", "candidate", workload, setup)
        other = Work("yardstick", "candidate" if against else "reference", against or yardstick or workload, setup)
        self._answers = (answer, rtol, atol)
        name = "your other version" if against else ("the yardstick" if yardstick else "the reference")
        try:
            for kind, limit in sorted(limits.items(), key=lambda item: item[0] not in COUNTED):
                if kind in COUNTED:
                    figure = self._count(mine, inputs).figure(kind, self._count(other, inputs), limit, name)
                    self.figures[kind] = figure
                elif kind == "memory":
                    self._memory(mine, other, inputs, limit, name)
                else:
                    self._time(kind, mine, other, inputs, limit, name)
        finally:
            self._close()

    def scaling(
        self,
        workload: Any,
        *,
        sizes: Sequence[int],
        inputs: Callable[[np.random.Generator, int], tuple[Any, ...]],
        answer: Callable[..., Any],
        setup: Any = None,
        rtol: float = 1e-4,
        atol: float = 1e-4,
    ) -> None:
        """Measure how the cost grows with the size: the exponent of a line through the logarithms, round after round."""
        mark = self._marks.get("scales")
        if not mark or len(set(sizes)) < 2:
            raise TypeError("measure.scaling needs the mark @scales(variable, at_most=...) and two or more sizes")
        work = Work("candidate", "candidate", workload, setup)
        self._answers = (answer, rtol, atol)
        exponents: list[float] = []
        try:
            self._piece(work, [inputs(self._rng, min(sizes))], "cpu")
            state = Standing.UNDECIDED
            began = time.monotonic()
            while state is Standing.UNDECIDED:
                costs = [self._piece(work, [inputs(self._rng, size)], "cpu").seconds for size in sizes]
                exponents.append(budget.slope(sizes, costs))
                state = budget.standing(exponents, mark["at_most"])
                if _has_taken_long(exponents, began):
                    state = budget.last_standing(exponents, mark["at_most"])
        finally:
            self._close()
        interval = budget.interval(exponents)
        variable, limit = mark["variable"], mark["at_most"]
        self._note("scaling", interval, limit, len(exponents), state, variable)
        if state is Standing.OVER:
            raise OverBudget(
                f"The time grows as {variable}^{interval.estimate:.2f} (between {interval.low:.2f} and {interval.high:.2f}); "
                f"at most {variable}^{limit:g} is asked. Look for a loop inside a loop over {variable}.",
                0.0,
            )

    # --- time ---

    def _time(self, kind: str, mine: Work, other: Work, inputs: Any, limit: float, name: str) -> None:
        repetitions = self._repetitions(other, inputs)
        self._pair(kind, mine, other, [inputs(self._rng)], False)
        trial = [self._pair(kind, mine, other, [inputs(self._rng)], bool(n % 2)) for n in range(TRIAL_PAIRS)]
        if budget.is_hopeless(trial, math.log(limit)):
            interval = budget.Interval(math.exp(sum(trial) / TRIAL_PAIRS), math.exp(min(trial)), math.exp(max(trial)))
            self._note(kind, interval, limit, TRIAL_PAIRS, Standing.OVER, name)
            self._refuse(kind, interval, limit, name, self._hint(mine, other, inputs, name))
        samples: list[float] = []
        state = Standing.UNDECIDED
        began = time.monotonic()
        while state is Standing.UNDECIDED:
            batch = [inputs(self._rng) for _ in range(repetitions)]
            samples.append(self._pair(kind, mine, other, batch, len(samples) % 2 == 1))
            state = budget.ratio_standing(samples, limit)
            if _has_taken_long(samples, began):
                state = budget.last_standing(samples, math.log(limit))
        interval = budget.ratio_interval(samples)
        self._note(kind, interval, limit, len(samples), state, name)
        if state is Standing.OVER:
            self._refuse(kind, interval, limit, name, self._hint(mine, other, inputs, name))

    def _repetitions(self, other: Work, inputs: Any) -> int:
        """Return how often a piece repeats the work: from the yardstick's speed and the inputs' size, never from the candidate."""
        costs = []
        for _ in range(3):
            example = inputs(self._rng)
            costs.append(self._piece(other, [example], "cpu").seconds)
        size = sum(getattr(value, "nbytes", 64) for value in example)
        fitting = max(1, PIECE_BYTES // max(size, 1))
        return max(1, min(MOST_REPETITIONS, fitting, math.ceil(PIECE_SECONDS / max(min(costs[1:]), 1e-6))))

    def _pair(self, kind: str, mine: Work, other: Work, batch: list[tuple[Any, ...]], swapped: bool) -> float:
        """Return the log-ratio of one pair on the same inputs, in either order."""
        if swapped:
            theirs = self._piece(other, batch, kind)
            ours = self._piece(mine, batch, kind)
        else:
            ours = self._piece(mine, batch, kind)
            theirs = self._piece(other, batch, kind)
        return math.log(ours.charged(theirs) / theirs.seconds)

    def _piece(self, work: Work, batch: list[tuple[Any, ...]], kind: str) -> Cost:
        """Run one piece of work, check every answer, and return its cost."""
        connection = self._connection(work)
        connection.request("prepare", work.setup, batch, False)
        gc.collect(0)
        before = self._supervisor.reading(work.role)["cpu_seconds"]
        began = time.perf_counter()
        got = connection.request("repeat", work.function)
        ended = time.perf_counter()
        self._verify(work, batch, got)
        after = self._supervisor.reading(work.role)["cpu_seconds"]
        idle = before - self._clocks.get(work.tree, before)
        self._clocks[work.tree] = after
        cpu_seconds = max(after - before, 1e-9)
        return Cost(ended - began if kind == "wall" else cpu_seconds, cpu_seconds, idle)

    def _verify(self, work: Work, batch: list[tuple[Any, ...]], got: Any) -> None:
        __tracebackhide__ = True
        answer, rtol, atol = self._answers
        if type(got) is not list or len(got) != len(batch):
            raise AssertionError("The measured calls did not return one answer each.")
        for values, value in zip(batch, got, strict=True):
            self._check(value, answer(*values), rtol=rtol, atol=atol, call=f"the measured {work.function.__name__}")

    # --- memory ---

    def _memory(self, mine: Work, other: Work, inputs: Any, limit: float, name: str) -> None:
        samples: list[float] = []
        for _ in range(MEMORY_PAIRS):
            batch = [inputs(self._rng)]
            (ahead, rise), (other_ahead, other_rise) = (self._peak(work, batch) for work in (mine, other))
            hidden = max(0.0, ahead - other_ahead - FREE_HELD_BYTES)
            samples.append(math.log((rise + hidden + MEMORY_FLOOR_BYTES) / (other_rise + MEMORY_FLOOR_BYTES)))
        ratio = math.exp(sorted(samples)[MEMORY_PAIRS // 2])
        interval = budget.Interval(ratio, math.exp(min(samples)), math.exp(max(samples)))
        over = interval.low > limit
        self._note("memory", interval, limit, MEMORY_PAIRS, Standing.OVER if over else Standing.WITHIN, name)
        if over:
            self._refuse("memory", interval, limit, name)

    def _peak(self, work: Work, batch: list[tuple[Any, ...]]) -> tuple[float, float]:
        """Return the most bytes held before one call in a process of its own, and those the call needs beyond its start."""
        self._close(work.role)
        connection = self._connection(work)
        connection.request("len", (work.function,))  # sends it, for which the package is imported
        connection.request("prepare", None, [], True)  # so that the inputs' own frame is given back at once, too
        self._supervisor.reading(work.role, reset_peak=True)
        connection.request("prepare", work.setup, batch, True)
        connection.request("len", ())  # the agent lets go of a frame when it has read the next
        before = self._supervisor.reading(work.role, reset_peak=True)
        got = connection.request("repeat", work.function)
        after = self._supervisor.reading(work.role)
        self._verify(work, batch, got)
        self._close(work.role)
        return before["peak_bytes"], max(after["peak_bytes"] - before["resident_bytes"], 0.0)

    # --- counts, which are advice ---

    def _count(self, work: Work, inputs: Any) -> Counts:
        """Return what one call says it does in Python, its answer checked like every other."""
        batch = [inputs(self._rng)]
        connection = self._connection(work)
        connection.request("prepare", work.setup, batch, False)
        answer, counts = Counts.of(connection.request("count", work.function))
        self._verify(work, batch, [answer])
        return counts

    def _hint(self, mine: Work, other: Work, inputs: Any, name: str) -> str:
        errors = (CandidateEnded, CandidateRaised, AssertionError)
        return hint(lambda: self._count(mine, inputs), lambda: self._count(other, inputs), name, errors)

    # --- the rest ---

    def _connection(self, work: Work) -> Connection:
        if work.role not in self._connections:
            self._connections[work.role] = self._supervisor.open(work.role, work.tree)
        return self._connections[work.role]

    def _close(self, *roles: str) -> None:
        for role in roles or tuple(self._connections):
            connection = self._connections.pop(role, None)
            self._clocks.clear()
            if connection is not None:
                connection.close()
                self._supervisor.close(role)

    def output(self) -> Iterator[str]:
        """Yield what the measured processes printed."""
        return (bytes(c.output).decode("utf-8", "backslashreplace") for c in self._connections.values())

    def _note(
        self, kind: str, interval: budget.Interval, limit: float, pairs: int, state: Standing, yardstick: str
    ) -> None:
        self.figures[kind] = {
            "estimate": round(interval.estimate, 4),
            "low": round(interval.low, 4),
            "high": round(interval.high, 4),
            "limit": limit,
            "pairs": pairs,
            "standing": state.value,
            "yardstick": yardstick,
        }

    def _refuse(self, kind: str, interval: budget.Interval, limit: float, name: str, more: str = "") -> None:
        left = budget.credit(interval.estimate, limit)
        raise OverBudget(
            f"The answer is right, but your code needs {interval.estimate:.1f} times the {UNITS[kind]} of {name} (between "
            f"{interval.low:.1f} and {interval.high:.1f}); the budget is {limit:g} times. "
            + (
                "Look for arrays that are much larger than the result, or for copies that are not needed."
                if kind == "memory"
                else "Look for Python loops over single elements, and let one NumPy call do their work."
            )
            + more,
            left,
        )


def _has_taken_long(samples: Sequence[float], began: float) -> bool:
    """Whether a measurement ends here, at a look, with the usual number of pairs: more of them would take too long."""
    at_a_look = len(samples) >= budget.USUAL_PAIRS and len(samples) in budget.LOOKS
    return at_a_look and time.monotonic() - began > LONG_SECONDS
