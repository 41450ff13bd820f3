"""One piece of measured work on one side: prepared, run, and every answer checked. Side: judge.

Each measured process is forked from a base zygote and imports for itself; it runs one piece of work at a time: prepare the
inputs, then all repetitions in one request (measured until the answers have arrived as bytes). Clocks and peaks are the
supervisor's, read from outside.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from grader.judge.budget.counts import Counts
from grader.judge.budget.statistics import Cost
from grader.judge.budget.trees import ON_REFERENCE, REFERENCE
from grader.judge.connection import Connection
from grader.judge.exceptions import CandidateEnded, CandidateRaised, SuiteMisuse, YardstickEnded, raised
from grader.judge.remote.current import current, has_current
from grader.verdict import Verdict
from grader.wire.messages import Reading

Batch = list[tuple[Any, ...]]
#: All that is said of what goes wrong beside the reference's modules: words from there could carry their source.
WENT_WRONG = (
    "A measured call went wrong, though the first one did not: it raised an error, or its answer was not right. Call it many "
    "times at home, each time with other inputs, and look at every answer."
)


class MeasuredProcesses(Protocol):
    """What the fixture asks of the supervisor, through the control connection."""

    def open(self, role: str, tree: str) -> Connection: ...
    def close(self, role: str) -> None: ...
    def reading(self, role: str, reset_peak: bool = False) -> Reading: ...
    def grant(self, seconds: float, to_all: bool = False) -> None: ...
    def left_seconds(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Work:
    """One side's work: an optional preparation and the measured function."""

    role: str
    tree: str
    function: Any
    setup: Any


class Pieces:
    """The measured processes of one test, by their roles."""

    def __init__(self, supervisor: MeasuredProcesses, check: Any) -> None:
        self._supervisor = supervisor
        self._check = check
        self._answers: tuple[Callable[..., Any], float, float] | None = None
        self._connections: dict[str, Connection] = {}
        self._of_reference: set[str] = set()  # roles
        self._clocks: dict[str, float] = {}  # by role: the CPU time of its box when its last piece ended

    def expect(self, answer: Callable[..., Any], rtol: float, atol: float) -> None:
        """Say what every answer from now on is compared with."""
        self._answers = answer, rtol, atol

    def run(self, work: Work, batch: Batch, kind: str) -> Cost:
        """Run one piece of work, check every answer, and return its cost."""
        with _explained(work):
            connection = self._connection(work)
            connection.request("prepare", work.setup, batch, False)
            gc.collect(0)
            before = self._supervisor.reading(work.role).cpu_seconds
            began = time.perf_counter()
            got = connection.request("repeat", work.function)
            ended = time.perf_counter()
            self._verify(work, batch, got)
        if work.tree == REFERENCE:
            self._grant(ended - began)
        after = self._supervisor.reading(work.role).cpu_seconds
        idle = before - self._clocks.get(work.role, before)
        self._clocks[work.role] = after
        cpu_seconds = max(after - before, 1e-9)
        return Cost(ended - began if kind == "wall" else cpu_seconds, cpu_seconds, idle)

    def peak(self, work: Work, batch: Batch) -> tuple[float, float]:
        """Return the most bytes held before one call in a process of its own, and those the call needs beyond its start."""
        self.close(work.role)
        with _explained(work):
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
        self.close(work.role)
        return before.peak_bytes, max(after.peak_bytes - before.resident_bytes, 0.0)

    def count(self, work: Work, batch: Batch) -> Counts:
        """Return what one call says it does in Python, its answer checked like every other."""
        with _explained(work):
            connection = self._connection(work)
            connection.request("prepare", work.setup, batch, False)
            answer, counts = Counts.of(connection.request("count", work.function))
            self._verify(work, batch, [answer])
        return counts

    def close(self, *roles: str) -> None:
        """End the measured processes of these roles, or of all of them."""
        for role in roles or tuple(self._connections):
            connection = self._connections.pop(role, None)
            self._clocks.clear()
            if connection is not None:
                connection.close()
                self._supervisor.close(role)

    def _grant(self, seconds: float, to_all: bool = False) -> None:
        """Give the candidate, or all sides, as much more time as something took that it has no part in."""
        self._supervisor.grant(seconds, to_all)
        for role, connection in self._connections.items():
            if to_all or role not in self._of_reference:
                connection.deadline += seconds

    def _connection(self, work: Work) -> Connection:
        if work.role not in self._connections:
            began = time.monotonic()
            self._connections[work.role] = self._supervisor.open(work.role, work.tree)
            # A box starts before anything of the student's runs in it.
            self._grant(time.monotonic() - began, to_all=True)
            if work.tree == REFERENCE:
                self._of_reference.add(work.role)
        return self._connections[work.role]

    def _verify(self, work: Work, batch: Batch, got: Any) -> None:
        __tracebackhide__ = True
        assert self._answers is not None
        answer, rtol, atol = self._answers
        if type(got) is not list or len(got) != len(batch):
            raise AssertionError("The measured calls did not return one answer each.")
        for values, value in zip(batch, got, strict=True):
            self._check(value, answer(*values), rtol=rtol, atol=atol, call=f"the measured {work.function.__name__}")


def _is_of_the_test(problem: BaseException) -> bool:
    """Whether the test's own process brought something about, of which an `answer` has asked something, and no measured one."""
    if not has_current():
        return False
    known = raised(problem)
    return current().ended is problem or (known is not None and known.connection is current())


@contextmanager
def _explained(work: Work) -> Iterator[None]:
    """Have what goes wrong in a piece charged to whose it is: to the suite where no code of the student's is at work.

    A yardstick that ends is the machine's fault first: a run that is tried again may find it less busy.
    """
    try:
        yield
    except BaseException as problem:
        if not isinstance(problem, CandidateRaised | CandidateEnded | AssertionError) or _is_of_the_test(problem):
            raise
        if work.tree == REFERENCE and isinstance(problem, CandidateEnded):
            raise YardstickEnded(
                f"the yardstick of {work.function.__name__} ended before it answered ({problem.verdict}: {problem})"
            ) from None
        if work.tree == REFERENCE:
            kind = type(problem).__name__
            raise SuiteMisuse(f"the yardstick of {work.function.__name__} failed: {kind}: {problem}") from None
        if work.tree != ON_REFERENCE:
            raise
        if isinstance(problem, CandidateEnded):
            is_ours = problem.verdict in (Verdict.CRASHED, Verdict.TIMED_OUT)  # every word of it
            raise CandidateEnded(problem.verdict, str(problem) if is_ours else WENT_WRONG) from None
        raise AssertionError(WENT_WRONG) from None
