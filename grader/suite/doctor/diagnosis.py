"""`suite doctor`: a reference under the judge and under plain pytest, and each difference explained. Side: worker.

A suite that is refused for one of its tests is graded test by test, so that each is told of.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from grader.errors import SuiteError
from grader.result import Check
from grader.sandbox.base import Engine
from grader.sandbox.limits import Limits
from grader.source import Tree
from grader.suite.doctor.explanations import PASSES_TOO_MUCH, explain
from grader.suite.doctor.plain_pytest import Outcome, plain_outcomes
from grader.suite.manifest import Suite
from grader.suite.order import Order
from grader.supervisor.parallel import ParallelRuns
from grader.supervisor.run import grade
from grader.verdict import Verdict

SEED = 1
OUTCOMES = {Verdict.PASSED: "passed", Verdict.SKIPPED: "skipped"}  # every other verdict is "failed"
REFUSED, MISSING = "refused", "not run"


@dataclass(frozen=True, slots=True)
class Difference:
    """A test that comes out otherwise, and what to do about it."""

    check: str
    plain: str
    here: str
    said: str  # by the judge or, of a test that passes here only, by plain pytest
    sentence: str
    line: str


@dataclass
class Diagnosis:
    """What the doctor found."""

    suite: str
    tests: int = 0
    differences: list[Difference] = field(default_factory=list)
    fails_in_both: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.differences and not self.fails_in_both

    def as_json(self) -> dict[str, Any]:
        """Return the diagnosis as plain data."""
        return {**asdict(self), "holds": self.holds}


def diagnose(suite: Suite, reference: Tree, engine: Engine) -> Diagnosis:
    """Grade a reference, run the same tests plainly, and explain every difference.

    Raises SuiteError for a suite that cannot be collected, SourceError for a reference without the suite's package.
    """
    plain = plain_outcomes(engine, suite, reference)
    with ParallelRuns(engine) as lanes:
        here = _graded(suite, reference, lanes)
    return compare(suite.name, plain, here)


def compare(suite: str, plain: dict[str, Outcome], here: dict[str, Outcome]) -> Diagnosis:
    """Return the diagnosis of two runs of one suite."""
    found = Diagnosis(suite, tests=len(here))
    for name in (*here, *(name for name in plain if name not in here)):
        ours = here.get(name, Outcome(MISSING, "The judge has no such test."))
        theirs = (
            plain.get(name) or plain.get(name.partition("::")[0]) or Outcome(MISSING, "Plain pytest has no such test.")
        )
        if ours.outcome == theirs.outcome and ours.outcome in OUTCOMES.values():
            continue
        if ours.outcome != "passed" and theirs.outcome in ("failed", MISSING):
            found.fails_in_both.append(f"{name}: {_first_line(theirs.message or ours.message)}")
        else:
            found.differences.append(_difference(name, theirs, ours))
    return found


def _difference(name: str, theirs: Outcome, ours: Outcome) -> Difference:
    is_too_much = ours.outcome == "passed"
    said = theirs.message if is_too_much else ours.message
    why = PASSES_TOO_MUCH if is_too_much else explain(said)
    return Difference(name, theirs.outcome, ours.outcome, _first_line(said), why.sentence, why.line)


def _first_line(message: str) -> str:
    return "".join(message.strip().splitlines()[:1])[:300]


def _graded(suite: Suite, reference: Tree, lanes: ParallelRuns) -> dict[str, Outcome]:
    """Return what comes of every test under the judge; all at once or, if one of them is the suite's fault, one by one."""
    checks = [check.id for check in lanes.pool.judge(suite).checks]
    try:
        return {check.id: _outcome(check) for check in _run(suite, reference, lanes, None)}
    except SuiteError:
        return dict(zip(checks, lanes.each(lambda name: _alone(suite, reference, lanes, name), checks), strict=True))


def _alone(suite: Suite, reference: Tree, lanes: ParallelRuns, name: str) -> Outcome:
    try:
        return _outcome(_run(suite, reference, lanes, Order(only={name}))[0])
    except SuiteError as problem:
        return Outcome(REFUSED, str(problem))


def _run(suite: Suite, reference: Tree, lanes: ParallelRuns, order: Order | None) -> tuple[Check, ...]:
    pool = lanes.pool
    judge = pool.judge(suite)
    pool.warm(Limits().override(suite.limits))
    result = grade(reference, suite, pool.engine, seed=SEED, order=order, judge=judge, open_candidate=pool.candidate)
    return result.checks


def _outcome(check: Check) -> Outcome:
    return Outcome(OUTCOMES.get(check.verdict, "failed"), check.message)
