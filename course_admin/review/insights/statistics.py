"""The statistics of the insights: pure functions of sums, so that a database can do the adding."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

#: Below so many students a figure about a check says more of them than of the check.
FEWEST = 10
WEAK = 0.1  # a discrimination below this tells nobody apart
BINS = 10


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one check over students: how many, how many passed, and sums of what each has in all other checks together."""

    students: int
    passed: int
    rest: float
    rest_squared: float
    rest_of_passed: float


def pass_rate(sums: Sums) -> float:
    """Return the share of students who passed."""
    return sums.passed / sums.students if sums.students else 0.0


def discrimination(sums: Sums) -> float | None:
    """Return the point-biserial correlation of passing a check with the points in all others; None if there is none.

    It is Pearson's correlation of a yes-or-no with a number. The check's own points are left out of the number, for they would
    correlate with themselves. Source: Lord and Novick 1968, "Statistical theories of mental test scores", 15.5.
    """
    count, share = sums.students, pass_rate(sums)
    if count < 2 or share in (0.0, 1.0):
        return None
    mean = sums.rest / count
    variance = sums.rest_squared / count - mean * mean
    if variance <= 1e-9 * max(mean * mean, 1.0):
        return None
    covariance = sums.rest_of_passed / count - share * mean
    return max(-1.0, min(1.0, covariance / math.sqrt(variance * share * (1 - share))))


def remark(sums: Sums) -> str:
    """Return what staff should look at; empty if nothing is odd, or if too few have tried."""
    if sums.students < FEWEST:
        return ""
    if sums.passed == 0:
        return gettext("nobody passes it: is the test right, and was it taught?")
    if sums.passed == sums.students:
        return gettext("everybody passes it")
    found = discrimination(sums)
    if found is not None and found < 0:
        return gettext("those who do well elsewhere fail it: look at the test")
    if found is not None and found < WEAK:
        return gettext("tells nobody apart")
    return ""


def histogram(percents: Sequence[float]) -> list[int]:
    """Return how many of some percentages lie in each tenth; 100 is in the last."""
    counts = [0] * BINS
    for percent in percents:
        counts[min(int(percent * BINS / 100), BINS - 1)] += 1
    return counts


def median(values: Sequence[float]) -> float | None:
    """Return the middle value, of an even number the mean of the two."""
    ordered, half = sorted(values), len(values) // 2
    if not ordered:
        return None
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
