"""The time that measured processes have: what the machine takes to start their boxes is nobody's."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from grader.judge.budget import workload
from grader.judge.budget.trees import REFERENCE
from grader.judge.budget.workload import Pieces, Work
from grader.wire.messages import Reading

STARTING, WORKING = 5.0, 2.0  # seconds on a busy machine: a box, a piece of the reference's


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic


@dataclass
class Process:
    """Answers every request; the reference's works for a while."""

    clock: Clock
    seconds: float
    deadline: float

    def request(self, operation: str, *args: Any) -> Any:
        self.clock.now += self.seconds if operation == "repeat" else 0.0
        return []


@dataclass
class Machine:
    """Starts boxes slowly, and keeps two deadlines as the judge's plug-in does."""

    clock: Clock
    deadlines: dict[str, float] = field(default_factory=lambda: {"candidate": 160.0, REFERENCE: 220.0})
    processes: dict[str, Process] = field(default_factory=dict)

    def open(self, role: str, tree: str) -> Any:
        self.clock.now += STARTING
        self.processes[role] = Process(self.clock, WORKING if tree == REFERENCE else 0.0, self.deadlines[tree])
        return self.processes[role]

    def close(self, role: str) -> None:
        del self.processes[role]

    def reading(self, role: str, reset_peak: bool = False) -> Reading:
        return Reading(0.0, 0.0, 0.0)

    def grant(self, seconds: float, to_all: bool = False) -> None:
        self.deadlines["candidate"] += seconds
        self.deadlines[REFERENCE] += seconds if to_all else 0.0

    def left_seconds(self) -> float:
        return min(self.deadlines.values()) - self.clock.now


def test_starting_a_box_takes_time_from_neither_side_and_the_reference_none_from_the_candidate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(workload, "time", clock)
    machine = Machine(clock)
    pieces = Pieces(machine, None)
    pieces.expect(lambda: None, 0.0, 0.0)
    for role, tree in (("yardstick", REFERENCE), ("candidate", "candidate"), ("yardstick", REFERENCE)):
        pieces.run(Work(role, tree, len, None), [], "cpu")
    assert clock.now == 100.0 + 2 * STARTING + 2 * WORKING
    assert machine.deadlines == {"candidate": 160.0 + 2 * STARTING + 2 * WORKING, REFERENCE: 220.0 + 2 * STARTING}
    assert {role: process.deadline for role, process in machine.processes.items()} == {
        "candidate": machine.deadlines["candidate"],
        "yardstick": machine.deadlines[REFERENCE],
    }
