"""log_softmax: the logarithm of softmax along one axis, whichever axis and however large the numbers.

Every expected value is computed here in float64 from the float32 inputs, or worked out by hand.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.losses import log_softmax
from tinytorch.core.tensor import Tensor

# A float32 result of size 10 is rounded to about 5e-7; a formula that sums and subtracts costs a few roundings more.
FLOAT32 = {"rtol": 1e-5, "atol": 1e-5}

DIM_HINT = "Take the maximum and the sum along dim, with keepdims=True so that they line up with x."
STABLE_HINT = (
    "Subtract the maximum m along dim first: x - m - log(sum(exp(x - m))) never overflows and never meets log(0)."
)


def draw(rng, *shape):
    return (2 * rng.standard_normal(shape)).astype(np.float32)


def expected(x, axis=-1):
    shifted = x.astype(np.float64) - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


@number("4.1")
@weight(3)
def test_log_softmax_of_a_matrix(rng):
    """log_softmax normalises every row of a matrix by itself."""
    x = draw(rng, 4, 7)
    out = log_softmax(Tensor(x))
    assert_close(
        out.data, expected(x), **FLOAT32, dtype=np.float32, call="log_softmax(x)", given={"x": x}, hint=DIM_HINT
    )


@number("4.1")
@weight(1)
def test_log_softmax_of_a_vector(rng):
    """log_softmax of a vector works along its only axis."""
    x = draw(rng, 9)
    out = log_softmax(Tensor(x))
    assert_close(out.data, expected(x), **FLOAT32, call="log_softmax(x)", given={"x": x}, hint=DIM_HINT)


@number("4.1")
@weight(1)
@visibility("hidden")
def test_log_softmax_by_hand():
    """log_softmax of [0, ln 2, ln 5] is [-ln 8, -ln 4, ln 5 - ln 8]."""
    out = log_softmax(Tensor([0.0, np.log(2), np.log(5)]))
    hint = "The exponentials are 1, 2 and 5, their sum is 8."
    assert_close(out.data, np.log(np.array([1, 2, 5]) / 8), **FLOAT32, call="log_softmax([0, ln 2, ln 5])", hint=hint)


@number("4.1")
@weight(5)
@visibility("hidden")
@pytest.mark.parametrize(
    ("shape", "dim"),
    [((4, 6), 0), ((5, 5), 0), ((2, 5, 3), 1), ((2, 5, 3), -3), ((2, 3, 2, 4), 2)],
    ids=["rows", "square", "middle_of_three", "first_of_three", "third_of_four"],
)
def test_log_softmax_along_another_axis(rng, shape, dim):
    """log_softmax normalises along dim, given by position or by name."""
    x = draw(rng, *shape)
    by_position, by_name = log_softmax(Tensor(x), dim), log_softmax(Tensor(x), dim=dim)
    for call, out in {f"log_softmax(x, {dim})": by_position, f"log_softmax(x, dim={dim})": by_name}.items():
        assert_shape(out.shape, shape, call=call, given={"x": x}, hint="The result has the shape of x.")
        assert_close(out.data, expected(x, dim), **FLOAT32, call=call, given={"x": x}, hint=DIM_HINT)


@number("4.2")
@weight(1.5)
def test_the_probabilities_sum_to_one(rng):
    """exp(log_softmax(x)) sums to 1 along dim, and the order of x is kept."""
    x = draw(rng, 6, 5)
    out = log_softmax(Tensor(x), dim=0).data
    sums = np.exp(out.astype(np.float64)).sum(axis=0)
    hint = "Subtract the logarithm of the sum along dim; the exponentials of the result are then the softmax."
    assert_close(
        sums, np.ones(5), rtol=1e-5, call="exp(log_softmax(x, dim=0)) summed along 0", given={"x": x}, hint=hint
    )
    assert_close(out - out[:1], x - x[:1], **FLOAT32, call="differences in a column", given={"x": x}, hint=hint)


@number("4.2")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize("shift", [100.0, -100.0])
def test_adding_a_constant_changes_nothing(rng, shift):
    """log_softmax(x + 100) equals log_softmax(x)."""
    x = np.round(draw(rng, 3, 6) * 64) / 64  # so that adding 100 is exact in float32
    out = log_softmax(Tensor(x + np.float32(shift)))
    call = f"log_softmax(x + {shift})"
    assert_close(out.data, expected(x), **FLOAT32, call=call, given={"x": x}, hint=STABLE_HINT)


LARGE = {
    "large": [[1000.0, 999.0]],
    "very_negative": [[-1000.0, -1001.0]],
    "far_apart": [[1e4, 0.0]],
    "rows_of_different_size": [[0.0, 1.0, 2.0], [1000.0, 1001.0, 1002.0], [-1000.0, -1001.0, 500.0]],
    "huge": [[1e30, 0.0, -1e30]],
}


@number("4.3")
@weight(5)
@pytest.mark.parametrize("case", ["large", "very_negative", "far_apart", "rows_of_different_size", "huge"])
def test_log_softmax_stays_finite(case):
    """log_softmax of very large and very small numbers is finite and right."""
    x = np.array(LARGE[case], dtype=np.float32)
    out = log_softmax(Tensor(x))
    # 1e-6 of a result of 1e4 is one float32 rounding of it.
    assert_close(out.data, expected(x), rtol=1e-6, atol=1e-5, call=f"log_softmax({x.tolist()})", hint=STABLE_HINT)


@number("4.3")
@weight(2)
@visibility("hidden")
def test_log_softmax_stays_finite_along_the_columns():
    """log_softmax along dim=0 is right when the columns differ by thousands."""
    x = np.array([[1e4, -1000.0, 0.5], [0.0, -1001.0, 1e3]], dtype=np.float32)
    out = log_softmax(Tensor(x), dim=0)
    assert_close(out.data, expected(x, 0), rtol=1e-6, atol=1e-5, call="log_softmax(x, dim=0)", hint=STABLE_HINT)
