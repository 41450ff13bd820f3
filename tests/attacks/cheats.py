"""Loads the submissions that cheat on a budget, and the small suite that measures them against its own reference.

A file's first lines are its contract: `# threat:` its class, `# expect:` the verdicts it may get, `# measures:` the kinds of
budget it attacks. Each does the work of the reference twelve times over, or holds twelve times its memory: far beyond the
budget and beyond all partial credit, so that a cheat that works at all is seen by its points.

A shortcut is aimed at a suite of the course, whose tests students can read: `shortcut/mNN_*.mutant` is one file of the
reference, written so that it does less than its work wherever a budget's answer, or a checkpoint, would not show it.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.result import Check, RunResult
from grader.source import Tree, stage_folder
from grader.suite.check.listed_mutants import Mutant, read_mutant
from grader.suite.manifest import Suite, load_suite
from grader.suite.order import Order
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.attacks.cost import Measured, measured, seconds_of
from tests.grader.engines import engine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MANIFEST = """
title = "Calibration"
package = "calibration"
modules = ["calibration"]
reference = "../reference"

[limits]
test_wall_seconds = 5
memory_bytes = 402653184
"""
TESTS = """
import numpy as np
from calibration import work
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate


@in_candidate
def run(x):
    return work(x)


def product(rng):
    return (rng.standard_normal((200, 200)),)


def sums(x):
    return np.tanh(x @ x).sum(axis=0)


@weight(1)
@budget(cpu=1.5)
def test_cpu(measure):
    measure(run, inputs=product, answer=sums)


@weight(1)
@budget(wall=1.5)
def test_wall(measure):
    measure(run, inputs=product, answer=sums)


@weight(1)
@budget(memory=1.5)
def test_memory(measure):
    measure(run, inputs=lambda rng: (rng.random((1000, 1000), dtype=np.float32),), answer=lambda x: x[:2] + 5.5)
"""
REFERENCE = """
import numpy as np


def work(x):
    if len(x) == 200:
        return np.tanh(x @ x).sum(axis=0)
    total = np.zeros_like(x[:2])
    for n in range(12):
        total += (x + np.float32(n))[:2]
    return total / 12
"""


#: The verdicts of a test that saw what is wrong.
SEEN = {Verdict.FAILED, Verdict.OVER_BUDGET}


@dataclass(frozen=True)
class Cheat:
    """One submission and the budgets it attacks."""

    name: str
    threat: str
    expect: frozenset[str]
    measures: tuple[str, ...]
    text: str

    @property
    def label(self) -> str:
        return f"{self.threat}-{self.name}"

    def measured(self, engine_name: str, folder: Path) -> Measured:
        """Grade it on the budgets it attacks, and return what it got and cost; `folder` is where the suite is written."""

        def run(honest_seconds: float) -> list[RunResult]:
            short = {"budget_wall_seconds": max(honest_seconds / len(self.measures), 1.0)}
            return [self.run(engine_name, folder, **(short if self.expect == {"timed_out"} else {}))]

        return measured(
            lambda anew: honest_seconds(engine_name, folder, self.measures, anew),
            run,
            lambda results: self.findings(results[0].checks),
        )

    def run(self, engine_name: str, folder: Path, kinds: tuple[str, ...] = (), **limits: float) -> RunResult:
        """Grade it on the budgets it attacks."""
        wanted = [f"test_calibration.py::test_{kind}" for kind in kinds or self.measures]
        tree = Tree.of({"calibration.py": self.text.encode()})
        suite = calibration(folder)
        suite = replace(suite, limits={**suite.limits, **limits})
        return grade(tree, suite, engine(engine_name), seed=3, order=Order(only=wanted))

    def findings(self, checks: Sequence[Check]) -> list[str]:
        """Return every way in which the cheat got more than the plain slow package, which gets nothing."""
        found = []
        for check in checks:
            said = f"{check.id} is {check.verdict.value} with {check.points:g} points: {check.message[:300]}"
            if check.points or check.verdict is Verdict.PASSED or check.verdict.value not in self.expect:
                found.append(said)
            if not check.message:
                found.append(f"{said} It gives no reason.")
        return found


_honest: dict[tuple[str, tuple[str, ...]], float] = {}  # seconds, by engine and budgets


def honest_seconds(engine_name: str, folder: Path, kinds: tuple[str, ...], anew: bool) -> float:
    """Return what an honest run of these budgets takes, measured once in this process, or now."""
    if anew or (engine_name, kinds) not in _honest:
        honest = Cheat("honest", "", frozenset(), kinds, REFERENCE)
        _honest[engine_name, kinds] = seconds_of(honest.run(engine_name, folder))
    return _honest[engine_name, kinds]


@functools.cache
def cheats() -> tuple[Cheat, ...]:
    """Return all submissions that cheat on a budget."""
    return tuple(_load(path) for path in sorted((HERE / "cheat").glob("*.py")))


def _load(path: Path) -> Cheat:
    text = path.read_text(encoding="utf-8")
    heads = dict(line[2:].split(": ", 1) for line in text.splitlines()[:3])
    return Cheat(path.stem, heads["threat"], frozenset(heads["expect"].split()), tuple(heads["measures"].split()), text)


@dataclass(frozen=True)
class Shortcut:
    """One file of the reference that does less than its work, and the tests of the course that it is aimed at."""

    mutant: Mutant

    @property
    def name(self) -> str:
        return self.mutant.name

    def run(self, engine_name: str) -> list[Check]:
        """Grade it on the tests it is aimed at."""
        module = self.name.partition("_")[0]
        suite = load_suite(next((ROOT / "test_suites").glob(f"{module}_*")))
        tree = self.mutant.apply(stage_folder(ROOT / "reference_impl"))
        return list(grade(tree, suite, engine(engine_name), seed=5, order=Order(only=self.mutant.caught_by)).checks)

    def findings(self, checks: list[Check]) -> list[str]:
        """Return what it was not seen at: each test that it is aimed at must give it nothing, and say why."""
        seen = {check.id for check in checks if not check.points and check.verdict in SEEN and check.message}
        return [f"{self.name} is not seen by {name}" for name in self.mutant.caught_by if name not in seen]


@functools.cache
def shortcuts() -> tuple[Shortcut, ...]:
    """Return all shortcuts through suites of the course."""
    return tuple(Shortcut(read_mutant(path)) for path in sorted((HERE / "shortcut").glob("*.mutant")))


def calibration(folder: Path) -> Suite:
    """Write the suite and its reference, and load it."""
    suite = folder / "m_calibration"
    if not suite.exists():
        suite.mkdir()
        (suite / "suite.toml").write_text(MANIFEST)
        (suite / "test_calibration.py").write_text(TESTS)
        (folder / "reference").mkdir()
        (folder / "reference" / "calibration.py").write_text(REFERENCE)
    return load_suite(suite)
