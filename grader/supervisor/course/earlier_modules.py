"""Earlier modules of a course that are missing or fail: no later module pays for them. Side: worker.

What fails on the student's own earlier modules is judged once more with the reference's in their place, in boxes of their own.
If any of it passes there, everything else is judged there as well, and the better of the two wholes counts: so nobody has two
tries at one check, and an earlier module that is broken on purpose earns nothing. Always true: of what the student's code says
beside the reference's modules, whose text it can read, verdicts and points alone go into the result.
"""

import functools
import itertools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.errors import RunTimedOut
from grader.result import Check
from grader.source import Tree, stage_folder
from grader.suite.course_table import TABLE, Module, read_course_table
from grader.suite.manifest import Suite
from grader.suite.order import Order
from grader.supervisor.course.overlay import earlier_files, files_of, module_files, on_reference
from grader.supervisor.judge_box import PlannedCheck
from grader.verdict import CAN_EARN_POINTS, Verdict

MISSING = "Module {number} ({file}) is missing; graded on the reference's."
FAILS = "Module {number} ({file}) fails in what this one builds on; graded on the reference's."
FAIL_TOGETHER = "Your earlier modules ({files}) fail together in what this one builds on; graded on the reference's."
MISSING_EITHER_WAY = (
    "Module {number} ({file}) is missing; graded on the reference's, where what fails without it fails as well."
)
NO_TIME = "What failed could not be judged on the reference's earlier modules, for this run had no time left."
PASSES_THERE = "Passed on the reference's earlier modules; on your own it fails. The notes say which one to mend."
SLOW_THERE = "On the reference's earlier modules it is right and takes longer than its budget; on your own it fails."
FAILS_THERE_TOO = (
    "It fails on the reference's earlier modules, too. What your code answers there is not shown, for the reference could be "
    "read from it."
)
FAILS_THERE = (
    "It passes on your own earlier modules and fails on the reference's, which this was graded on as a whole, since more of it "
    "passes there. It may rely on something that only your own modules have."
)
MOST_PROOFS = 24  # checks by which the module that is to blame is looked for

Judged = Callable[[Tree, Order], Mapping[str, Check]]


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What judging once more has changed: checks by their names, and what the student must know."""

    checks: Mapping[str, Check] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    looked_again: bool = False


class EarlierModules:
    """What of a submission comes before the module that a suite is about, and the same of the reference."""

    def __init__(self, work: Tree, suite: Suite, order: Order, judged: Judged) -> None:
        self._work = work
        self._suite = suite
        self._order = order
        self._judged = judged

    def look_again(self, own: Mapping[str, Check], planned: Mapping[str, PlannedCheck]) -> SecondLook:
        """Judge on the reference's earlier modules what failed on the student's own, if these are others.

        A milestone is about all modules: there nothing stands in for the student's. Neither does it for a module that was not
        handed in itself, nor where only budgets were missed, which are measured on the reference's anyway.
        """
        lost = [name for name, check in own.items() if _is_lost(check) and not planned[name].is_measured]
        if not lost or self._order.until_lost or not module_files(self._work, self._suite.modules[-1]):
            return SecondLook()
        rows = self._differing()
        if not rows:
            return SecondLook()
        missing = [row for row in rows if not module_files(self._work, row.module)]
        try:
            return self._judge_on_reference(own, planned, lost, missing, [row for row in rows if row not in missing])
        except RunTimedOut:  # the student's code may take its time on purpose: that is no fault of ours
            return SecondLook(notes=(NO_TIME,), looked_again=True)

    @functools.cached_property
    def _reference(self) -> Tree:
        assert self._suite.reference is not None
        return stage_folder(self._suite.reference)

    def _differing(self) -> list[Module]:
        """Return the earlier modules that the reference has and that the submission has not, or has in another way."""
        table, suite = self._suite.files.get(TABLE), self._suite
        if table is None or suite.reference is None or not suite.topic:
            return []
        earlier, theirs = earlier_files(self._reference, suite), self._work.contents()
        rows = read_course_table(table.parent).offered.modules.values()
        before = itertools.takewhile(lambda row: row.topic != suite.topic, rows)
        pairs = [(row, files_of(earlier, row.module)) for row in before]
        return [row for row, files in pairs if files and files != files_of(theirs, row.module)]

    def _judge_on_reference(
        self,
        own: Mapping[str, Check],
        planned: Mapping[str, PlannedCheck],
        lost: Sequence[str],
        missing: Sequence[Module],
        present: Sequence[Module],
    ) -> SecondLook:
        tree = on_reference(self._work, self._reference, self._suite)
        there = dict(self._judge(tree, lost))
        gained = [name for name in lost if there[name].points > own[name].points]
        if gained:
            kept = {name for name in own if planned[name].is_measured and own[name].verdict in CAN_EARN_POINTS}
            there |= self._judge(tree, [name for name in own if name not in kept and name not in there])
            there |= {name: own[name] for name in kept}
        if not gained or _points(there) <= _points(own):
            notes = tuple(MISSING_EITHER_WAY.format(number=row.number, file=row.file) for row in missing)
            same = {name: _with(own[name], FAILS_THERE_TOO) for name in lost if missing}
            return SecondLook(same, notes, looked_again=True)
        gained.sort(key=lambda name: there[name].duration_s)
        notes = self._notes(missing, present, self._failing(missing, present, tree, gained[:MOST_PROOFS]))
        return SecondLook({name: _merged(own[name], there[name]) for name in own}, notes, looked_again=True)

    def _judge(self, tree: Tree, names: Collection[str], until_lost: bool = False) -> Mapping[str, Check]:
        order = Order(only=frozenset(names), is_timed=self._order.is_timed, until_lost=until_lost)
        return self._judged(tree, order) if names else {}

    def _failing(
        self, missing: Sequence[Module], present: Sequence[Module], tree: Tree, proofs: Sequence[str]
    ) -> list[Module]:
        """Return the student's modules each of which, alone among the reference's, fails what passes without it."""
        if not missing and len(present) == 1:
            return list(present)
        failing = []
        for row in present:
            others = {path: data for path, data in tree.contents().items() if not files_of({path: data}, row.module)}
            mixed = Tree.over(module_files(self._work, row.module), others)
            if any(map(_is_lost, self._judge(mixed, proofs, until_lost=True).values())):
                failing.append(row)
        return failing

    @staticmethod
    def _notes(missing: Sequence[Module], present: Sequence[Module], failing: Sequence[Module]) -> tuple[str, ...]:
        if not missing and not failing:
            return (FAIL_TOGETHER.format(files=", ".join(row.file for row in present)),)
        return (
            *(MISSING.format(number=row.number, file=row.file) for row in missing),
            *(FAILS.format(number=row.number, file=row.file) for row in failing),
        )


def _is_lost(check: Check) -> bool:
    return check.points < check.max_points


def _points(checks: Mapping[str, Check]) -> float:
    return math.fsum(check.points for check in checks.values())


def _with(check: Check, sentence: str) -> Check:
    """Return a check with a sentence behind its message."""
    return replace(check, message=f"{check.message}\n\n{sentence}".strip())


def _merged(own: Check, there: Check) -> Check:
    """Return a check as it counts: how it ended on the reference's modules, in the words of how it ended on the student's."""
    if there is own or own.verdict is there.verdict in (Verdict.PASSED, Verdict.SKIPPED):
        return own
    ended = replace(own, points=there.points, verdict=there.verdict, budget=there.budget)
    if there.verdict is Verdict.PASSED:
        return replace(ended, message=PASSES_THERE)
    if there.verdict is Verdict.OVER_BUDGET:
        return replace(ended, message=SLOW_THERE)
    return replace(ended, message=FAILS_THERE) if own.verdict is Verdict.PASSED else _with(ended, FAILS_THERE_TOO)
