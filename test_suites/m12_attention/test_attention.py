"""scaled_dot_product_attention without a mask: shapes, weights, scale, stability, order.

Always true: most inputs are a *lookup*. Each query's score is 40 at one key of its own and 0 at all others, so that its
weight is 1 there and the output is that key's value; this needs scores and weights, and asks nothing of the scale. What is
about the scale, or about weights between 0 and 1, has tests of its own. Expected values are the formula's, in float64.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import output_first
from tinytorch.core.attention import scaled_dot_product_attention
from tinytorch.core.tensor import Tensor

# Sums of products in float32, then exponentials of them.
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}
LOOKUP_HINT = (
    "The score of a query and a key is their dot product: Q K^T. The key with by far the highest gets weight 1."
)
CALL = "scaled_dot_product_attention(Q, K, V)"


def attend(Q, K, V):
    """Return the output alone: that the weights come with it is a matter of their own tests."""
    return output_first(scaled_dot_product_attention(Tensor(Q), Tensor(K), Tensor(V)), V.shape[-1])[0]


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def weights_of(Q, K):
    Q, K = Q.astype(np.float64), K.astype(np.float64)
    return softmax(Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1]))


def orthonormal(rng, rows, columns):
    """Draw rows of length 1 that are orthogonal to each other."""
    return np.linalg.qr(rng.standard_normal((columns, columns)))[0][:rows]


def with_scores(rng, scores, features):
    """Return Q and K, two float32 matrices, whose scores Q K^T / sqrt(features) are these."""
    K = orthonormal(rng, scores.shape[-1], features)
    return (scores * np.sqrt(features) @ K).astype(np.float32), K.astype(np.float32)


def lookup(rng, *, leading=(), queries=3, keys=3, features=8, width=5, score=40.0):
    """Return Q, K, V and the output: each query finds a key of its own, and the other keys have values of 0."""
    Q, K = np.empty((*leading, queries, features)), np.empty((*leading, keys, features))
    V, want = np.zeros((*leading, keys, width)), np.empty((*leading, queries, width))
    for place in np.ndindex(*leading):
        found = rng.permutation(keys)[:queries]
        Q[place], K[place] = with_scores(rng, score * np.eye(keys)[found], features)
        V[place][found] = rng.standard_normal((queries, width))
        want[place] = V[place][found]
    return *(a.astype(np.float32) for a in (Q, K, V)), want


def require_lookup(rng, call=CALL, **sizes):
    """Require that attention finds what it is asked for: what no constant and no copy of an input does."""
    __tracebackhide__ = True
    Q, K, V, want = lookup(rng, **sizes)
    given = {"Q": Q, "K": K, "V": V}
    assert_close(attend(Q, K, V).data, want, **TOLERANCE, call=f"the output of {call}", given=given, hint=LOOKUP_HINT)


# Shapes


@number("1.1")
@weight(5)
@pytest.mark.parametrize("leading", [(), (2,), (2, 3)], ids=["2d", "3d", "4d"])
def test_each_query_gets_the_value_of_its_key(rng, leading):
    """Q (..., Tq, D), K (..., Tk, D) and V (..., Tk, E) of two, three or four axes give an output (..., Tq, E)."""
    require_lookup(rng, leading=leading, queries=3, keys=4, features=8, width=5)


@number("1.2")
@weight(1)
@visibility("hidden")
def test_inputs_stay_as_they_are(rng):
    """Attention changes neither Q nor K nor V, and its results are float32 arrays of their own."""
    Q, K, V, want = lookup(rng, leading=(2,))
    tensors = Tensor(Q), Tensor(K), Tensor(V)
    result = scaled_dot_product_attention(*tensors)
    output = output_first(result, V.shape[-1])[0]
    assert_close(output.data, want, dtype=np.float32, **TOLERANCE, call=f"the output of {CALL}", hint=LOOKUP_HINT)
    hint = "Tensor operations make new tensors; write into nobody's .data."
    for name, tensor, before in zip("QKV", tensors, (Q, K, V), strict=True):
        assert_equal(tensor.data, before, call=f"{name}.data after {CALL}", hint=hint)


# Weights


def require_pair(result):
    __tracebackhide__ = True
    assert isinstance(result, tuple), f"{CALL} must return a pair (output, weights), got {type(result).__name__}."
    assert len(result) == 2, f"{CALL} must return a pair (output, weights), got {len(result)} values."
    return result


@number("2.1")
@weight(3)
@pytest.mark.parametrize("leading", [(), (2, 3)], ids=["2d", "4d"])
def test_weights_are_shares(rng, leading):
    """The weights of each query are at least 0 and sum to 1, and the best key has more weight than the worst."""
    Q, K, V = ordinary(rng, *leading, 3, 8), ordinary(rng, *leading, 5, 8), ordinary(rng, *leading, 5, 4)
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(8)
    # In every row the best and the worst score are 3 apart.
    Q = (Q * 3 / np.ptp(scores, axis=-1, keepdims=True)).astype(np.float32)
    result = require_pair(scaled_dot_product_attention(Tensor(Q), Tensor(K), Tensor(V)))
    weights = output_first(result, 4)[1].data
    given = {"Q": Q, "K": K, "V": V}
    assert_shape(weights, (*leading, 3, 5), call=f"the weights of {CALL}", given=given)
    assert weights.min() >= 0, f"A weight is a share of the whole and never negative, got {weights.min()}."
    hint = "Softmax along the last axis: every query shares a whole out among the keys."
    sums = weights.sum(axis=-1)
    assert_close(sums, np.ones((*leading, 3)), rtol=0, atol=1e-5, call="sums of the rows of weights", hint=hint)
    best = np.take_along_axis(weights, scores.argmax(axis=-1)[..., None], axis=-1)
    worst = np.take_along_axis(weights, scores.argmin(axis=-1)[..., None], axis=-1)
    assert (best > 1.5 * worst).all(), "A key whose dot product with the query is far higher must have more weight."


@number("2.2")
@weight(2)
def test_weights_against_the_formula(rng):
    """The weights are softmax(Q K^T / sqrt(D)), and come second."""
    Q, K, V = ordinary(rng, 2, 4, 6), ordinary(rng, 2, 5, 6), ordinary(rng, 2, 5, 3)
    weights = require_pair(scaled_dot_product_attention(Tensor(Q), Tensor(K), Tensor(V)))[1]
    hint = "Softmax()(scores, dim=-1), with scores Q K^T divided by the square root of Q's last axis."
    given = {"Q": Q, "K": K, "V": V}
    assert_close(weights.data, weights_of(Q, K), **TOLERANCE, call=f"the weights of {CALL}", given=given, hint=hint)


@number("2.3")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("leading", [(), (2,), (2, 3)], ids=["2d", "3d", "4d"])
def test_output_against_the_formula(rng, leading):
    """The output is softmax(Q K^T / sqrt(D)) V, with fewer and with more queries than keys."""
    for queries, keys in ((4, 6), (5, 3)):
        Q, K = ordinary(rng, *leading, queries, 6), ordinary(rng, *leading, keys, 6)
        V = ordinary(rng, *leading, keys, 4)
        given = {"Q": Q, "K": K, "V": V}
        hint = "Multiply the weights by V: each output is the weighted mean of all values."
        want = weights_of(Q, K) @ V
        assert_close(attend(Q, K, V).data, want, **TOLERANCE, call=f"the output of {CALL}", given=given, hint=hint)


@number("3")
@weight(4)
@pytest.mark.parametrize(("features", "positions"), [(16, 3), (4, 2)], ids=["16_features", "4_features"])
def test_scores_are_divided_by_the_root_of_the_features(rng, features, positions):
    """The scale is 1 / sqrt(D), D being the last axis of Q: neither 1, nor that of the positions or of the values."""
    scores = 1.5 * np.eye(positions)
    Q, K = with_scores(rng, scores, features)
    V = ordinary(rng, positions, 7)
    hint = f"Divide Q K^T by sqrt(Q.shape[-1]), here sqrt({features})."
    given = {"Q": Q, "K": K, "V": V}
    want = softmax(scores) @ V
    assert_close(attend(Q, K, V).data, want, **TOLERANCE, call=f"the output of {CALL}", given=given, hint=hint)


@number("4")
@weight(2)
def test_queries_of_zero_and_a_single_key(rng):
    """A query of zeros matches all keys alike and gets the mean of the values; a single key gives its own value."""
    K, V = ordinary(rng, 4, 6), ordinary(rng, 4, 3)
    zeros, mean = np.zeros((4, 6), dtype=np.float32), np.tile(V.mean(axis=0), (4, 1))
    hint = "All scores are 0, so all weights are equal."
    assert_close(attend(zeros, K, V).data, mean, **TOLERANCE, call=f"{CALL} of zero queries", hint=hint)
    Q, K, V = ordinary(rng, 1, 6), ordinary(rng, 1, 6), ordinary(rng, 1, 3)
    assert_close(attend(Q, K, V).data, V, **TOLERANCE, call=f"{CALL} with one key", hint="Its weight is 1.")
    require_lookup(rng)


# Stability


@number("5.1")
@weight(2)
@pytest.mark.parametrize("score", [1e3, 1e8], ids=["thousand", "hundred_million"])
def test_large_scores_stay_finite(rng, score):
    """Scores of 1e3 and 1e8 give the value of the best key, not NaN."""
    Q, K, V, want = lookup(rng, leading=(2,), score=score)
    hint = "e^x overflows float32 beyond 88: subtract each row's maximum first, as Softmax of module 02 does."
    given = {"Q": Q, "K": K, "V": V}
    assert_close(attend(Q, K, V).data, want, **TOLERANCE, call=f"the output of {CALL}", given=given, hint=hint)


@number("5.2")
@weight(1)
@visibility("hidden")
def test_very_negative_scores_stay_finite(rng):
    """Scores that are all below -1000 give the value of the highest."""
    found, V = rng.permutation(3), ordinary(rng, 3, 5)
    Q, K = with_scores(rng, 200.0 * np.eye(3)[found] - 1500.0, 8)
    hint = "Subtract each row's maximum, which is negative here, before taking exponentials."
    given = {"Q": Q, "K": K, "V": V}
    assert_close(attend(Q, K, V).data, V[found], **TOLERANCE, call=f"the output of {CALL}", given=given, hint=hint)


@number("5.3")
@weight(1)
@visibility("hidden")
def test_a_vector_added_to_all_keys_changes_nothing(rng):
    """Adding one vector to every key shifts all scores of a query alike, and softmax does not see that."""
    Q, K, V, want = lookup(rng)
    shifted = K + orthonormal(rng, 1, 8).astype(np.float32) / 2
    hint = "Softmax along the keys, so that a shift of a whole row cancels."
    given = {"Q": Q, "K": shifted, "V": V}
    assert_close(attend(Q, shifted, V).data, want, **TOLERANCE, call=f"{CALL}, keys shifted", given=given, hint=hint)


# Order


@number("6.1")
@weight(1.5)
def test_the_order_of_the_keys_does_not_matter(rng):
    """Permuting keys together with their values leaves the output as it is."""
    Q, K, V, order = ordinary(rng, 4, 6), ordinary(rng, 4, 6), ordinary(rng, 4, 3), rng.permutation(4)
    before, after = attend(Q, K, V).data, attend(Q, K[order], V[order]).data
    hint = "Attention is a sum over keys; which of them comes first tells nothing."
    call = f"the output of {CALL} after permuting K and V alike"
    assert_close(after, before, **TOLERANCE, call=call, given={"order": order}, hint=hint)
    require_lookup(rng)


@number("6.2")
@weight(1.5)
@visibility("hidden")
def test_the_order_of_the_queries_is_that_of_the_output(rng):
    """Permuting queries permutes the output in the same way."""
    Q, K, V, order = ordinary(rng, 4, 6), ordinary(rng, 4, 6), ordinary(rng, 4, 3), rng.permutation(4)
    before, after = attend(Q, K, V).data, attend(Q[order], K, V).data
    hint = "Each row of the output belongs to the query in the same row."
    call = f"the output of {CALL} after permuting Q"
    assert_close(after, before[order], **TOLERANCE, call=call, given={"order": order}, hint=hint)
    require_lookup(rng, leading=(2,))


# What does not fit


def require_value_error(Q, K, V):
    __tracebackhide__ = True
    try:
        attend(Q, K, V)
    except ValueError:
        return
    shapes = f"Q {Q.shape}, K {K.shape} and V {V.shape}"
    raise AssertionError(f"{CALL} with {shapes} must raise ValueError, as matmul does: these do not fit together.")


@number("7.1")
@weight(1.5)
def test_queries_and_keys_of_different_widths(rng):
    """Q and K whose last axes differ are a ValueError."""
    require_lookup(rng)
    require_value_error(ordinary(rng, 3, 4), ordinary(rng, 3, 5), ordinary(rng, 3, 4))
    require_value_error(ordinary(rng, 2, 3, 5), ordinary(rng, 2, 3, 4), ordinary(rng, 2, 3, 4))


@number("7.2")
@weight(1.5)
@visibility("hidden")
def test_more_keys_than_values(rng):
    """K and V of different lengths are a ValueError, whichever is longer."""
    require_lookup(rng, leading=(2, 2))
    require_value_error(ordinary(rng, 3, 6), ordinary(rng, 4, 6), ordinary(rng, 3, 6))
    require_value_error(ordinary(rng, 3, 6), ordinary(rng, 3, 6), ordinary(rng, 4, 6))
