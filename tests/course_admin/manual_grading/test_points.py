"""What marks are worth, and what becomes of points by checks and by hand together: hand-worked numbers, and limits."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_admin.manual_grading.points import Asked, ByHand, combined, parts, points_of, points_of_answer

UP = Asked(1, Decimal(10), False, {1: Decimal(9), 2: Decimal(7), 3: Decimal("-2")})
DOWN = Asked(2, Decimal(10), True, {4: Decimal(-4), 5: Decimal(-8)})


@pytest.mark.parametrize(
    ("question", "mark", "points"),
    [
        (UP, {"items": []}, "0"),
        (UP, {"items": [2], "adjustment": "1"}, "8"),
        (UP, {"items": [2, 3]}, "5"),
        (UP, {"items": [1, 2]}, "10"),
        (UP, {"items": [3]}, "0"),
        (UP, {"items": [99]}, "0"),
        (UP, {"adjustment": "0.25"}, "0.25"),
        (DOWN, {"items": []}, "10"),
        (DOWN, {"items": [4], "adjustment": "-0.5"}, "5.5"),
        (DOWN, {"items": [4, 5]}, "0"),
        (DOWN, {"adjustment": "3"}, "10"),
    ],
)
def test_an_answer_is_worth_its_items_and_never_leaves_its_limits(question, mark, points):
    assert points_of_answer(question, mark) == Decimal(points)


def test_a_question_without_marks_gives_nothing_whatever_it_starts_with():
    assert points_of([UP, DOWN], {"1": {"items": [2]}}) == 7


@pytest.mark.parametrize(
    ("checks", "out_of", "share", "given_points", "whole"),
    [
        (88, 100, 30, "20.4", "82"),  # 61.6 + 20.4
        (100, 100, 30, "30", "100"),
        (0, 100, 30, "30", "30"),
        (88, 100, 30, None, "61.6"),
        (110, 100, 30, "30", "107"),  # a bonus of the suite stays one
        (40, 50, 50, "15", "32.5"),
    ],
)
def test_checks_and_hand_are_weighed(checks, out_of, share, given_points, whole):
    by_hand = ByHand(Decimal(share), Decimal(30), None if given_points is None else Decimal(given_points))
    assert combined(Decimal(checks), Decimal(out_of), by_hand) == Decimal(whole)


@pytest.mark.medium
@given(
    checks=st.decimals(0, 100, places=4),
    points=st.decimals(0, 30, places=2),
    share=st.decimals("0.01", 100, places=2),
)
def test_it_is_the_exact_weighted_mean(checks, points, share):
    exact = Fraction(checks) * (1 - Fraction(share) / 100) + 100 * Fraction(points) / 30 * Fraction(share) / 100
    found = Fraction(combined(checks, Decimal(100), ByHand(share, Decimal(30), points)))
    assert abs(found - exact) < Fraction(1, 10**18)
    assert 0 <= found <= 100


def test_both_parts_are_said():
    assert parts(Decimal(88), Decimal(100), ByHand(Decimal(30), Decimal(30), Decimal("20.4"))) == (
        "61.6 of 70 by checks, 20.4 of 30 by hand"
    )
    assert parts(Decimal(88), Decimal(100), ByHand(Decimal(30), Decimal(30), None)) == (
        "61.6 of 70 by checks, 30 more are given by hand and not yet"
    )
