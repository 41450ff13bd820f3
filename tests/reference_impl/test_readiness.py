"""The reference of the readiness check: numbers worked out by hand, and agreement with NumPy on generated inputs."""

import math

import numpy as np
import pytest
import readiness
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

MODERATE = st.floats(-100, 100, allow_nan=False)


def test_counters_are_independent_and_remember_their_start():
    one, other = readiness.Counter(), readiness.Counter(-5)
    assert [one.increment(), one.increment(by=4), other.increment(0), other.increment(2)] == [1, 5, -5, -3]
    one.reset()
    other.reset()
    assert (one.value, other.value) == (0, -5)


def test_counter_refuses_to_go_down_and_stays_as_it_was():
    counter = readiness.Counter(3)
    with pytest.raises(ValueError, match="got -1"):
        counter.increment(-1)
    assert counter.value == 3


@pytest.mark.medium
@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=MODERATE))
def test_row_means_agree_with_sums(X):
    means = readiness.row_means(X)
    assert means.shape == (len(X),)
    np.testing.assert_allclose(means, [math.fsum(row) / len(row) for row in X], atol=1e-10)


def test_row_means_are_float64_whatever_comes_in():
    X = np.full((2, 3), 0.1, dtype=np.float32)
    assert readiness.row_means(X).dtype == readiness.row_means(X.astype(int)).dtype == np.float64


def test_a_constant_column_becomes_exactly_zero_even_where_its_mean_is_rounded():
    X = np.full((7, 2), 0.1)  # the mean of seven times 0.1 is not 0.1
    X[:, 1] = range(7)
    Z = readiness.standardize(X)
    assert (Z[:, 0] == 0).all()
    np.testing.assert_allclose([Z[:, 1].mean(), Z[:, 1].std()], [0, 1], atol=1e-12)


def test_standardize_leaves_its_input_alone():
    X = np.arange(6.0).reshape(3, 2)
    readiness.standardize(X)
    assert X.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_masks_and_broadcasting():
    assert readiness.select_positive(np.array([0, -1, 2, 0, 3])).tolist() == [2, 3]
    assert readiness.outer_sum(np.array([1, 2]), np.array([10, 20, 30])).tolist() == [[11, 21, 31], [12, 22, 32]]


@pytest.mark.medium
@given(st.data(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_matmul_by_hand_agrees_with_numpy(data, n, k, m):
    whole = st.integers(-50, 50)
    A, B = (data.draw(arrays(np.int64, shape, elements=whole)) for shape in ((n, k), (k, m)))
    product = readiness.matmul_by_hand(A.tolist(), B.tolist())
    assert product == readiness.matmul_by_hand(A, B) == (A @ B).tolist()
    assert readiness.predict_shape(A.shape, B.shape) == np.shape(product)


def test_matrices_that_do_not_fit_are_named():
    assert readiness.predict_shape((2, 3), (2, 3)) is None
    with pytest.raises(ValueError, match=r"got \(2, 3\) and \(2, 1\)"):
        readiness.matmul_by_hand([[1, 2, 3]] * 2, [[1], [2]])


@pytest.mark.medium
@pytest.mark.parametrize(
    ("f", "slope"), [(math.sin, math.cos), (math.exp, math.exp), (lambda x: x**3, lambda x: 3 * x**2)]
)
@given(x=st.floats(-2, 2))
def test_central_differences_agree_with_the_slope(f, slope, x):
    found = readiness.numerical_derivative(f, x)
    assert type(found) is float
    assert found == pytest.approx(slope(x), rel=1e-8, abs=1e-8)


@given(st.floats(-2, 2))
def test_the_chain_rule_agrees_with_central_differences(x):
    slope = readiness.chain(math.cos, lambda t: t**2, lambda t: 2 * t)
    assert slope(x) == pytest.approx(readiness.numerical_derivative(lambda t: math.sin(t**2), x), rel=1e-7, abs=1e-8)


@given(st.lists(st.integers(-1000, 1000)))
def test_running_averages_are_means_of_beginnings(values):
    averages = readiness.fixed_running_average(values)
    assert averages == [sum(values[: i + 1]) / (i + 1) for i in range(len(values))]


def test_the_path_is_one_of_three():
    assert readiness.PATH in ("A", "B", "C")
