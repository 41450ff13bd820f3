"""What attention may cost, as a multiple of the reference's cost on the same machine, on the reference's earlier modules.

Always true: queries look keys up, each finding one whose score is 40 while all others are 0, so that a wrong scale costs its
own test and not these; every number of an output counts, its sign taken away, with random weights for the sum of a row.
Masks have tests of their own, and are no part of it.
"""

import importlib

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import output_first
from marks import budget, in_candidate
from tinytorch.core.attention import MultiHeadAttention, scaled_dot_product_attention
from tinytorch.core.tensor import Tensor

HEADS, POSITIONS, D = 4, 64, 64  # of the layer; C is HEADS * D = 256
SCORE = 80 * np.sqrt(D)  # one key wins under a scale without the root as well, and no exponential overflows yet
# Sums of 64 products, some of which cancel, and what other keys have under a scale without the root.
SUMS = {"rtol": 1e-3, "atol": 5e-2}


def attend(Q, K, V):
    Q, K = Q.astype(np.float64), K.astype(np.float64)
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True) @ V


def codes(rng):
    """Draw 64 rows of length 1 that are orthogonal to each other."""
    return np.linalg.qr(rng.standard_normal((D, D)))[0]


def shuffled(rng, rows, *leading):
    """Return the rows in an order of its own for each place in front."""
    return rows[np.argsort(rng.random((*leading, len(rows))), axis=-1)]


def draw_lookup(rng):
    """Draw Q, K, V (4, 8, 64, 64), and weights to sum the rows of the output up."""
    rows = codes(rng)
    Q, K = SCORE * shuffled(rng, rows, 4, 8), shuffled(rng, rows, 4, 8)
    return Q.astype(np.float32), K.astype(np.float32), ordinary(rng, 4, 8, POSITIONS, D), ordinary(rng, D)


def draw_lookup_with_gradient(rng):
    return *draw_lookup(rng), ordinary(rng, 4, 8, POSITIONS, D)


@in_candidate
def tensors(Q, K, V, weights):
    return Tensor(Q), Tensor(K), Tensor(V), weights


@in_candidate
def attend_once(state):
    Q, K, V, weights = state
    return abs(output_first(scaled_dot_product_attention(Q, K, V), V.shape[-1])[0].data) @ weights


@in_candidate
def tensors_with_gradients(Q, K, V, weights, arriving):
    importlib.import_module("tinytorch.core.autograd")
    return [Tensor(a, requires_grad=True) for a in (Q, K, V)], weights, arriving


@in_candidate
def attend_and_go_back(state):
    """Return the rows of the output and of the three gradients, summed up."""
    inputs, weights, arriving = state
    output = output_first(scaled_dot_product_attention(*inputs), inputs[2].shape[-1])[0]
    output.backward(arriving)
    return np.stack([abs(a) @ weights for a in (output.data, *(t.grad for t in inputs))])


def attended(Q, K, V, weights):
    return abs(attend(Q, K, V)) @ weights


def attended_and_gone_back(Q, K, V, weights, arriving):
    """Each weight is 0 or 1, to 17 places: V gets what arrives where it was found, and nothing reaches Q and K."""
    found = np.argmax(Q @ K.swapaxes(-1, -2), axis=-1)
    gradient = np.zeros(V.shape)
    np.put_along_axis(gradient, found[..., None], arriving, axis=-2)
    nothing = np.zeros(V.shape[:-1])
    return np.stack([attended(Q, K, V, weights), nothing, nothing, abs(gradient) @ weights])


def draw_layer(rng):
    """Draw an input (8, 64, 256) and four weights, by which every query of every head finds the position of another."""
    rows = [codes(rng) for _ in range(HEADS)]
    x = np.concatenate([shuffled(rng, r, 8) for r in rows], axis=-1).astype(np.float32)
    q = np.zeros((HEADS * D, HEADS * D))
    for h, r in enumerate(rows):
        columns = slice(h * D, (h + 1) * D)
        q[columns, columns] = SCORE * r.T @ r[rng.permutation(D)]
    same = np.eye(HEADS * D, dtype=np.float32)  # the keys are x itself, and what was found goes out as it is
    return (
        x,
        q.astype(np.float32),
        same,
        ordinary(rng, HEADS * D, HEADS * D) / np.float32(16),
        same,
        ordinary(rng, HEADS * D),
    )


@in_candidate
def build_layer(x, q, k, v, out, weights):
    layer = MultiHeadAttention(256, 4)
    for projection, array in zip(
        (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj), (q, k, v, out), strict=True
    ):
        projection.weight.data, projection.bias.data = array, np.zeros(256, dtype=np.float32)
    return layer, Tensor(x), weights


@in_candidate
def apply_layer(state):
    layer, x, weights = state
    return abs(layer(x).data) @ weights


def applied(x, q, k, v, out, weights):
    projected = (np.split(x.astype(np.float64) @ W, HEADS, axis=-1) for W in (q, k, v))
    joined = np.concatenate([attend(*parts) for parts in zip(*projected, strict=True)], axis=-1)
    return abs(joined @ out) @ weights


@number("20.1")
@weight(5)
@budget(cpu=3.0)
def test_attention_budget(measure):
    """Attention of 4 x 8 x 64 queries to as many keys of 64 features costs at most 3 times the reference's CPU time."""
    measure(attend_once, setup=tensors, inputs=draw_lookup, answer=attended, **SUMS)


@number("20.2")
@weight(4)
@budget(cpu=3.0)
@visibility("hidden")
def test_heads_budget(measure):
    """MultiHeadAttention(256, 4) on 8 x 64 x 256 costs at most 3 times the reference's CPU time."""
    measure(apply_layer, setup=build_layer, inputs=draw_layer, answer=applied, **SUMS)


@number("20.3")
@weight(3)
@budget(cpu=4.0)
@visibility("hidden")
def test_backward_budget(measure):
    """Attention as above, and its backward pass, cost at most 4 times the reference's CPU time."""
    setup, inputs = tensors_with_gradients, draw_lookup_with_gradient
    measure(attend_and_go_back, setup=setup, inputs=inputs, answer=attended_and_gone_back, **SUMS)


@number("20.4")
@weight(2)
@budget(memory=3.0)
def test_memory_budget(measure):
    """Attention as above holds at most 3 times the reference's memory at once."""
    measure(attend_once, setup=tensors, inputs=draw_lookup, answer=attended, **SUMS)
