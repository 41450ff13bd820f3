"""QuantizedLinear: its attributes, its forward pass, and what it claims to need.

The weights are built: ranges symmetric about 0 wherever the zero point is not what a check is about. Sizes are drawn, and a
layer's claims about itself are held against the weights that the test gave it.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import QuantizedLinear

FORWARD_HINT = "forward is x @ dequantized weight + dequantized bias, each with its own scale and zero point."


def on_levels(rng, *shape, scale, zero_point=0):
    """Return numbers up to 0.3 steps off the levels of this scale and zero point; the ends lie on -128 and 127."""
    levels = rng.integers(-127, 127, shape)
    offsets = rng.choice([-1, 1], shape) * rng.uniform(0.1, 0.3, shape)
    levels.flat[[0, -1]], offsets.flat[[0, -1]] = (-128, 127), 0
    return ((levels - zero_point + offsets) * scale).astype(np.float32)


class Problem:
    """A Linear with built weight W and bias b (None without), and the QuantizedLinear made from it."""

    def __init__(self, rng, inputs=6, outputs=5, bias=True, zero_points=(0, 0)):
        self.W_step, self.b_step = rng.uniform(0.01, 0.02), rng.uniform(0.5, 1)
        self.W = on_levels(rng, inputs, outputs, scale=self.W_step, zero_point=zero_points[0])
        self.b = on_levels(rng, outputs, scale=self.b_step, zero_point=zero_points[1]) if bias else None
        self.linear = Linear(inputs, outputs, bias=bias)
        self.linear.weight.data = self.W.copy()
        if bias:
            self.linear.bias.data = self.b.copy()
        self.layer = QuantizedLinear(self.linear)

    def require_levels(self):
        """Require that q_weight spans 256 levels, a few more or less, and restores the weight roughly."""
        q = values_of(self.layer.q_weight)
        hint = "quantize_int8(linear_layer.weight) gives q_weight, weight_scale and weight_zero_point."
        assert_close(np.ptp(q), 255, rtol=0, atol=3, call="greatest - least level of q_weight", hint=hint)
        back = (q - float(self.layer.weight_zero_point)) * float(self.layer.weight_scale)
        call = "(q_weight - weight_zero_point) * weight_scale"
        assert_close(back.ravel(), self.W.ravel(), rtol=0, atol=2 * self.W_step, call=call, hint=hint)

    def require_forward(self, x, call):
        """Require the float layer's result within the error of the levels, and exactly what q_weight and q_bias give.

        Return the greatest distance to the float layer's result.
        """
        self.require_levels()
        out = values_of(self.layer(Tensor(x)) if call == "layer(x)" else self.layer.forward(Tensor(x)))
        exact = x.astype(np.float64) @ self.W + (0 if self.b is None else self.b)
        # A level is at most 1.5 steps off, however it was rounded.
        bound = 1.5 * (np.abs(x).sum(axis=-1, keepdims=True) * self.W_step + (0 if self.b is None else self.b_step))
        given = {"x": x, "weight": self.W} | ({} if self.b is None else {"bias": self.b})
        assert_shape(out, exact.shape, call=call, given=given, hint=FORWARD_HINT)
        within = np.clip(out, exact - bound, exact + bound)
        text = "; shown are the bounds of the quantization error"
        assert_close(out, within, rtol=1e-5, atol=1e-4, call=call + text, given=given, hint=FORWARD_HINT)
        want = x @ restore(self.layer, "weight") + (0 if self.b is None else restore(self.layer, "bias"))
        assert_close(out, want, rtol=1e-5, atol=1e-4, call=call, given=given, hint=FORWARD_HINT)
        return np.abs(out - exact).max()


def values_of(q):
    """Return the numbers of a Tensor, or of a plain array instead of one."""
    return q if isinstance(q, np.ndarray) else q.data


def restore(layer, name):
    """Return what the layer's own q_weight or q_bias stands for."""
    q, scale, zero_point = (getattr(layer, key) for key in (f"q_{name}", f"{name}_scale", f"{name}_zero_point"))
    return (values_of(q).astype(np.float64) - float(zero_point)) * float(scale)


# Attributes


@number("10.1")
@weight(2)
def test_weight_is_stored_as_levels(rng):
    """q_weight holds whole numbers, and with weight_scale and weight_zero_point stands for the weight; F_in x F_out."""
    problem = Problem(rng, *rng.integers(3, 8, 2).tolist())
    problem.require_levels()
    q = values_of(problem.layer.q_weight)
    assert_equal(q, np.rint(q), call="q_weight", given={"weight": problem.W}, hint="Levels are whole numbers.")
    assert_shape(values_of(problem.layer.q_weight), problem.W.shape, call="q_weight", hint="The shape of the weight.")


@number("10.2")
@weight(1)
@visibility("hidden")
def test_bias_is_stored_as_levels(rng):
    """q_bias holds levels, and with bias_scale and bias_zero_point stands for the bias."""
    problem = Problem(rng)
    q = values_of(problem.layer.q_bias)
    hint = "quantize_int8(linear_layer.bias) gives q_bias, bias_scale and bias_zero_point."
    assert_close(np.ptp(q), 255, rtol=0, atol=3, call="greatest - least level of q_bias", hint=hint)
    call = "(q_bias - bias_zero_point) * bias_scale"
    assert_close(
        restore(problem.layer, "bias").ravel(), problem.b, rtol=0, atol=2 * problem.b_step, call=call, hint=hint
    )


@number("10.3")
@weight(1)
@visibility("hidden")
def test_without_bias_its_attributes_are_none(rng):
    """Of a Linear without bias, q_bias, bias_scale and bias_zero_point are None, and the weight is quantized."""
    problem = Problem(rng, bias=False)
    layer = problem.layer
    hint = "Set the three to None if linear_layer.bias is None."
    found = [layer.q_bias, layer.bias_scale, layer.bias_zero_point]
    assert_equal(found, [None] * 3, call="[q_bias, bias_scale, bias_zero_point]", hint=hint)
    problem.require_levels()


@in_candidate
def same_objects(layer, linear):
    """Say which of the layer's objects are the very ones that they should be."""
    parameters = layer.parameters()
    own = [layer.q_weight] if layer.q_bias is None else [layer.q_weight, layer.q_bias]
    same = len(parameters) == len(own) and all(a is b for a, b in zip(parameters, own, strict=True))
    return {"parameters() are q_weight, q_bias": same, "original_layer is the Linear": layer.original_layer is linear}


@number("10.4")
@weight(1)
def test_parameters_are_the_levels(rng):
    """parameters() is [q_weight, q_bias], or [q_weight] without bias; original_layer is the Linear itself."""
    for bias in (True, False):
        problem = Problem(rng, bias=bias)
        want = {"parameters() are q_weight, q_bias": True, "original_layer is the Linear": True}
        assert_equal(same_objects(problem.layer, problem.linear), want, call=f"QuantizedLinear with bias={bias}")
        problem.require_levels()


# Forward


@number("11.1")
@weight(2)
def test_forward_without_bias(rng):
    """forward(x) is x @ dequantized weight: close to the float layer, and not equal to it."""
    problem, x = Problem(rng, bias=False), ordinary(rng, 7, 6)
    distance = problem.require_forward(x, "layer.forward(x)")
    least = 0.02 * problem.W_step * np.abs(x).max()  # the weights lie 0.1 steps or more off their levels
    text = "layer.forward(x) gives the float layer's exact result: nothing was quantized."
    assert distance > least, f"{text} {FORWARD_HINT}"


@number("11.2")
@weight(2)
def test_forward_with_bias(rng):
    """The dequantized bias, by its own scale, is added to every row."""
    Problem(rng).require_forward(ordinary(rng, 7, 6), "layer.forward(x)")


@number("11.3")
@weight(1)
@visibility("hidden")
def test_forward_of_sequences(rng):
    """forward works on the last axis of a 3-D input."""
    Problem(rng).require_forward(ordinary(rng, 2, 4, 6), "layer.forward(x)")


@number("11.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("sign", [-1, 1], ids=["negative", "positive"])
def test_forward_respects_both_zero_points(rng, sign):
    """Weights and biases mostly on one side of 0 have zero points far from 0, each its own."""
    zero_points = int(sign * rng.integers(40, 60)), int(sign * rng.integers(80, 100))
    Problem(rng, zero_points=zero_points).require_forward(ordinary(rng, 5, 6), "layer.forward(x)")


@number("11.5")
@weight(1)
@visibility("hidden")
def test_calling_is_forward(rng):
    """layer(x) gives what layer.forward(x) gives."""
    Problem(rng).require_forward(ordinary(rng, 3, 6), "layer(x)")


@number("11.6")
@weight(1)
@visibility("hidden")
def test_calibrating_does_not_change_the_result(rng):
    """The input is not quantized, calibrated or not: forward gives the same numbers before and after."""
    problem, x = Problem(rng), ordinary(rng, 4, 6)
    before = values_of(problem.layer.forward(Tensor(x)))
    problem.layer.calibrate([Tensor(x / 10)])
    after = values_of(problem.layer.forward(Tensor(x)))
    hint = "calibrate notes input_scale and input_zero_point; forward does not use them."
    assert_close(after, before, call="forward(x) after calibrate", given={"x": x}, hint=hint)
    problem.require_forward(x, "layer.forward(x)")


@number("12.1")
@weight(2)
def test_the_layer_is_a_snapshot(rng):
    """Changing the original's weight and bias afterwards changes nothing in the quantized layer."""
    problem = Problem(rng)
    problem.linear.weight.data = problem.W * 5
    problem.linear.bias.data = problem.b * 5
    problem.require_forward(ordinary(rng, 4, 6), "layer.forward(x)")


@number("12.2")
@weight(1)
@visibility("hidden")
def test_the_original_is_not_changed(rng):
    """Making and using the quantized layer leaves the original's weight and bias as they were."""
    problem, x = Problem(rng), ordinary(rng, 4, 6)
    problem.layer.forward(Tensor(x))
    found = [problem.linear.weight.data, problem.linear.bias.data]
    hint = "Keep the levels in attributes of the new layer."
    assert_equal(found, [problem.W, problem.b], call="weight.data, bias.data of the Linear", hint=hint)
    problem.require_levels()


# What it needs


@number("14")
@weight(4)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no_bias"])
def test_memory_usage_counts_bytes(rng, bias):
    """original_bytes is 4 a number; quantized_bytes one a number and 8 besides, with or without bias; and their ratio."""
    inputs, outputs = rng.integers(5, 30, 2).tolist()
    problem = Problem(rng, inputs, outputs, bias=bias)
    numbers = inputs * outputs + (outputs if bias else 0)
    want = {"original_bytes": 4 * numbers, "quantized_bytes": numbers + 8}
    want["compression_ratio"] = want["original_bytes"] / want["quantized_bytes"]
    usage = problem.layer.memory_usage()
    given = {"in_features": inputs, "out_features": outputs, "bias": bias}
    for key, value in want.items():
        assert key in usage, f"memory_usage() has no entry {key!r}."
        hint = "4 bytes a float; 1 byte a level, and 8 bytes for scale and zero point of the layer."
        assert_close(usage[key], value, call=f'memory_usage()["{key}"]', given=given, hint=hint)
    problem.require_levels()  # a claim of few bytes is true only for a layer that holds levels
