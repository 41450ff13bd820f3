"""What a viewer sees of a run's checks: the one function that decides, for pages and for every other way out.

Of a check that is hidden from a student, now or for good, its name and verdict are shown; its points, message and
output are withheld, since they could carry what the check feeds in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from course_admin.assignments.deadlines import is_due
from course_admin.assignments.late import is_closed
from course_admin.assignments.models import HiddenChecks
from course_admin.submissions.models import Attempt, Check
from course_admin.submissions.reports.budget_picture import Picture, pictures
from course_admin.submissions.reports.class_costs import Costs


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """One check as a viewer sees it; withheld parts are empty, and `why_withheld` says so."""

    test_id: str
    number: str
    name: str
    verdict: str
    label: str
    points: Decimal | None
    max_points: Decimal | None
    message: str
    output: str
    why_withheld: str
    pictures: list[Picture]  # of its budgets

    @property
    def is_withheld(self) -> bool:
        """Whether parts are withheld."""
        return bool(self.why_withheld)


def why_withheld(visibility: str, attempt: Attempt, at: datetime) -> str:
    """Return why an attempt's student does not see a check in full at this moment; empty if they do."""
    if visibility == "visible":
        return ""
    if visibility == "after_due_date":
        return "" if _is_due_for_all(attempt, at) else gettext("shown after the due date")
    if visibility == "after_published":
        return "" if attempt.assignment.is_published(at) else gettext("shown when the results are published")
    return _why_hidden(attempt, at)


def _why_hidden(attempt: Attempt, at: datetime) -> str:
    """Return why a hidden check is withheld, as its assignment says; empty once it is shown."""
    match attempt.assignment.hidden_checks:
        case HiddenChecks.DUE:
            return "" if _is_due_for_all(attempt, at) else gettext("shown after the due date")
        case HiddenChecks.CLOSE:
            return (
                ""
                if all(is_closed(at, terms) for terms in attempt.all_terms)
                else gettext("shown after the hard close")
            )
        case _:
            return gettext("hidden")


def _is_due_for_all(attempt: Attempt, at: datetime) -> bool:
    """Whether nobody for whom it counts can hand in on time any more: groups talk."""
    return all(is_due(attempt.assignment, terms, at) for terms in attempt.all_terms)


def shown_checks(
    checks: Iterable[Check], attempt: Attempt, *, is_staff: bool, at: datetime, costs: Costs
) -> list[ShownCheck]:
    """Return an attempt's checks as a member of staff, or the student themself, sees them at this moment.

    `costs` holds what the class needs for each budget, for its picture.
    """
    return [_shown(check, "" if is_staff else why_withheld(check.visibility, attempt, at), costs) for check in checks]


def _shown(check: Check, withheld: str, costs: Costs) -> ShownCheck:
    return ShownCheck(
        test_id=check.test_id,
        number=check.number,
        name=check.name,
        verdict=check.verdict,
        label=check.get_verdict_display(),
        points=None if withheld else check.points,
        max_points=None if withheld else check.max_points,
        message="" if withheld else check.message,
        output="" if withheld else check.output,
        why_withheld=withheld,
        pictures=[] if withheld else pictures(check.budget, costs.get(check.test_id)),
    )
