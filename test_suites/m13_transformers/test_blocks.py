"""TransformerBlock: norm, attention, addition; norm, network, addition.

Always true: how the parts are put together is held against the student's own parts, called one by one, so that a fault in a
part costs that part's tests; with weights of 0 behind the parts, the sum of their biases is known beforehand.
B sequences, T positions, C features.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_gradient
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import TransformerBlock

# A few matrix products in float32.
TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}
ORDER_HINT = "x = x + attention(ln1(x), mask), and then x + mlp(ln2(x)): the norms come before, the additions after."
CAUSAL = np.tril(np.ones((1, 5, 5), dtype=np.float32))


def draw_block(rng, width=8, heads=2):
    """Return a block whose parameters are random, those of the norms around 1 and 0."""
    block = TransformerBlock(width, heads)
    for param in block.parameters():
        param.data = ordinary(rng, *param.shape) / np.float32(np.sqrt(width))
    for norm in (block.ln1, block.ln2):
        norm.gamma.data = 1 + ordinary(rng, width) / np.float32(4)
    return block


def require_mixing(rng):
    """Require that a position of the output depends on another one of the input: that there is attention."""
    __tracebackhide__ = True
    block, x = draw_block(rng), ordinary(rng, 1, 5, 8)
    other = x.copy()
    other[:, 0] = 3 * ordinary(rng, 8)
    moved = np.abs(block(Tensor(x)).data - block(Tensor(other)).data)[:, 2].max()
    assert moved > 1e-4, f"The output at position 2 must depend on x at position 0, by attention. {ORDER_HINT}"


@in_candidate
def describe_parameters(block):
    parts = [block.attention, block.ln1, block.ln2, block.mlp]
    own = [param for part in parts for param in part.parameters()]
    listed = list(block.parameters())
    same = [got is param for got, param in zip(listed, own, strict=False)]
    return {"listed": len(listed), "different": len({id(param) for param in listed}), "in order": all(same)}


@number("10")
@weight(3)
@pytest.mark.parametrize(("ratio", "hidden"), [(None, 32), (2, 16), (2.5, 20)], ids=["by_default", "2", "2.5"])
def test_parts(rng, ratio, hidden):
    """attention, ln1, ln2 and mlp are attributes; the mlp is int(embed_dim * mlp_ratio) wide; 16 parameters in that order."""
    block = TransformerBlock(8, 2) if ratio is None else TransformerBlock(8, 2, mlp_ratio=ratio)
    assert_equal([block.embed_dim, block.num_heads], [8, 2], call="[embed_dim, num_heads] of TransformerBlock(8, 2)")
    W1, W2 = ordinary(rng, 8, hidden), ordinary(rng, hidden, 8)
    b1, x = np.full(hidden, 40, dtype=np.float32), ordinary(rng, 1, 3, 8)
    linear1, linear2 = block.mlp.linear1, block.mlp.linear2
    assert_equal(tuple(linear1.weight.shape), (8, hidden), call="block.mlp.linear1.weight.shape")
    linear1.weight.data, linear1.bias.data, linear2.weight.data = W1, b1, W2
    linear2.bias.data = np.zeros(8, dtype=np.float32)
    want = (x.astype(np.float64) @ W1 + b1) @ W2
    call = "block.mlp(x), all hidden units above 30"
    assert_close(block.mlp(Tensor(x)).data, want, rtol=1e-3, atol=1e-2, call=call, hint="mlp is an MLP.")
    hint = "The parameters of attention, ln1, ln2 and mlp, one after the other."
    want = {"listed": 16, "different": 16, "in order": True}
    assert_equal(describe_parameters(block), want, call="TransformerBlock(8, 2).parameters()", hint=hint)
    require_mixing(rng)


@number("11.1")
@weight(4.5)
def test_norms_before_and_two_additions(rng):
    """A block is x + attention(ln1(x)), and then that + mlp(ln2(that))."""
    block, x = draw_block(rng), Tensor(ordinary(rng, 2, 5, 8))
    middle = x + block.attention(block.ln1(x))
    want = (middle + block.mlp(block.ln2(middle))).data
    call = "TransformerBlock(8, 2)(x), beside its own parts one by one"
    assert_close(block(x).data, want, **TOLERANCE, call=call, hint=ORDER_HINT)
    require_sum_of_biases(rng, 1.0, "x + both biases")


def require_sum_of_biases(rng, size, what):
    """With weights of 0 behind attention and mlp, a block adds their biases to x, whatever the parts do."""
    __tracebackhide__ = True
    block, x = draw_block(rng), ordinary(rng, 2, 5, 8)
    first, second = ordinary(rng, 8) * np.float32(size), ordinary(rng, 8) * np.float32(size)
    for layer, bias in ((block.attention.out_proj, first), (block.mlp.linear2, second)):
        layer.weight.data, layer.bias.data = np.zeros(tuple(layer.weight.shape), dtype=np.float32), bias
    call = f"TransformerBlock(8, 2)(x), out_proj and linear2 without weights: {what}"
    assert_close(block(Tensor(x)).data, x + first + second, **TOLERANCE, call=call, given={"x": x}, hint=ORDER_HINT)


@number("11.2")
@weight(1.5)
@visibility("hidden")
def test_the_biases_of_both_parts_are_added(rng):
    """With weights of 0 in out_proj and linear2 a block is x plus the two biases."""
    require_sum_of_biases(rng, 3.0, "x + both biases")
    require_mixing(rng)


@number("12")
@weight(2)
@visibility("hidden")
def test_a_block_without_its_parts_changes_nothing(rng):
    """With weights and biases of 0 in out_proj and linear2 a block hands x on as it is: the additions are the way around."""
    require_sum_of_biases(rng, 0.0, "x itself")
    require_mixing(rng)


@number("13")
@weight(4)
def test_a_causal_mask_reaches_attention(rng):
    """Under a causal mask, changed positions change no output before them."""
    require_mixing(rng)
    block, x = draw_block(rng), ordinary(rng, 2, 5, 8)
    # The network behind attention adds nothing, and the last two positions exchange half of their numbers.
    block.mlp.linear2.weight.data = np.zeros((32, 8), dtype=np.float32)
    other = x.copy()
    other[:, 3, ::2], other[:, 4, ::2] = x[:, 4, ::2], x[:, 3, ::2]
    before, after = (block(Tensor(a), mask=Tensor(CAUSAL)).data for a in (x, other))
    call = "TransformerBlock(8, 2)(x, mask) at positions 0 to 2 after positions 3 and 4 were changed"
    hint = "Hand the mask on to attention."
    assert_close(after[:, :3], before[:, :3], rtol=0, atol=1e-5, call=call, hint=hint)


@number("14")
@weight(3)
@visibility("hidden")
def test_gradients_reach_everything(rng):
    """x and all parameters but the bias of the keys get a gradient that is not 0, of their own shapes."""
    block, x, arriving = draw_block(rng), Tensor(ordinary(rng, 2, 5, 8), requires_grad=True), ordinary(rng, 2, 5, 8)
    block(x).backward(arriving)
    hint = "Use Tensor operations all the way from x to the result."
    tensors = {"x": x, **{f"parameters()[{i}]": p for i, p in enumerate(block.parameters()) if i != 3}}
    for name, tensor in tensors.items():
        assert tensor.grad is not None, f"{name}.grad is None after backward(). {hint}"
        gradient = tensor.grad.data if isinstance(tensor.grad, Tensor) else tensor.grad
        assert_equal(tuple(np.shape(gradient)), tuple(tensor.shape), call=f"shape of {name}.grad")
        assert np.abs(gradient).max() > 1e-5, f"{name}.grad is 0, and the output depends on it. {hint}"
    bias = block.mlp.linear2.bias
    gradient, start = bias.grad.data if isinstance(bias.grad, Tensor) else bias.grad, bias.data

    def forward(values):
        bias.data = values
        return block(Tensor(x.data)).data

    # Central differences of a float32 forward pass; the norms behind it, if there are any, bend it a little.
    tolerance = {"rtol": 5e-3, "atol": 5e-3}
    call = "block.mlp.linear2.bias.grad"
    assert_gradient(gradient, forward, start, weights=arriving, **tolerance, call=call, hint="What arrives, summed up.")
    require_mixing(rng)
