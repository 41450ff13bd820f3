"""What Linear and Dropout may cost, as a multiple of a yardstick's cost on the same machine.

Most of a forward pass is the student's own matmul, which module 01 has graded. So the layer is compared with that very
matmul, and then with the loop of dot products that the course itself teaches; everything else with the reference.
"""

import numpy as np
from arrays import large, ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.layers import Dropout, Linear
from tinytorch.core.tensor import Tensor


@in_candidate
def layer_and_input(x, W, b):
    layer = Linear(W.shape[0], W.shape[1])
    layer.weight.data = W
    layer.bias.data = b
    return layer, Tensor(x)


@in_candidate
def apply_layer(state):
    layer, x = state
    return layer(x).data[::8]


@in_candidate
def multiply_and_add(state):
    layer, x = state
    return (x.matmul(layer.weight) + layer.bias).data[::8]


@in_candidate
def multiply_by_dot_products(state):
    """The loop of module 01: one np.dot of a row and a column for every entry."""
    layer, x = state
    rows, columns = x.data, layer.weight.data
    out = np.empty((rows.shape[0], columns.shape[1]), dtype=np.float32)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.dot(rows[i, :], columns[:, j])
    return (out + layer.bias.data)[::8]


def draw_layer(samples, in_features, out_features):
    """Return a function that draws x, weight and bias of these sizes, as `measure` wants them."""
    return lambda rng: (
        ordinary(rng, samples, in_features),
        ordinary(rng, in_features, out_features),
        ordinary(rng, out_features),
    )


def forward(x, W, b):
    return (x.astype(np.float64) @ W + b)[::8]


@number("17.1")
@weight(3)
@budget(cpu=4.0)
def test_linear_costs_little_more_than_its_matmul(measure):
    """Linear on 64 samples, 128 to 128 features, takes at most 4 times the CPU time of x.matmul(weight) + bias."""
    inputs = draw_layer(64, 128, 128)
    measure(apply_layer, setup=layer_and_input, inputs=inputs, answer=forward, against=multiply_and_add, atol=1e-3)


@number("17.2")
@weight(3)
@budget(cpu=6.0)
@visibility("hidden")
def test_linear_beats_the_dot_loop(measure):
    """Linear on 64 samples, 128 to 128 features, takes at most 6 times the CPU time of a loop of dot products."""
    inputs, loop = draw_layer(64, 128, 128), multiply_by_dot_products
    measure(apply_layer, setup=layer_and_input, inputs=inputs, answer=forward, yardstick=loop, atol=1e-3)


@in_candidate
def make_tensor(x):
    return Tensor(x)


@in_candidate
def drop_half(x):
    sample = Dropout(0.5)(x).data[::10]
    return [float((sample == 0).mean()), float(sample.max())]


def draw_million(rng):
    return (large(rng, 1000, 1000),)


def zeros_and_largest(x):
    """Half of the elements are dropped, and the largest survivor is twice an input just below 1."""
    return [0.5, 2.0 * float(x.max())]


# A sample of 100,000 elements: one standard error of the share of zeros is 0.0016, and the largest survivor misses the
# largest input by far less than the tolerance.
@number("17.3")
@weight(3)
@budget(cpu=5.0)
def test_dropout_is_vectorised(measure):
    """Dropout of a million numbers takes at most 5 times the reference's CPU time."""
    measure(drop_half, setup=make_tensor, inputs=draw_million, answer=zeros_and_largest, rtol=0, atol=0.015)


@in_candidate
def spread_of_new_weights(in_features, out_features):
    sample = Linear(in_features, out_features).weight.data[::10]
    return [float(sample.mean()), float(sample.std())]


@number("17.4")
@weight(1)
@budget(cpu=3.0)
@visibility("hidden")
def test_linear_is_made_at_once(measure):
    """Making Linear(1000, 1000) takes at most 3 times the reference's CPU time."""
    # The standard deviation of 100,000 weights has a standard error of 0.2 %, 0.0001.
    measure(
        spread_of_new_weights,
        inputs=lambda rng: (1000, 1000),
        answer=lambda in_features, out_features: [0.0, in_features**-0.5],
        rtol=0,
        atol=1e-3,
    )


# Memory. The reference's Dropout holds 3.25 arrays of the input's size at its peak, and the course allows 8; its Linear
# holds 3 arrays of the result's size, and the course allows 6, with no copy of the weight (8 MB; the result 0.13 MB).


@number("17.5")
@weight(1)
@budget(memory=8 / 3.25)
@visibility("hidden")
def test_dropout_memory(measure):
    """Dropout of a million numbers needs at most 8 times the memory of its input."""
    measure(drop_half, setup=make_tensor, inputs=draw_million, answer=zeros_and_largest, rtol=0, atol=0.015)


@number("17.6")
@weight(1)
@budget(memory=6 / 3)
@visibility("hidden")
def test_linear_does_not_copy_its_weight(measure):
    """Linear on 32 samples, 2000 to 1000 features, needs at most 6 times the memory of its result."""
    inputs = draw_layer(32, 2000, 1000)
    measure(apply_layer, setup=layer_and_input, inputs=inputs, answer=forward, atol=5e-3)
