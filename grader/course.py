"""Several suites over one submission in one go: a lane for each processor, and each module keeps its own points.

Side: worker.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from grader.judging import JudgeBox, SuiteJudge, begin_judges
from grader.needs import notes_on_needs
from grader.pool import Pool
from grader.result import Check, RunResult, with_notes
from grader.run import OnCheck, Order, grade
from grader.sandbox.base import Engine
from grader.sandbox.limits import Limits
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
    judges = begin_judges(engine)
    try:
        lanes = Lanes(tree, judges, engine, min(len(suites), len(os.sched_getaffinity(0))), on_check)
        with lanes.open():
            results = lanes.grade(suites, Order(seed, without=without))
            return _with_needs(results, suites, lanes, seed)
    finally:
        judges.close()


class Lanes:
    """Runs side by side over one tree; their judges share a box, and a suite is collected while an earlier one runs."""

    def __init__(self, tree: Tree, judges: JudgeBox, engine: Engine, count: int, on_check: OnCheck | None) -> None:
        self._tree = tree
        self._judges = judges
        self._pools = [Pool(engine) for _ in range(max(count, 1))]
        self._on_check = on_check
        self._talking = threading.Lock()
        self._taking = threading.Lock()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Have candidates on their way in every lane, and end what is left of them."""
        try:
            for pool in self._pools:
                pool.warm(Limits())
            yield
        finally:
            for pool in self._pools:
                pool.close()

    def grade(self, suites: Sequence[Suite], order: Order) -> list[RunResult]:
        """Return the results of all suites, in their order; whatever goes wrong in one of them is raised."""
        waiting = list(enumerate(suites))
        results: dict[int, RunResult] = {}

        def take() -> tuple[int, SuiteJudge] | None:
            with self._taking:
                if not waiting:
                    return None
                number, suite = waiting.pop(0)
                return number, self._judges.judge(suite)

        def run(pool: Pool) -> None:
            following = take()
            while following is not None:
                (number, judge), following = following, take()
                results[number] = self._grade(judge, pool, order)

        with ThreadPoolExecutor(len(self._pools)) as threads:
            for lane in [threads.submit(run, pool) for pool in self._pools]:
                lane.result()
        return [results[number] for number in range(len(suites))]

    def passes(self, suite: Suite, order: Order) -> bool:
        """Whether the tree gets every point of one more suite."""
        checks = self._grade(self._judges.judge(suite), self._pools[0], order).checks
        return all(check.points == check.max_points for check in checks)

    def _grade(self, judge: SuiteJudge, pool: Pool, order: Order) -> RunResult:
        pool.warm(Limits().override(judge.suite.limits))
        result = grade(
            self._tree,
            judge.suite,
            pool.engine,
            seed=order.seed,
            order=order,
            judge=judge,
            open_candidate=pool.candidate,
            on_check=self._say,
        )
        judge.hang_up()
        return result

    def _say(self, check: Check, done: int, planned: int) -> None:
        if self._on_check is not None:
            with self._talking:
                self._on_check(check, done, planned)


def _with_needs(results: list[RunResult], suites: Sequence[Suite], lanes: Lanes, seed: int) -> list[RunResult]:
    """Return the results with notes on the earlier modules that each suite needs and that fail their own suites."""
    passed = {
        suite.digest: all(
            check.points == check.max_points for check in result.checks if not check.id.startswith(BUDGET_FILE)
        )
        for suite, result in zip(suites, results, strict=True)
    }

    def passes(needed: Suite) -> bool:
        if needed.digest not in passed:
            order = Order(seed, without=BUDGET_FILE, until_lost=True)
            passed[needed.digest] = lanes.passes(needed, order)
        return passed[needed.digest]

    return [
        with_notes(result, notes_on_needs(result, suite, passes)) for suite, result in zip(suites, results, strict=True)
    ]
