"""What checks can earn: a weight is shared in hundredths, and the shares add up to it."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judge.collection import in_hundredths, share_of


@given(weight=st.integers(0, 100_000).map(lambda cents: cents / 100), cases=st.integers(1, 60))
def test_the_shares_of_a_weight_add_up_to_it_and_are_as_equal_as_hundredths_can_be(weight: float, cases: int) -> None:
    shares = [share_of(weight, number, cases) for number in range(1, cases + 1)]
    assert sum(shares) == Fraction(Decimal(repr(weight)))
    assert max(shares) - min(shares) <= Fraction(1, 100)
    assert all(share * 100 == int(share * 100) for share in shares)


def test_three_thirds_are_one() -> None:
    assert [float(share_of(1, number, 3)) for number in (1, 2, 3)] == [0.33, 0.34, 0.33]


@pytest.mark.parametrize(("points", "shown"), [("0.005", "0.01"), ("0.00499", "0"), ("2.675", "2.68"), ("7", "7")])
def test_a_half_goes_up(points: str, shown: str) -> None:
    assert in_hundredths(Fraction(points)) == Fraction(shown)
