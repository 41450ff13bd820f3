"""The processes that one test's measurements run in, asked of the supervisor, and their two deadlines. Side: judge."""

import time
from collections.abc import Callable

from grader.judge.budget.trees import REFERENCE
from grader.judge.connection import Connection
from grader.judge.control import Control
from grader.wire.messages import CloseMeter, OpenMeter, Reading, ReadMeter

#: The seed of a process, and whether containers are shared with it.
Begin = tuple[int, bool]


class MeasuringProcesses:
    """What `grader.judge.budget.workload.MeasuredProcesses` asks for, for one test.

    The candidate's processes share one deadline, so that it cannot stretch a run by dawdling in each; the reference's share
    another, so that neither runs out of time for the other's dawdling.
    """

    def __init__(
        self,
        control: Control,
        connect: Callable[[float], tuple[Connection, Begin]],
        ask: Callable[[], None],
        wall_seconds: float,
    ) -> None:
        """connect: takes the channel that the supervisor hands over next; ask: told before anything is asked of it."""
        self._control = control
        self._connect = connect
        self._ask = ask
        self._wall_seconds = wall_seconds
        self._candidate_until = time.monotonic() + wall_seconds
        self._reference_until = self._candidate_until + wall_seconds

    def open(self, role: str, tree: str) -> Connection:
        """Return a connection to a fresh process that measures."""
        self._ask()
        self._control.send(OpenMeter(role, tree))
        connected, begin = self._connect(self._wall_seconds)
        connected.request("begin", *begin)
        connected.deadline = self._reference_until if tree == REFERENCE else self._candidate_until
        return connected

    def grant(self, seconds: float, to_all: bool = False) -> None:
        """Put the candidate's deadline off by what the reference took, or both by what starting a box took."""
        self._candidate_until += seconds
        self._reference_until += seconds if to_all else 0.0

    def left_seconds(self) -> float:
        """Return how long a measurement can go on, on both sides."""
        return min(self._candidate_until, self._reference_until) - time.monotonic()

    def close(self, role: str) -> None:
        """Have a process ended."""
        self._control.send(CloseMeter(role))

    def reading(self, role: str, reset_peak: bool = False) -> Reading:
        """Return the kernel's clock and memory figures of a process."""
        self._control.send(ReadMeter(role, reset_peak))
        return self._control.receive(Reading)[0]
