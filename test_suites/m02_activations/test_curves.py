"""Values of the four element-wise activations: Sigmoid, ReLU, Tanh and GELU.

Every expected value is computed here in float64 from the definition, or worked out by hand.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_dtype, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Tanh
from tinytorch.core.tensor import Tensor

# The course asks for four digits: float32 itself carries seven, so that any sound formula has room.
FOUR_DIGITS = {"rtol": 1e-4, "atol": 1e-6}


def draw(rng, low, high, shape):
    return rng.uniform(low, high, shape).astype(np.float32)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x.astype(np.float64)))


# Sigmoid


@number("1.1")
@weight(3)
def test_sigmoid_follows_its_definition(rng):
    """Sigmoid gives 1 / (1 + e^-x) for every element."""
    x = draw(rng, -10, 10, (5, 7))
    out = Sigmoid()(Tensor(x))
    assert_close(
        out.data,
        sigmoid(x),
        **FOUR_DIGITS,
        call="Sigmoid()(x)",
        given={"x": x},
        hint="Write 1 / (1 + e^-x) with NumPy on the whole array x.data; check the sign in the exponent.",
    )


@number("1.2")
@weight(1)
def test_sigmoid_of_zero_is_one_half(rng):
    """Sigmoid of 0 is exactly 0.5, and more to the right of it."""
    x = float(rng.uniform(0.5, 2.0))
    assert_close(Sigmoid()(Tensor([x])).data, [1 / (1 + np.exp(-x))], call=f"Sigmoid()([{x}])")
    out = Sigmoid()(Tensor([0.0, 0.0]))
    assert_equal(out.data, np.array([0.5, 0.5]), call="Sigmoid()([0, 0])", hint="e^0 is 1, and 1 / (1 + 1) is 0.5.")


@number("1.3")
@weight(2)
@visibility("hidden")
def test_sigmoid_stays_in_float32(rng):
    """Sigmoid returns float32 numbers, not float64."""
    x = draw(rng, -5, 5, (4, 3))
    out = Sigmoid()(Tensor(x))
    assert_close(out.data, sigmoid(x), **FOUR_DIGITS, call="Sigmoid()(x)", given={"x": x})
    hint = "Let Tensor(...) build the result: it casts to float32. Assigning .data afterwards skips that cast."
    assert_dtype(out.data, np.float32, call="Sigmoid()(x).data", given={"x": x}, hint=hint)


@number("2.1")
@weight(2)
def test_sigmoid_saturates_cleanly():
    """Sigmoid of 1000 is 1 and of -1000 is 0, without NaN or infinity."""
    out = Sigmoid()(Tensor([1000.0, -1000.0, 0.0]))
    hint = "e^1000 overflows. For x >= 0 use 1 / (1 + e^-x), for x < 0 use e^x / (1 + e^x)."
    assert_close(out.data, np.array([1.0, 0.0, 0.5]), rtol=0, atol=1e-10, call="Sigmoid()([1000, -1000, 0])", hint=hint)


@number("2.2")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("near", [-20, -35, -50, -80])
def test_sigmoid_keeps_its_left_tail(rng, near):
    """Far below zero Sigmoid is tiny, but right: about e^x, to three digits."""
    x = draw(rng, near - 0.5, near + 0.5, (16,))
    out = Sigmoid()(Tensor(x))
    # Only a relative error sees the difference between 1e-22 and 0; float32 reaches down to 1e-38.
    assert_close(
        out.data,
        sigmoid(x),
        rtol=1e-3,
        atol=0,
        call=f"Sigmoid()(x) for x near {near}",
        given={"x": x},
        hint="1 - sigmoid(-x) and clipped inputs lose the small numbers; for x < 0 use e^x / (1 + e^x).",
    )


@number("3.1")
@weight(1.5)
@visibility("hidden")
def test_sigmoid_is_symmetric(rng):
    """Sigmoid(x) + Sigmoid(-x) is 1, and Sigmoid(ln 3) is 3/4."""
    x = np.append(draw(rng, -8, 8, (12,)), np.float32(np.log(3)))
    right, left = Sigmoid()(Tensor(x)).data, Sigmoid()(Tensor(-x)).data
    hint = "The curve is symmetric about (0, 1/2); check that both branches of your formula meet there."
    assert_close(right + left, np.ones(13), call="Sigmoid()(x) + Sigmoid()(-x)", given={"x": x}, hint=hint)
    assert_close(right[-1], 0.75, call="Sigmoid()(ln 3)", hint="e^(-ln 3) is 1/3, and 1 / (1 + 1/3) is 3/4.")


@number("3.2")
@weight(1.5)
@visibility("hidden")
def test_sigmoid_never_falls():
    """Sigmoid rises from 0 to 1 and never falls on the way."""
    x = np.linspace(-20, 20, 801, dtype=np.float32)
    out = Sigmoid()(Tensor(x)).data
    hint = "A larger x must never give a smaller result; look for a jump where your formula changes branch."
    assert_close([out[0], out[-1]], [0.0, 1.0], call="Sigmoid()([-20, 20])", hint=hint)
    falls = np.minimum(np.diff(out), 0.0)  # two neighbours may be swapped by rounding, at most 1e-6
    assert_close(falls, np.zeros(800), call="np.diff(Sigmoid()(x)), negative part", given={"x": x}, hint=hint)


# ReLU: every comparison is exact, because nothing is ever rounded.


@number("4.1")
@weight(2)
def test_relu_keeps_the_larger_of_x_and_zero(rng):
    """ReLU gives max(0, x) for every element."""
    x = draw(rng, -5, 5, (6, 5))
    out = ReLU()(Tensor(x))
    hint = "Compare every element with 0 and keep the larger one: np.maximum does that for a whole array."
    assert_equal(out.data, np.where(x > 0, x, 0), call="ReLU()(x)", given={"x": x}, hint=hint)


@number("4.2")
@weight(1.5)
def test_relu_leaks_nothing_below_zero(rng):
    """ReLU of negative numbers is exactly 0."""
    x = draw(rng, -100, -1e-3, (4, 4))
    hint = "Negative inputs become 0, not 0.01 x (that would be a leaky ReLU) and not |x|."
    assert_equal(ReLU()(Tensor(x)).data, np.zeros((4, 4)), call="ReLU()(x), all negative", given={"x": x}, hint=hint)
    assert_equal(ReLU()(Tensor([-2.0, 2.0])).data, np.array([0.0, 2.0]), call="ReLU()([-2, 2])", hint=hint)


@number("4.3")
@weight(1.5)
@visibility("hidden")
def test_relu_passes_positives_unchanged(rng):
    """ReLU returns positive numbers unchanged, and 0 for their negatives."""
    x = draw(rng, 1e-3, 1000, (3, 8))
    hint = "A positive x is returned as it is: no scaling, no upper limit."
    assert_equal(ReLU()(Tensor(x)).data, x, call="ReLU()(x), all positive", given={"x": x}, hint=hint)
    assert_equal(ReLU()(Tensor(-x)).data, np.zeros((3, 8)), call="ReLU()(-x)", given={"x": x}, hint="Below 0 is 0.")


@number("4.4")
@weight(1)
@visibility("hidden")
def test_relu_at_and_around_zero():
    """ReLU of 0 is 0, and the smallest numbers on either side are told apart."""
    x = np.array([0.0, -0.0, 1e-30, -1e-30], dtype=np.float32)
    out = ReLU()(Tensor(x))
    hint = "The corner is exactly at 0: compare with 0 itself, not with a small threshold."
    assert_equal(out.data, np.array([0, 0, x[2], 0], dtype=np.float32), call=f"ReLU()({x.tolist()})", hint=hint)


@number("4.5")
@weight(1)
@visibility("hidden")
def test_relu_of_infinity():
    """ReLU of +infinity is +infinity, of -infinity 0."""
    out = ReLU()(Tensor([np.inf, -np.inf, 2.0, -2.0]))
    hint = "-infinity times 0 is NaN: choose with np.maximum or np.where instead of multiplying by a mask."
    assert_equal(out.data, np.array([np.inf, 0.0, 2.0, 0.0]), call="ReLU()([inf, -inf, 2, -2])", hint=hint)


@number("4.6")
@weight(1)
@visibility("hidden")
def test_relu_keeps_nan(rng):
    """ReLU of NaN stays NaN, so that a broken value is not hidden."""
    x = float(-rng.uniform(1.5, 3.0))
    out = ReLU()(Tensor([np.nan, x, 1.0]))
    hint = "Every comparison with NaN is false, so a mask turns NaN into 0; np.maximum keeps it."
    assert_equal(out.data, np.array([np.nan, 0.0, 1.0]), call=f"ReLU()([nan, {x}, 1])", hint=hint)


# Tanh


@number("5.1")
@weight(3)
def test_tanh_follows_its_definition(rng):
    """Tanh gives (e^x - e^-x) / (e^x + e^-x) for every element."""
    x = draw(rng, -4, 4, (5, 6))
    out = Tanh()(Tensor(x))
    above, below = np.exp(x.astype(np.float64)), np.exp(-x.astype(np.float64))
    want = (above - below) / (above + below)
    hint = "NumPy has this function ready: apply it to x.data."
    assert_close(out.data, want, **FOUR_DIGITS, dtype=np.float32, call="Tanh()(x)", given={"x": x}, hint=hint)


@number("5.2")
@weight(2)
@visibility("hidden")
def test_tanh_is_odd(rng):
    """Tanh(-x) is -Tanh(x), and Tanh(ln 2) is 3/5."""
    x = np.append(draw(rng, -6, 6, (9,)), np.float32(np.log(2)))
    right, left = Tanh()(Tensor(x)).data, Tanh()(Tensor(-x)).data
    assert_close(left, -right, call="Tanh()(-x)", given={"x": x}, hint="Both sides of 0 mirror each other.")
    assert_close(right[-1], 0.6, call="Tanh()(ln 2)", hint="(2 - 1/2) / (2 + 1/2) is 3/5.")


@number("5.3")
@weight(2)
def test_tanh_saturates_cleanly():
    """Tanh of 1000 is 1 and of -1000 is -1, without NaN."""
    out = Tanh()(Tensor([1000.0, -1000.0, 0.0]))
    hint = "e^1000 overflows, and infinity / infinity is NaN; np.tanh knows how to avoid both."
    assert_close(out.data, np.array([1.0, -1.0, 0.0]), call="Tanh()([1000, -1000, 0])", hint=hint)


# GELU


@number("6.1")
@weight(3)
def test_gelu_at_known_points():
    """GELU has the values of the course's table between -3 and 3."""
    x = np.array([-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3], dtype=np.float32)
    table = [-0.0180713, -0.0643414, -0.1542043, -0.1496116, 0, 0.3503884, 0.8457958, 1.9356586, 2.9819288]
    out = GELU()(Tensor(x))
    # The three usual forms of GELU differ by up to 0.02; 1e-4 tells them apart.
    hint = "The course uses x * sigmoid(1.702 x), not the form with tanh or erf; is the factor 1.702 there?"
    assert_close(out.data, table, rtol=0, atol=1e-4, call=f"GELU()({x.tolist()})", hint=hint)


@number("6.2")
@weight(2)
@visibility("hidden")
def test_gelu_follows_its_definition(rng):
    """GELU gives x * sigmoid(1.702 x) for every element."""
    x = draw(rng, -6, 6, (4, 9))
    out = GELU()(Tensor(x))
    want = x * sigmoid(1.702 * x.astype(np.float64))
    hint = "Multiply every element by sigmoid(1.702 x) of the same element."
    assert_close(out.data, want, rtol=0, atol=1e-4, dtype=np.float32, call="GELU()(x)", given={"x": x}, hint=hint)


@number("6.3")
@weight(2)
@visibility("hidden")
def test_gelu_dips_below_zero():
    """GELU is negative left of 0 with its lowest point near -0.75, and positive right of 0."""
    x = np.linspace(-4, 4, 1601, dtype=np.float32)
    out = GELU()(Tensor(x)).data
    hint = "GELU dips to about -0.164 near x = -0.751 and rises to 0 again; ReLU has no such dip."
    assert_equal(np.sign(out[x != 0]), np.sign(x[x != 0]), call="sign of GELU()(x)", given={"x": x}, hint=hint)
    # Around the lowest point the curve is flat: rounding moves the point by less than 0.01.
    assert_close(x[np.argmin(out)], -0.7512, rtol=0, atol=0.02, call="x where GELU()(x) is lowest", hint=hint)
    assert_close(out.min(), -0.27846 / 1.702, rtol=0, atol=1e-4, call="lowest value of GELU()(x)", hint=hint)


@number("6.4")
@weight(2)
def test_gelu_far_from_zero():
    """GELU of 1000 is 1000 and of -1000 is 0, without NaN."""
    out = GELU()(Tensor([1000.0, -1000.0, 1.0]))
    hint = "Far from 0 the gate sigmoid(1.702 x) is 1 or 0; an overflowing e^1702 must not reach the result."
    want = np.array([1000.0, 0.0, 1.0 / (1.0 + np.exp(-1.702))])
    assert_close(out.data, want, rtol=1e-6, atol=1e-4, call="GELU()([1000, -1000, 1])", hint=hint)


# Strict checks: right by the definition, but not asked of anyone.


@number("16.1")
@weight(0)
def test_sigmoid_keeps_nan():
    """Strict, without points: Sigmoid of NaN is NaN."""
    out = Sigmoid()(Tensor([np.nan, 0.0]))
    assert_equal(out.data, np.array([np.nan, 0.5]), call="Sigmoid()([nan, 0])", hint="Let NaN pass through.")


@number("16.2")
@weight(0)
def test_gelu_of_minus_infinity():
    """Strict, without points: GELU of -infinity is 0, its limit."""
    out = GELU()(Tensor([-np.inf, 0.0]))
    assert_close(out.data, np.zeros(2), call="GELU()([-inf, 0])", hint="-infinity times 0 is NaN; the limit is 0.")
