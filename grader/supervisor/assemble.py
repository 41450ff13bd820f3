"""What comes of a run: a check from each end that the judge reports, and the result of them all. Side: worker.

The judge says what it saw of a test; the supervisor says what it saw of the test's process from outside.
"""

import json
import math
import platform
import signal
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from grader import __version__
from grader.judge import feedback
from grader.result import (
    MESSAGE_BYTES,
    MESSAGE_LINES,
    NAME_BYTES,
    NOTE_BYTES,
    OUTPUT_BYTES,
    OUTPUT_LINES,
    POINT_DECIMALS,
    Check,
    Leaderboard,
    RunResult,
)
from grader.sandbox.base import Engine
from grader.sandbox.limits import Limits
from grader.sanitize import clean
from grader.source import Prepared, Tree
from grader.source.hints.failure import Hints
from grader.source.prepare import MOST_NOTES
from grader.suite.manifest import Suite
from grader.supervisor.fork_server import ForkServer
from grader.supervisor.judge_box import PlannedCheck, SuiteJudge
from grader.supervisor.test_process import Usage
from grader.verdict import CAN_EARN_POINTS, Verdict
from grader.wire.messages import EndTest

NOTES = 50
TEXTS_BYTES = 4 << 20  # of all messages and outputs as JSON, so that a result can always be recorded
SHORT_BYTES = 400
LEFT_OUT = "(left out: what your code printed in all tests together is too long)"


@dataclass
class ResultBuilder:
    """What has been reported of a run so far."""

    checks: dict[str, Check] = field(default_factory=dict)
    leaderboard: list[Leaderboard] = field(default_factory=list)
    cpu_seconds: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)  # by check: the suite's, unless the reference passes it

    @property
    def has_lost(self) -> bool:
        """Whether a check has lost points."""
        return any(check.points < check.max_points for check in self.checks.values())

    def add(self, check: Check, end: EndTest) -> None:
        """Write a check down, with the place on a leaderboard that its test's end may name."""
        self.checks[check.id] = check
        if end.fault:
            self.faults[check.id] = end.fault
        if end.leaderboard is not None:
            name, value, order = end.leaderboard
            self.leaderboard.append(Leaderboard(clean(name, 200), value, "asc" if order == "asc" else "desc"))

    def result(self, names: Iterable[str], suite: Suite, prepared: Prepared, provenance: dict[str, Any]) -> RunResult:
        """Return the result of what has been reported, in the order of `names`."""
        hints = Hints.of(prepared, suite.packages, suite.required_files, suite.allowed_imports)
        checks = _bounded(
            replace(self.checks[name], message=hints.add_to(prepared.lines.annotate(self.checks[name].message)))
            for name in names
            if name in self.checks
        )
        return RunResult(
            suite=suite.name,
            score=round(math.fsum(check.points for check in checks), POINT_DECIMALS),
            max_score=round(math.fsum(check.max_points for check in checks), POINT_DECIMALS),
            checks=checks,
            leaderboard=tuple(self.leaderboard),
            notes=_notes([*hints.missing, *prepared.notes]),
            provenance=provenance,
        )


def _bounded(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return checks with their texts cut short once they are too long together."""
    bounded, left = [], TEXTS_BYTES
    for check in checks:
        check = replace(check, message=clean(check.message, MESSAGE_BYTES, MESSAGE_LINES))
        left -= len(json.dumps([check.message, check.output]))
        if left < 0:
            output = LEFT_OUT if check.output else ""
            check = replace(check, message=clean(check.message, SHORT_BYTES, 4), output=output)
        bounded.append(check)
    return tuple(bounded)


def _notes(notes: list[str]) -> tuple[str, ...]:
    count = str(len(notes) - NOTES) if len(notes) < MOST_NOTES else "very many"
    more = [f"There are {count} more notes like these."] if len(notes) > NOTES else []
    return tuple(clean(note, NOTE_BYTES) for note in (*notes[:NOTES], *more))


def check_of(
    planned: PlannedCheck, end: EndTest, usage: Usage | None, watched: Verdict | None, cpu_limit_seconds: float
) -> Check:
    """Return the check of a test that is over: the judge's verdict, sharpened by what was seen from outside."""
    verdict = Verdict(end.verdict)
    message = end.message
    if planned.is_measured:  # what ended then was another process than the one that is known here
        usage = None
    if verdict is Verdict.CRASHED and not message:
        if watched is not None:
            verdict = watched
        elif usage is not None and usage.out_of_memory:
            verdict = Verdict.OUT_OF_MEMORY
        elif usage is not None and _used_up_its_cpu(usage, cpu_limit_seconds):
            verdict = Verdict.TIMED_OUT
        message = (
            feedback.ended(usage.status if usage else None) if verdict is Verdict.CRASHED else feedback.HELP[verdict]
        )
    points = round(end.points, POINT_DECIMALS) if verdict in CAN_EARN_POINTS else 0.0
    return Check(
        id=planned.id,
        name=clean(planned.name, NAME_BYTES, 1),
        points=min(points, planned.max_points),
        max_points=planned.max_points,
        verdict=verdict,
        message=clean(message, MESSAGE_BYTES, MESSAGE_LINES),
        output=clean(end.output, OUTPUT_BYTES, OUTPUT_LINES),
        duration_s=round(end.duration_s, 6),
        number=planned.number,
        visibility=planned.visibility,
        tags=planned.tags,
        budget=end.budget,
    )


def _used_up_its_cpu(usage: Usage, limit_seconds: float) -> bool:
    """Whether a process ended at its CPU limit: by the kernel's clock, or, where that is gone with it, by its signal."""
    killed_at_limit = usage.status is not None and usage.status & 0x7F == signal.SIGXCPU
    return killed_at_limit or usage.cpu_seconds >= 0.95 * limit_seconds


def provenance(
    tree: Tree, suite: Suite, engine: Engine, seed: int, limits: Limits, host: ForkServer, judge: SuiteJudge
) -> dict[str, Any]:
    """Return what a result was made from and with: enough to make it again."""
    return {
        "tree_digest": tree.digest,
        "suite_digest": suite.digest,
        "sandbox": engine.name,
        "seed": seed,
        "limits": asdict(limits),
        "versions": {
            "assay": __version__,
            **{f"candidate {name}": version for name, version in host.versions.items()},
            **{f"judge {name}": version for name, version in judge.versions.items()},
        },
        "machine": f"{platform.machine()} {platform.release()}",
        "boxes": host.boxes_used,
    }
