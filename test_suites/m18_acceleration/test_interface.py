"""What the three functions promise alike: a new float32 Tensor, inputs as they were, no gradient; and the constants."""

import math

import numpy as np
import pytest
import tinytorch.perf.acceleration as module
from arrays import ordinary
from asserts import assert_close, assert_dtype, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor

NAMES = ["vectorized_matmul", "tiled_matmul", "fused_gelu"]
each_function = pytest.mark.parametrize("name", NAMES)


def values(out):
    """Return the numbers of a result."""
    return out.data if isinstance(out, Tensor) else out


def draw(name, rng):
    """Return inputs and the expected result; the right matrix is symmetric, so that the order of its axes is no matter."""
    if name == "fused_gelu":
        x = ordinary(rng, 3, 5)
        inner = x + 0.044715 * x.astype(np.float64) ** 3
        return [x], 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * inner))
    half = ordinary(rng, 6, 6)
    a, b = ordinary(rng, 4, 6), half + half.T
    return [a, b], a.astype(np.float64) @ b


def assert_right(out, want, name):
    __tracebackhide__ = True
    assert_close(values(out), want, rtol=1e-4, atol=1e-3, call=f"{name} of drawn numbers")


@number("1")
@weight(1)
def test_constants(rng):
    """DEFAULT_WARMUP_ITERATIONS is 2, DEFAULT_TIMING_ITERATIONS 5, BYTES_PER_FLOAT32 4, beside products that are right."""
    for name in ("vectorized_matmul", "tiled_matmul"):
        inputs, want = draw(name, rng)
        assert_right(getattr(module, name)(*map(Tensor, inputs)), want, name)
    constants = [module.DEFAULT_WARMUP_ITERATIONS, module.DEFAULT_TIMING_ITERATIONS, module.BYTES_PER_FLOAT32]
    call = "[DEFAULT_WARMUP_ITERATIONS, DEFAULT_TIMING_ITERATIONS, BYTES_PER_FLOAT32]"
    assert_equal(constants, [2, 5, 4], call=call)


@number("5.1")
@weight(1.5)
@each_function
def test_result_is_a_float32_tensor(name, rng):
    """The result is a Tensor of float32 numbers."""
    inputs, want = draw(name, rng)
    out = getattr(module, name)(*map(Tensor, inputs))
    assert_right(out, want, name)
    assert isinstance(out, Tensor), f"{name} must return a Tensor: wrap the array in Tensor(...)."
    assert_dtype(out.data, np.float32, call=f"{name}(...).data", hint="Tensor(...) turns numbers into float32.")


@number("5.2")
@weight(1.5)
@each_function
def test_inputs_stay_as_they_are(name, rng):
    """The inputs hold their numbers afterwards, and the result is memory of its own."""
    inputs, want = draw(name, rng)
    tensors = [Tensor(array) for array in inputs]
    out = getattr(module, name)(*tensors)
    assert_right(out, want, name)
    hint = "No in-place work on x.data: neither +=, *= nor out=x.data."
    for tensor, array in zip(tensors, inputs, strict=True):
        assert_equal(tensor.data, array, call=f"an input's .data after {name}", hint=hint)
    tensors[0].data = np.zeros_like(inputs[0])
    assert_right(out, want, f"{name}(...), looked at again after its input changed,")


@number("5.3")
@weight(1)
@visibility("hidden")
@each_function
def test_result_wants_no_gradient(name, rng):
    """The result has requires_grad False even if the inputs want gradients: these are helpers for inference."""
    inputs, want = draw(name, rng)
    tensors = [Tensor(array) for array in inputs]
    for tensor in tensors:
        tensor.requires_grad = True
    out = getattr(module, name)(*tensors)
    assert_right(out, want, name)
    flag = getattr(out, "requires_grad", False)
    hint = "Return Tensor(array) and leave its flag alone."
    assert_equal(flag, False, call=f"{name}(...).requires_grad, the inputs' being True", hint=hint)


@number("5.4 (S)")
@weight(0)
def test_infinity_from_below():
    """Not graded: GELU of -inf is a number or NaN, and its neighbours are not disturbed."""
    got = values(module.fused_gelu(Tensor([-math.inf, 20.0, 0.0])))
    assert_close(got[1:], [20.0, 0.0], atol=1e-4, call="fused_gelu of [-inf, 20, 0], the last two")
