"""Comparison decides correctly on both sides of every line it draws."""

import math
from collections import OrderedDict
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pytest
from asserts import assert_close, assert_dtype, assert_equal, assert_gradient, assert_shape

NAN, INF = math.nan, math.inf


class Stranger:
    """An object like a student's: asking it anything would run their code."""

    def __getattr__(self, name):
        raise RuntimeError(f"the comparison asked a student's object for {name}")

    def __eq__(self, other):
        return True

    __hash__ = None

    def __repr__(self):
        raise RuntimeError("the comparison asked a student's object for its repr")


class Always(float):
    """A number that claims to equal everything."""

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __hash__ = float.__hash__


class Flattering(np.ndarray):
    """An array that claims to differ from nothing."""

    def __sub__(self, other):
        return np.zeros(self.shape)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (1.0, 1.0),
        (np.float32(2.5), 2.5),
        ([1.0, 2.0], np.array([1, 2])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        ([], np.zeros(0)),
        ([NAN, INF, -INF], [NAN, INF, -INF]),
        (np.array(True), True),
        (np.array([1 + 2j]), [1 + 2j]),
        (np.array(7.0), 7.0),
    ],
    ids=repr,
)
def test_close_accepts(got, want):
    assert_close(got, want)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (NAN, 1.0),
        (1.0, NAN),
        ([NAN, NAN], [NAN, 1.0]),
        (INF, -INF),
        (INF, 1e308),
        (1e308, INF),
        (-1e308, 1e308),
        ([1.0], 1.0),
        (np.ones((2, 1)), np.ones((2, 2))),
        (np.ones(3), np.ones((1, 3))),
        (np.zeros((0, 3)), np.zeros((0, 2))),
        (np.zeros((0, 3)), np.zeros(0)),
        (np.array([1 + 2j]), [1.0]),
        ([1.0, 2.0], [2.0, 1.0]),
    ],
    ids=repr,
)
def test_close_refuses(got, want):
    with pytest.raises(AssertionError):
        assert_close(got, want)


def test_close_draws_the_line_at_its_tolerances():
    assert_close(1.0 + 0.75e-3, 1.0, rtol=1e-3, atol=0)
    assert_close(0.75e-3, 0.0, rtol=0, atol=1e-3)
    assert_close(100.0 + 0.1, 100.0, rtol=0.5e-3, atol=0.5e-1 + 1e-9)
    for got, want, rtol, atol in ((1.00125, 1.0, 1e-3, 0), (1.25e-3, 0.0, 0, 1e-3), (1e-9, 0.0, 0.5, 0)):
        with pytest.raises(AssertionError):
            assert_close(got, want, rtol=rtol, atol=atol)


def test_close_measures_against_the_expected_value():
    assert_close(0.0, 1.0, rtol=0.999999, atol=0.000001)
    with pytest.raises(AssertionError):
        assert_close(1.0, 0.0, rtol=0.999999, atol=0.000001)


def test_exact_comparison_of_integers_is_exact_above_2_to_53():
    assert_close(2**53 + 1, 2**53 + 1, rtol=0, atol=0)
    with pytest.raises(AssertionError):
        assert_close(2**53 + 1, 2**53, rtol=0, atol=0)


def test_close_compares_dtype_only_when_asked():
    assert_close(np.ones(2), np.ones(2, dtype=np.float32))
    assert_close(np.ones(2, dtype=np.float32), np.ones(2), dtype=np.float32)
    with pytest.raises(AssertionError, match="dtype"):
        assert_close(np.ones(2), np.ones(2), dtype=np.float32)


def test_shape_is_told_before_dtype_and_dtype_before_values():
    with pytest.raises(AssertionError, match="shape is not"):
        assert_close(np.array([NAN, 1.0]), np.ones(3), dtype=np.float32)
    with pytest.raises(AssertionError, match="dtype is not"):
        assert_close(np.array([NAN, 1.0]), np.ones(2), dtype=np.float32)
    with pytest.raises(AssertionError, match="NaN where a number"):
        assert_close(np.array([NAN, 7.0]), np.ones(2), dtype=np.float64)


@pytest.mark.parametrize(
    "got",
    [Stranger(), [Stranger()], (1.0, (Stranger(),)), np.ones(2).view(Flattering), "1.0", {"a": 1.0},
     np.array([1.0, None]), np.array(["a"]), [[1.0], [1.0, 2.0]], np.ma.masked_array([1.0], [True]), 10**400],
    ids=lambda got: type(got).__name__,
)  # fmt: skip
def test_close_refuses_what_is_no_plain_number(got):
    with pytest.raises(AssertionError, match="only numbers and plain arrays"):
        assert_close(got, [1.0, 1.0], call="f(x)")


class Pair(NamedTuple):
    left: object
    right: object


class Kind(StrEnum):
    MEMORY = "memory"


class Known(dict):
    def __missing__(self, key):
        return 0


@pytest.mark.parametrize(
    ("got", "want", "other"),
    [
        (Pair(1, "b"), (1, "b"), (1, "c")),
        ([Pair(1, 2)], [(1, 2)], [[1, 2]]),
        (Kind.MEMORY, "memory", "compute"),
        (Known(a=Pair(1, 2)), {"a": (1, 2)}, {"a": (1, 2), "b": 0}),
        (Always(3.0), 3.0, 4.0),
        (OrderedDict(b=1, a=2), {"a": 2, "b": 1}, {"a": 1, "b": 2}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_of_a_subclass_is_read_as_what_it_holds(got, want, other):
    assert_equal(got, want)
    with pytest.raises(AssertionError, match="he value is not the expected one"):
        assert_equal(got, other)


def test_a_named_tuple_is_a_shape_and_holds_numbers():
    assert_shape(Pair(2, 3), (2, 3))
    assert_close(Pair(2.0, Always(3.0)), [2.0, 3.0])
    with pytest.raises(AssertionError, match="he values are not the expected ones"):
        assert_close(Always(3.0), 4.0)


def test_none_is_met_with_a_question():
    with pytest.raises(
        AssertionError, match=r"f\(2\) gave None where numbers are expected. Is it still to be written\?"
    ):
        assert_close(None, 4.0, call="f(2)")


def test_an_expected_value_that_is_not_plain_is_the_suites_mistake():
    with pytest.raises(TypeError, match="the expected value is a value of type Stranger"):
        assert_close(1.0, Stranger())
    with pytest.raises(ValueError, match="tolerances"):
        assert_close(1.0, 1.0, rtol=NAN)
    for tolerance in ({"atol": INF}, {"atol": -1e-9}, {"rtol": 1.0}, {"rtol": -1e-9}):
        with pytest.raises(ValueError, match="tolerances"):
            assert_close(1.0, 1.0, **tolerance)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (1, 1.0),
        (np.int64(3), 3),
        (NAN, NAN),
        (None, None),
        ("a", "a"),
        ([1, (2, "x")], [1, (2, "x")]),
        ({"a": np.ones(2)}, {"a": np.ones(2)}),
        ({1, 2}, {2, 1}),
        (slice(1, 2), slice(1, 2)),
        (np.array([NAN, 1.0]), np.array([NAN, 1.0])),
        (np.array(["a", "b"]), np.array(["a", "b"])),
        (np.dtype("float32"), np.dtype("float32")),
        (np.array([1, 2]), np.array([1.0, 2.0])),
    ],
    ids=repr,
)
def test_equal_accepts(got, want):
    assert_equal(got, want)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (True, 1),
        (1, True),
        (NAN, 1.0),
        (1.0, NAN),
        (0, None),
        (None, 0),
        ("1", 1),
        ([1], (1,)),
        ([1, 2], [1]),
        ([1], [1, 2]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": 1, "b": 2}),
        (np.ones(2), [1.0, 1.0]),
        ([1.0, 1.0], np.ones(2)),
        (np.ones((1, 2)), np.ones(2)),
        (np.array([True]), np.array([1.0])),
        (np.array([1.0]), np.array([1.0 + 1e-15])),
        (np.array(1.0), 1.0),
        (Stranger(), 1),
        (Stranger(), None),
        (Stranger(), [1]),
        ([Stranger()], [1]),
        (Always(1.0), 2.0),
        (np.float32, np.dtype("float32")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_equal_refuses(got, want):
    with pytest.raises(AssertionError):
        assert_equal(got, want)


def test_equal_keeps_types_apart_when_asked():
    assert_equal(np.int32(2), 2, same_type=True)
    for got, want in ((1, 1.0), (1.0, 1), ([1.0], [1]), (np.ones(1), np.ones(1, dtype=np.float32))):
        with pytest.raises(AssertionError):
            assert_equal(got, want, same_type=True)


def test_shape_takes_a_tuple_a_list_or_an_array():
    assert_shape((2, 3), (2, 3))
    assert_shape([2, 3], (2, 3))
    assert_shape((np.int64(2),), (2,))
    assert_shape(np.zeros((0, 3)), (0, 3))
    assert_shape(5.0, ())
    for got in ([3, 2], (2, 3, 1), (2.0, 3.0), (True, 3), np.zeros((3, 2)), Stranger(), None):
        with pytest.raises(AssertionError):
            assert_shape(got, (2, 3))


def test_dtype_takes_arrays_dtypes_and_types():
    for got in (np.zeros(1, dtype=np.float32), np.float32(1), np.dtype("float32"), np.float32):
        assert_dtype(got, np.float32)
    for got in (np.zeros(1), np.float64(1), np.float64, float, 1.0, "float32", Stranger(), None):
        with pytest.raises(AssertionError):
            assert_dtype(got, np.float32)


def test_gradient_accepts_the_derivative_and_refuses_others():
    x = np.random.default_rng(0).standard_normal((2, 3))
    assert_gradient(np.cos(x), np.sin, x)
    assert_gradient(2 * np.cos(x), np.sin, x, weights=np.full((2, 3), 2.0))
    assert_gradient(np.ones((2, 3)), lambda x: float(x.sum()), x)
    for wrong in (-np.cos(x), np.cos(x) * 1.01, np.cos(x).T, np.full((2, 3), NAN), np.zeros((2, 3))):
        with pytest.raises(AssertionError):
            assert_gradient(wrong, np.sin, x)


def test_gradient_hands_on_tolerances_dtype_and_words():
    x = np.arange(1.0, 4.0)
    assert_gradient(2 * x + 0.5, lambda x: x * x, x, atol=0.6, rtol=0)
    assert_gradient(2.4 * x, lambda x: x * x, x, atol=0, rtol=0.25)
    with pytest.raises(AssertionError, match="dtype"):
        assert_gradient(2 * x, lambda x: x * x, x, dtype=np.float32)
    with pytest.raises(AssertionError) as caught:
        assert_gradient(x, lambda x: x * x, x, call="x.grad", hint="d(x * x) = 2x dx")
    for part in ("x.grad:", "x: float64 (3,)", "d(x * x) = 2x dx"):
        assert part in str(caught.value)


def test_gradient_of_a_float32_function_is_within_the_default_tolerances():
    x = np.random.default_rng(1).standard_normal(200).astype(np.float32)

    def forward(x):
        return np.tanh(x.astype(np.float32)) * np.float32(3)

    assert_gradient(3 / np.cosh(x.astype(np.float64)) ** 2, forward, x)


def test_gradient_leaves_x_alone_and_refuses_what_it_cannot_check():
    x = np.arange(3.0)
    assert_gradient(2 * x, lambda x: x * x, x)
    np.testing.assert_array_equal(x, np.arange(3.0))
    with pytest.raises(ValueError, match="at most"):
        assert_gradient(np.zeros(5000), np.sin, np.zeros(5000))
    with pytest.raises(ValueError, match="floating-point"):
        assert_gradient(np.zeros(5), np.sin, np.zeros(5, dtype=int))
    with pytest.raises(AssertionError, match="only numbers"):
        assert_gradient(x, lambda x: Stranger(), x)
    with pytest.raises(AssertionError, match="shape of the output"):
        assert_gradient(x, lambda x: x[:1], x, weights=np.ones(3))
