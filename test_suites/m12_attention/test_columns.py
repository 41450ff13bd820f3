"""MultiHeadAttention: which columns of the embedding belong to which head.

Always true: in a lookup each query of each head finds one position, its score being 40 and all others 0, so that nothing
hangs on the scale; the formula is NumPy's, in float64. Weights and biases are the test's own.
B sequences, T positions, C embedding, H heads, D = C / H.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.tensor import Tensor

# Three matrix products and a softmax in float32.
TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}
NAMES = ("q_proj", "k_proj", "v_proj", "out_proj")
HEADS_HINT = "Head h takes columns h*D to (h+1)*D of every projection, and gives its output back to the same columns."


def make_layer(heads, weights, biases):
    """Build a layer with these four weights (C, C) and biases."""
    layer = MultiHeadAttention(weights[0].shape[0], heads)
    for name, W, b in zip(NAMES, weights, biases, strict=True):
        projection = getattr(layer, name)
        projection.weight.data = W.astype(np.float32)
        if projection.bias is not None:  # that there is one is a matter of its own test
            projection.bias.data = b.astype(np.float32)
    return layer


def attend(Q, K, V):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True) @ V


def formula(x, heads, weights, biases):
    """Return multi-head attention in float64, one head after the other."""
    q, k, v = (x.astype(np.float64) @ W + b for W, b in zip(weights[:3], biases[:3], strict=True))
    outputs = [attend(*parts) for parts in zip(*(np.split(a, heads, axis=-1) for a in (q, k, v)), strict=True)]
    return np.concatenate(outputs, axis=-1) @ weights[3] + biases[3]


def draw_heads(rng, heads, batch=2, positions=3, width=12):
    """Return weights, an input and the output: each position of each head finds another one, or itself."""
    rows, D = batch * positions, width // heads
    x = np.linalg.qr(rng.standard_normal((width, width)))[0][:rows]  # rows of length 1, orthogonal: x.T inverts x
    q, k, v = (np.empty((batch, positions, width)) for _ in range(3))
    found = np.empty_like(v)
    for b, h in np.ndindex(batch, heads):
        columns, order = slice(h * D, (h + 1) * D), rng.permutation(positions)
        codes = np.linalg.qr(rng.standard_normal((D, D)))[0][:positions]
        q[b, :, columns], k[b, :, columns] = 40 * np.sqrt(D) * codes[order], codes
        v[b, :, columns] = rng.standard_normal((positions, D))
        found[b, :, columns] = v[b, order, columns]
    weights = [x.T @ a.reshape(rows, width) for a in (q, k, v)] + [rng.standard_normal((width, width)) / 3]
    return weights, x.reshape(batch, positions, width).astype(np.float32), found @ weights[3]


@number("14.1")
@weight(6.5)
@pytest.mark.parametrize("heads", [2, 4])
def test_each_head_works_on_its_own_columns(rng, heads):
    """Head h takes columns h*D to (h+1)*D of the projections; the heads are joined in order, and out_proj follows."""
    weights, x, want = draw_heads(rng, heads)
    out = make_layer(heads, weights, [np.zeros(12)] * 4)(Tensor(x))
    assert_close(
        out.data, want, **TOLERANCE, call=f"MultiHeadAttention(12, {heads})(x)", given={"x": x}, hint=HEADS_HINT
    )


@number("14.2")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize("heads", [2, 4])
def test_heads_against_the_formula(rng, heads):
    """The output is that of the formula, for weights and biases as they come."""
    weights = [ordinary(rng, 8, 8) / np.float32(2) for _ in range(4)]
    biases, x = [ordinary(rng, 8) for _ in range(4)], ordinary(rng, 3, 5, 8)
    out = make_layer(heads, weights, biases)(Tensor(x))
    want = formula(x, heads, weights, biases)
    assert_close(
        out.data, want, **TOLERANCE, call=f"MultiHeadAttention(8, {heads})(x)", given={"x": x}, hint=HEADS_HINT
    )
