from decimal import Decimal

import pytest

from money_decimal import round_cents, split_bill


def test_half_cents_go_up():
    assert round_cents(Decimal("2.345")) == Decimal("2.35")


def test_two_places():
    assert str(round_cents(Decimal("3"))) == "3.00"


def test_split_evenly():
    assert split_bill(Decimal("9.00"), 3) == [Decimal("3.00")] * 3


def test_nobody_loses_a_cent():
    parts = split_bill(Decimal("10.00"), 3)
    assert parts == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert sum(parts) == Decimal("10.00")


@pytest.mark.parametrize("people", [0, -1])
def test_nobody_pays(people):
    with pytest.raises(ValueError, match="at least one"):
        split_bill(Decimal(1), people)
