"""How far a budget's verdict can be trusted on this machine: verdicts with known answers. Side: worker.

One candidate equals the reference, one does its work twice; both are held to 1.5 times the reference. A `false_fail` is
the first one failing, a `false_pass` the second one passing. The verdicts are made by ordinary runs of an ordinary suite.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from grader.result import Check
from grader.sandbox.base import Engine
from grader.source import stage_folder
from grader.suite.manifest import load_suite
from grader.supervisor.run import grade
from grader.verdict import Verdict

BATCH = 25  # of one run: more could outlast it, if each used up its time
MANIFEST = """
title = "Calibration"
package = "calibration"
modules = ["calibration"]
reference = "../reference"
"""
#: Two kinds of work take turns: one that computes, and one that asks for memory, whose cost depends on how it is given.
TESTS = """
import numpy as np
import pytest
from calibration import multiply, rearrange
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate


@in_candidate
def small(x):
    return multiply(x)


@in_candidate
def large(x):
    return rearrange(x)


@weight(1)
@budget(cpu=1.5)
@pytest.mark.parametrize("number", range({batch}))
def test_verdict(measure, number):
    if number % 2:
        inputs = lambda rng: (rng.standard_normal((1000, 1000), dtype=np.float32),)
        measure(large, inputs=inputs, answer=lambda x: 4 * (x[:2] + x[:, :2].T).ravel())
    else:
        measure(small, inputs=lambda rng: (rng.standard_normal((160, 160)),), answer=lambda x: np.tanh(x @ x).sum(axis=0))
"""
ONCE = """
import numpy as np


def multiply(x):
    return np.tanh(x @ x).sum(axis=0)


def rearrange(x):
    y = np.array(x + x)
    z = np.array(y * 2)
    return z.reshape(500, 2000).copy()[0] + z.T.copy()[:2].ravel()
"""
TWICE = (
    ONCE
    + """

def twice(function):
    def both(x):
        function(x)
        return function(x)

    return both


multiply, rearrange = twice(multiply), twice(rearrange)
"""
)


def run_calibration(engine: Engine, verdicts: int, neighbours: Sequence[int], console: Console) -> dict[str, Any]:
    """Return one row of figures for each number of busy neighbours."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name, text in (("reference", ONCE), ("equal", ONCE), ("twice", TWICE)):
            (place / name).mkdir()
            (place / name / "calibration.py").write_text(text)
        suite = place / "m_calibration"
        suite.mkdir()
        (suite / "suite.toml").write_text(MANIFEST)
        (suite / "test_calibration.py").write_text(TESTS.format(batch=min(BATCH, verdicts)))
        rows = []
        for count in neighbours:
            with busy(count):
                equal = _verdicts(engine, suite, place / "equal", verdicts)
                twice = _verdicts(engine, suite, place / "twice", verdicts)
            rows.append(_row(count, equal, twice))
            console.print(_sentence(rows[-1]), highlight=False)
    return {"rows": rows}


def _verdicts(engine: Engine, suite: Path, tree: Path, wanted: int) -> list[Check]:
    checks: list[Check] = []
    while len(checks) < wanted:
        checks += grade(stage_folder(tree), load_suite(suite), engine, seed=len(checks)).checks
    return checks[:wanted]


def _row(neighbours: int, equal: list[Check], twice: list[Check]) -> dict[str, Any]:
    def estimates(checks: list[Check]) -> list[float]:
        return [check.budget["cpu"]["estimate"] for check in checks if check.budget]

    return {
        "neighbours": neighbours,
        "verdicts": len(equal),
        "false_fail": sum(check.verdict is not Verdict.PASSED for check in equal),
        "false_pass": sum(check.verdict is not Verdict.OVER_BUDGET for check in twice),
        "median_verdict_s": round(statistics.median(check.duration_s for check in [*equal, *twice]), 3),
        "equal_ratios": [round(value, 3) for value in (min(estimates(equal)), max(estimates(equal)))],
        "twice_ratios": [round(value, 3) for value in (min(estimates(twice)), max(estimates(twice)))],
        "median_pairs": statistics.median(check.budget["cpu"]["pairs"] for check in [*equal, *twice] if check.budget),
    }


def _sentence(row: dict[str, Any]) -> str:
    return (
        f"{row['neighbours']} neighbours: {row['false_fail']} false fails and {row['false_pass']} false passes in "
        f"{row['verdicts']} verdicts each, {row['median_verdict_s']} s a verdict"
    )


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep this many processes computing meanwhile; they end with this one, however it ends."""
    spin = f"import os\nimport numpy as np\nx = np.random.rand(300, 300)\nwhile os.getppid() == {os.getpid()}: x @ x"
    processes = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def print_calibration(figures: dict[str, Any], console: Console) -> None:
    """Print the figures as a table."""
    table = Table(title="Verdicts under a budget of 1.5, true ratios 1 and 2", title_justify="left")
    for heading in (
        "busy neighbours",
        "verdicts",
        "false fails",
        "false passes",
        "median s",
        "ratios of 1",
        "ratios of 2",
    ):
        table.add_column(heading, justify="right")
    for row in figures["rows"]:
        table.add_row(
            *(str(row[key]) for key in ("neighbours", "verdicts", "false_fail", "false_pass", "median_verdict_s")),
            *("{} to {}".format(*row[key]) for key in ("equal_ratios", "twice_ratios")),
        )
    console.print(table)
