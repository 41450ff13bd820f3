"""Values of Softmax: one axis turned into probabilities, whichever axis and however large the numbers.

Every expected value is computed here in float64 from the float32 inputs, or worked out by hand.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.activations import Softmax
from tinytorch.core.tensor import Tensor

# The course asks for four digits: float32 itself carries seven, so that any sound formula has room.
FOUR_DIGITS = {"rtol": 1e-4, "atol": 1e-6}

SUM_HINT = "Divide by the sum along the axis dim, with keepdims=True so that it lines up with the input."
STABLE_HINT = "e^1000 overflows and e^-1000 is 0: first subtract the maximum along the same axis."
DIM_HINT = "Use dim for both the maximum and the sum, and hand it on from __call__ to forward."


def draw(rng, *shape):
    """Draw moderate numbers, no two of which are more than 4 apart: large ones have checks of their own."""
    return rng.uniform(-2, 2, shape).astype(np.float32)


def softmax(x, axis=-1):
    exponentials = np.exp(x.astype(np.float64) - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def hint_on(out, x, dim):
    """Return the hint about the axis if another axis was used; else that about the sum if a slice does not sum to 1."""
    if not isinstance(out, np.ndarray) or out.dtype.kind != "f":
        return ""
    if out.shape != x.shape:
        return "The result has the shape of the input: keepdims=True keeps the sum lined up with it."
    if any(np.allclose(out, softmax(x, axis), rtol=1e-3) for axis in range(x.ndim) if axis != dim % x.ndim):
        return DIM_HINT
    return "" if np.allclose(out.sum(axis=dim), 1, rtol=1e-3) else SUM_HINT


def assert_works_along(out, x, dim, call):
    """Require the softmax along dim; what slices sum to is the matter of other checks, and divided out where it alone is wrong."""
    __tracebackhide__ = True
    want, hint = softmax(x, dim), hint_on(out, x, dim)
    if isinstance(out, np.ndarray) and out.dtype.kind == "f" and out.shape == x.shape:
        with np.errstate(all="ignore"):
            shares = out / out.sum(axis=dim, keepdims=True)
        out = shares if np.allclose(shares, want, **FOUR_DIGITS) else out
    assert_close(out, want, **FOUR_DIGITS, call=call, given={"x": x}, hint=hint)


@number("7.1")
@weight(2)
def test_softmax_of_a_vector(rng):
    """Softmax of a vector is e^x divided by the sum of all e^x."""
    x = draw(rng, 9)
    out = Softmax()(Tensor(x))
    hint = "Take e^x of every element, then divide by the sum of them all."
    assert_close(out.data, softmax(x), **FOUR_DIGITS, dtype=np.float32, call="Softmax()(x)", given={"x": x}, hint=hint)


@number("7.2")
@weight(1)
def test_softmax_by_hand():
    """Softmax of [0, ln 2, ln 3] is [1/6, 2/6, 3/6]."""
    out = Softmax()(Tensor([0.0, np.log(2), np.log(3)]))
    hint = "The exponentials are 1, 2 and 3, and their sum is 6."
    assert_close(out.data, np.array([1, 2, 3]) / 6, **FOUR_DIGITS, call="Softmax()([0, ln 2, ln 3])", hint=hint)


@number("7.3")
@weight(2)
def test_softmax_treats_each_row_alone(rng):
    """Softmax of a matrix works on every row by itself."""
    x = draw(rng, 4, 7)
    out = Softmax()(Tensor(x))
    assert_close(
        out.data, softmax(x), **FOUR_DIGITS, call="Softmax()(x)", given={"x": x}, hint=hint_on(out.data, x, -1)
    )


@number("7.4")
@weight(1)
@visibility("hidden")
def test_softmax_of_a_square_matrix(rng):
    """Softmax of a square matrix divides rows by row sums, not columns by them."""
    x = draw(rng, 3, 3)
    out = Softmax()(Tensor(x))
    assert_close(
        out.data, softmax(x), **FOUR_DIGITS, call="Softmax()(x)", given={"x": x}, hint=hint_on(out.data, x, -1)
    )


@number("7.5")
@weight(1)
def test_softmax_rows_sum_to_one(rng):
    """Every row of Softmax sums to 1, and a larger input has the larger probability."""
    x = draw(rng, 5, 6)
    out = Softmax()(Tensor(x)).data
    assert_shape(out, (5, 6), call="Softmax()(x)", given={"x": x}, hint=SUM_HINT)
    assert_close(out.sum(axis=1), np.ones(5), call="row sums of Softmax()(x)", given={"x": x}, hint=SUM_HINT)
    order = np.take_along_axis(out, np.argsort(x, axis=1), axis=1)
    shrinks = np.minimum(np.diff(order, axis=1), 0.0)
    hint = "e^x grows with x, so the probabilities must be in the order of the inputs."
    assert_close(shrinks, np.zeros((5, 5)), call="Softmax()(x), sorted by x", given={"x": x}, hint=hint)


@number("7.6")
@weight(1)
@visibility("hidden")
def test_softmax_is_positive_everywhere(rng):
    """Every probability lies between 0 and 1, with neither end reached by moderate inputs."""
    x = rng.uniform(-6, 6, (6, 4)).astype(np.float32)
    out = Softmax()(Tensor(x)).data
    hint = "e^x is never 0 for inputs of this size: nothing may be rounded or clipped away."
    assert_close(out, softmax(x), rtol=1e-4, atol=0, call="Softmax()(x)", given={"x": x}, hint=hint)


@number("7.7")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(1,), (3, 1)])
def test_softmax_of_a_single_element(rng, shape):
    """Softmax over a single element is 1: all the probability there is."""
    out = Softmax()(Tensor(draw(rng, *shape)))
    hint = "One element divided by itself is 1, whatever it was."
    assert_close(out.data, np.ones(shape), call=f"Softmax()(x), x of shape {shape}", hint=hint)


@number("8.1")
@weight(3)
@pytest.mark.parametrize("dim", [0, 1, -1, -2])
def test_softmax_call_takes_dim(rng, dim):
    """softmax(x, dim=k) works along axis k of a matrix, counted from either end."""
    x = draw(rng, 3, 5)
    out = Softmax()(Tensor(x), dim=dim)
    assert_works_along(out.data, x, dim, f"Softmax()(x, dim={dim})")


@number("8.2")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2, -3])
def test_softmax_forward_takes_dim(rng, dim):
    """forward(x, dim=k) works along any axis of a 3-D tensor, counted from either end."""
    x = draw(rng, 2, 3, 4)
    out = Softmax().forward(Tensor(x), dim=dim)
    assert_works_along(out.data, x, dim, f"Softmax().forward(x, dim={dim})")


@number("8.3")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("dim", [0, -2])
def test_softmax_call_takes_dim_by_position(rng, dim):
    """softmax(x, k) works too: dim may be given by position."""
    x = draw(rng, 4, 2)
    out = Softmax()(Tensor(x), dim)
    assert_works_along(out.data, x, dim, f"Softmax()(x, {dim})")


@number("8.4")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("dim", [0, 1])
def test_softmax_forward_takes_dim_by_position(rng, dim):
    """forward(x, k) works too: dim may be given by position."""
    x = draw(rng, 4, 2, 3)
    out = Softmax().forward(Tensor(x), dim)
    assert_works_along(out.data, x, dim, f"Softmax().forward(x, {dim})")


@number("9.1")
@weight(2)
def test_softmax_of_large_numbers():
    """Softmax of [1000, 1001, 1002] is finite and right."""
    x = np.array([1000.0, 1001.0, 1002.0], dtype=np.float32)
    out = Softmax()(Tensor(x))
    assert_close(out.data, softmax(x), **FOUR_DIGITS, call="Softmax()([1000, 1001, 1002])", hint=STABLE_HINT)


@number("9.2")
@weight(1.5)
def test_softmax_of_very_negative_numbers():
    """Softmax of [-1000, -1001] is finite and right."""
    x = np.array([-1000.0, -1001.0], dtype=np.float32)
    out = Softmax()(Tensor(x))
    assert_close(out.data, softmax(x), **FOUR_DIGITS, call="Softmax()([-1000, -1001])", hint=STABLE_HINT)


@number("9.3")
@weight(1.5)
@visibility("hidden")
def test_softmax_of_a_huge_number():
    """Softmax of [1e30, 0] is [1, 0]."""
    out = Softmax()(Tensor([1e30, 0.0]))
    assert_close(out.data, np.array([1.0, 0.0]), call="Softmax()([1e30, 0])", hint=STABLE_HINT)


@number("9.4")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("dim", [-1, 0])
def test_softmax_of_slices_of_different_size(rng, dim):
    """Small and huge slices side by side: each is measured by its own maximum."""
    rows = draw(rng, 3, 4) + np.array([[0], [1000], [-1000]], dtype=np.float32)
    x = rows if dim == -1 else rows.T.copy()
    out = Softmax()(Tensor(x), dim=dim)
    hint = "One maximum for the whole array leaves 0 / 0 in the other slices: take it along dim, keepdims=True."
    call = f"Softmax()(x, dim={dim})"
    assert_close(out.data, softmax(x, dim), **FOUR_DIGITS, call=call, given={"x": x}, hint=hint)


@number("10.1")
@weight(1)
@visibility("hidden")
def test_softmax_ignores_a_shift(rng):
    """Adding the same number to all inputs changes no probability."""
    # Eighths plus 64 are exact in float32, so that the shift itself costs no digit.
    x = (rng.integers(-24, 25, (3, 5)) / 8).astype(np.float32)
    plain, shifted = Softmax()(Tensor(x)).data, Softmax()(Tensor(x + np.float32(64))).data
    hint = "e^(x+c) is e^c e^x, and e^c cancels in the division."
    assert_close(plain, softmax(x), **FOUR_DIGITS, call="Softmax()(x)", given={"x": x}, hint=SUM_HINT)
    assert_close(shifted, plain, call="Softmax()(x + 64)", given={"x": x}, hint=hint)


@number("10.2")
@weight(1)
@visibility("hidden")
def test_softmax_of_minus_infinity():
    """An input of -infinity has probability 0, and the others share the rest."""
    out = Softmax()(Tensor([[-np.inf, 0.0, 0.0], [0.0, -np.inf, -np.inf]]))
    want = np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    hint = "Attention masks rely on this: e^-infinity is 0. Subtract the maximum, do not clip."
    assert_close(out.data, want, call="Softmax()([[-inf, 0, 0], [0, -inf, -inf]])", hint=hint)


@number("10.3")
@weight(0.5)
@visibility("hidden")
def test_softmax_without_rows(rng):
    """A matrix with 3 columns and no row gives an empty result, and one with 2 rows the usual one."""
    x = draw(rng, 2, 3)
    for rows in (x, x[:0]):
        out = Softmax()(Tensor(rows), dim=-1)
        hint = "An empty batch is a batch: no special case is needed when the maximum is taken along dim."
        assert_close(out.data, softmax(rows), **FOUR_DIGITS, call="Softmax()(x)", given={"x": rows}, hint=hint)


@number("10.4")
@weight(0.5)
@visibility("hidden")
def test_softmax_refuses_an_axis_that_is_not_there(rng):
    """An axis that the input does not have is an error, the last one that it has is not."""
    x = draw(rng, 2, 3)
    out = Softmax()(Tensor(x), dim=1)
    assert_close(
        out.data, softmax(x, 1), **FOUR_DIGITS, call="Softmax()(x, dim=1)", given={"x": x}, hint=hint_on(out.data, x, 1)
    )
    with pytest.raises((IndexError, ValueError)):
        Softmax()(Tensor(x), dim=2)
