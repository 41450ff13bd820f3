"""What has changed since the attempt before: which checks pass now, which no longer, which still do not.

Told are verdicts and no points, which a student sees of hidden checks as well.
"""

from dataclasses import dataclass
from decimal import Decimal

from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Attempt, Check, Run


@dataclass(frozen=True, slots=True)
class Since:
    """Counts of checks that both attempts have, and the points between them."""

    attempt: Attempt
    fixed: int
    broken: int
    still: int
    points: Decimal


def since_last(run: Run, whose: Enrollment) -> Since | None:
    """Return what has changed since somebody's last attempt before this one that was graded; None if there is none."""
    attempt = run.attempt
    earlier = Run.objects.graded().filter(
        attempt__members=whose, attempt__assignment=attempt.assignment_id, attempt__number__lt=attempt.number
    )
    before = earlier.select_related("attempt").order_by("-attempt__number", "-queued_at", "-pk").first()
    if before is None:
        return None
    verdicts: dict[int, dict[str, bool]] = {run.pk: {}, before.pk: {}}
    for key, test, verdict in Check.objects.filter(run__in=[run, before]).values_list("run", "test_id", "verdict"):
        verdicts[key][test] = verdict == "passed"
    pairs = [(verdicts[before.pk][test], now) for test, now in verdicts[run.pk].items() if test in verdicts[before.pk]]
    return Since(
        attempt=before.attempt,
        fixed=pairs.count((False, True)),
        broken=pairs.count((True, False)),
        still=pairs.count((False, False)),
        points=(run.score or Decimal()) - (before.score or Decimal()),
    )
