"""The statistics of a budget: what a piece of work counts, intervals, the sequential verdict, partial credit. Side: judge.

A pair is one measurement of the candidate and one of its yardstick, taken one after the other; its log-ratio is one
sample. After each look the two-sided Student interval of the mean log-ratio is compared with the budget: clear of it on
one side ends the test, and at the last look the student has the benefit. From `RANKS_FROM` pairs on the interval is
Wilcoxon's, of the pseudo-median: a machine so noisy that it needs them disturbs single pairs wildly, and ranks do not mind.
The error of one look is `ALPHA`; with `LOOKS` looks a verdict against a candidate inside its budget has a chance of at most
`len(LOOKS) * ALPHA / 2` (Bonferroni). Sources: Student 1908; Abramowitz and Stegun, 26.7.3 and 26.7.4 (the distribution for
whole degrees of freedom); Wilcoxon 1945, Hodges and Lehmann 1963, and Hollander and Wolfe, "Nonparametric Statistical
Methods", 3.1 to 3.3; Kalibera and Jones 2013, "Rigorous benchmarking in reasonable time" (ratios of pairs with intervals).
"""

import functools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

ALPHA = 0.001  # two-sided, at each look
LOOKS = (5, 6, 8, 10, 13, 17, 21, 25, 32, 40, 50, 64, 80, 100, 128)  # numbers of pairs after which a verdict may fall
USUAL_PAIRS = 25  # as many are always taken where fewer leave it open
NEXT_SHARE = 0.5  # of the time that is left, which the pairs up to the next look may take
HOPELESS_FACTOR = 8.0  # trial pairs that are all this far over a budget are beyond any credit and any noise
RANKS_FROM = 13  # samples
#: Times the budget, and the part of the points that is kept up to there; beyond the last step nothing is.
STEPS = ((1.0, 1.0), (1.5, 0.75), (2.0, 0.5), (3.0, 0.25))
FREE_PREPARATION = 1.25  # times the yardstick's: no two preparations take the same time
FREE_WORK = 0.25  # times the yardstick's piece: beyond it, what was done while preparing was the work itself
UNMEASURED_SECONDS = 0.005  # between two pieces of a candidate that has no reference beside it


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece of work took, and what its process had burnt between the piece before and this one."""

    seconds: float
    cpu_seconds: float
    idle_cpu_seconds: float

    def charged(self, reference: "Cost | None") -> float:
        """Return the seconds that count: work that was done ahead, or in the background, is work.

        What is free of it is taken from the reference's piece, which no candidate can stretch; without one it is a fixed time.
        Where time is counted by the wall, a busy machine stretches that work as much as the reference's.
        """
        if reference is None:
            return self.seconds + max(0.0, self.idle_cpu_seconds - UNMEASURED_SECONDS)
        free = FREE_PREPARATION * reference.idle_cpu_seconds + FREE_WORK * reference.cpu_seconds
        ahead = max(0.0, self.idle_cpu_seconds - free)
        return self.seconds + ahead * reference.seconds / reference.cpu_seconds

    def at_most(self, times: float, other: "Cost") -> "Cost":
        """Return this cost, or so many times another if that is less."""
        share = min(1.0, times * other.seconds / self.seconds)
        return Cost(self.seconds * share, self.cpu_seconds * share, self.idle_cpu_seconds)


class Standing(StrEnum):
    """What is known so far."""

    UNDECIDED = "undecided"
    WITHIN = "within"
    OVER = "over"
    TOO_CLOSE = "too close to call"


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence limits, on the scale of the samples' exponentials (ratios) or as they are."""

    estimate: float
    low: float
    high: float


def student_cdf(t: float, degrees: int) -> float:
    """Return P(|T| <= t) for Student's T with a whole number of degrees of freedom, t >= 0.

    Source: Abramowitz and Stegun 26.7.3 (odd) and 26.7.4 (even).
    """
    theta = math.atan2(t, math.sqrt(degrees))
    cosine, sine = math.cos(theta), math.sin(theta)
    if degrees % 2:
        total, term = 0.0, cosine
        for k in range(1, (degrees - 1) // 2 + 1):
            total += term
            term *= cosine * cosine * (2 * k) / (2 * k + 1)
        return 2 / math.pi * (theta + sine * total)
    total, term = 0.0, 1.0
    for k in range(1, degrees // 2 + 1):
        total += term
        term *= cosine * cosine * (2 * k - 1) / (2 * k)
    return sine * total


@functools.cache
def student_quantile(alpha: float, degrees: int) -> float:
    """Return t with P(|T| > t) = alpha, found by bisection to ten digits."""
    low, high = 0.0, 1.0
    while student_cdf(high, degrees) < 1 - alpha:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if student_cdf(middle, degrees) < 1 - alpha else (low, middle)
    return high


def interval(samples: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return where at least two samples lie, with the interval that fits their number."""
    return mean_interval(samples, alpha) if len(samples) < RANKS_FROM else rank_interval(samples, alpha)


def mean_interval(samples: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return the mean of at least two samples with its Student interval."""
    mean = statistics.fmean(samples)
    half = student_quantile(alpha, len(samples) - 1) * statistics.stdev(samples) / math.sqrt(len(samples))
    return Interval(mean, mean - half, mean + half)


def rank_interval(samples: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return the pseudo-median of at least 12 samples, around which they lie evenly, with Wilcoxon's interval."""
    walsh = sorted((a + b) / 2 for i, a in enumerate(samples) for b in samples[i:])
    beyond = rank_sum_quantile(alpha, len(samples))
    return Interval(statistics.median(walsh), walsh[beyond], walsh[-1 - beyond])


@functools.cache
def rank_sum_quantile(alpha: float, count: int) -> int:
    """Return the largest T with P(W <= T) <= alpha / 2 for the signed-rank sum W of `count` samples, exactly."""
    ways = [1] + [0] * (count * (count + 1) // 2)  # of the first n ranks, how many subsets have this sum
    for rank in range(1, count + 1):
        for total in range(len(ways) - 1, rank - 1, -1):
            ways[total] += ways[total - rank]
    below, most = 0, alpha / 2 * 2**count
    for total, number in enumerate(ways):
        below += number
        if below > most:
            return total - 1
    raise ValueError(f"no interval of {count} samples has the error {alpha}")


def ratio_interval(log_ratios: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return the middle of paired ratios with its interval."""
    logs = interval(log_ratios, alpha)
    return Interval(math.exp(logs.estimate), math.exp(logs.low), math.exp(logs.high))


def ratio_standing(log_ratios: Sequence[float], limit: float) -> Standing:
    """Return what paired log-ratios say about a budget: over it only when they are clear of every step's end as well.

    So each step ends by the same sequential test as the budget, and at the last look the student has the benefit.
    """
    state = standing(log_ratios, math.log(limit))
    if state is Standing.OVER and len(log_ratios) < LOOKS[-1] and not is_settled(log_ratios, limit):
        return Standing.UNDECIDED
    return state


def standing(samples: Sequence[float], limit: float) -> Standing:
    """Return what the samples say about their mean and `limit`, both on the samples' scale (log-ratios, or exponents)."""
    if len(samples) not in LOOKS:
        return Standing.UNDECIDED
    state = last_standing(samples, limit)
    return Standing.UNDECIDED if state is Standing.TOO_CLOSE and len(samples) < LOOKS[-1] else state


def last_standing(samples: Sequence[float], limit: float) -> Standing:
    """Return what the samples say when no more are taken: where they leave it open, the student has the benefit."""
    found = interval(samples)
    if found.high < limit:
        return Standing.WITHIN
    return Standing.OVER if found.low > limit else Standing.TOO_CLOSE


def is_last_look(count: int, taken_seconds: float, left_seconds: float) -> bool:
    """Whether a test that is open after `count` samples ends here: those up to the next look would take too long.

    A busy machine needs more samples than an idle one for the same verdict, so that only the deadline ends a test before its
    last look: a shorter time would leave open there what an idle machine decides, and so give other points.
    """
    if count < USUAL_PAIRS or count not in LOOKS[:-1]:
        return False
    following = LOOKS[LOOKS.index(count) + 1]
    return (following - count) * taken_seconds / count > NEXT_SHARE * left_seconds


def is_hopeless(log_ratios: Sequence[float], log_limit: float) -> bool:
    """Whether trial pairs already say that the budget, and the credit beyond it, are far out of reach."""
    return min(log_ratios) > log_limit + math.log(HOPELESS_FACTOR)


def credit(ratio: float, limit: float) -> float:
    """Return the part of the points that is kept at a ratio: that of the first step which does not end below it."""
    return next((part for end, part in STEPS if ratio <= end * limit), 0.0)


def is_settled(samples: Sequence[float], limit: float) -> bool:
    """Whether the interval of log-ratios lies within one step of the credit, for a candidate over `limit` (a ratio)."""
    ratio = ratio_interval(samples)
    return credit(ratio.low, limit) == credit(ratio.high, limit)


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the exponent b of cost = a * size**b by least squares on the logarithms."""
    return statistics.linear_regression([math.log(n) for n in sizes], [math.log(cost) for cost in costs]).slope
