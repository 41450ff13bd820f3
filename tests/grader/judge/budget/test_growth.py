"""A growth is decided by its exponent and by the ratio to the reference at each size, each in the same sequential way."""

from grader.judge.budget.growth import Growth
from grader.judge.budget.statistics import Standing

SIZES = (100, 200, 400)
REFERENCE = [0.01, 0.02, 0.04]


def grown(mine: list[float], reference: list[float] | None = REFERENCE, rounds: int = 5) -> Growth:
    """Return a growth of so many rounds alike, but for a little noise."""
    growth = Growth(SIZES, "n", 1.4, 20.0)
    for number in range(rounds):
        noise = 1 + (number % 3) / 100
        growth.add([(cost * noise, reference[i] if reference else None) for i, cost in enumerate(mine)])
    return growth


def test_what_grows_like_the_reference_is_within() -> None:
    assert grown([0.03, 0.06, 0.12]).standing(is_last=False) is Standing.WITHIN


def test_an_exponent_that_is_over_is_told() -> None:
    growth = grown([0.03, 0.12, 0.48])
    assert growth.standing(is_last=False) is Standing.OVER
    assert growth.sentence.startswith("The time grows as n^2.00 ")


def test_time_that_is_wasted_where_it_is_small_is_seen_by_the_ratio() -> None:
    """Quadratic work beside padding: the exponent is 1, and the two small sizes cost 64 and 32 times the reference."""
    padded = [0.64, 0.64, 0.64]
    assert grown(padded, None).standing(is_last=False) is Standing.WITHIN
    growth = grown(padded)
    assert growth.standing(is_last=False) is Standing.OVER
    assert "with n = 100 and 200 your code needs more than 20 times the time of the reference" in growth.sentence


def test_no_verdict_falls_while_one_test_is_open() -> None:
    at_the_bound = grown([0.2, 0.4, 0.8])  # 20 times the reference
    assert at_the_bound.standing(is_last=False) is Standing.UNDECIDED
    assert at_the_bound.standing(is_last=True) in (Standing.TOO_CLOSE, Standing.OVER)
    assert grown([0.03, 0.06, 0.12], rounds=4).standing(is_last=False) is Standing.UNDECIDED
