"""What the three functions may cost. This module is about speed: 40 of its points are earned here.

Products are compared with the reference, whose tiled_matmul works in real blocks. fused_gelu is compared with a GELU in
eight steps, each a Tensor of its own, that stands below: what fusing saves is the question, not how fast a formula can be.
Every number of a result counts: rows are summed up by weights that are drawn anew for each repetition.
"""

import math

import numpy as np
from arrays import ordinary
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.perf.acceleration import fused_gelu, tiled_matmul, vectorized_matmul


@in_candidate
def tensors_and_weights(*arrays):
    return *(Tensor(array) for array in arrays[:-1]), arrays[-1]


@in_candidate
def as_array(out):
    return out.data if isinstance(out, Tensor) else out


@in_candidate
def multiply(state):
    """Sum up the sizes in every row of the product: signs taken away, no way is shorter than the product."""
    a, b, weights = state
    return abs(as_array(vectorized_matmul(a, b))) @ weights


@in_candidate
def multiply_in_tiles(state):
    a, b, weights = state
    return abs(as_array(tiled_matmul(a, b, 64))) @ weights


def product(a, b, weights):
    return abs(a.astype(np.float64) @ b) @ weights


def draw_square(size):
    """Return a function that draws two matrices of this size, the right one symmetric, and weights.

    A product with a symmetric matrix hangs on no order of its axes: that mistake has been paid for elsewhere.
    """

    def draw(rng):
        half = ordinary(rng, size, size)
        return ordinary(rng, size, size), half + half.T, ordinary(rng, size)

    return draw


@number("P1")
@weight(12)
@budget(cpu=4.0)
def test_a_product_of_matrices(measure):
    """vectorized_matmul of two 256x256 matrices takes at most 4 times the reference's CPU time."""
    # A row sums 256 sizes near 18 by weights of both signs: float32 leaves an error of 1e-3 of sums near 300.
    measure(multiply, setup=tensors_and_weights, inputs=draw_square(256), answer=product, rtol=1e-4, atol=5e-2)


@number("P2")
@weight(6)
@budget(cpu=6.0)
@visibility("hidden")
def test_a_batch_of_small_products(measure):
    """vectorized_matmul of 2,000 pairs of 8x8 matrices takes at most 6 times the reference's CPU time: no loop over the batch."""

    def draw(rng):
        half = ordinary(rng, 2000, 8, 8)
        return ordinary(rng, 2000, 8, 8), half + half.swapaxes(-1, -2), ordinary(rng, 8)

    measure(multiply, setup=tensors_and_weights, inputs=draw, answer=product, atol=1e-3)


@number("P3")
@weight(6)
@budget(cpu=12.0)
def test_a_product_in_tiles(measure):
    """tiled_matmul of two 512x512 matrices, tile 64, takes at most 12 times the reference's CPU time."""
    measure(multiply_in_tiles, setup=tensors_and_weights, inputs=draw_square(512), answer=product, rtol=1e-4, atol=2e-1)


@in_candidate
def apply_gelu(state):
    x, weights = state
    return as_array(fused_gelu(x)).reshape(x.data.shape) @ weights  # a shape that was lost is charged elsewhere


@in_candidate
def apply_gelu_in_eight_steps(state):
    """The deliberately slow GELU: every step makes a Tensor, and all of them stay until the end."""
    x, weights = state
    cube = Tensor(x.data**3)
    scaled_cube = Tensor(0.044715 * cube.data)
    inner = Tensor(x.data + scaled_cube.data)
    scaled = Tensor(math.sqrt(2 / math.pi) * inner.data)
    curve = Tensor(np.tanh(scaled.data))
    raised = Tensor(1.0 + curve.data)
    gated = Tensor(x.data * raised.data)
    halved = Tensor(0.5 * gated.data)
    return halved.data @ weights


def tanh_form(x, half=0.5, scale=(2 / math.pi) ** 0.5, power=3):
    return half * x * (1 + np.tanh(scale * (x + 0.044715 * x**power)))


#: The formula, and slips in it that have cost their points elsewhere: speed is graded whichever of them was written.
CURVES = (
    tanh_form,
    lambda x: x / (1 + np.exp(-1.702 * x)),
    lambda x: tanh_form(x, half=1.0),
    lambda x: tanh_form(x, scale=(math.pi / 2) ** 0.5),
    lambda x: tanh_form(x, power=2),
)


def near_zero(rng, *shape):
    """Numbers of both signs below 2.5 in size: what becomes of large ones is charged elsewhere."""
    return rng.uniform(-2.5, 2.5, shape).astype(np.float32)


def written_curve(rng):
    """Return which of the curves fused_gelu draws; where it is none of them, the check fails for its values."""
    __tracebackhide__ = True
    x = near_zero(rng, 6, 10)
    got = as_array(fused_gelu(Tensor(x)))
    if np.size(got) == x.size:
        got = np.reshape(got, x.shape)
    for curve in CURVES[1:]:
        want = curve(x.astype(np.float64))
        if np.shape(got) == want.shape and np.allclose(got, want, atol=1e-4):
            return curve
    assert_close(got, tanh_form(x.astype(np.float64)), atol=1e-4, call="fused_gelu(x)", given={"x": x})
    return tanh_form


def measure_gelu(measure, rng, size):
    __tracebackhide__ = True
    curve = written_curve(rng)
    # Sums of 1,000 or 2,000 numbers of size 1 in float32, or in float64 and rounded: 1e-3 is enough for both.
    measure(
        apply_gelu,
        setup=tensors_and_weights,
        inputs=lambda rng: (near_zero(rng, size, size), ordinary(rng, size)),
        answer=lambda x, weights: curve(x.astype(np.float64)) @ weights,
        yardstick=apply_gelu_in_eight_steps,
        atol=5e-3,
    )


@number("P4")
@weight(8)
@budget(cpu=3.0)
def test_gelu_is_quick(measure, rng):
    """fused_gelu of 1000x1000 numbers takes at most 3 times the CPU time of a GELU in eight steps."""
    measure_gelu(measure, rng, 1000)


@number("P5")
@weight(8)
@budget(memory=0.75)
def test_gelu_needs_little_memory(measure, rng):
    """fused_gelu of 2000x2000 numbers needs at most 0.75 times the memory of a GELU in eight steps, each a Tensor."""
    measure_gelu(measure, rng, 2000)
