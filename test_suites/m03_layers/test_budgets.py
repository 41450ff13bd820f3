"""What Linear and Dropout may cost, as a multiple of a yardstick's cost on the same machine.

Most of a forward pass is the student's own matmul, which module 01 has graded. So the layer is compared with that very
matmul, and then with the loop of dot products that the course itself teaches; everything else with the reference.
Every number of a result counts: what is not random is compared in full, and what is random row by row and column by column.
"""

import numpy as np
from arrays import large, ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.layers import Dropout, Linear
from tinytorch.core.tensor import Tensor


@in_candidate
def layer_and_inputs(batches, W, b, weights):
    layer = Linear(W.shape[0], W.shape[1])
    layer.weight.data = W
    layer.bias.data = b
    return layer, [Tensor(x) for x in batches], weights


@in_candidate
def apply_layer(state):
    """Sum up the sizes of the numbers in every row: signs taken away, no way leads there but through every number."""
    layer, batches, weights = state
    sums = []
    for x in batches:
        layer.bias.data = np.zeros(len(weights), dtype=np.float32)  # a bias that forward changes is charged elsewhere
        sums.append(abs(layer(x).data) @ weights)
    return np.stack(sums)


@in_candidate
def multiply_and_add(state):
    layer, batches, weights = state
    return np.stack([abs((x.matmul(layer.weight) + layer.bias).data) @ weights for x in batches])


@in_candidate
def multiply_by_dot_products(state):
    """The loop of module 01: one np.dot of a row and a column for every entry."""
    layer, batches, weights = state
    columns = layer.weight.data
    out = np.empty((len(batches), batches[0].shape[0], columns.shape[1]), dtype=np.float32)
    for n, i, j in np.ndindex(out.shape):
        out[n, i, j] = np.dot(batches[n].data[i, :], columns[:, j])
    return abs(out + layer.bias.data) @ weights


def draw_layer(batches, samples, in_features, out_features):
    """Return a function that draws batches and weight of these sizes, and weights to sum up the rows; the bias is zero.

    What a bias is added to, and whether it is, has been paid for elsewhere.
    """
    return lambda rng: (
        ordinary(rng, batches, samples, in_features),
        ordinary(rng, in_features, out_features),
        np.zeros(out_features, dtype=np.float32),
        ordinary(rng, out_features),
    )


def forward(batches, W, b, weights):
    return abs(batches.astype(np.float64) @ W + b) @ weights


@number("17.1")
@weight(3)
@budget(cpu=4.0)
def test_linear_costs_little_more_than_its_matmul(measure):
    """Linear on batches of 64 samples, 128 to 128 features, takes at most 4 times the CPU time of x.matmul(weight) + bias."""
    inputs = draw_layer(4, 64, 128, 128)
    measure(apply_layer, setup=layer_and_inputs, inputs=inputs, answer=forward, against=multiply_and_add, atol=1e-2)


@number("17.2")
@weight(3)
@budget(cpu=6.0)
@visibility("hidden")
def test_linear_beats_the_dot_loop(measure):
    """Linear on batches of 64 samples, 128 to 128 features, takes at most 6 times the CPU time of a loop of dot products."""
    inputs, loop = draw_layer(4, 64, 128, 128), multiply_by_dot_products
    measure(apply_layer, setup=layer_and_inputs, inputs=inputs, answer=forward, yardstick=loop, atol=1e-2)


@in_candidate
def tensor_and_earlier_mask(x, weights):
    """Make, unmeasured, the tensor, what survives of it if nothing is dropped, and where an earlier call dropped."""
    earlier = (Dropout(0.5)(Tensor(x), training=True).data == 0).astype(np.float32)
    return Tensor(x), 2 * x, earlier, weights


@in_candidate
def drop_half(state):
    """Put what was dropped back, and sum up every row; then say which share was dropped, and which in both calls."""
    x, doubled, earlier, weights = state
    out = Dropout(0.5)(x, training=True).data
    dropped = (out == 0).astype(np.float32)
    sums = out @ weights + (doubled * dropped) @ weights
    each = np.full(1000, 0.001, dtype=np.float32)  # a mean, as a product with a vector
    twice = dropped.ravel() @ earlier.ravel() / dropped.size
    return np.concatenate([sums, dropped @ each, each @ dropped, [10 * dropped.mean(), 10 * twice]])


def draw_million(rng):
    return large(rng, 1000, 1000), ordinary(rng, 1000)


def halves(x, weights):
    """Every survivor is twice its input; half of each row and column is dropped, and half of that a second time."""
    return np.concatenate([2 * x @ weights.astype(np.float64), np.full(2000, 0.5), [5.0, 2.5]])


# The share dropped of a row or column of 1000 has a standard error of 0.016, those of a million elements, which count
# tenfold, of 0.005; a single survivor of the wrong size changes its row's sum by about 1.
SHARES = {"rtol": 1e-4, "atol": 0.11}


@number("17.3")
@weight(2)
@budget(cpu=8.0)
def test_dropout_is_vectorised(measure):
    """Dropout of a million numbers takes at most 8 times the reference's CPU time."""
    # A mask by np.random.choice costs 4 times the reference, by np.random.binomial 3.3 times, a loop over elements 20 or more.
    measure(drop_half, setup=tensor_and_earlier_mask, inputs=draw_million, answer=halves, **SHARES)


@in_candidate
def earlier_bits(in_features, out_features):
    """Make, unmeasured, an earlier layer, and note the last 20 bits of its weights."""
    seen = np.zeros(1 << 20, dtype=bool)
    seen[Linear(in_features, out_features).weight.data.view(np.uint32) & 0xFFFFF] = True
    return in_features, out_features, seen


@in_candidate
def spread_of_new_weights(state):
    """Return the mean, each row's and column's deviation from 0, and how many endings two layers have among them.

    Random numbers drawn one by one rarely end in the same 20 bits; copied ones do.
    """
    in_features, out_features, seen = state
    weights = Linear(in_features, out_features).weight.data
    each = np.full(1000, 0.001, dtype=np.float32)
    squares = weights * weights
    seen[weights.view(np.uint32) & 0xFFFFF] = True
    return np.concatenate([np.sqrt(squares @ each), np.sqrt(each @ squares), [weights.mean(), seen.mean()]])


def fresh_and_scaled(in_features, out_features):
    """Deviations by Xavier's rule, and the share of 2**20 endings that two million draws are expected to hit."""
    return np.concatenate([np.full(2000, in_features**-0.5), [0.0, 1 - (1 - 0.5**20) ** 2_000_000]])


@number("17.4")
@weight(2)
@budget(cpu=3.0)
@visibility("hidden")
def test_linear_is_made_at_once(measure):
    """Making Linear(1000, 1000) takes at most 3 times the reference's CPU time."""
    # The deviation of 1000 weights has a standard error of 2 %, 0.0007; the share of endings, of 0.0004.
    measure(
        spread_of_new_weights,
        setup=earlier_bits,
        inputs=lambda rng: (1000, 1000),
        answer=fresh_and_scaled,
        rtol=0,
        atol=5e-3,
    )


# Memory. The reference's Dropout holds 3.25 arrays of the input's size at its peak, and the course allows 8; its Linear
# holds 3 arrays of the result's size, and the course allows 6, with no copy of the weight (8 MB; the result 0.13 MB).


@number("17.5")
@weight(0.5)
@budget(memory=8 / 3.25)
@visibility("hidden")
def test_dropout_memory(measure):
    """Dropout of a million numbers needs at most 8 times the memory of its input."""
    measure(drop_half, setup=tensor_and_earlier_mask, inputs=draw_million, answer=halves, **SHARES)


@number("17.6")
@weight(1.5)
@budget(memory=6 / 3)
@visibility("hidden")
def test_linear_does_not_copy_its_weight(measure):
    """Linear on 32 samples, 2000 to 1000 features, needs at most 6 times the memory of its result."""
    inputs = draw_layer(1, 32, 2000, 1000)
    measure(apply_layer, setup=layer_and_inputs, inputs=inputs, answer=forward, atol=0.1)
