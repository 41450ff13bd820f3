"""The `measure` fixture under the judge: pairs of the same work, and what they say. Side: judge.

Inputs are fresh for every repetition, every answer is checked, the number of repetitions follows from the yardstick alone.
Preparing, and whatever else a process burns between the pieces, is free up to what the reference's process spends there and
a little, and counts beyond it; so does memory that is needed before a piece begins.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.judge.budget import statistics
from grader.judge.budget.counts import COUNTED, Counts, hint
from grader.judge.budget.growth import Growth
from grader.judge.budget.statistics import Standing
from grader.judge.budget.trees import ON_REFERENCE, REFERENCE
from grader.judge.budget.workload import MeasuredProcesses, Pieces, Work
from grader.judge.exceptions import CandidateEnded, CandidateRaised, OverBudget, RemoteMisuse, YardstickEnded
from grader.wire import values

#: The floor of one measured piece on the yardstick, in CPU time. Below it the fixed costs of a piece (a request, cold
#: caches) pull ratios towards 1: beside ten busy neighbours a true 2 read 1.75 with pieces of 4 ms and 1.9 from 20 ms on.
PIECE_SECONDS = 0.02
TRIAL_PAIRS = 2  # of one repetition each, after a first pair that is thrown away
MOST_REPETITIONS = 64
PIECE_BYTES = 16 << 20  # of inputs; fewer repetitions where they are large
MEMORY_FLOOR_BYTES = 256 << 10  # differences below this are the allocator's, not the student's
MEMORY_PAIRS = 3
FREE_HELD_BYTES = 8 << 20  # beyond what the yardstick holds when a piece begins: other modules of the standard library
#: A workload of the candidate's own that another is held against counts for no more than so many times what the
#: reference needs for it, by what it runs on: a candidate could slow it down.
RIVAL_MOST = {ON_REFERENCE: 1.25, "candidate": 4.0}
#: What a student reads of each step of the credit.
KEPT = {
    0.75: " Three quarters of the points are yours.",
    0.5: " Half of the points are yours.",
    0.25: " A quarter of the points is yours.",
    0.0: "",
}
UNITS = {"cpu": "CPU time", "memory": "peak memory", "wall": "time"}


#: What ends a test whether it lets it pass or not.
DECIDING = (CandidateEnded, OverBudget, RemoteMisuse, YardstickEnded)


class Measure:
    """One test's instrument; `figures` is what the report shows, `ended` what decides even where the test has caught it."""

    def __init__(
        self,
        supervisor: MeasuredProcesses,
        marks: dict[str, Any],
        rng: np.random.Generator,
        check: Any,
        trees: Sequence[str],
    ) -> None:
        self._supervisor = supervisor
        self._trees = trees
        self._marks = marks
        self._rng = rng
        self._pieces = Pieces(supervisor, check)
        self._counterpart: Work | None = None
        self.figures: dict[str, Any] = {}
        self.ended: BaseException | None = None

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
        self._pieces.expect(answer, rtol, atol)
        name = "your other version" if against else ("the yardstick" if yardstick else "the reference")
        self._counterpart = Work("rival", REFERENCE, against, setup) if against and REFERENCE in self._trees else None
        with self._remembered():
            mine = self._own_work(workload, setup, lambda: inputs(self._rng))
            other = Work("yardstick", mine.tree if against else REFERENCE, against or yardstick or workload, setup)
            for kind, limit in sorted(limits.items(), key=lambda item: item[0] not in COUNTED):
                if kind in COUNTED:
                    figure = self._count(mine, inputs).figure(kind, self._count(other, inputs), limit, name)
                    self.figures[kind] = figure
                elif kind == "memory":
                    self._memory(mine, other, inputs, limit, name)
                else:
                    self._time(kind, mine, other, inputs, limit, name)

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
        self._pieces.expect(answer, rtol, atol)
        growth = Growth(tuple(sizes), mark["variable"], mark["at_most"], mark["within"])
        with self._remembered():
            work = self._own_work(workload, setup, lambda: inputs(self._rng, min(sizes)))
            self._alone(work, [inputs(self._rng, min(sizes))])
            began = time.monotonic()
            state = Standing.UNDECIDED
            while state is Standing.UNDECIDED:
                growth.add([self._alone(work, [inputs(self._rng, size)]) for size in sizes])
                state = growth.standing(is_last=self._is_last(growth.exponents, began))
            self._note("scaling", growth.interval, growth.at_most, len(growth.exponents), state, growth.variable)
            if state is Standing.OVER:
                raise OverBudget(growth.sentence, 0.0)

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        """End the measured processes after a measurement, and remember what decides."""
        try:
            yield
        except DECIDING as problem:
            self.ended = self.ended or problem
            raise
        finally:
            self._pieces.close()

    def _own_work(self, workload: Any, setup: Any, example: Callable[[], tuple[Any, ...]]) -> Work:
        """Return the candidate's side: on the reference's earlier modules, so that a slow one of those is paid for once.

        Whose module works with their own earlier ones only is measured with those.
        """
        if ON_REFERENCE not in self._trees:
            return Work("candidate", "candidate", workload, setup)
        work = Work("candidate", ON_REFERENCE, workload, setup)
        try:
            self._pieces.run(work, [example()], "cpu")
        except BaseException as problem:
            if not isinstance(problem, CandidateRaised | AssertionError):
                raise
            self._pieces.close(work.role)
            return Work("candidate", "candidate", workload, setup)
        return work

    def _alone(self, work: Work, batch: list[tuple[Any, ...]]) -> tuple[float, float | None]:
        """Return the seconds of a piece that is compared with other sizes of itself, and the reference's if there is one.

        Preparing counts as in pairs.
        """
        cost = self._pieces.run(work, batch, "cpu")
        if REFERENCE not in self._trees:
            return cost.charged(None), None
        reference = self._pieces.run(Work("yardstick", REFERENCE, work.function, work.setup), batch, "cpu")
        return cost.charged(reference), reference.seconds

    def _is_last(self, samples: Sequence[float], began: float) -> bool:
        return statistics.is_last_look(len(samples), time.monotonic() - began, self._supervisor.left_seconds())

    # --- time ---

    def _time(self, kind: str, mine: Work, other: Work, inputs: Any, limit: float, name: str) -> None:
        repetitions = self._repetitions(other, inputs)
        self._pair(kind, mine, other, [inputs(self._rng)], False)
        trial = [self._pair(kind, mine, other, [inputs(self._rng)], bool(n % 2)) for n in range(TRIAL_PAIRS)]
        if statistics.is_hopeless(trial, math.log(limit)):
            interval = statistics.Interval(
                math.exp(sum(trial) / TRIAL_PAIRS), math.exp(min(trial)), math.exp(max(trial))
            )
            self._note(kind, interval, limit, TRIAL_PAIRS, Standing.OVER, name)
            self._refuse(kind, interval, limit, name, self._hint(mine, other, inputs, name))
        samples: list[float] = []
        state = Standing.UNDECIDED
        began = time.monotonic()
        while state is Standing.UNDECIDED:
            batch = [inputs(self._rng) for _ in range(repetitions)]
            samples.append(self._pair(kind, mine, other, batch, len(samples) % 2 == 1))
            state = statistics.ratio_standing(samples, limit)
            if state is Standing.UNDECIDED and self._is_last(samples, began):
                state = statistics.last_standing(samples, math.log(limit))
        interval = statistics.ratio_interval(samples)
        self._note(kind, interval, limit, len(samples), state, name)
        if state is Standing.OVER:
            self._refuse(kind, interval, limit, name, self._hint(mine, other, inputs, name))

    def _repetitions(self, other: Work, inputs: Any) -> int:
        """Return how often a piece repeats the work: from the yardstick's speed and the inputs' size, never from the candidate."""
        costs = []
        for _ in range(3):
            example = inputs(self._rng)
            costs.append(self._pieces.run(other, [example], "cpu").seconds)
        return max(1, min(MOST_REPETITIONS, _fitting(example), math.ceil(PIECE_SECONDS / max(min(costs[1:]), 1e-6))))

    def _pair(self, kind: str, mine: Work, other: Work, batch: list[tuple[Any, ...]], swapped: bool) -> float:
        """Return the log-ratio of one pair on the same inputs, in either order."""
        if swapped:
            theirs = self._pieces.run(other, batch, kind)
            ours = self._pieces.run(mine, batch, kind)
        else:
            ours = self._pieces.run(mine, batch, kind)
            theirs = self._pieces.run(other, batch, kind)
        reference = theirs if other.tree == REFERENCE else None
        if self._counterpart is not None:
            reference = self._pieces.run(self._counterpart, batch, kind)
            theirs = theirs.at_most(RIVAL_MOST[other.tree], reference)
        return math.log(ours.charged(reference) / theirs.seconds)

    # --- memory ---

    def _memory(self, mine: Work, other: Work, inputs: Any, limit: float, name: str) -> None:
        samples: list[float] = []
        for _ in range(MEMORY_PAIRS):
            batch = [inputs(self._rng)]
            (ahead, rise), (other_ahead, other_rise) = (self._pieces.peak(work, batch) for work in (mine, other))
            hidden = max(0.0, ahead - other_ahead - FREE_HELD_BYTES)
            samples.append(math.log((rise + hidden + MEMORY_FLOOR_BYTES) / (other_rise + MEMORY_FLOOR_BYTES)))
        ratio = math.exp(sorted(samples)[MEMORY_PAIRS // 2])
        interval = statistics.Interval(ratio, math.exp(min(samples)), math.exp(max(samples)))
        over = interval.low > limit
        self._note("memory", interval, limit, MEMORY_PAIRS, Standing.OVER if over else Standing.WITHIN, name)
        if over:
            self._refuse("memory", interval, limit, name)

    # --- counts, which are advice ---

    def _count(self, work: Work, inputs: Any) -> Counts:
        """Return what one call says it does in Python."""
        return self._pieces.count(work, [inputs(self._rng)])

    def _hint(self, mine: Work, other: Work, inputs: Any, name: str) -> str:
        errors = (
            *DECIDING,
            Exception,
            SystemExit,
            KeyboardInterrupt,
        )  # the student's may be of any of the last classes
        return hint(lambda: self._count(mine, inputs), lambda: self._count(other, inputs), name, errors)

    # --- the rest ---

    def _note(
        self, kind: str, interval: statistics.Interval, limit: float, pairs: int, state: Standing, yardstick: str
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

    def _refuse(self, kind: str, interval: statistics.Interval, limit: float, name: str, more: str = "") -> None:
        left = statistics.credit(interval.low, limit)
        raise OverBudget(
            f"The answer is right, but your code needs {interval.estimate:.1f} times the {UNITS[kind]} of {name} (between "
            f"{interval.low:.1f} and {interval.high:.1f}); the budget is {limit:g} times. "
            + (
                "Look for arrays that are much larger than the result, or for copies that are not needed."
                if kind == "memory"
                else "Look for Python loops over single elements, and let one NumPy call do their work."
            )
            + more
            + KEPT[left],
            left,
        )


def _fitting(example: tuple[Any, ...]) -> int:
    """Return how many inputs like these one request takes, and one answer of as many answers like them."""
    made = values.node(example, lambda _value: [values.REFERENCE, 0, ""], 1 << 40)
    elements, _levels = values.extent(made)
    return min(PIECE_BYTES // len(values.packed(made)), values.MAX_ELEMENTS // (2 * elements))
