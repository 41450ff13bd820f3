"""A recorded run as the engine's own result again, for whatever is made from one: exports, replay."""

from course_admin.submissions.models import Check, Run
from grader.result import Check as ResultCheck
from grader.result import Leaderboard, RunResult
from grader.verdict import Verdict


def as_result(run: Run) -> RunResult:
    """Return what was recorded of a run; reads its checks in one query. Raises ValueError if it has no result."""
    if run.score is None or run.max_score is None:
        raise ValueError(f"The run {run.public_id} is {run.get_state_display()}: it has no result.")
    return RunResult(
        suite=run.suite.name,
        score=float(run.score),
        max_score=float(run.max_score),
        checks=tuple(_check(check) for check in run.checks.all()),
        provenance=run.provenance,
        notes=tuple(run.notes),
        leaderboard=tuple(Leaderboard(**column) for column in run.leaderboard),
    )


def _check(check: Check) -> ResultCheck:
    return ResultCheck(
        id=check.test_id,
        name=check.name,
        points=float(check.points),
        max_points=float(check.max_points),
        verdict=Verdict(check.verdict),
        message=check.message,
        output=check.output,
        duration_s=check.duration_seconds,
        number=check.number,
        visibility=check.visibility,
        tags=tuple(check.tags),
        budget=check.budget,
    )
