"""Agreement of two people: hand-worked tables, and the limits of kappa."""

from decimal import Decimal

import pytest

from course_admin.manual_grading.calibration.agreement import agreement, weighted_kappa


def pairs(*numbers: tuple[float, float]) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(str(one)), Decimal(str(other))) for one, other in numbers]


def test_shares_and_kappa_of_a_table_worked_by_hand():
    # squares of differences: 0, 1, 4, 0; mean 5/4. By chance: all 16 squares sum to 48; mean 3. kappa = 1 - 5/12.
    found = agreement(pairs((0, 0), (2, 1), (3, 1), (3, 3)))
    assert (found.pairs, found.exact, found.within_one) == (4, 0.5, 0.75)
    by_chance = sum((one - other) ** 2 for one in (0, 2, 3, 3) for other in (0, 1, 1, 3)) / 16
    assert found.kappa == pytest.approx(1 - 1.25 / by_chance)


def test_kappa_is_one_for_full_agreement_and_below_nought_for_opposites():
    assert weighted_kappa(pairs((1, 1), (5, 5), (9, 9))) == 1
    assert weighted_kappa(pairs((0, 10), (10, 0))) == -1


def test_kappa_says_nothing_where_both_give_one_number():
    assert agreement(pairs((7, 7), (7, 7))).kappa is None
    assert agreement(pairs((7, 7), (7, 7))).exact == 1
    assert agreement([]).kappa is None


def test_a_constant_rater_has_no_agreement_beyond_chance():
    assert weighted_kappa(pairs((5, 3), (5, 7), (5, 9))) == 0


def test_half_points_within_one_count_as_near():
    assert agreement(pairs((1, 2), (1, 2.5))).within_one == 0.5
