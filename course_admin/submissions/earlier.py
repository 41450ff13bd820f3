"""Why points may be missing that are not this assignment's fault: an earlier one that it builds on lost points itself."""

from django.db.models import F

from course_admin.assignments.models import Assignment
from course_admin.submissions.models import Attempt, Run

MEND_FIRST = (
    "This assignment builds on {title}, and your newest graded attempt there lost points: mend that first, and points here "
    "may come back with it."
)


def what_to_mend_first(run: Run) -> list[str]:
    """Return a sentence for each assignment that a graded run's builds on and that is not right yet, budgets left aside.

    Asks nothing where no points were lost.
    """
    if run.score == run.max_score:
        return []
    attempt = run.attempt
    needed = attempt.assignment.needs.order_by("module", "slug")
    return [MEND_FIRST.format(title=each.title) for each in needed if _lost_points(attempt, each)]


def _lost_points(attempt: Attempt, needed: Assignment) -> bool:
    """Whether a check that is no budget lost points in the newest graded attempt of an assignment."""
    attempts = Attempt.objects.of(attempt.student, needed)
    newest = Run.objects.graded().filter(attempt__in=attempts).order_by("-attempt__received_at", "-queued_at").first()
    return newest is not None and newest.checks.filter(points__lt=F("max_points"), budget__isnull=True).exists()
