"""NumPy: means along an axis, standardizing, masks and broadcasting (19 points; 6 more in test_budgets.py)."""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_dtype, assert_shape
from gradescope_utils.autograder_utils.decorators import number, tags, visibility, weight
from marks import in_candidate
from readiness import outer_sum, row_means, select_positive, standardize

# Means and deviations of a few dozen float64 numbers: a handful of roundings of 2**-53 each, far below 1e-12.
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def table(rng, rows, columns):
    """Float64 columns of different means and spreads, so that a wrong axis shows."""
    return rng.normal(rng.uniform(-5, 5, columns), rng.uniform(0.5, 3, columns), (rows, columns))


@number("2.1")
@weight(3)
@tags("numpy")
@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (5, 5)])
def test_row_means_averages_each_row(rng, shape):
    """row_means gives one mean per row."""
    X = table(rng, *shape)
    hint = "axis=1 runs along a row; the result has one entry per row."
    assert_close(row_means(X), X.sum(axis=1) / shape[1], **EXACT, call="row_means(X)", given={"X": X}, hint=hint)


@number("2.1")
@weight(1)
@tags("numpy")
@visibility("hidden")
@pytest.mark.parametrize("shape", [(1, 6), (6, 1)])
def test_row_means_of_one_row_and_of_one_column(rng, shape):
    """row_means keeps its shape (N,) for a single row and for a single column."""
    X = table(rng, *shape)
    assert_close(row_means(X), X.sum(axis=1) / shape[1], **EXACT, call="row_means(X)", given={"X": X})


@number("2.1")
@weight(1)
@tags("numpy")
@visibility("hidden")
@pytest.mark.parametrize("dtype", [np.int64, np.float32])
def test_row_means_are_float64(dtype):
    """row_means gives float64, whatever numbers it was given."""
    X = np.array([[1, 2, 4, 6], [7, 8, 9, 3]], dtype=dtype)
    found = row_means(X)
    assert_close(found, [3.25, 6.75], **EXACT, call="row_means(X)", given={"X": X})
    assert_dtype(found, np.float64, call="row_means(X)", given={"X": X}, hint="X.mean takes a dtype.")


@number("2.2")
@weight(3)
@tags("numpy")
def test_standardized_columns_have_mean_zero_and_variance_one(rng):
    """standardize gives every column mean 0 and variance 1."""
    X = table(rng, 30, 4)
    Z = standardize(X)
    assert_shape(Z, X.shape, call="standardize(X)", given={"X": X}, hint="Return the new array.")
    hint = "Subtract each column's mean (axis=0), then divide by its standard deviation (divide by N, as np.std does)."
    assert_close(Z.mean(axis=0), np.zeros(4), atol=1e-12, call="standardize(X).mean(axis=0)", given={"X": X}, hint=hint)
    assert_close(Z.var(axis=0), np.ones(4), atol=1e-12, call="standardize(X).var(axis=0)", given={"X": X}, hint=hint)


@number("2.2")
@weight(1)
@tags("numpy")
@visibility("hidden")
def test_standardize_keeps_the_order_of_a_column():
    """standardize moves and stretches a column and does nothing else: worked by hand."""
    X = np.array([[1.0, 40.0], [3.0, 0.0], [1.0, 0.0], [3.0, 40.0]])  # means 2 and 20, deviations 1 and 20
    expected = [[-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]]
    assert_close(standardize(X), expected, **EXACT, call="standardize(X)", given={"X": X})


@number("2.2")
@weight(3)
@tags("numpy")
def test_constant_columns_become_zero(rng):
    """standardize turns a constant column into zeros, and still does the others."""
    X = table(rng, 12, 3)
    X[:, 1] = 2.5
    Z = standardize(X)
    assert_shape(Z, X.shape, call="standardize(X)", given={"X": X})
    hint = "The deviation of a constant column is 0: replace it by 1 before you divide, and no NaN appears."
    assert_close(Z[:, 1], np.zeros(12), atol=1e-12, call="standardize(X)[:, 1]", given={"X": X}, hint=hint)
    spread = Z[:, [0, 2]].std(axis=0)
    assert_close(spread, [1.0, 1.0], **EXACT, call="standardize(X).std(axis=0), other columns", given={"X": X})


@in_candidate
def standardized_and_input(X):
    """Return what standardize gives, and its input as it is afterwards."""
    Z = standardize(X)
    return Z, X


@number("2.2")
@weight(2)
@tags("numpy")
@visibility("hidden")
def test_standardize_leaves_its_input_alone(rng):
    """standardize returns a new array; X keeps its values."""
    X = table(rng, 8, 2)
    Z, after = standardized_and_input(X.copy())
    hint = "X -= ... changes the caller's array: write X - ... instead, which makes a new one."
    assert_close(after, X, rtol=0, atol=0, call="X after standardize(X)", given={"X": X}, hint=hint)
    assert_close(Z, (X - X.mean(axis=0)) / X.std(axis=0), **EXACT, call="standardize(X)", given={"X": X})


@number("2.3")
@weight(1.5)
@tags("numpy")
def test_select_positive_picks_by_a_mask(rng):
    """select_positive gives the entries above 0, in their order."""
    x = ordinary(rng, 20)
    expected = np.array([entry for entry in x if entry > 0], dtype=x.dtype)
    hint = "x > 0 is an array of True and False: put it in square brackets behind x."
    assert_close(select_positive(x), expected, rtol=0, atol=0, call="select_positive(x)", given={"x": x}, hint=hint)


@number("2.3")
@weight(1)
@tags("numpy")
@visibility("hidden")
@pytest.mark.parametrize(("x", "expected"), [([0.0, 3.0, -1.0, 0.0, 2.0], [3.0, 2.0]), ([0, 5, 0], [5])])
def test_zero_is_not_positive(x, expected):
    """select_positive leaves 0 out."""
    found = select_positive(np.array(x))
    hint = "Greater than 0, not greater or equal."
    assert_close(found, expected, rtol=0, atol=0, call=f"select_positive({x})", hint=hint)


@number("2.3")
@weight(0.5)
@tags("numpy")
def test_select_positive_can_come_back_empty():
    """select_positive gives an empty array where nothing is positive, all of them where everything is."""
    assert_close(select_positive(np.array([-1.0, -2.0])), np.zeros(0), call="select_positive([-1, -2])")
    assert_close(select_positive(np.array([1.0, 2.0])), [1.0, 2.0], call="select_positive([1, 2])")


@number("2.4")
@weight(1.5)
@tags("numpy")
@pytest.mark.parametrize("lengths", [(3, 5), (5, 3), (4, 4)])
def test_outer_sum_adds_every_pair(rng, lengths):
    """outer_sum gives a[i] + b[j] at [i, j]."""
    a, b = rng.standard_normal(lengths[0]), rng.standard_normal(lengths[1])
    expected = [[p + q for q in b] for p in a]
    hint = "Give a a second axis of length 1, (N, 1): broadcasting then adds every pair."
    assert_close(outer_sum(a, b), expected, **EXACT, call="outer_sum(a, b)", given={"a": a, "b": b}, hint=hint)


@number("2.4")
@weight(0.5)
@tags("numpy")
@visibility("hidden")
def test_outer_sum_of_single_entries_has_two_axes():
    """outer_sum of one entry and one entry has shape (1, 1)."""
    assert_close(outer_sum(np.array([2.0]), np.array([5.0])), [[7.0]], call="outer_sum([2.], [5.])")
    assert_close(outer_sum(np.array([1, 2]), np.array([10])), [[11], [12]], call="outer_sum([1, 2], [10])")
