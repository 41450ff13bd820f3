"""How the class's measured costs are distributed against each budget of an assignment, as shares of what the budget allows."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from course_admin.review.insights.statistics import median
from course_admin.submissions.models import Check

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Of so many newest results: two queries of one size, however large the course.
NEWEST_RUNS = 200
#: Upper bounds of the bins, in parts of what is allowed, and what each is called; the last has none.
BINS: "tuple[tuple[float, StrOrPromise], ...]" = (
    (0.25, _("up to a quarter")),
    (0.5, _("up to half")),
    (1.0, _("up to all of it")),
    (2.0, _("up to twice")),
    (math.inf, _("more")),
)


@dataclass(frozen=True, slots=True)
class BudgetFigures:
    """One budget: what is measured, how much is allowed, and how many results lie in each bin."""

    test_id: str
    kind: str  # "time", "memory", "growth"
    limit: float
    bins: list[int]
    median: float

    @property
    def students(self) -> int:
        """How many were measured."""
        return sum(self.bins)


def budgets(runs: Iterable[int]) -> list[BudgetFigures]:
    """Return the figures of every budget that some of the newest runs were measured by, in the order of the suite."""
    newest = sorted(runs, reverse=True)[:NEWEST_RUNS]
    rows = Check.objects.filter(run__in=newest, budget__isnull=False).order_by("position", "test_id")
    costs: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for test_id, budget in rows.values_list("test_id", "budget"):
        for kind, row in _measured(budget):
            costs[test_id, kind].append((row["estimate"], row["limit"]))
    return [_figures(test_id, kind, measured) for (test_id, kind), measured in costs.items()]


def _measured(budget: Any) -> Iterable[tuple[str, dict[str, float]]]:
    """Yield the kinds of a check's budget that have an estimate and a limit; what a worker sent may hold anything."""
    for kind, row in budget.items() if isinstance(budget, dict) else ():
        numbers = [row.get("estimate"), row.get("limit")] if isinstance(row, dict) else [None]
        if all(isinstance(each, int | float) and math.isfinite(each) for each in numbers) and row["limit"] > 0:
            yield str(kind), row


def _figures(test_id: str, kind: str, measured: Sequence[tuple[float, float]]) -> BudgetFigures:
    shares = [estimate / limit for estimate, limit in measured]
    counts = [0] * len(BINS)
    for share in shares:
        counts[next(place for place, (most, _) in enumerate(BINS) if share <= most)] += 1
    _, limit = measured[-1]
    return BudgetFigures(test_id, kind, limit, counts, median(shares) or 0.0)
