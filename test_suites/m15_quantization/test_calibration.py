"""Calibration of a QuantizedLinear: the range of its inputs, over all samples.

Ranges are symmetric about 0 wherever the zero point is not what a check is about.
"""

import numpy as np
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import QuantizedLinear


def on_levels(rng, *shape, scale, zero_point=0):
    """Return numbers up to 0.3 steps off the levels of this scale and zero point; the ends lie on -128 and 127."""
    levels = rng.integers(-127, 127, shape)
    offsets = rng.choice([-1, 1], shape) * rng.uniform(0.1, 0.3, shape)
    levels.flat[[0, -1]], offsets.flat[[0, -1]] = (-128, 127), 0
    return ((levels - zero_point + offsets) * scale).astype(np.float32)


@number("13.1")
@weight(1.5)
def test_calibration_sees_all_samples(rng):
    """calibrate sets input_scale from the least and greatest number of all samples together."""
    step = rng.uniform(0.1, 0.5)
    samples = [on_levels(rng, 3, 6, scale=step / k) for k in rng.permutation([1, 2, 3])]
    samples.insert(int(rng.integers(1, 3)), on_levels(rng, 1, 6, scale=step * 2))
    layer = QuantizedLinear(Linear(6, 5, bias=False))
    untouched = [layer.input_scale, layer.input_zero_point]
    layer.calibrate([Tensor(sample) for sample in samples])
    hint = "The range of one sample is not enough: take it over every number of every sample."
    # 1 % leaves room for 254 or 256 instead of 255 steps, which cost their points elsewhere.
    assert_close(float(layer.input_scale), 2 * step, rtol=0.01, call="input_scale of four samples", hint=hint)
    call = "[input_scale, input_zero_point] before calibrate"
    assert_equal(untouched, [None, None], call=call, hint="Both are None until calibrate.")


@number("13.2")
@weight(1)
@visibility("hidden")
def test_calibration_sets_the_zero_point(rng):
    """input_zero_point follows the rule of quantize_int8, whether the samples lie mostly above 0 or below."""
    for zero_point in (-70, 50):
        samples = [on_levels(rng, 2, 6, scale=k, zero_point=zero_point) for k in (0.02, 0.1, 0.03)]
        layer = QuantizedLinear(Linear(6, 5, bias=False))
        layer.calibrate([Tensor(sample) for sample in samples])
        hint = "zero_point = round(-128 - lo / scale), as in quantize_int8."
        assert_close(float(layer.input_zero_point), zero_point, rtol=0, atol=1, call="input_zero_point", hint=hint)


@number("13.3")
@weight(1)
@visibility("hidden")
def test_calibration_on_equal_numbers(rng):
    """Samples of one and the same number give input_scale 1.0 and input_zero_point 0; other samples do not."""
    layer, constant = QuantizedLinear(Linear(6, 5, bias=False)), float(rng.uniform(1, 3))
    layer.calibrate([Tensor(on_levels(rng, 2, 6, scale=0.1))])
    assert_close(float(layer.input_scale), 0.1, rtol=0.01, call="input_scale of one sample")
    layer.calibrate([Tensor(np.full((2, 6), constant)), Tensor(np.full((1, 6), constant))])
    hint = "A range of 0 has no 255 steps: set scale 1.0 and zero point 0, as quantize_int8 does."
    found = [float(layer.input_scale), float(layer.input_zero_point)]
    assert_equal(found, [1.0, 0.0], call="[input_scale, input_zero_point]", given={"all": constant}, hint=hint)


@in_candidate
def calibrate_with_nothing(layer):
    """Say what happened when there was no sample."""
    try:
        layer.calibrate([])
    except ValueError:
        return "ValueError"
    except Exception as error:
        return type(error).__name__
    return "accepted"


@number("13.4")
@weight(0.5)
@visibility("hidden")
def test_calibration_needs_a_sample(rng):
    """An empty list is a ValueError, and a list of one sample is not."""
    layer = QuantizedLinear(Linear(6, 5, bias=False))
    layer.calibrate([Tensor(on_levels(rng, 2, 6, scale=0.2))])
    assert_close(float(layer.input_scale), 0.2, rtol=0.01, call="input_scale of one sample")
    hint = "Without samples there is no range: raise ValueError."
    assert_equal(calibrate_with_nothing(layer), "ValueError", call="layer.calibrate([])", hint=hint)
