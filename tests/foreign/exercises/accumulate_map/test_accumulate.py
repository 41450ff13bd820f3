import operator

import pytest

from accumulate_map import accumulate, foldl, foldr


def test_squares():
    assert accumulate([1, 2, 3], lambda x: x * x) == [1, 4, 9]


def test_upcases():
    assert accumulate(["hello", "world"], str.upper) == ["HELLO", "WORLD"]


def test_divmod():
    assert accumulate([10, 17, 23], lambda x: divmod(x, 7)) == [(1, 3), (2, 3), (3, 2)]


def test_composed():
    assert accumulate(list("ab"), lambda x: accumulate(list("12"), lambda y: x + y)) == [["a1", "a2"], ["b1", "b2"]]


def test_builtin_functions():
    assert accumulate(["", "a", "bb"], len) == [0, 1, 2]


def test_foldl():
    assert foldl(operator.sub, [1, 2, 3], 10) == 4


def test_foldr():
    assert foldr(lambda item, total: item - total, [1, 2, 3, 4], 0) == -2


def test_errors_of_the_function_come_through():
    with pytest.raises(ZeroDivisionError):
        accumulate([1, 0], lambda x: 1 / x)
