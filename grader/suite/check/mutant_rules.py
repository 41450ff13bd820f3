"""What `suite check` demands of mistakes: each is caught, costs what one slip may, and does so on any draw. Side: worker."""

from grader.result import Check, RunResult
from grader.suite.check.effort import Effort
from grader.suite.check.generated_mutants import Generated, generate, read_equivalent
from grader.suite.check.grading import BUDGET_FILE, SEED, Grading
from grader.suite.check.listed_mutants import FOLDER, Mutant, load_mutants
from grader.suite.check.messages import unreadable
from grader.suite.check.report import Loss, is_lost
from grader.suite.order import Order
from grader.verdict import Verdict

KILLED_SHARE = 0.97
SLIP_PERCENT, CORE_PERCENT = (
    15.0,
    35.0,
)  # of the points, which a slip costs at most, and a core operation that is missing


class ListedMutants:
    """The mistakes that a suite's author lists, each graded under several draws."""

    def __init__(self, grading: Grading, seed: int, effort: Effort) -> None:
        """Read the mistakes. seed: of the second draw; each further one has the next."""
        self.grading = grading
        self.seeds = [seed + number for number in range(effort.draws - 1)]
        self.known = load_mutants(grading.suite.folder)
        self.mutants = effort.drawn(self.known, effort.listed)

    def refuse_unknown(self) -> None:
        """Raise SuiteError for a mutant that names a test which the suite has not."""
        checks = [check.id for check in self.grading.planned]
        known = {name.partition("[")[0] for name in checks} | {*checks}
        for mutant in self.known:
            mutant.refuse_unknown(known)

    def try_all(self) -> None:
        """Grade every mistake, and add the rules that are about them."""
        caught = self.grading.rule("every listed mutant loses points where it says, and only there")
        results = list(self.grading.each("mutant", self._graded, self.mutants))
        firsts = [graded[0] for graded in results]
        found = [_misses(mutant, first) for mutant, first in zip(self.mutants, firsts, strict=True)]
        caught.findings += [finding for findings in found for finding in findings]
        caught.summary = f"{found.count([])} of {len(self.mutants)}" + self._of_how_many()
        if not self.known:
            caught.findings.append(f"there is no mutant in {self.grading.suite.folder / FOLDER}")
        self.grading.report.read = list(zip(self.mutants, firsts, strict=True))
        self._cost_what_a_slip_may(firsts)
        self._say_what_a_student_understands(firsts)
        self._do_not_hang_on_the_draw(results)

    def _of_how_many(self) -> str:
        left_out = len(self.known) - len(self.mutants)
        return f", {left_out} more not drawn" if left_out else ""

    def _graded(self, mutant: Mutant) -> list[RunResult]:
        """Return what becomes of a mutant under each seed, the first time with all budgets, whose points it may cost as well.

        Clocks run for a mistake only that a budget must catch; of others each budget's answer is checked, for a wrong one costs
        the budget's points however quick it is.
        """
        names = [check.id for check in self.grading.planned]
        plain = [name for name in names if not _is_budget(name)]
        tree = mutant.apply(self.grading.reference)
        first = self.grading.grade(tree, Order(is_timed=any(map(_is_budget, mutant.caught_by))))
        return [first, *(self.grading.grade(tree, Order(only=plain), seed=seed) for seed in self.seeds)]

    def _cost_what_a_slip_may(self, results: list[RunResult]) -> None:
        """Hold every mistake's loss against its limit, or the dearest check's points where a suite has few.

        A milestone trains one whole model, which one faulty module below it spoils: what that costs is shown and not limited.
        """
        is_whole_model = self.grading.suite.is_milestone
        limits = (
            "a whole model, no limit"
            if is_whole_model
            else f"at most {SLIP_PERCENT:g} %, {CORE_PERCENT:g} % for a core operation"
        )
        rule = self.grading.rule(f"one slip, one loss: {limits}")
        total = max(self.grading.max_points, 1e-9)
        dearest = 100 * max((check.max_points for check in self.grading.planned), default=0) / total
        for mutant, result in zip(self.mutants, results, strict=True):
            lost = 100 * sum(check.max_points - check.points for check in result.checks) / total
            at_most = 100.0 if is_whole_model else max(CORE_PERCENT if mutant.core else SLIP_PERCENT, dearest)
            loss = Loss(mutant.name, round(lost, 2), at_most)
            self.grading.report.losses.append(loss)
            if loss.percent > loss.at_most + 0.005:
                rule.findings.append(f"{mutant.name} costs {loss.percent:.1f} % of the points: {_dearest(result)}")
        worst = max(self.grading.report.losses, key=lambda loss: loss.percent, default=None)
        rule.summary = f"most: {worst.percent:.1f} %, {worst.mutant}" if worst else ""

    def _say_what_a_student_understands(self, results: list[RunResult]) -> None:
        rule = self.grading.rule("messages: no mistake's student reads what only Python understands")
        for mutant, result in zip(self.mutants, results, strict=True):
            rule.findings += unreadable(mutant, result)
        rule.summary = f"{sum(bool(check.message) for result in results for check in result.checks)} messages"

    def _do_not_hang_on_the_draw(self, results: list[list[RunResult]]) -> None:
        rule = self.grading.rule("stability: a listed mistake gets the same verdicts from another draw")
        for mutant, (first, *others) in zip(self.mutants, results, strict=True):
            before = {check.id: check.verdict for check in first.checks}
            rule.findings += [
                f"{mutant.name}: {check.id} is {before[check.id].value} with seed {SEED}, {check.verdict.value} with {seed}"
                for seed, other in zip(self.seeds, others, strict=True)
                for check in other.checks
                if check.verdict is not before[check.id]
            ]
        rule.summary = f"seeds {', '.join(map(str, (SEED, *self.seeds)))}, {len(results)} mutants"


def _is_budget(check_id: str) -> bool:
    return check_id.startswith(f"{BUDGET_FILE}::")


def _misses(mutant: Mutant, result: RunResult) -> list[str]:
    """Return what is wrong with how a mutant is caught; that a budget refuses a wrong answer goes without saying."""
    lost = [check for check in result.checks if is_lost(check)]
    names = {check.id.partition("[")[0] for check in lost} | {check.id for check in lost}
    missed = [f"{mutant.name}: {name} does not catch it" for name in mutant.caught_by if name not in names]
    told = [check for check in lost if not _is_budget(check.id) or check.verdict is Verdict.OVER_BUDGET]
    return missed + [f"{mutant.name}: {check.id} fails, too" for check in told if not mutant.may(check.id)]


def _dearest(result: RunResult) -> str:
    """Name the checks that cost most, the dearest first."""
    lost = sorted(
        (check for check in result.checks if is_lost(check)), key=lambda check: check.points - check.max_points
    )
    more = f" and {len(lost) - 6} more" if len(lost) > 6 else ""
    return ", ".join(f"{check.id} {check.max_points - check.points:g}" for check in lost[:6]) + more


class GeneratedMutants:
    """The mistakes that are made from the reference's syntax tree."""

    def __init__(self, grading: Grading, effort: Effort) -> None:
        self.grading = grading
        self.effort = effort
        self.equivalent = read_equivalent(grading.suite.folder / FOLDER)
        self.killers: list[str] = []  # checks that caught a mutant, the latest first: a neighbour's is tried first

    def try_all(self) -> None:
        """Grade every mutant until it loses a point, and add the rule."""
        report = self.grading.report
        rule = self.grading.rule(f"of the generated mutants at least {KILLED_SHARE:.0%} are killed")
        mutants = [
            (path, mutant)
            for path in self.grading.mutated_files()
            for mutant in generate(path, self.grading.reference.read(path).decode("utf-8"))
        ]
        known = {mutant.id for _, mutant in mutants}
        rule.findings += [
            f"equivalent.txt lists {key!r}, which is no mutant" for key in self.equivalent if key not in known
        ]
        possible = [(path, mutant) for path, mutant in mutants if mutant.id not in self.equivalent]
        counted = self.effort.drawn(possible, self.effort.generated)
        deaths = list(self.grading.each("generated mutant", self._killed_by, counted))
        report.survivors = [
            {"id": mutant.id, "file": path, "line": mutant.line, "diff": mutant.diff}
            for (path, mutant), killers in zip(counted, deaths, strict=True)
            if not killers
        ]
        unpaid = sum(bool(killers) and not any(check.max_points for check in killers) for killers in deaths)
        report.generated = len(counted)
        report.killed = len(counted) - len(report.survivors)
        share = report.killed / max(len(counted), 1)
        rule.summary = f"{report.killed} of {len(counted)} ({share:.1%})" + "".join(
            f", {count} {what}"
            for count, what in (
                (unpaid, "by checks without points"),
                (len(self.equivalent), "listed as equivalent"),
                (len(possible) - len(counted), "more not drawn"),
            )
            if count
        )
        is_sample = len(counted) < len(possible)  # of a few, one is more than the share that may survive
        if share < KILLED_SHARE and len(report.survivors) > is_sample:
            rule.findings.append(f"{len(report.survivors)} of {len(counted)} survive")

    def _killed_by(self, where: tuple[str, Generated]) -> list[Check]:
        """Return the checks that a generated mutant fails: the first that loses points, and those without any before."""
        path, mutant = where
        order = Order(without=BUDGET_FILE, first=self.killers, until_lost=True)
        result = self.grading.grade(self.grading.with_files({path: mutant.source}), order)
        killers = [check for check in result.checks if is_lost(check)]
        latest = [check.id for check in killers if check.max_points]
        self.killers = [*latest, *(name for name in self.killers if name not in latest)]
        return killers
