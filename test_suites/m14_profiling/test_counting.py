"""Counting: parameters and floating-point operations of layers, of models, and of what is neither.

Always true: sizes are drawn, so that no number can be known beforehand; where 0 is right, the same test counts something
that is not 0. Models of the test's own are defined beside the student's code.
"""

import math

import numpy as np
import pytest
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf import profiling
from tinytorch.perf.profiling import Profiler

PARAMETERS_HINT = "Add up p.data.size: the number of elements of each tensor."
FLOPS_HINT = "Every output is a sum of in_features products: a multiplication and an addition each, so 2 * in * out."


def draw_sizes(rng, count, low=3, high=40):
    """Draw whole numbers that are all different."""
    return [int(n) for n in low + rng.permutation(high - low)[:count]]


@in_candidate
def listing(shapes, frozen):
    """A model with parameters(): tensors of these shapes, the first of them frozen if asked."""

    class Listing:
        def __init__(self):
            self.tensors = [Tensor(np.ones(shape), requires_grad=True) for shape in shapes]
            self.tensors[0].requires_grad = not frozen

        def parameters(self):
            return self.tensors

    return Listing()


@in_candidate
def weighted(shape, bias_shape):
    """A model with weight and bias, None if there is no shape, and no parameters()."""

    class Weighted:
        def __init__(self):
            self.weight = Tensor(np.ones(shape))
            self.bias = None if bias_shape is None else Tensor(np.ones(bias_shape))

    return Weighted()


@in_candidate
def weight_alone(shape):
    """A model with a weight, and nothing that is called bias."""

    class WeightAlone:
        def __init__(self):
            self.weight = Tensor(np.ones(shape))

    return WeightAlone()


@in_candidate
def chain(layers):
    """A model with layers, and a parameter outside them that parameters() lists."""

    class Chain:
        def __init__(self):
            self.layers = list(layers)
            self.scale = Tensor(np.ones(5))

        def parameters(self):
            return [self.scale] + [p for layer in self.layers for p in layer.parameters()]

    return Chain()


@in_candidate
def nothing():
    return object()


def count(model):
    return Profiler().count_parameters(model)


@number("1")
@weight(1)
def test_units(rng):
    """Sizes are given in these units: 4 bytes a float32, 1024 bytes a KB, 1048576 bytes an MB."""
    got = [profiling.BYTES_PER_FLOAT32, profiling.KB_TO_BYTES, profiling.MB_TO_BYTES]
    assert_equal(got, [4, 1024, 1048576], call="[BYTES_PER_FLOAT32, KB_TO_BYTES, MB_TO_BYTES]")
    inputs, outputs = draw_sizes(rng, 2)
    layer = Linear(inputs, outputs, bias=False)
    assert_equal(count(layer), inputs * outputs, call="count_parameters(Linear(.., .., bias=False))")


@number("2")
@weight(4)
@pytest.mark.parametrize("bias", [True, False], ids=["with_bias", "without_bias"])
def test_parameters_of_a_linear_layer(rng, bias):
    """A Linear has in * out parameters, and out more with a bias."""
    inputs, outputs = draw_sizes(rng, 2)
    call = f"count_parameters(Linear({inputs}, {outputs}, bias={bias}))"
    want = inputs * outputs + outputs * bias
    assert_equal(count(Linear(inputs, outputs, bias=bias)), want, call=call, hint=PARAMETERS_HINT)


@number("3.1")
@weight(2)
@pytest.mark.parametrize("frozen", [False, True], ids=["trained", "frozen"])
def test_parameters_that_a_model_lists(rng, frozen):
    """A model with parameters() has all that they hold, frozen tensors included."""
    a, b, c, d = draw_sizes(rng, 4)
    shapes = [(a, b), (c,), (2, 3, d), ()]
    want = a * b + c + 6 * d + 1
    got = count(listing(shapes, frozen))
    assert_equal(got, want, call=f"count_parameters of tensors of shapes {shapes}", hint=PARAMETERS_HINT)


@number("3.2")
@weight(3)
def test_parameters_of_layers(rng):
    """A model with layers has those of all its layers, and none that are kept elsewhere."""
    a, b, c = draw_sizes(rng, 3)
    model = chain([Linear(a, b, bias=False), ReLU(), Linear(b, c, bias=False)])
    hint = "`layers` comes first: add up the parameters() of every one of them, and of nothing else."
    assert_equal(count(model), a * b + b * c, call="count_parameters of a model with layers", hint=hint)


@number("3.3")
@weight(2)
@visibility("hidden")
def test_parameters_of_a_model_with_a_weight(rng):
    """A model without parameters() has those of weight, and of bias unless it is None or missing."""
    a, b = draw_sizes(rng, 2)
    hint = "After `layers` and `parameters` look for `weight`; a bias counts if there is one that is not None."
    assert_equal(count(weighted((a, b), (b,))), a * b + b, call="count_parameters of weight and bias", hint=hint)
    assert_equal(count(weighted((b, a), None)), a * b, call="count_parameters of a weight, bias None", hint=hint)
    assert_equal(count(weight_alone((a, 3))), a * 3, call="count_parameters of a weight alone", hint=hint)


@number("3.4")
@weight(2)
@visibility("hidden")
def test_what_has_no_parameters(rng):
    """An activation, a Tensor and any other object have no parameters; nothing is raised."""
    hint = "If none of the rules applies, there are 0 parameters."
    for name, model in (("ReLU()", ReLU()), ("a Tensor", Tensor([1.0, 2.0])), ("object()", nothing())):
        assert_equal(count(model), 0, call=f"count_parameters({name})", hint=hint)
    a, b = draw_sizes(rng, 2)
    assert_equal(count(listing([(a, b)], False)), a * b, call="count_parameters of one tensor", hint=PARAMETERS_HINT)


def flops(model, shape):
    """Return the count as a plain number: whether it is a NumPy one is nobody's business."""
    return Profiler().count_flops(model, shape)


@number("4.1")
@weight(4)
def test_flops_of_a_linear_layer(rng):
    """A Linear costs 2 * in * out FLOPs for one sample; the bias is not counted."""
    inputs, outputs = draw_sizes(rng, 2)
    for bias in (True, False):
        call = f"count_flops(Linear({inputs}, {outputs}, bias={bias}), (1, {inputs}))"
        got = flops(Linear(inputs, outputs, bias=bias), (1, inputs))
        assert_equal(got, 2 * inputs * outputs, call=call, hint=FLOPS_HINT)


def require_products(flops, inputs, outputs):
    """Require at least a FLOP for each product: the factor of 2 is a matter of its own test."""
    __tracebackhide__ = True
    call, least = f"count_flops(Linear({inputs}, {outputs}), (1, {inputs}))", inputs * outputs
    assert flops >= least, f"{call} must count {least} products at least, got {flops}. {FLOPS_HINT}"


@number("4.2")
@weight(2)
@visibility("hidden")
def test_flops_do_not_depend_on_the_batch(rng):
    """FLOPs of a Linear are those of one sample, however many samples the batch holds."""
    inputs, outputs, batch = draw_sizes(rng, 3)
    layer = Linear(inputs, outputs)
    got, one = flops(layer, (batch, inputs)), flops(layer, (1, inputs))
    require_products(one, inputs, outputs)
    hint = "Use input_shape[-1] and the weight's last axis; the batch stays out of it."
    assert_equal(got, one, call=f"count_flops(Linear({inputs}, {outputs}), ({batch}, {inputs}))", hint=hint)


@number("4.3")
@weight(1)
@visibility("hidden")
def test_flops_do_not_depend_on_time(rng):
    """A time axis between batch and features counts as little as the batch does."""
    inputs, outputs, steps = draw_sizes(rng, 3)
    layer = Linear(inputs, outputs)
    got, one = flops(layer, (2, steps, inputs)), flops(layer, (1, inputs))
    require_products(one, inputs, outputs)
    hint = "Use input_shape[-1] and the weight's last axis; all axes before are left out."
    assert_equal(got, one, call=f"count_flops(Linear({inputs}, {outputs}), (2, {steps}, {inputs}))", hint=hint)


@number("5")
@weight(4)
@pytest.mark.parametrize("kind", ["activation", "tensor", "object"])
def test_anything_else_costs_one_flop_an_element(rng, kind):
    """An activation, and whatever else is no Linear, no Conv2d and has no layers, costs one FLOP for each element."""
    model = {"activation": ReLU, "tensor": lambda: Tensor([1.0, 2.0]), "object": nothing}[kind]()
    shape = tuple(draw_sizes(rng, 3, high=12))
    hint = "The product of all axes of input_shape, the batch included."
    assert_equal(flops(model, shape), math.prod(shape), call=f"count_flops of an {kind}, {shape}", hint=hint)


@number("6.1")
@weight(5)
def test_flops_of_layers_add_up(rng):
    """A model with layers costs the sum of its layers, each counted at the shape that arrives there."""
    a, b, c = draw_sizes(rng, 3)
    first, second, model_shape = Linear(a, b), Linear(b, c), (1, a)
    want = flops(first, (1, a)) + b + flops(second, (1, b))
    hint = f"Linear({a}, {b}) turns (1, {a}) into (1, {b}): ReLU then has {b} elements, not {a}."
    call = f"count_flops of Linear({a}, {b}), ReLU, Linear({b}, {c}) at {model_shape}"
    assert_equal(flops(chain([first, ReLU(), second]), model_shape), want, call=call, hint=hint)


@number("6.2")
@weight(3)
@visibility("hidden")
def test_flops_of_layers_with_a_batch(rng):
    """ReLU among the layers counts the elements of the whole batch, at the width that the layer before gives."""
    batch, a, b, c = draw_sizes(rng, 4)
    first, second, third = Linear(a, b), Linear(b, c), ReLU()
    linear = flops(first, (batch, a)) + flops(second, (batch, b))
    hint = "Carry the shape along: a layer with a weight replaces the last axis by weight.shape[1], others leave it."
    got = flops(chain([third, first, ReLU(), second, ReLU()]), (batch, a))
    call = f"count_flops of ReLU, Linear({a}, {b}), ReLU, Linear({b}, {c}), ReLU at ({batch}, {a})"
    assert_equal(got, linear + batch * (a + b + c), call=call, hint=hint)


@in_candidate
def convolution(in_channels, out_channels, kernel_size, stride, padding):
    """A stand-in of the class's name, with whole numbers for kernel, stride and padding."""

    class Conv2d:
        def __init__(self):
            self.in_channels, self.out_channels = in_channels, out_channels
            self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    return Conv2d()


@number("7.1")
@weight(4)
@pytest.mark.parametrize("stride", [1, 2])
def test_flops_of_a_convolution(rng, stride):
    """A Conv2d with a 3 x 3 kernel and padding 1 costs H_out * W_out * 9 * in * out * 2 FLOPs, H_out = H // stride."""
    in_channels, out_channels = draw_sizes(rng, 2, high=10)
    height, width = (2 * n for n in draw_sizes(rng, 2, high=20))
    model = convolution(in_channels, out_channels, 3, stride, 1)
    want = (height // stride) * (width // stride) * 9 * in_channels * out_channels * 2
    hint = "Every output of each channel is a sum of 3 * 3 * in_channels products."
    call = f"count_flops of a Conv2d, stride {stride}, at (1, {in_channels}, {height}, {width})"
    assert_equal(flops(model, (1, in_channels, height, width)), want, call=call, hint=hint)


@in_candidate
def paired_convolution(in_channels, out_channels):
    class Conv2d:
        def __init__(self):
            self.in_channels, self.out_channels = in_channels, out_channels
            self.kernel_size, self.stride, self.padding = (5, 3), 1, 0

    return Conv2d()


@number("7.2 (S)")
@weight(0)
def test_flops_of_a_convolution_with_an_oblong_kernel(rng):
    """Not graded: a kernel given as a pair (5, 3), without padding, has (H - 4) * (W - 2) places and 15 weights each."""
    in_channels, out_channels = draw_sizes(rng, 2, high=10)
    got = flops(paired_convolution(in_channels, out_channels), (1, in_channels, 16, 18))
    want = 12 * 16 * 15 * in_channels * out_channels * 2
    assert_equal(
        got, want, call="count_flops of a Conv2d with kernel (5, 3)", hint="(H + 2 * padding - k) // stride + 1"
    )
