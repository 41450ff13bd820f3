"""`suite check`: everything that must hold before a suite may grade anybody. Side: worker.

Every rule is tried by ordinary runs in ordinary boxes: what holds here holds for students.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from grader.errors import SuiteError
from grader.points import points_text
from grader.result import Check, RunResult
from grader.sandbox.base import Engine
from grader.sandbox.limits import Limits
from grader.source import Tree, stage_folder
from grader.suite.authoring.skeleton import skeleton
from grader.suite.authoring.starter import SUITES, helper_modules, starter_tree
from grader.suite.check.generated_mutants import Generated, generate, read_equivalent
from grader.suite.check.listed_mutants import FOLDER, Mutant, load_mutants
from grader.suite.course_table import read_course_table
from grader.suite.manifest import Suite
from grader.supervisor.parallel import ParallelRuns
from grader.supervisor.run import Order, grade
from grader.verdict import Verdict

SEEDS = 20
ORDERS = 3
KILLED_SHARE = 0.95
LIMIT_SHARE = 0.5  # of its time limit, which a test may take on the reference
BUDGET_FILE = "test_budgets.py"

Item = TypeVar("Item")
Found = TypeVar("Found")
Tick = Callable[[str, int, int], None]  # what is being tried, done, of how many


@dataclass
class Rule:
    """One thing that must hold, and what was found."""

    name: str
    findings: list[str] = field(default_factory=list)  # each a way in which it does not hold
    summary: str = ""

    @property
    def holds(self) -> bool:
        return not self.findings


@dataclass
class SuiteReport:
    """What `suite check` found."""

    suite: str
    rules: list[Rule] = field(default_factory=list)
    survivors: list[dict[str, Any]] = field(default_factory=list)
    killed: int = 0
    generated: int = 0
    wall_seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return all(rule.holds for rule in self.rules)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "suite": self.suite,
            "holds": self.holds,
            "wall_seconds": self.wall_seconds,
            "rules": [vars(rule) | {"holds": rule.holds} for rule in self.rules],
            "generated": {"made": self.generated, "killed": self.killed, "survivors": self.survivors},
        }


class Checker:
    """Grades one suite."""

    def __init__(self, suite: Suite, engine: Engine, tick: Tick | None = None) -> None:
        if suite.reference is None:
            raise SuiteError(
                f"{suite.folder}/suite.toml: a suite is checked against its reference; name it: reference = ..."
            )
        self.suite = suite
        self.reference = stage_folder(suite.reference)
        self.mutants = load_mutants(suite.folder)
        self.equivalent = read_equivalent(suite.folder / FOLDER)
        self.checks: list[str] = []  # ids of the suite's checks
        self.killers: list[str] = []  # of those that caught a mutant, the latest first: a neighbour's is tried first
        self.lanes = ParallelRuns(engine)
        self.tick = tick or (lambda what, done, total: None)
        self.report = SuiteReport(suite.name)

    def check(self) -> SuiteReport:
        """Try every rule and return the report."""
        began = time.monotonic()
        with self.lanes:
            self._refuse_what_cannot_be_checked()
            full = self._reference_gets_everything()
            self._nothing_gets_nothing()
            self._listed_mutants_are_caught()
            if not self.suite.is_milestone:  # a milestone runs through files of modules, which have suites of their own
                self._generated_mutants_are_killed()
            self._seeds_and_orders_change_nothing()
            self._tests_keep_their_time(full)
        self.report.wall_seconds = round(time.monotonic() - began, 1)
        return self.report

    # --- the rules ---

    def _refuse_what_cannot_be_checked(self) -> None:
        """Raise SuiteError, before anything is said or graded, for a suite or a mutant that cannot be used."""
        self.checks = [check.id for check in self.lanes.pool.judge(self.suite).checks]
        known = {name.partition("[")[0] for name in self.checks} | {*self.checks}
        for mutant in self.mutants:
            mutant.refuse_unknown(known)

    def _reference_gets_everything(self) -> RunResult:
        rule = self._rule("the reference gets all points")
        result = self._grade(self.reference)
        rule.findings += [_sentence(check) for check in result.checks if is_lost(check)]
        rule.summary = f"{points_text(result.score)} of {points_text(result.max_score)} in {len(result.checks)} tests"
        return result

    def _nothing_gets_nothing(self) -> None:
        """Grade what holds no work: an empty package and, unless the suite is a milestone's, the starter."""
        trees = {"an empty package": Tree.of({})}
        if not self.suite.is_milestone:
            trees = {"the starter": self._starter(), **trees}
        rule = self._rule(f"{' and '.join(trees)} {'get' if len(trees) > 1 else 'gets'} nothing")
        for name, tree in trees.items():
            result = self._grade(tree, Order(without=BUDGET_FILE if name == "the starter" else None))
            rule.findings += [
                f"{name}: {check.id} earns {points_text(check.points)}" for check in result.checks if check.points
            ]
        rule.summary = f"{' and '.join('0' for _ in trees)} points" if rule.holds else ""

    def _starter(self) -> Tree:
        """Return the starter that the course publishes; of another course's suite, the reference without its bodies."""
        if self.suite.folder.parent == SUITES and self.suite.topic in read_course_table(SUITES).topics:
            files = starter_tree(self.suite.topic, with_earlier=True)
            return Tree.of({path: text.encode("utf-8") for path, text in files.items()})
        contents = self.reference.contents()
        for path in self._own_files():
            contents[path] = skeleton(contents[path].decode("utf-8")).encode("utf-8")
        return Tree.of(contents)

    def _own_files(self) -> list[str]:
        """Return the files of the reference that this suite is about: those of the last module it names."""
        module = self.suite.modules[-1].replace(".", "/")
        found = [path for path in (f"{module}.py", f"{module}/__init__.py") if path in self.reference.paths]
        if not found:
            raise SuiteError(f"{self.suite.folder}/suite.toml: the reference has no module {self.suite.modules[-1]}")
        return found

    def _mutated_files(self) -> list[str]:
        """Return the files whose every line the suite answers for: its own, and in our course their helpers."""
        files = self._own_files()
        if self.suite.reference is not None and self.suite.folder.parent == SUITES:
            sources = [self.reference.read(path).decode("utf-8") for path in files]
            helpers = [name for source in sources for name in helper_modules(source, self.suite.reference)]
            files += [f"{name.replace('.', '/')}.py" for name in helpers]
        return files

    def _listed_mutants_are_caught(self) -> None:
        rule = self._rule("every listed mutant loses points where it says, and only there")
        found = list(self._each("mutant", self._caught, self.mutants))
        rule.findings += [finding for findings in found for finding in findings]
        rule.summary = f"{found.count([])} of {len(self.mutants)}"
        if not self.mutants:
            rule.findings.append(f"there is no mutant in {self.suite.folder / FOLDER}")

    def _caught(self, mutant: Mutant) -> list[str]:
        """Return what is wrong with how a mutant is caught; of the budgets, those run that it names."""
        tests = [name for name in self.checks if not name.startswith(f"{BUDGET_FILE}::") or mutant.must(name)]
        result = self._grade(mutant.apply(self.reference), Order(only=tests))
        lost = [check for check in result.checks if is_lost(check)]
        names = {check.id.partition("[")[0] for check in lost} | {check.id for check in lost}
        missed = [f"{mutant.name}: {name} does not catch it" for name in mutant.caught_by if name not in names]
        return missed + [f"{mutant.name}: {check.id} fails, too" for check in lost if not mutant.may(check.id)]

    def _generated_mutants_are_killed(self) -> None:
        rule = self._rule(f"of the generated mutants at least {KILLED_SHARE:.0%} are killed")
        mutants = [
            (path, mutant)
            for path in self._mutated_files()
            for mutant in generate(path, self.reference.read(path).decode("utf-8"))
        ]
        known = {mutant.id for _, mutant in mutants}
        rule.findings += [
            f"equivalent.txt lists {key!r}, which is no mutant" for key in self.equivalent if key not in known
        ]
        counted = [(path, mutant) for path, mutant in mutants if mutant.id not in self.equivalent]
        deaths = list(self._each("generated mutant", self._killed_by, counted))
        self.report.survivors = [
            {"id": mutant.id, "file": path, "line": mutant.line, "diff": mutant.diff}
            for (path, mutant), killers in zip(counted, deaths, strict=True)
            if not killers
        ]
        unpaid = sum(bool(killers) and not any(check.max_points for check in killers) for killers in deaths)
        self.report.generated = len(counted)
        self.report.killed = len(counted) - len(self.report.survivors)
        share = self.report.killed / max(len(counted), 1)
        rule.summary = f"{self.report.killed} of {len(counted)} ({share:.1%})" + "".join(
            f", {count} {what}"
            for count, what in ((unpaid, "by checks without points"), (len(self.equivalent), "listed as equivalent"))
            if count
        )
        if share < KILLED_SHARE:
            rule.findings.append(f"{len(self.report.survivors)} of {len(counted)} survive")

    def _killed_by(self, where: tuple[str, Generated]) -> list[Check]:
        """Return the checks that a generated mutant fails: the first that loses points, and those without any before."""
        path, mutant = where
        tree = Tree.of({**self.reference.contents(), path: mutant.source.encode("utf-8")})
        result = self._grade(tree, Order(without=BUDGET_FILE, first=self.killers, until_lost=True))
        killers = [check for check in result.checks if is_lost(check)]
        latest = [check.id for check in killers if check.max_points]
        self.killers = [*latest, *(name for name in self.killers if name not in latest)]
        return killers

    def _seeds_and_orders_change_nothing(self) -> None:
        rule = self._rule(f"{SEEDS} seeds and {ORDERS} other orders give the same verdicts")
        found = self._each("seeds and orders", self._repeated, range(SEEDS + ORDERS))
        rule.findings += [finding for findings in found for finding in findings]
        rule.summary = f"{SEEDS + ORDERS} runs"

    def _repeated(self, number: int) -> list[str]:
        """Return what the reference loses with another seed or, after all seeds, in another order."""
        shuffle = number if number >= SEEDS else None
        result = self._grade(self.reference, Order(shuffle=shuffle, without=BUDGET_FILE), seed=number + 2)
        where = f"seed {number + 2}" + (", shuffled" if shuffle is not None else "")
        return [f"{where}: {_sentence(check)}" for check in result.checks if is_lost(check)]

    def _tests_keep_their_time(self, full: RunResult) -> None:
        limits = Limits().override(self.suite.limits)
        rule = self._rule(f"no test takes more than {LIMIT_SHARE:.0%} of its time on the reference")
        for check in full.checks:
            limit = limits.budget_wall_seconds if check.budget else limits.test_wall_seconds
            if check.duration_s > LIMIT_SHARE * limit:
                rule.findings.append(f"{check.id} takes {check.duration_s:.1f} s of {limit:g} s")
        slowest = max(full.checks, key=lambda check: check.duration_s)
        rule.summary = f"slowest: {slowest.id}, {slowest.duration_s:.2f} s"

    # --- the rest ---

    def _rule(self, name: str) -> Rule:
        self.tick(name, 0, 1)
        self.report.rules.append(Rule(name))
        return self.report.rules[-1]

    def _grade(self, tree: Tree, order: Order | None = None, seed: int = 1) -> RunResult:
        limits = Limits().override(self.suite.limits)
        pool = self.lanes.pool
        judge = pool.judge(self.suite)
        result = grade(
            tree, self.suite, pool.engine, seed=seed, order=order, judge=judge, open_candidate=pool.candidate
        )
        pool.warm(limits)
        return result

    def _each(self, what: str, work: Callable[[Item], Found], items: Sequence[Item]) -> Iterator[Found]:
        """Yield what `work` finds for each item, in order, and tell how far it is."""
        for number, found in enumerate(self.lanes.each(work, items), 1):
            self.tick(what, number, len(items))
            yield found


def is_lost(check: Check) -> bool:
    """Whether a check lost points or, where it has none, did not pass; one that its author has skipped has none to lose."""
    is_left_out = check.verdict is Verdict.SKIPPED and not check.max_points
    return check.points < check.max_points or (check.verdict is not Verdict.PASSED and not is_left_out)


def _sentence(check: Check) -> str:
    first = check.message.strip().splitlines()[:1]
    return f"{check.id} is {check.verdict.value}: {''.join(first)[:200]}"
