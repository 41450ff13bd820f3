"""MultiHeadAttention: its parts, one head, masks, batches, and what it refuses.

Always true: a test that is not about scores feeds tiny inputs. All scores are nearly 0 then, and attention is the mean over
the positions that may be seen; with the same weights in q_proj, k_proj and v_proj, equal columns and an out_proj that
changes nothing, only an attention that averages the right positions passes. Weights are the test's own; what is about the
columns of each head is in test_columns.py. B sequences, T positions, C embedding, H heads.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import output_first
from marks import in_candidate
from tinytorch.core.attention import MultiHeadAttention, scaled_dot_product_attention
from tinytorch.core.tensor import Tensor

# Three matrix products and a softmax in float32.
TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}
TINY = np.float32(2.0**-14)
NAMES = ("q_proj", "k_proj", "v_proj", "out_proj")
EVEN_HINT = "Nearly equal scores make nearly equal weights: the mean of v_proj(x), sent through out_proj."
MASK_HINT = (
    "Hand the mask to scaled_dot_product_attention; one of three axes needs an axis for the heads in second place."
)


def make_layer(heads, weights, biases=None):
    """Build a layer with these four weights (C, C) and biases, zeros if None."""
    layer = MultiHeadAttention(weights[0].shape[0], heads)
    for name, W, b in zip(NAMES, weights, biases or [np.zeros(len(weights[0]))] * 4, strict=True):
        projection = getattr(layer, name)
        projection.weight.data = W.astype(np.float32)
        if projection.bias is not None:  # that there is one is a matter of its own test
            projection.bias.data = b.astype(np.float32)
    return layer


def draw_even(rng, batch=1, positions=4, width=8, heads=2):
    """Return a layer whose scores are nearly 0, a tiny input, and the value of each position, which all columns share."""
    u, x = ordinary(rng, width), ordinary(rng, batch, positions, width)
    W = np.tile(u[:, None], width)
    return make_layer(heads, [W, W, W, np.eye(width)]), x * TINY, x.astype(np.float64) @ W  # (B, T, C)


def require_even(out, x, values, mask, call, hint=EVEN_HINT):
    """Require that every position holds the mean of the values that its row of the mask (B or 1, T, T) allows.

    A layer that adds x, as the block around it does, is charged where its output is held against the formula.
    """
    __tracebackhide__ = True
    want = mask / mask.sum(axis=-1, keepdims=True) @ values
    found = out.data
    if np.shape(found) == x.shape and np.allclose((found - x) / TINY, want, **TOLERANCE):
        return
    assert_close(found / TINY, want, **TOLERANCE, call=f"2**14 * {call}", hint=hint)


def require_attention(rng, call="MultiHeadAttention(8, 2)(x)"):
    """Require the mean over all positions: what no constant and no copy of the input gives."""
    __tracebackhide__ = True
    layer, x, values = draw_even(rng)
    require_even(layer(Tensor(x)), x, values, np.ones((1, 4, 4)), f"{call} of a tiny x")


# Parts


@number("11")
@weight(3.5)
@pytest.mark.parametrize(("width", "heads"), [(8, 2), (12, 3)])
def test_attributes_and_projections(rng, width, heads):
    """embed_dim, num_heads and head_dim are kept; the four projections map C to C features, with a bias."""
    layer = MultiHeadAttention(width, heads)
    call = f"[embed_dim, num_heads, head_dim] of MultiHeadAttention({width}, {heads})"
    got = [layer.embed_dim, layer.num_heads, layer.head_dim]
    assert_equal(got, [width, heads, width // heads], call=call, hint="head_dim is embed_dim // num_heads.")
    for name in NAMES:
        projection = getattr(layer, name)
        assert_shape(projection.weight.shape, (width, width), call=f"{name}.weight.shape")
        assert projection.bias is not None, f"{name} is Linear(embed_dim, embed_dim) with a bias, and has none."
        assert_shape(projection.bias.shape, (width,), call=f"{name}.bias.shape")
    layer, x, values = draw_even(rng, width=width, heads=heads)
    require_even(
        layer(Tensor(x)), x, values, np.ones((1, 4, 4)), f"MultiHeadAttention({width}, {heads})(x) of a tiny x"
    )


def require_value_error(action, what):
    __tracebackhide__ = True
    try:
        action()
    except ValueError:
        return
    raise AssertionError(f"{what} must raise ValueError.")


@number("12.1")
@weight(3)
def test_heads_must_share_the_embedding_evenly(rng):
    """An embed_dim that num_heads does not divide is a ValueError: 64 features for 5 heads."""
    require_attention(rng)
    require_value_error(lambda: MultiHeadAttention(64, 5), "MultiHeadAttention(64, 5)")
    require_value_error(lambda: MultiHeadAttention(8, 3), "MultiHeadAttention(8, 3)")


@number("12.2")
@weight(2.5)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(2, 4, 7), (2, 4, 9), (4, 8)], ids=["narrow", "wide", "matrix"])
def test_inputs_of_other_shapes(rng, shape):
    """An input whose last axis is not embed_dim, or that has not three axes, is a ValueError."""
    require_attention(rng)
    layer, x = MultiHeadAttention(8, 2), Tensor(ordinary(rng, *shape))
    require_value_error(lambda: layer(x), f"MultiHeadAttention(8, 2)(x) with x of shape {shape}")


@in_candidate
def describe_parameters(layer):
    """Tell whether parameters() lists each projection's own weight and bias, in order, and how many tensors there are."""
    projections = [layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj]
    own = [tensor for projection in projections for tensor in (projection.weight, projection.bias)]
    listed = list(layer.parameters())
    same = [got is tensor for got, tensor in zip(listed, own, strict=False)]
    return {"listed": len(listed), "different": len({id(tensor) for tensor in own}), "in order": same}


@number("13")
@weight(2)
def test_parameters(rng):
    """parameters() lists the weight and the bias of q_proj, k_proj, v_proj, out_proj: eight Tensors, the very objects."""
    require_attention(rng)
    got = describe_parameters(MultiHeadAttention(8, 2))
    hint = "Four Linear layers of their own; list each one's parameters() in the order q, k, v, out."
    want = {"listed": 8, "different": 8, "in order": [True] * 8}
    assert_equal(got, want, call="MultiHeadAttention(8, 2).parameters()", hint=hint)


@number("15")
@weight(4)
def test_one_head_is_plain_attention(rng):
    """With one head, layer(x) is scaled_dot_product_attention of the three projections, sent through out_proj."""
    layer, x, values = draw_even(rng, heads=1)
    require_even(layer(Tensor(x)), x, values, np.ones((1, 4, 4)), "MultiHeadAttention(8, 1)(x) of a tiny x")
    W, x = ordinary(rng, 8, 8) / np.float32(2), Tensor(ordinary(rng, 2, 4, 8))
    biases = [ordinary(rng, 8)] * 3 + [ordinary(rng, 8)]
    layer = make_layer(1, [W, W, W, ordinary(rng, 8, 8)], biases)
    result = scaled_dot_product_attention(layer.q_proj(x), layer.k_proj(x), layer.v_proj(x))
    want = layer.out_proj(output_first(result, 8)[0]).data
    hint = "Project x three times, attend, and send the result through out_proj."
    found = layer(x).data
    if np.shape(found) == np.shape(want) and np.allclose(found - x.data, want, **TOLERANCE):
        return  # that x is added is charged where the output is held against the formula
    assert_close(found, want, **TOLERANCE, call="MultiHeadAttention(8, 1)(x)", hint=hint)


# Masks


def draw_pairs(rng, batch):
    """Draw masks (batch, 4, 4): the positions fall into two pairs, and each sees its own pair only."""
    masks = np.zeros((batch, 4, 4), dtype=np.float32)
    for mask in masks:
        a, b, c, d = rng.permutation(4)
        for pair in ([a, b], [c, d]):
            mask[np.ix_(pair, pair)] = 1
    return masks


SHAPES = [(4, 4), (1, 4, 4), (3, 4, 4), (1, 1, 4, 4), (3, 1, 4, 4), (3, 2, 4, 4)]


@number("16.1")
@weight(3)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_masks_of_every_shape(rng, shape):
    """A mask may be (T, T), (1, T, T), (B, T, T), (1, 1, T, T), (B, 1, T, T) or (B, H, T, T): 1 allows, 0 hides."""
    masks = draw_pairs(rng, shape[0] if shape[0] == 3 else 1)
    given = np.broadcast_to(masks[:, None] if len(shape) == 4 else masks if len(shape) == 3 else masks[0], shape)
    heads = 2 if shape == (3, 2, 4, 4) else 1
    layer, x, values = draw_even(rng, batch=3, heads=heads)
    out = layer(Tensor(x), mask=Tensor(given.copy()))
    require_even(out, x, values, masks, f"MultiHeadAttention(8, {heads})(x, mask), mask of shape {shape}", MASK_HINT)


@number("16.2")
@weight(1)
@visibility("hidden")
def test_masks_of_the_entries_where_there_are_as_many_heads(rng):
    """A mask (B, T, T) belongs to the entries of the batch, also where there are as many heads as entries."""
    masks = draw_pairs(rng, 2)
    while np.array_equal(*masks):
        masks = draw_pairs(rng, 2)
    layer, x, values = draw_even(rng, batch=2, heads=2)
    out = layer(Tensor(x), mask=Tensor(masks))
    require_even(out, x, values, masks, "MultiHeadAttention(8, 2)(x, mask), mask of shape (2, 4, 4)", MASK_HINT)


@number("16.3")
@weight(1)
@visibility("hidden")
def test_a_causal_mask_hides_the_future(rng):
    """Under a causal mask a changed position changes no output before it, and its own."""
    weights = [ordinary(rng, 8, 8) / np.float32(2) for _ in range(4)]
    layer, x, changed = make_layer(1, weights), ordinary(rng, 2, 5, 8), 3
    mask, other = Tensor(np.tril(np.ones((5, 5)))), x.copy()
    other[:, changed:] = ordinary(rng, 2, 2, 8)
    before, after = layer(Tensor(x), mask=mask).data, layer(Tensor(other), mask=mask).data
    call = f"outputs 0 to {changed - 1} after positions from {changed} on were changed"
    assert_close(after[:, :changed], before[:, :changed], rtol=0, atol=1e-5, call=call, hint=MASK_HINT)
    moved = np.abs(after - before)[:, changed:].max(axis=-1).min()
    assert moved > 1e-3, "Outputs from the changed positions on must change: each position sees itself."
    require_attention(rng)


# Batches, and what stays as it is


@number("18.1")
@weight(1)
@visibility("hidden")
def test_entries_of_a_batch_are_independent(rng):
    """Each sequence of a batch gets the output that it gets alone."""
    W = ordinary(rng, 8, 8) / np.float32(2)
    layer, x = make_layer(2, [W, W, W, ordinary(rng, 8, 8)]), ordinary(rng, 3, 4, 8)
    whole, alone = layer(Tensor(x)).data, [layer(Tensor(x[i : i + 1])).data for i in range(3)]
    hint = "Only positions of the same sequence attend to each other: keep the batch axis in front."
    assert_close(whole, np.concatenate(alone), **TOLERANCE, call="layer(x), sequence by sequence", hint=hint)
    require_attention(rng)


@number("18.2")
@weight(1)
@visibility("hidden")
def test_a_single_position(rng):
    """A single position attends to itself alone: the output is out_proj(v_proj(x))."""
    layer, x, values = draw_even(rng, positions=1)
    require_even(layer(Tensor(x)), x, values, np.ones((1, 1, 1)), "MultiHeadAttention(8, 2)(x), x of one position")
    require_attention(rng)


@number("18.3")
@weight(1)
def test_input_and_parameters_stay_as_they_are(rng):
    """The output is a float32 Tensor; neither x, nor the mask, nor a parameter is changed by a forward pass."""
    layer, x, values = draw_even(rng)
    masks = draw_pairs(rng, 1)
    tensors = [Tensor(x), Tensor(masks), *(getattr(layer, name).weight for name in NAMES)]
    before = [np.array(tensor.data) for tensor in tensors]
    out = layer(tensors[0])
    require_even(out, x, values, np.ones((1, 4, 4)), "MultiHeadAttention(8, 2)(x) of a tiny x")
    assert_equal(str(out.data.dtype), "float32", call="dtype of MultiHeadAttention(8, 2)(x)")
    layer(tensors[0], mask=tensors[1])
    for name, tensor, array in zip(("x", "mask", *NAMES), tensors, before, strict=True):
        assert_equal(tensor.data, array, call=f"{name} after layer(x, mask)", hint="Write into nobody's .data.")


@number("19")
@weight(2)
@visibility("hidden")
def test_calling_is_forward(rng):
    """layer(x, mask) is layer.forward(x, mask), with the mask by position or by keyword, and without one."""
    W = ordinary(rng, 8, 8) / np.float32(2)
    layer = make_layer(2, [W, W, W, ordinary(rng, 8, 8)])
    x, mask = Tensor(ordinary(rng, 2, 4, 8)), Tensor(np.tril(np.ones((4, 4))))
    hint = "__call__ hands x and mask on to forward, as Layer of module 03 does."
    want = layer.forward(x, mask).data
    assert_close(layer(x, mask).data, want, call="layer(x, mask)", hint=hint)
    assert_close(layer(x, mask=mask).data, want, call="layer(x, mask=mask)", hint=hint)
    assert_close(layer(x).data, layer.forward(x).data, call="layer(x)", hint=hint)
    even, x, values = draw_even(rng)
    require_even(even.forward(Tensor(x)), x, values, np.ones((1, 4, 4)), "layer.forward(x) of a tiny x")
