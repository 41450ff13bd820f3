"""What `suite check` found: rules, each with the ways in which it does not hold, and what listed mistakes cost. Side: worker."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from grader.result import Check, RunResult
from grader.suite.check.effort import Effort
from grader.verdict import Verdict

if TYPE_CHECKING:
    from grader.suite.check.listed_mutants import Mutant


@dataclass
class Rule:
    """One thing that must hold, and what was found."""

    name: str
    findings: list[str] = field(default_factory=list)  # each a way in which it does not hold
    summary: str = ""

    @property
    def holds(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Loss:
    """What one listed mistake costs, and what it may: in hundredths of the suite's points."""

    mutant: str
    percent: float
    at_most: float


@dataclass
class SuiteReport:
    """What `suite check` found."""

    suite: str
    rules: list[Rule] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    survivors: list[dict[str, Any]] = field(default_factory=list)
    killed: int = 0
    generated: int = 0
    wall_seconds: float = 0.0
    effort: Effort = field(default_factory=Effort)
    read: list[tuple["Mutant", RunResult]] = field(default_factory=list)  # by each listed mistake's student

    @property
    def holds(self) -> bool:
        return all(rule.holds for rule in self.rules)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "suite": self.suite,
            "holds": self.holds,
            "wall_seconds": self.wall_seconds,
            "effort": asdict(self.effort),
            "rules": [vars(rule) | {"holds": rule.holds} for rule in self.rules],
            "losses": [asdict(loss) for loss in self.losses],
            "generated": {"made": self.generated, "killed": self.killed, "survivors": self.survivors},
        }


def is_lost(check: Check) -> bool:
    """Whether a check lost points or, where it has none, did not pass; one that its author has skipped has none to lose."""
    is_left_out = check.verdict is Verdict.SKIPPED and not check.max_points
    return check.points < check.max_points or (check.verdict is not Verdict.PASSED and not is_left_out)


def sentence(check: Check) -> str:
    """Return a check's verdict and the first line of its message."""
    first = check.message.strip().splitlines()[:1]
    return f"{check.id} is {check.verdict.value}: {''.join(first)[:200]}"
