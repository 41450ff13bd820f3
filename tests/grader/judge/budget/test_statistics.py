"""The statistics of budgets, against tables and against simulated machines with known truth."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judge.budget import statistics
from grader.judge.budget.statistics import Standing

#: Two-sided critical values. Source: Student's t table, NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
TABLE = [(0.10, 1, 6.314), (0.05, 2, 4.303), (0.05, 5, 2.571), (0.01, 4, 4.604), (0.01, 10, 3.169), (0.002, 20, 3.552)]


@pytest.mark.parametrize(("alpha", "degrees", "expected"), TABLE)
def test_quantiles_agree_with_the_published_table(alpha: float, degrees: int, expected: float) -> None:
    assert statistics.student_quantile(alpha, degrees) == pytest.approx(expected, abs=6e-4)


@given(st.integers(1, 40), st.floats(0, 50), st.floats(0, 50))
def test_the_distribution_rises(degrees: int, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= statistics.student_cdf(low, degrees) <= statistics.student_cdf(high, degrees) + 1e-12 <= 1 + 1e-9


def verdict(true_ratio: float, limit: float, noise: float, generator: random.Random) -> Standing:
    """Play one sequential test on log-normal pairs."""
    samples: list[float] = []
    state = Standing.UNDECIDED
    while state is Standing.UNDECIDED:
        samples.append(math.log(true_ratio) + generator.gauss(0, noise))
        state = statistics.standing(samples, math.log(limit))
    return state


@pytest.mark.parametrize(("ratio", "right"), [(1.0, Standing.WITHIN), (2.0, Standing.OVER)])
def test_a_thousand_noisy_verdicts_are_all_right(ratio: float, right: Standing) -> None:
    generator = random.Random(7)
    assert [verdict(ratio, 1.5, 0.1, generator) for _ in range(1000)].count(right) == 1000


@pytest.mark.slow
def test_at_the_limit_the_student_has_the_benefit() -> None:
    generator = random.Random(8)
    verdicts = [verdict(1.5, 1.5, 0.1, generator) for _ in range(500)]
    assert verdicts.count(Standing.OVER) <= 500 * len(statistics.LOOKS) * statistics.ALPHA
    assert verdicts.count(Standing.TOO_CLOSE) > 475


def test_no_verdict_falls_between_the_looks() -> None:
    assert statistics.standing([5.0] * 4, 0.0) is Standing.UNDECIDED
    assert statistics.standing([0.0] * 7, 1.0) is Standing.UNDECIDED


@pytest.mark.parametrize(
    ("ratio", "limit", "expected"),
    [
        (0.5, 1, 1),
        (4, 4, 1),
        (5, 4, 0.75),
        (7, 4, 0.5),
        (8, 4, 0.5),
        (9, 4, 0.25),
        (12, 4, 0.25),
        (13, 4, 0),
        (1e9, 4, 0),
    ],
)
def test_credit_falls_in_quarters_to_nothing_beyond_three_times_the_budget(
    ratio: float, limit: float, expected: float
) -> None:
    assert statistics.credit(ratio, limit) == expected


def kept(true_ratio: float, limit: float, noise: float, generator: random.Random) -> float:
    """Play one sequential test on log-normal pairs, and return the part of the points that it leaves."""
    samples: list[float] = []
    state = Standing.UNDECIDED
    while state is Standing.UNDECIDED:
        samples.append(math.log(true_ratio) + generator.gauss(0, noise))
        state = statistics.ratio_standing(samples, limit)
    return statistics.credit(statistics.ratio_interval(samples).low, limit) if state is Standing.OVER else 1.0


@pytest.mark.medium
@pytest.mark.parametrize(("ratio", "part"), [(1.2, 0.75), (1.7, 0.5), (2.4, 0.25), (3.6, 0.0)])
def test_five_hundred_runs_at_one_load_leave_the_same_part(ratio: float, part: float) -> None:
    generator = random.Random(9)
    assert {kept(1.5 * ratio, 1.5, 0.1, generator) for _ in range(500)} == {part}


@pytest.mark.medium
@pytest.mark.parametrize("noise", [0.02, 0.2, 0.3])
def test_a_noisier_machine_leaves_the_same_part_after_more_pairs(noise: float) -> None:
    generator = random.Random(11)
    assert {kept(1.76 * 1.25, 1.25, noise, generator) for _ in range(60)} == {0.5}


@pytest.mark.parametrize(
    ("count", "taken_seconds", "left_seconds", "is_last"),
    [
        (25, 25.0, 35.0, False),  # 7 s more for the next look
        (25, 25.0, 13.9, True),
        (25, 8.1, 50.0, False),
        (21, 50.0, 1.0, False),  # as many as are always taken
        (26, 50.0, 1.0, False),  # no look
        (100, 20.0, 11.3, False),
        (100, 20.0, 11.1, True),
    ],
)
def test_only_the_deadline_ends_a_test_before_its_last_look(
    count: int, taken_seconds: float, left_seconds: float, is_last: bool
) -> None:
    assert statistics.is_last_look(count, taken_seconds, left_seconds) is is_last


@pytest.mark.slow
@pytest.mark.parametrize(("ratio", "part"), [(1.5, 0.75), (2.0, 0.5), (3.0, 0.25)])
def test_at_the_end_of_a_step_the_student_has_the_benefit(ratio: float, part: float) -> None:
    generator = random.Random(10)
    found = [kept(1.5 * ratio, 1.5, 0.1, generator) for _ in range(150)]
    assert found.count(part) >= 150 * (1 - len(statistics.LOOKS) * statistics.ALPHA)
    assert all(each >= part - 0.25 for each in found)


@pytest.mark.parametrize(
    ("alpha", "count", "expected"),
    [(0.05, 6, 0), (0.05, 10, 8), (0.01, 13, 9), (0.01, 20, 37), (0.01, 25, 68), (0.05, 25, 89)],
)
def test_rank_sums_agree_with_the_published_table(alpha: float, count: int, expected: int) -> None:
    assert statistics.rank_sum_quantile(alpha, count) == expected


def test_a_pair_that_went_wild_does_not_open_the_interval_again() -> None:
    generator = random.Random(3)
    samples = [math.log(2) + generator.gauss(0, 0.1) for _ in range(22)] + [3.0, -3.0, 2.0]
    assert statistics.mean_interval(samples).low < math.log(1.5)
    assert math.log(1.7) < statistics.interval(samples).low < math.log(2.0)


def test_whoever_is_not_clear_of_the_budget_at_the_end_has_the_benefit() -> None:
    assert statistics.last_standing([0.1, -0.1, 0.05, 0.0, 0.02], 0.0) is Standing.TOO_CLOSE
    assert statistics.last_standing([1.1, 0.9, 1.05, 1.0, 1.02], 0.0) is Standing.OVER
    assert statistics.last_standing([-1.1, -0.9, -1.05, -1.0, -1.02], 0.0) is Standing.WITHIN


def test_a_verdict_over_the_budget_waits_until_the_credit_is_settled() -> None:
    wide = [math.log(ratio) for ratio in (3.2, 3.6, 3.8, 4.0, 4.6)]
    assert statistics.standing(wide, math.log(1.5)) is Standing.OVER
    assert statistics.ratio_standing(wide, 1.5) is Standing.UNDECIDED
    assert statistics.ratio_standing(wide * 5, 1.5) is Standing.OVER
    assert statistics.ratio_standing([math.log(9.0 + n) for n in range(5)], 1.5) is Standing.OVER


def test_work_done_ahead_counts_beyond_what_the_yardstick_prepares_and_a_little() -> None:
    yardstick = statistics.Cost(seconds=2.0, cpu_seconds=1.0, idle_cpu_seconds=0.4)
    assert statistics.Cost(1.0, 1.0, 0.75).charged(yardstick) == 1.0
    assert statistics.Cost(1.0, 1.0, 0.505).charged(None) == pytest.approx(1.5)  # nobody to compare with: 5 ms are free
    assert (
        statistics.Cost(1.0, 1.0, 3.75).charged(yardstick) == 1.0 + 3.0 * 2.0
    )  # stretched like the yardstick's wall time


def test_a_rival_counts_for_no_more_than_the_reference_allows() -> None:
    slowed, reference = statistics.Cost(10.0, 8.0, 1.0), statistics.Cost(2.0, 2.0, 1.0)
    assert slowed.at_most(1.25, reference) == statistics.Cost(2.5, 2.0, 1.0)
    assert reference.at_most(1.25, slowed) == reference


def test_hopeless_means_every_trial_pair() -> None:
    assert statistics.is_hopeless([math.log(100), math.log(90)], math.log(4))
    assert not statistics.is_hopeless([math.log(100), math.log(5)], math.log(4))


@given(st.floats(0.2, 3.5), st.floats(1e-6, 1e3))
def test_the_slope_of_a_power_is_its_exponent(exponent: float, factor: float) -> None:
    sizes = (10, 20, 40, 80)
    assert statistics.slope(sizes, [factor * n**exponent for n in sizes]) == pytest.approx(exponent, abs=1e-6)


def test_the_interval_of_equal_pairs_is_a_point() -> None:
    interval = statistics.ratio_interval([math.log(2.0)] * 5)
    assert (interval.low, interval.high) == pytest.approx((2.0, 2.0))
