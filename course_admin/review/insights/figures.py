"""The figures of an assignment's insights, among the viewer's students: a constant number of queries, the database adds.

Of each student the newest graded attempt is looked at; what arrived is counted whatever became of it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, FloatField, Sum, Value, When
from django.db.models.functions import Cast, TruncDate

from course_admin.courses.models import Enrollment
from course_admin.review.desk.current import current_runs
from course_admin.review.desk.place import Place
from course_admin.review.insights.budgets import BudgetFigures, budgets
from course_admin.review.insights.first_full import binned, times_to_full
from course_admin.review.insights.statistics import Sums, discrimination, histogram, median, pass_rate, remark
from course_admin.submissions.models import AttemptMember, Check, Run
from grader.verdict import Verdict


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """How the class stands on one check."""

    number: str
    name: str
    test_id: str
    sums: Sums

    @property
    def rate(self) -> float:
        """The share of students who pass it."""
        return pass_rate(self.sums)

    @property
    def discrimination(self) -> float | None:
        """How far passing it goes with doing well elsewhere."""
        return discrimination(self.sums)

    @property
    def remark(self) -> str:
        """What staff should look at."""
        return remark(self.sums)


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the page shows."""

    students: int
    bins: list[int]
    median: float | None
    full: int
    graded: int
    checks: list[CheckFigures]
    budgets: list[BudgetFigures]
    arrivals: list[tuple[date, int]]
    first_full: list[int]  # as `first_full.binned`
    not_started: list[Enrollment]


def figures(place: Place) -> Figures:
    """Return the figures of an assignment."""
    runs = set(current_runs(place.assignment, place.students).values())
    scores = Run.objects.filter(pk__in=runs).order_by().values_list("score", "max_score")
    percents = [float(100 * score / most) for score, most in scores if score is not None and most]
    started = AttemptMember.objects.filter(assignment=place.assignment).values("student")
    return Figures(
        students=place.students.count(),
        bins=histogram(percents),
        median=median(percents),
        full=sum(percent >= 100 for percent in percents),
        graded=len(runs),
        checks=checks(runs),
        budgets=budgets(runs),
        arrivals=arrivals(place),
        first_full=binned(times_to_full(place)),
        not_started=list(place.students.exclude(pk__in=started).select_related("section").order_by("name", "pk")),
    )


def checks(runs: set[int]) -> list[CheckFigures]:
    """Return the figures of each check of some runs, in the order and with the names that the newest of them has.

    A check that the newest run does not have, as after a change of the suite, comes last, with a name that it had.
    """
    newest = Check.objects.filter(run=max(runs, default=0)).order_by("position")
    names = {test_id: (number, name) for test_id, number, name in newest.values_list("test_id", "number", "name")}
    found = _sums(runs)
    gone = sorted(found.keys() - names.keys())
    order = [*(each for each in names if each in found), *gone]
    if gone:
        older = Check.objects.filter(run__in=runs, test_id__in=gone).order_by()
        rows = older.values_list("test_id", "number", "name").distinct()
        names |= {test_id: (number, name) for test_id, number, name in rows}
    return [CheckFigures(*names[test_id], test_id, found[test_id]) for test_id in order]


def _sums(runs: set[int]) -> dict[str, Sums]:
    """Return the sums of each check, added up by the database."""
    is_passed = Case(When(verdict=str(Verdict.PASSED), then=Value(1.0)), default=Value(0.0), output_field=FloatField())
    rest: Any = Cast(F("run__score"), FloatField()) - Cast(F("points"), FloatField())
    rows = Check.objects.filter(run__in=runs).order_by().annotate(is_passed=is_passed, rest=rest).values("test_id")
    added = rows.annotate(
        students=Count("run"),
        passed=Sum("is_passed"),
        rests=Sum("rest"),
        squares=Sum(F("rest") * F("rest")),
        products=Sum(F("rest") * F("is_passed")),
    )
    return {
        row["test_id"]: Sums(row["students"], round(row["passed"]), row["rests"], row["squares"], row["products"])
        for row in added
    }


def arrivals(place: Place) -> list[tuple[date, int]]:
    """Return how many attempts came on each day of the course's calendar that had one."""
    days = place.attempts.order_by().annotate(day=TruncDate("received_at", tzinfo=place.course.zone))
    rows = days.values("day").annotate(count=Count("pk")).order_by("day")
    return [(row["day"], row["count"]) for row in rows]
