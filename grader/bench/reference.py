"""How often the reference fails a budget of its own suite: each budget test again and again, with other inputs. Side: worker.

A suite whose answers hang on the draw (a kink of ReLU, a tie of a maximum) fails its own reference now and then, as a verdict or
as the fault of a yardstick that answers wrongly; both are counted, with the seed that draws them again.
"""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import track

from grader.errors import GraderError, UsageError
from grader.sandbox.base import Engine
from grader.source import Tree, stage_folder
from grader.suite.manifest import Suite
from grader.suite.order import Order
from grader.supervisor.pool import Pool
from grader.supervisor.run import grade
from grader.verdict import Verdict

SHOWN = 20  # failures of a suite


def run_reference(
    engine: Engine, suites: Sequence[Suite], *, repetitions: int, first_seed: int, console: Console
) -> dict[str, Any]:
    """Grade each suite's reference on its budget tests this often, under one seed after another; return a row for each suite."""
    if repetitions < 1:
        raise UsageError(f"-n is a number of runs, not {repetitions}")
    rows = []
    with Pool(engine, judges=len(suites)) as pool:
        for suite in suites:
            if suite.reference is None:
                raise UsageError(f"{suite.name} has no reference whose budgets could be tried")
            tests = [check.id for check in pool.judge(suite).checks if check.is_measured]
            failures: list[dict[str, Any]] = []
            seeds = range(first_seed, first_seed + repetitions) if tests else range(0)
            reference = stage_folder(suite.reference)
            for seed in track(seeds, suite.name, console=console, transient=True, disable=not console.is_terminal):
                failures += _failures(pool, reference, suite, tests, seed)
            rows.append(
                {"suite": suite.name, "tests": len(tests), "runs": len(tests) * len(seeds), "failures": failures}
            )
            console.print(_sentence(rows[-1]), highlight=False)
    return {"repetitions": repetitions, "first_seed": first_seed, "rows": rows}


def _failures(pool: Pool, reference: Tree, suite: Suite, tests: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """Return what the reference does not pass under one seed; a fault costs no other test its turn."""
    try:
        result = grade(
            reference,
            suite,
            pool.engine,
            seed=seed,
            order=Order(only=tests),
            judge=pool.judge(suite),
            open_candidate=pool.candidate,
        )
    except GraderError as problem:
        if len(tests) == 1:
            return [{"test": tests[0], "seed": seed, "said": str(problem)}]
        return [failure for test in tests for failure in _failures(pool, reference, suite, [test], seed)]
    return [
        {"test": check.id, "seed": seed, "said": f"{check.verdict}: {check.message}"}
        for check in result.checks
        if check.verdict is not Verdict.PASSED
    ]


def _sentence(row: dict[str, Any]) -> str:
    return f"{row['suite']}: {len(row['failures'])} failures in {row['runs']} runs of {row['tests']} budget tests"


def print_reference(figures: dict[str, Any], console: Console) -> None:
    """Print every failure, and the sum."""
    for row in figures["rows"]:
        for failure in row["failures"][:SHOWN]:
            said = " ".join(failure["said"].split())[:300]
            console.print(
                escape(f"{row['suite']}: {failure['test']} with --seed {failure['seed']}: {said}"), highlight=False
            )
    failures = sum(len(row["failures"]) for row in figures["rows"])
    runs = sum(row["runs"] for row in figures["rows"])
    console.print(f"{failures} failures in {runs} runs of budget tests on the reference", highlight=False)
