"""What quantization may cost, as a multiple of the reference's cost on the same machine.

Workloads look at every number that a call gave: rows are summed up with random weights. Tolerances are wide enough for a
wrong rounding, which costs its points elsewhere, and far too narrow for numbers that were not quantized.
"""

import numpy as np
from arrays import ordinary, whole
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import QuantizedLinear, dequantize_int8, quantize_int8


@in_candidate
def tensor_and_weights(x, weights):
    return Tensor(x), weights


@in_candidate
def quantize(state):
    """Cut the levels to whole numbers, restore them, sum up the rows; and say how far the levels reach."""
    x, weights = state
    q, scale, zero_point = quantize_int8(x)
    levels = q.data.astype(np.int16).reshape(x.data.shape)
    sums = levels @ weights
    spread = float(levels.max() - levels.min())
    return np.append((sums - float(zero_point) * weights.sum()) * float(scale), spread)


def draw_square(side):
    def draw(rng):
        x = rng.uniform(-1, 1, (side, side)).astype(np.float32)
        x.flat[[0, -1]] = -1, 1
        return x, ordinary(rng, side)

    return draw


def row_sums(x, weights):
    return np.append(x @ weights.astype(np.float64), 255)


# A level is off by 0.3 of a step of 1/127 on average, the sum of a row by 0.3 * sqrt(2000) / 127 = 0.1; with decimals cut
# off, up to 0.5. The sums themselves are about 25, and levels that span fewer than 252 waste the byte.
ROUGH = {"rtol": 0, "atol": 3.0}


@number("30.1")
@weight(5)
@budget(cpu=5.0)
def test_quantizing_is_vectorised(measure):
    """quantize_int8 of a million numbers takes at most 5 times the reference's CPU time."""
    measure(quantize, setup=tensor_and_weights, inputs=draw_square(1000), answer=row_sums, **ROUGH)


@in_candidate
def levels_and_weights(q, scale, zero_point, weights):
    return Tensor(q), scale, zero_point, weights


@in_candidate
def dequantize(state):
    q, scale, zero_point, weights = state
    return dequantize_int8(q, scale, zero_point).data @ weights


def draw_levels(rng):
    scale, zero_point = float(rng.uniform(0.01, 0.02)), int(rng.integers(-90, 90))
    return whole(rng, 1000, 1000, low=-128, high=128), scale, zero_point, ordinary(rng, 1000)


def restored_sums(q, scale, zero_point, weights):
    return ((q.astype(np.float64) - zero_point) * scale) @ weights


@number("30.2")
@weight(4)
@budget(cpu=5.0)
@visibility("hidden")
def test_dequantizing_is_vectorised(measure):
    """dequantize_int8 of a million levels takes at most 5 times the reference's CPU time."""
    # Sums of 1000 float32 products of size 1 carry rounding errors of about 1e-4.
    measure(dequantize, setup=levels_and_weights, inputs=draw_levels, answer=restored_sums, atol=5e-3)


@in_candidate
def layer_and_tokens(W, tokens):
    linear = Linear(W.shape[0], W.shape[1], bias=False)
    linear.weight.data = W
    return QuantizedLinear(linear), [Tensor(x) for x in tokens]


@in_candidate
def apply_layer(state):
    """Return the results of all tokens, and how far the levels of the weight reach."""
    layer, tokens = state
    results = [layer.forward(x).data.ravel() for x in tokens]
    return np.concatenate([*results, [np.ptp(layer.q_weight.data)]])


def draw_layer(rng):
    W = rng.uniform(-1, 1, (1024, 1024)).astype(np.float32)
    W.flat[[0, -1]] = -1, 1
    return W, ordinary(rng, 8, 1, 1, 1024)


def products(W, tokens):
    return np.append(tokens.astype(np.float64) @ W, 255)


@number("30.3")
@weight(5)
@budget(cpu=2.0)
def test_weights_are_quantized_once(measure):
    """forward of QuantizedLinear(Linear(1024, 1024)) on one token takes at most twice the reference's CPU time."""
    measure(apply_layer, setup=layer_and_tokens, inputs=draw_layer, answer=products, **ROUGH)


# The reference's peak is 2 arrays of the input's size, and the course allows 2.5 times that.


@number("30.4")
@weight(4)
@budget(memory=2.5)
@visibility("hidden")
def test_quantizing_memory(measure):
    """quantize_int8 of four million numbers needs at most 2.5 times the reference's memory, about 5 copies of its input."""
    measure(quantize, setup=tensor_and_weights, inputs=draw_square(2000), answer=row_sums, **ROUGH)
