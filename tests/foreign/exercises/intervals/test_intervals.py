from fractions import Fraction

import pytest

from intervals import Interval, merge


def test_contains_numbers():
    assert 3 in Interval(1, 5)
    assert 6 not in Interval(1, 5)
    assert Fraction(9, 2) in Interval(1, 5)


def test_contains_intervals():
    assert Interval(2, 3) in Interval(1, 5)


def test_merge():
    assert merge([Interval(5, 6), Interval(1, 3), Interval(2, 4)]) == [Interval(1, 4), Interval(5, 6)]


def test_length():
    assert Interval(1, 5).length == 4


def test_intersection():
    assert Interval(1, 5) & Interval(3, 9) == Interval(3, 5)
    assert (Interval(1, 2) & Interval(3, 4)) is None


def test_reversed():
    with pytest.raises(ValueError):
        Interval(5, 1)


def test_in_a_set():
    assert len({Interval(1, 2), Interval(1, 2)}) == 1


def test_keys_of_a_dict():
    names = {Interval(1, 2): "short"}
    assert names[Interval(1, 2)] == "short"


def test_iteration_over_whole_numbers():
    assert [n for n in Interval(1, 3)] == [1, 2, 3]
