"""quantize_int8: 256 levels, their scale and their zero point.

Inputs are built so that a verdict does not hang on chance. Numbers lie close to a level, where no two ways of rounding
differ; or their range is symmetric, where a wrong zero point does not show, so that one slip costs its own checks only.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_dtype, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import dequantize_int8, quantize_int8

ZERO_POINT_HINT = "zero_point = round(-128 - lo / scale), clipped to [-128, 127], where lo is the least number."
SCALE_HINT = "256 levels have 255 steps between them: scale = (hi - lo) / 255."
LEVEL_HINT = "q = round(x / scale + zero_point), clipped to [-128, 127]."


def near_levels(rng, size, zero_point):
    """Return numbers close to levels of a drawn scale, the levels, and the scale; the first is the least, the last the greatest."""
    scale = rng.uniform(0.01, 0.1)
    levels = rng.integers(-127, 127, size)
    levels[[0, -1]] = -128, 127
    offsets = rng.uniform(-0.3, 0.3, size)
    offsets[[0, -1]] = 0
    return ((levels - zero_point + offsets) * scale).astype(np.float32), levels, scale


def symmetric(rng, *shape):
    """Return numbers between -a and a, both of which occur, for a drawn a.

    a is 127.5 steps of an exact scale: the zero point is rounded up to 0, and the greatest level to 128 unless clipped.
    """
    values = rng.uniform(-1, 1, shape)
    values.flat[[0, -1]] = -1, 1
    return (values * 127.5 * 2.0 ** rng.integers(-9, -4)).astype(np.float32)


def values_of(q):
    """Return the numbers of a Tensor, or of a plain array instead of one."""
    return q if isinstance(q, np.ndarray) else q.data


def restore(q, scale, zero_point):
    """Return what quantized numbers stand for."""
    return (np.asarray(values_of(q), dtype=np.float64) - float(zero_point)) * float(scale)


def levels_of(q):
    """Return the whole numbers next to quantized ones: decimals that were kept are charged by a check of just that."""
    return np.rint(values_of(q))


def require_useful_levels(rng):
    """Require that a symmetric range is spread over a byte's levels and is restored roughly: the twin of edge cases."""
    x = symmetric(rng, 200)
    q, scale, zero_point = quantize_int8(Tensor(x))
    given, spread = {"x": x}, float(np.ptp(values_of(q)))
    hint = "The levels of a byte go from -128 to 127."
    assert_equal(
        200 <= spread <= 300, True, call=f"whether {spread:.4g}, greatest - least level, is about 255", hint=hint
    )
    call = "(q - zero_point) * scale, on numbers between -a and a,"
    assert_close(restore(q, scale, zero_point), x, rtol=0, atol=0.02 * x.max(), call=call, given=given, hint=LEVEL_HINT)


# The form of the result


@number("1.1")
@weight(2)
def test_quantizing_returns_tensor_float_and_int(rng):
    """quantize_int8 returns a Tensor, a Python float and an int, which together stand for the input."""
    q, scale, zero_point = quantize_int8(Tensor(symmetric(rng, 12)))
    assert isinstance(q, Tensor), f"The first of the three results must be a Tensor, and it is a {type(q).__name__}."
    assert isinstance(scale, float), f"scale must be a Python float, and it is a {type(scale).__name__}."
    kind = type(zero_point).__name__
    assert isinstance(zero_point, int), f"zero_point must be an int, and it is a {kind}: int(round(...))."
    require_useful_levels(rng)


@number("1.2")
@weight(2)
@pytest.mark.parametrize("centre", ["symmetric", "off_centre"])
def test_levels_are_whole_numbers_of_one_byte(rng, centre):
    """Every q is a whole number from -128 to 127."""
    x = symmetric(rng, 60) if centre == "symmetric" else near_levels(rng, 60, int(rng.integers(20, 60)))[0]
    q = values_of(quantize_int8(Tensor(x))[0])
    call = "quantize_int8(Tensor(x))[0]"
    assert_equal(q, np.rint(q), call=call, given={"x": x}, hint="Round to whole numbers before clipping.")
    hint = "Clip to [-128, 127], which is what a signed byte holds."
    assert_equal(q, np.clip(q, -128, 127), call=call, given={"x": x}, hint=hint)
    require_useful_levels(rng)


@number("1.3")
@weight(2)
def test_the_shape_is_kept(rng):
    """q has the shape of the input, from one axis to four."""
    for shape in [(5,), (3, 4), (2, 3, 4), (2, 1, 3, 2)]:
        q = values_of(quantize_int8(Tensor(symmetric(rng, *shape)))[0])
        assert_shape(
            q, shape, call=f"quantize_int8(x)[0], x of shape {shape},", hint="Work on the whole array at once."
        )
    require_useful_levels(rng)


@number("1.4")
@weight(1)
@visibility("hidden")
def test_the_input_is_not_changed(rng):
    """Quantizing leaves the tensor's own numbers as they were."""
    x = symmetric(rng, 4, 5)
    t = Tensor(x)
    quantize_int8(t)
    hint = "Compute new arrays: x / scale, not x /= scale."
    assert_equal(t.data, x, call="x.data after quantize_int8(x)", given={"x": x}, hint=hint)
    require_useful_levels(rng)


@number("1.5")
@weight(1)
@visibility("hidden")
def test_a_range_without_zero_is_roughly_restored(rng):
    """[[1, 2, 3], [4, 5, 6]], times some number: whole levels of one byte, and a mean error below a quarter of that number."""
    factor = rng.uniform(0.5, 2)
    x = (np.arange(1, 7).reshape(2, 3) * factor).astype(np.float32)
    result = quantize_int8(Tensor(x))
    q = levels_of(result[0])
    call, hint = "quantize_int8(x)[0]", "Clip to [-128, 127]."
    assert_equal(q, np.clip(q, -128, 127), call=call, given={"x": x}, hint=hint)
    error = np.abs(restore(*result).ravel() - x.ravel()).mean()
    worst = f"The mean of |restored - x| is {error:.3g}, and it must be below {0.25 * factor:.3g}."
    assert error < 0.25 * factor, f"{worst} Clip the zero point and q to [-128, 127], and to nothing narrower."
    require_useful_levels(rng)


# The rule


@number("2.1")
@weight(2)
def test_three_numbers_by_hand(rng):
    """[-1.5, 0.2, 2.8], times some number c: scale 4.3 c / 255, zero point -39, levels [-128, -27, 127]."""
    factor = rng.uniform(0.5, 2)
    x = (np.array([-1.5, 0.2, 2.8]) * factor).astype(np.float32)
    q, scale, zero_point = quantize_int8(Tensor(x))
    assert_close(float(scale), 4.3 * factor / 255, call="scale", given={"x": x}, hint=SCALE_HINT)
    assert_equal(zero_point, -39, call="zero_point", given={"x": x}, hint=ZERO_POINT_HINT)
    assert_equal(levels_of(q).ravel(), np.array([-128.0, -27, 127]), call="q", given={"x": x}, hint=LEVEL_HINT)


@number("2.2")
@weight(2)
def test_scale_divides_the_range_into_255_steps(rng):
    """scale = (hi - lo) / 255, where lo and hi are the least and the greatest number."""
    for zero_point in (-40, 0, 55):
        x, _, scale = near_levels(rng, 30, zero_point)
        got = quantize_int8(Tensor(rng.permutation(x)))[1]
        assert_close(float(got), scale, call="scale", given={"lo": x.min(), "hi": x.max()}, hint=SCALE_HINT)


@number("2.3")
@weight(2)
@visibility("hidden")
def test_zero_point_is_where_zero_falls(rng):
    """zero_point = round(-128 - lo / scale): negative where most of the range is above 0, positive where it is below."""
    for want in (int(rng.integers(-100, -70)), int(rng.integers(70, 100))):
        x, _, scale = near_levels(rng, 30, want)
        got = quantize_int8(Tensor(rng.permutation(x)))[2]
        given = {"lo": x.min(), "hi": x.max(), "right scale": scale}
        # One beside it is left to the numbers by hand: 256 instead of 255 steps cost their points there.
        assert_close(float(got), want, rtol=0, atol=1, call="zero_point", given=given, hint=ZERO_POINT_HINT)


@number("2.4")
@weight(2)
@visibility("hidden")
def test_every_number_gets_its_level(rng):
    """q is the level that lies closest, here never further away than 0.3 steps."""
    for zero_point in (int(rng.integers(-100, -70)), int(rng.integers(70, 100))):
        x, levels, _ = near_levels(rng, 50, zero_point)
        q = levels_of(quantize_int8(Tensor(x))[0]).ravel()
        assert_equal(q, levels.astype(np.float32), call="quantize_int8(x)[0]", given={"x": x}, hint=LEVEL_HINT)


@number("3")
@weight(4)
@pytest.mark.parametrize(("end", "zero_point"), [("lowest", -128), ("highest", 127)])
def test_ranges_that_end_at_zero(rng, end, zero_point):
    """Where 0 is the least number the zero point is -128, where it is the greatest 127; the ends get the ends of the byte."""
    x = near_levels(rng, 20, zero_point)[0]
    q, _, got = quantize_int8(Tensor(x))
    assert_close(float(got), zero_point, rtol=0, atol=0, call="zero_point", given={"x": x}, hint=ZERO_POINT_HINT)
    ends = levels_of(q).ravel()[[0, -1]]
    given = {"x": x, "lo": x[0], "hi": x[-1]}
    # One level beside it is left to other checks: cut decimals off 126.99999, and 126 is left.
    call = "q of the least and of the greatest"
    assert_close(ends, np.array([-128.0, 127]), rtol=0, atol=1, call=call, given=given, hint=LEVEL_HINT)


@number("4.1")
@weight(3)
def test_zero_becomes_the_zero_point(rng):
    """Every 0 in the data gets the level zero_point, wherever in the range it lies."""
    for where in (int(rng.integers(-90, -20)), int(rng.integers(20, 90))):
        x = near_levels(rng, 20, where)[0]
        x[5:9] = 0
        q, _, zero_point = quantize_int8(Tensor(x))
        want, got = np.full(4, float(zero_point)), levels_of(q).ravel()[5:9]
        hint = "Round the zero point to a whole number first, and add that: round(0 / scale + zero_point)."
        assert_close(got, want, rtol=0, atol=0, call="q of four zeros", given={"zero_point": zero_point}, hint=hint)
    require_useful_levels(rng)


@number("4.2")
@weight(2)
@visibility("hidden")
def test_zero_is_restored_exactly(rng):
    """A 0 in the data comes back as exactly 0, and the others do not."""
    x = near_levels(rng, 20, int(rng.integers(20, 90)))[0]
    x[5:9] = 0
    back = values_of(dequantize_int8(*quantize_int8(Tensor(x)))).ravel()
    assert_shape(back, (20,), call="dequantize_int8(*quantize_int8(x))", given={"x": x})
    hint = "Zeros are common (padding, ReLU): level and zero point must cancel exactly."
    assert_close(back[5:9], np.zeros(4), rtol=0, atol=0, call="four zeros, there and back,", hint=hint)
    assert np.ptp(back) > 0, "All numbers came back as 0, and only four of them were 0."
    require_useful_levels(rng)


@number("5")
@weight(8)
@pytest.mark.parametrize("shape", [(40,), (7, 8), (3, 4, 5), (2, 3, 4, 2)], ids=["1d", "2d", "3d", "4d"])
def test_round_trip_errs_by_half_a_step(rng, shape):
    """There and back, no number moves by more than half a step of the scale."""
    x = symmetric(rng, *shape)
    q, scale, zero_point = quantize_int8(Tensor(x))
    assert_dtype(values_of(q), np.float32, call="quantize_int8(x)[0]", hint="A Tensor stores float32.")
    call = "greatest - least level"
    assert_close(np.ptp(values_of(q)), 255, rtol=0, atol=3, call=call, given={"x": x}, hint=SCALE_HINT)
    back = restore(q, scale, zero_point).ravel()
    # Half a step, and 1 % of one for the arithmetic in float32 and for a zero point between two levels.
    step = np.ptp(x) / 255
    hint = "Rounding to the closest level errs by half a step at most; cutting decimals off errs by a whole one."
    call = "(q - zero_point) * scale"
    assert_close(back, x.ravel(), rtol=0, atol=0.51 * step, call=call, given={"x": x, "step": step}, hint=hint)


# Constant inputs, order, and the use of all levels


@number("6.1")
@weight(2)
def test_a_constant_has_scale_one(rng):
    """If all numbers are equal: zeros, scale exactly 1.0 and zero point 0, without dividing by 0."""
    constant = rng.choice([-1, 1]) * rng.uniform(1, 9)
    q, scale, zero_point = quantize_int8(Tensor(np.full((3, 2), constant, dtype=np.float32)))
    hint = "If hi - lo is below EPSILON, return zeros, 1.0 and 0 before dividing by the range."
    given = {"every number": constant}
    assert_equal([scale, zero_point], [1.0, 0], call="[scale, zero_point]", given=given, hint=hint)
    assert_equal(values_of(q).ravel(), np.zeros(6), call="q", given=given, hint=hint)
    require_useful_levels(rng)


@number("6.2")
@weight(2)
@visibility("hidden")
def test_zeros_are_restored_to_zeros(rng):
    """A tensor of zeros comes back as zeros of the same shape."""
    back = restore(*quantize_int8(Tensor(np.zeros((2, 3)))))
    hint = "If hi - lo is below EPSILON, return zeros, 1.0 and 0 before dividing by the range."
    assert_close(back.ravel(), np.zeros(6), rtol=0, atol=0, call="zeros, there and back,", hint=hint)
    require_useful_levels(rng)


@number("7.1")
@weight(2)
@visibility("hidden")
def test_the_order_is_kept(rng):
    """A greater number never gets a lower level, and gets a higher one if it is two steps greater."""
    x = np.sort(symmetric(rng, 128))
    q = values_of(quantize_int8(Tensor(x))[0]).ravel()
    call = "least rise of q along sorted numbers"
    assert_close(min(np.diff(q).min(), 0), 0, rtol=0, atol=0, call=call, given={"x": x}, hint=LEVEL_HINT)
    assert_close(np.ptp(q), 255, rtol=0, atol=3, call="greatest - least level", given={"x": x}, hint=SCALE_HINT)
    step = np.ptp(x) / 255
    apart = x[64:] - x[:64] > 2 * step
    rises = (q[64:] - q[:64])[apart]
    assert (rises > 0).all(), f"Numbers more than two steps apart share a level. {LEVEL_HINT}"


@number("7.2")
@weight(1)
@visibility("hidden")
def test_all_levels_are_used(rng):
    """The least and the greatest number lie at least 253 levels apart: nothing of the byte is wasted."""
    x = rng.permutation(symmetric(rng, 90))
    q = values_of(quantize_int8(Tensor(x))[0]).ravel()
    spread = float(q[x.argmax()] - q[x.argmin()])
    assert_close(spread, 254, rtol=0, atol=1.01, call="q of the greatest - q of the least", hint=SCALE_HINT)
