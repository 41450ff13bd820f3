"""What the report page of an attempt says: everything the template shows, computed here and nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Attempt, Run, RunState
from course_admin.submissions.visibility import ShownCheck, shown_checks

#: State of a run -> what its student reads. Kind, specific, and with the next step.
SENTENCES = {
    RunState.QUEUED: "Waiting in the queue. This page follows by itself; you need not reload it.",
    RunState.DISPATCHED: "Next in line for a grading worker. This page follows by itself.",
    RunState.RUNNING: "Being graded right now. This page follows by itself.",
    RunState.GRADED: "Graded.",
    RunState.SUPERSEDED: "Not graded, because you pushed again before its turn came; the newer attempt is graded instead. "
    "Ask your course staff if you want this one graded too.",
    RunState.NEEDS_ATTENTION: "Something went wrong on our side, not in your code. Your course staff can see it; "
    "you need not push again, and it does not count against you.",
}
REFUSED = "These files cannot be graded. Nothing was run and nothing counts; mend what is named here and push again."


@dataclass(frozen=True, slots=True)
class Report:
    """One attempt as one viewer sees it."""

    attempt: Attempt
    run: Run | None
    sentence: str
    checks: list[ShownCheck]
    withheld_points: Decimal | None  # of all withheld checks together; None if there are none
    withheld_max_points: Decimal | None
    is_staff: bool

    @property
    def is_final(self) -> bool:
        """Whether the page will change no more by itself."""
        return self.run is None or self.run.is_final

    @property
    def passed(self) -> int:
        """How many checks passed."""
        return sum(check.verdict == "passed" for check in self.checks)


def is_staff_of(user: Any, attempt: Attempt) -> bool:
    """Say whether a viewer sees an attempt as its student's staff do."""
    return Enrollment.objects.taught_by(user).filter(pk=attempt.student_id).exists()


def report(*, attempt: Attempt, user: Any, at: datetime) -> Report:
    """Return an attempt as `user`, who may see it, sees it at this moment."""
    run = attempt.shown_run
    is_staff = is_staff_of(user, attempt)
    recorded = list(run.checks.all()) if run and run.is_graded else []
    checks = shown_checks(recorded, attempt, is_staff=is_staff, at=at)
    withheld = [check for check, shown in zip(recorded, checks, strict=True) if shown.is_withheld]
    return Report(
        attempt=attempt,
        run=run,
        sentence=SENTENCES[RunState(run.state)] if run else REFUSED,
        checks=checks,
        withheld_points=sum((check.points for check in withheld), Decimal()) if withheld else None,
        withheld_max_points=sum((check.max_points for check in withheld), Decimal()) if withheld else None,
        is_staff=is_staff,
    )
