"""Several suites over one submission in one go: a lane for each processor, and each module keeps its own points.

Side: worker.
"""

import threading
from collections.abc import Callable, Sequence

from grader.result import Check, RunResult, with_notes
from grader.sandbox.base import Engine
from grader.sandbox.limits import Limits
from grader.seeds import derived_seed
from grader.source import Tree
from grader.suite.manifest import Suite
from grader.suite.order import Order
from grader.suite.prerequisites import notes_on_needs
from grader.supervisor.judge_box import JudgeBox, SuiteJudge, begin_judges
from grader.supervisor.parallel import ParallelRuns
from grader.supervisor.run import grade

BUDGET_FILE = "test_budgets.py"
OnSuiteCheck = Callable[[Suite, Check, int, int], None]  # told of each check as it ends: done, of how many planned


def grade_all(
    tree: Tree,
    suites: Sequence[Suite],
    engine: Engine,
    *,
    seed: int | None,
    without: str | None = None,
    on_check: OnSuiteCheck | None = None,
) -> list[RunResult]:
    """Grade a tree against each suite and return the results in order, with a note where an earlier module is to blame.

    seed: None for the one that follows from tree and suite, so that grading again draws the same.
    """
    judges = begin_judges(engine)
    try:
        with ParallelRuns(engine, len(suites)) as lanes:
            runs = Runs(tree, judges, lanes, seed, on_check)
            results = runs.grade(suites, Order(without=without))
            return _with_needs(results, suites, runs)
    finally:
        judges.close()


class Runs:
    """Runs side by side over one tree; their judges share a box, and a suite is collected while an earlier one runs."""

    def __init__(
        self, tree: Tree, judges: JudgeBox, lanes: ParallelRuns, seed: int | None, on_check: OnSuiteCheck | None
    ) -> None:
        self._tree = tree
        self._judges = judges
        self._lanes = lanes
        self._seed = seed
        self._on_check = on_check
        self._talking = threading.Lock()
        self._beginning = threading.Lock()

    def grade(self, suites: Sequence[Suite], order: Order) -> list[RunResult]:
        """Return the results of all suites, in their order; whatever goes wrong in one of them is raised."""
        begun: list[SuiteJudge] = []

        def grade_one(number: int) -> RunResult:
            """Grade one suite, with the judges of the next one in every lane on their way."""
            self._warm(suites[number])  # beside the judges' box
            with self._beginning:
                for suite in suites[len(begun) : number + self._lanes.count + 1]:
                    begun.append(self._judges.judge(suite))
            return self._grade(begun[number], order)

        return list(self._lanes.each(grade_one, range(len(suites))))

    def passes(self, suite: Suite, order: Order) -> bool:
        """Whether the tree gets every point of one more suite."""
        self._warm(suite)
        checks = self._grade(self._judges.judge(suite), order).checks
        return all(check.points == check.max_points for check in checks)

    def _warm(self, suite: Suite) -> None:
        self._lanes.pool.warm(Limits().override(suite.limits))

    def _grade(self, judge: SuiteJudge, order: Order) -> RunResult:
        pool = self._lanes.pool
        seed = derived_seed("", judge.suite.digest, self._tree.digest) if self._seed is None else self._seed
        result = grade(
            self._tree,
            judge.suite,
            pool.engine,
            seed=seed,
            order=order,
            judge=judge,
            open_candidate=pool.candidate,
            on_check=lambda check, done, planned: self._say(judge.suite, check, done, planned),
        )
        judge.hang_up()
        return result

    def _say(self, suite: Suite, check: Check, done: int, planned: int) -> None:
        if self._on_check is not None:
            with self._talking:
                self._on_check(suite, check, done, planned)


def _with_needs(results: list[RunResult], suites: Sequence[Suite], runs: Runs) -> list[RunResult]:
    """Return the results with notes on the earlier modules that each suite needs and that fail their own suites."""
    passed = {
        suite.digest: all(
            check.points == check.max_points for check in result.checks if not check.id.startswith(BUDGET_FILE)
        )
        for suite, result in zip(suites, results, strict=True)
    }

    def passes(needed: Suite) -> bool:
        if needed.digest not in passed:
            passed[needed.digest] = runs.passes(needed, Order(without=BUDGET_FILE, until_lost=True))
        return passed[needed.digest]

    return [
        with_notes(result, notes_on_needs(result, suite, passes)) for suite, result in zip(suites, results, strict=True)
    ]
