"""Several suites over one submission in one go: judges start while earlier suites run, and each module keeps its own points.

Side: worker.
"""

from collections.abc import Sequence

from grader.judging import JudgeBox, begin_judge
from grader.needs import notes_on_needs
from grader.pool import Pool
from grader.result import RunResult, with_notes
from grader.run import OnCheck, Order, grade
from grader.sandbox.base import Engine, Limits
from grader.source import Tree
from grader.suite import Suite

BUDGET_FILE = "test_budgets.py"


def grade_all(
    tree: Tree,
    suites: Sequence[Suite],
    engine: Engine,
    *,
    seed: int,
    without: str | None = None,
    on_check: OnCheck | None = None,
) -> list[RunResult]:
    """Grade a tree against each suite and return the results in order, with a note where an earlier module is to blame."""
    results: list[RunResult] = []
    passed: dict[str, bool] = {}
    with Pool(engine) as pool:
        ahead = [begin_judge(engine, suite) for suite in suites[:2]]
        for number, suite in enumerate(suites):
            pool.adopt(ahead[number].finish())
            if number + 2 < len(suites):
                ahead.append(begin_judge(engine, suites[number + 2]))
            result = _grade(tree, suite, pool, Order(seed, without=without), on_check)
            passed[suite.digest] = all(
                check.points == check.max_points for check in result.checks if not check.id.startswith(BUDGET_FILE)
            )

            def passes(needed: Suite) -> bool:
                if needed.digest not in passed:
                    order = Order(seed, without=BUDGET_FILE, until_lost=True)
                    checks = _grade(tree, needed, pool, order, None).checks
                    passed[needed.digest] = all(check.points == check.max_points for check in checks)
                return passed[needed.digest]

            results.append(with_notes(result, notes_on_needs(result, suite, passes)))
    return results


def _grade(tree: Tree, suite: Suite, pool: Pool, order: Order, on_check: OnCheck | None) -> RunResult:
    pool.warm(Limits().override(suite.limits))
    judge: JudgeBox = pool.judge(suite)
    return grade(
        tree,
        suite,
        pool.engine,
        seed=order.seed,
        order=order,
        judge=judge,
        open_candidate=pool.candidate,
        on_check=on_check,
    )
