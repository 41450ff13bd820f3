"""What checks can earn: a weight is shared in hundredths, and the shares add up to it."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judge.collection import as_written, in_hundredths, in_shares, share_of


@pytest.mark.medium
@given(weight=st.integers(0, 100_000).map(lambda cents: cents / 100), cases=st.integers(1, 60))
def test_the_shares_of_a_weight_add_up_to_it_and_are_as_equal_as_hundredths_can_be(weight: float, cases: int) -> None:
    shares = [share_of(as_written(weight), number, cases) for number in range(1, cases + 1)]
    assert sum(shares) == Fraction(Decimal(repr(weight)))
    assert max(shares) - min(shares) <= Fraction(1, 100)
    assert all(share * 100 == int(share * 100) for share in shares)


def test_three_thirds_are_one() -> None:
    assert [float(share_of(Fraction(1), number, 3)) for number in (1, 2, 3)] == [0.33, 0.34, 0.33]
    assert [float(share) for share in in_shares([as_written(1 / 3)] * 3)] == [0.33, 0.34, 0.33]


@pytest.mark.medium
@given(st.lists(st.fractions(0, 50, max_denominator=12), min_size=1, max_size=40))
def test_shares_add_up_to_what_the_amounts_do_and_each_is_within_a_hundredth_of_its_own(
    amounts: list[Fraction],
) -> None:
    shares = in_shares(amounts)
    assert sum(shares) == in_hundredths(sum(amounts))
    assert all(abs(share - amount) < Fraction(1, 100) for share, amount in zip(shares, amounts, strict=True))


@given(st.lists(st.integers(0, 9999).map(lambda cents: cents / 100), min_size=1, max_size=40))
def test_weights_in_hundredths_are_what_they_say(weights: list[float]) -> None:
    assert in_shares([as_written(weight) for weight in weights]) == [Fraction(repr(weight)) for weight in weights]


@pytest.mark.parametrize(("points", "shown"), [("0.005", "0.01"), ("0.00499", "0"), ("2.675", "2.68"), ("7", "7")])
def test_a_half_goes_up(points: str, shown: str) -> None:
    assert in_hundredths(Fraction(points)) == Fraction(shown)
