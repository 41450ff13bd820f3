"""`suite check`: everything that must hold before a suite may grade anybody. Side: worker.

Every rule is tried by ordinary runs in ordinary boxes: what holds here holds for students.
"""

import time

from grader.points import points_text
from grader.result import RunResult
from grader.sandbox.base import Engine
from grader.sandbox.limits import Limits
from grader.source import Tree
from grader.suite.check.effort import Effort
from grader.suite.check.grading import BUDGET_FILE, Grading, Tick
from grader.suite.check.liars import NOTHING_SHARE, Liar, liars_of
from grader.suite.check.mutant_rules import GeneratedMutants, ListedMutants
from grader.suite.check.publication import unpublished
from grader.suite.check.report import SuiteReport, is_lost, sentence
from grader.suite.manifest import Suite
from grader.suite.order import Order

ORDERS = 3
LIMIT_SHARE = 0.5  # of its time limit, which a test may take on the reference


class Checker:
    """Grades one suite."""

    def __init__(
        self, suite: Suite, engine: Engine, tick: Tick | None = None, *, seed: int = 2, effort: Effort | None = None
    ) -> None:
        """Prepare to check a suite. seed: of the second draw, under which every listed mistake is graded once more."""
        self.suite = suite
        self.effort = effort or Effort()
        self.grading = Grading(suite, engine, tick)
        self.grading.report.effort = self.effort
        self.listed = ListedMutants(self.grading, seed, self.effort)

    def check(self) -> SuiteReport:
        """Try every rule and return the report; raises SuiteError, before anything is graded, for what cannot be used."""
        began = time.monotonic()
        with self.grading.lanes:
            self.grading.collect()
            self.listed.refuse_unknown()
            full = self._reference_gets_everything()
            self._nothing_gets_nothing()
            self._liars_get_nothing()
            self._what_costs_points_is_published()
            self.listed.try_all()
            if not self.suite.is_milestone:  # a milestone runs through files of modules, which have suites of their own
                GeneratedMutants(self.grading, self.effort).try_all()
            self._seeds_and_orders_change_nothing()
            self._tests_keep_their_time(full)
        report = self.grading.report
        report.wall_seconds = round(time.monotonic() - began, 1)
        return report

    def _reference_gets_everything(self) -> RunResult:
        rule = self.grading.rule("the reference gets all points")
        result = self.grading.grade(self.grading.reference)
        rule.findings += [sentence(check) for check in result.checks if is_lost(check)]
        rule.summary = f"{points_text(result.score)} of {points_text(result.max_score)} in {len(result.checks)} tests"
        return result

    def _nothing_gets_nothing(self) -> None:
        """Grade what holds no work: an empty package and, unless the suite is a milestone's, the starter."""
        trees = {"an empty package": Tree.of({})}
        if not self.suite.is_milestone:
            trees = {"the starter": self.grading.starter(), **trees}
        rule = self.grading.rule(f"{' and '.join(trees)} {'get' if len(trees) > 1 else 'gets'} nothing")
        for name, tree in trees.items():
            result = self.grading.grade(tree, Order(without=BUDGET_FILE if name == "the starter" else None))
            rule.findings += [
                f"{name}: {check.id} earns {points_text(check.points)}" for check in result.checks if check.points
            ]
        rule.summary = f"{' and '.join('0' for _ in trees)} points" if rule.holds else ""

    def _liars_get_nothing(self) -> None:
        rule = self.grading.rule(f"nothing for nothing: who computes nothing gets under {NOTHING_SHARE:.0%}")
        liars = liars_of(self.grading)
        best = (0.0, "")
        for liar, (share, earning) in zip(liars, self.grading.each("nothing", self._earned, liars), strict=True):
            best = max(best, (share, liar.name))
            if share >= NOTHING_SHARE:
                rule.findings.append(f"{liar.name} gets {share:.1%}: {', '.join(earning)}")
        rule.summary = f"best of {len(liars)}: {best[0]:.1%}" + (f", {best[1]}" if best[0] else "")

    def _earned(self, liar: Liar) -> tuple[float, list[str]]:
        """Return a liar's share of the points, and the checks that gave it."""
        result = self.grading.grade(self.grading.with_files(liar.files))
        earning = [f"{check.id} {points_text(check.points)}" for check in result.checks if check.points]
        return result.score / max(result.max_score, 1e-9), earning

    def _what_costs_points_is_published(self) -> None:
        rule = self.grading.rule("publication: what costs points cites its section, and stands where students read it")
        starter = None if self.suite.is_milestone else self.grading.starter()
        own = [] if self.suite.is_milestone else self.grading.own_files()
        shown = [starter.read(path).decode("utf-8") for path in starter.paths if path in own] if starter else []
        rule.findings += unpublished(self.suite, self.grading.planned, shown, self.grading.reference)
        cited = {check.number for check in self.grading.planned if check.number}
        rule.summary = f"{len(cited)} sections cited" if cited else "no check cites a section of a contract"

    def _seeds_and_orders_change_nothing(self) -> None:
        seeds = self.effort.seeds
        rule = self.grading.rule(f"{seeds} seeds and {ORDERS} other orders give the same verdicts")
        found = self.grading.each("seeds and orders", self._repeated, range(seeds + ORDERS))
        rule.findings += [finding for findings in found for finding in findings]
        rule.summary = f"{seeds + ORDERS} runs"

    def _repeated(self, number: int) -> list[str]:
        """Return what the reference loses with another seed or, after all seeds, in another order."""
        shuffle = number if number >= self.effort.seeds else None
        order = Order(shuffle=shuffle, without=BUDGET_FILE)
        result = self.grading.grade(self.grading.reference, order, seed=number + 2)
        where = f"seed {number + 2}" + (", shuffled" if shuffle is not None else "")
        return [f"{where}: {sentence(check)}" for check in result.checks if is_lost(check)]

    def _tests_keep_their_time(self, full: RunResult) -> None:
        limits = Limits().override(self.suite.limits)
        rule = self.grading.rule(f"no test takes more than {LIMIT_SHARE:.0%} of its time on the reference")
        for check in full.checks:
            limit = limits.budget_wall_seconds if check.budget else limits.test_wall_seconds
            if check.duration_s > LIMIT_SHARE * limit:
                rule.findings.append(f"{check.id} takes {check.duration_s:.1f} s of {limit:g} s")
        slowest = max(full.checks, key=lambda check: check.duration_s)
        rule.summary = f"slowest: {slowest.id}, {slowest.duration_s:.2f} s"
