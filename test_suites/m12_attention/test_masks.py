"""scaled_dot_product_attention with a mask: 1 allows a key, 0 hides it.

Always true: most inputs are a lookup under a mask. Every query's best key, with a score of 40, is hidden from it; of those
that it may see, one scores -40 and all others -80, so that its weight is 1 there, whatever the scale of the scores is.
Expected values are the formula's, in float64.
"""

import math

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import output_first
from tinytorch.core.attention import scaled_dot_product_attention
from tinytorch.core.tensor import Tensor

# Sums of products in float32, then exponentials of them.
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}
MASK_HINT = "Add (1 - mask) * MASK_VALUE to the scores after scaling and before Softmax: 1 allows, 0 hides."
CALL = "scaled_dot_product_attention(Q, K, V, mask=mask)"
T, D, E = 5, 8, 4


def attend(Q, K, V, mask):
    """Return the pair, or the output alone from an implementation that gives no weights."""
    result = scaled_dot_product_attention(Tensor(Q), Tensor(K), Tensor(V), mask=Tensor(mask))
    return output_first(result, V.shape[-1])


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def attention_of(Q, K, V, mask):
    """Return the weights and the output of the formula; hidden scores become minus infinity."""
    Q, K, V = (a.astype(np.float64) for a in (Q, K, V))
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    weights = softmax(np.where(np.broadcast_to(mask, scores.shape) == 1, scores, -np.inf))
    return weights, weights @ V


def with_scores(rng, scores):
    """Return Q and K, two float32 matrices, whose scores Q K^T / sqrt(D) are these."""
    K = np.linalg.qr(rng.standard_normal((D, D)))[0][: scores.shape[-1]]  # rows of length 1, orthogonal
    return (scores * np.sqrt(D) @ K).astype(np.float32), K.astype(np.float32)


def draw_mask(rng):
    """Draw a mask (T, T) and the key that each query must find: a causal mask in which the queries were shuffled."""
    found = rng.permutation(T)
    return np.tril(np.ones((T, T), dtype=np.float32))[found], found


def lookup(rng, mask, found):
    """Return Q, K and V of one sequence, such that under the mask each query finds its key."""
    scores = np.where(mask == 1, -80.0, 40.0)
    scores[np.arange(T), found] = -40.0
    return *with_scores(rng, scores), ordinary(rng, T, E)


def draw_masked(rng, shape):
    """Draw Q, K, V for a mask of this shape, the mask, and the output that they must give."""
    drawn = [draw_mask(rng) for _ in range(math.prod(shape[:-2]))]
    mask = np.reshape([mask for mask, _ in drawn], shape)
    found = np.reshape([found for _, found in drawn], shape[:-1])
    leading = {2: (), 3: (2,), 4: (2, 3)}[len(shape)]
    Q, K, V = (np.empty((*leading, T, n), dtype=np.float32) for n in (D, D, E))
    want = np.empty((*leading, T, E))
    masks, keys = np.broadcast_to(mask, (*leading, T, T)), np.broadcast_to(found, (*leading, T))
    for place in np.ndindex(*leading):
        Q[place], K[place], V[place] = lookup(rng, masks[place], keys[place])
        want[place] = V[place][keys[place]]
    return Q, K, V, mask, want


SHAPES = {"for_all": (T, T), "one": (1, T, T), "each_entry": (2, T, T), "each_entry_for_all_heads": (2, 1, T, T)}


@number("8.1")
@weight(4)
@pytest.mark.parametrize("shape", list(SHAPES.values()), ids=list(SHAPES))
def test_hidden_keys_are_not_found(rng, shape):
    """A key whose mask is 0 is never found, however high its score; masks broadcast against (..., Tq, Tk)."""
    Q, K, V, mask, want = draw_masked(rng, shape)
    given = {"Q": Q, "K": K, "V": V, "mask": mask}
    output, weights = attend(Q, K, V, mask)
    assert_close(output.data, want, **TOLERANCE, call=f"the output of {CALL}", given=given, hint=MASK_HINT)
    if weights is not None:
        hidden = float((np.abs(weights.data) * (1 - mask)).max())
        assert hidden < 1e-6, f"The weight of a hidden key must be below 1e-6, got {hidden}. {MASK_HINT}"


@number("8.2")
@weight(1)
@visibility("hidden")
def test_what_is_left_is_shared_out_anew(rng):
    """The weights of the keys that are not hidden sum to 1: they are the formula's without the hidden keys."""
    Q, K, V = ordinary(rng, 2, 4, 6), ordinary(rng, 2, 4, 6), ordinary(rng, 2, 4, 3)
    causal = np.tril(np.ones((4, 4), dtype=np.float32))
    given = {"Q": Q, "K": K, "V": V, "mask": causal}
    want = attention_of(Q, K, V, causal)[1]
    output = attend(Q, K, V, causal)[0].data
    assert_close(output, want, **TOLERANCE, call=f"the output of {CALL}", given=given, hint=MASK_HINT)


@number("9.1")
@weight(1.5)
def test_a_mask_of_ones_hides_nothing(rng):
    """A mask of ones gives what no mask gives."""
    mask, found = draw_mask(rng)
    Q, K, V = lookup(rng, mask, found)
    scores = np.full((T, T), -80.0)
    scores[np.arange(T), found] = 40.0
    Q, K = with_scores(rng, scores)
    given = {"Q": Q, "K": K, "V": V}
    output = attend(Q, K, V, np.ones((T, T), dtype=np.float32))[0].data
    call = f"the output of {CALL}, mask all ones"
    assert_close(output, V[found], **TOLERANCE, call=call, given=given, hint=MASK_HINT)


@number("9.2")
@weight(1)
@visibility("hidden")
def test_a_query_with_every_key_hidden(rng):
    """A row of the mask that is all 0 gives finite weights that sum to 1; the other rows are not disturbed."""
    mask, found = draw_mask(rng)
    Q, K, V = lookup(rng, mask, found)
    row = int(rng.integers(T))
    mask[row] = 0
    others = [t for t in range(T) if t != row]
    given = {"Q": Q, "K": K, "V": V, "mask": mask}
    output, weights = attend(Q, K, V, mask)
    hint = "A finite MASK_VALUE, such as -1e9: minus infinity in a whole row makes Softmax divide 0 by 0."
    call = f"the output of {CALL}, one query with every key hidden"
    assert_close(output.data[others], V[found][others], **TOLERANCE, call=call, given=given, hint=hint)
    assert np.isfinite(output.data).all(), f"A query with every key hidden must not give NaN or infinity. {hint}"
    if weights is not None:
        total = weights.data[row].sum()
        assert_close(total, 1.0, rtol=0, atol=1e-5, call="sum of the weights of that query", hint=hint)


@number("9.3")
@weight(0.5)
@visibility("hidden")
def test_the_mask_stays_as_it_is(rng):
    """Attention does not write into the mask, nor into Q, K or V."""
    Q, K, V, mask, want = draw_masked(rng, (2, T, T))
    tensors = [Tensor(a) for a in (Q, K, V, mask)]
    result = scaled_dot_product_attention(*tensors[:3], mask=tensors[3])
    output = output_first(result, V.shape[-1])[0]
    assert_close(output.data, want, **TOLERANCE, call=f"the output of {CALL}", hint=MASK_HINT)
    for name, tensor, before in zip(("Q", "K", "V", "mask"), tensors, (Q, K, V, mask), strict=True):
        hint = "Make new arrays; the same mask serves every block of a model."
        assert_equal(tensor.data, before, call=f"{name}.data after {CALL}", hint=hint)
