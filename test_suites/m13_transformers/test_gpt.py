"""GPT: embeddings, blocks under a causal mask, a last norm and a last layer.

Always true: how the parts are put together is held against the student's own parts, called one by one, so that a fault in a
part costs that part's tests. Where it may matter which mask is used, the queries are 0: every position then averages its past
evenly, under a mask of 1 and 0 and under one of 0 and minus infinity. B sequences, T tokens, C embedding, V vocabulary.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import GPT, create_causal_mask

# A dozen matrix products in float32.
TOLERANCE = {"rtol": 1e-3, "atol": 1e-3}
V, C, T = 11, 8, 6


def draw_gpt(rng, layers=1, even=False, longest=T + 2):
    """Return a GPT whose parameters are random, those of the norms around 1 and 0; even: with queries of 0."""
    model = GPT(V, C, layers, 2, max_seq_len=longest)
    for param in model.parameters():
        param.data = ordinary(rng, *param.shape) / np.float32(2)
    if model.lm_head.bias is not None:  # that there is none is a matter of its own test
        model.lm_head.bias.data = np.zeros(V, dtype=np.float32)
    for norm in (model.ln_f, *(norm for block in model.blocks for norm in (block.ln1, block.ln2))):
        norm.gamma.data = 1 + ordinary(rng, C) / np.float32(4)
    if even:
        for block in model.blocks:
            block.attention.q_proj.weight.data = np.zeros((C, C), dtype=np.float32)
            block.attention.q_proj.bias.data = np.zeros(C, dtype=np.float32)
    return model


def draw_tokens(rng, batch=1, length=T):
    """Draw ids that differ from their neighbours."""
    return (rng.integers(0, V, (batch, 1)) + np.cumsum(rng.integers(1, V, (batch, length)), axis=1)) % V


def require_model(rng):
    """Require logits that depend on other tokens, and that lm_head makes: what no constant and no table of tokens gives."""
    __tracebackhide__ = True
    model, tokens = draw_gpt(rng), draw_tokens(rng)
    before, moved = model(Tensor(tokens)).data, 0.0
    for at in (0, T - 1):  # which of them it may see is a matter of its own test
        other = tokens.copy()
        other[0, at] = (tokens[0, at] + 1) % V
        moved = max(moved, np.abs(model(Tensor(other)).data - before)[0, 2].max())
    assert moved > 1e-4, "The logits at position 2 must depend on other tokens than its own, by attention."
    for param in (model.ln_f.gamma, model.ln_f.beta):
        param.data = 2 * param.data
    if np.allclose(model(Tensor(tokens)).data, 2 * before, **TOLERANCE):  # whatever follows, as that has no bias
        return
    for param in (model.ln_f.gamma, model.ln_f.beta):
        param.data = param.data / 2
    model.lm_head.weight.data = 2 * model.lm_head.weight.data
    call = "GPT(...)(tokens) with lm_head.weight doubled"
    hint = "lm_head comes last, and has no bias."
    assert_close(model(Tensor(tokens)).data, 2 * before, **TOLERANCE, call=call, hint=hint)


@number("1")
@weight(4)
@pytest.mark.parametrize("length", [1, 4, 7])
def test_causal_mask(rng, length):
    """create_causal_mask(T) is a float32 Tensor (1, T, T): 1 on and below the diagonal, 0 above it."""
    for size in (length, int(rng.integers(8, 20))):
        mask = create_causal_mask(size)
        hint = "Position t may see positions 0 to t: np.tril of ones, with a batch axis of 1 in front."
        want = np.tri(size)[None]
        assert_close(mask.data, want, rtol=0, atol=0, dtype=np.float32, call=f"create_causal_mask({size})", hint=hint)


@in_candidate
def describe_parameters(model):
    parts = [model.token_embedding, model.position_embedding, *model.blocks, model.ln_f, model.lm_head]
    own = [param for part in parts for param in part.parameters()]
    listed = list(model.parameters())
    same = [got is param for got, param in zip(listed, own, strict=False)]
    return [len(listed), len({id(param) for param in listed}), all(same)]


@number("15")
@weight(3)
@pytest.mark.parametrize("layers", [1, 3])
def test_parts(rng, layers):
    """The arguments and the parts are attributes; 2 + 16 L + 3 parameters, in order; lm_head has a weight of its own, no bias."""
    model = GPT(V, C, layers, 2, max_seq_len=T)
    got = [model.vocab_size, model.embed_dim, model.num_layers, model.num_heads, model.max_seq_len, len(model.blocks)]
    call = "[vocab_size, embed_dim, num_layers, num_heads, max_seq_len, len(blocks)]"
    assert_equal(got, [V, C, layers, 2, T, layers], call=call, hint="Keep each argument under its own name.")
    assert_shape(model.token_embedding.weight.shape, (V, C), call="token_embedding.weight.shape")
    assert_shape(model.position_embedding.weight.shape, (T, C), call="position_embedding.weight.shape")
    assert_shape(model.lm_head.weight.shape, (C, V), call="lm_head.weight.shape")
    assert_equal(model.lm_head.bias, None, call="lm_head.bias", hint="Linear(embed_dim, vocab_size, bias=False)")
    count = 2 + 16 * layers + 3
    call = "[parameters, different ones, in order] of GPT.parameters()"
    hint = "Both embeddings, every block (each an object of its own), ln_f, lm_head."
    assert_equal(describe_parameters(model), [count, count, True], call=call, hint=hint)
    require_model(rng)


def require_value_error(model, tokens, what):
    __tracebackhide__ = True
    try:
        model(Tensor(tokens))
    except ValueError:
        return
    raise AssertionError(f"GPT(...)(tokens) with {what} must raise ValueError.")


@number("16.1")
@weight(1.5)
def test_shape_of_the_logits(rng):
    """Tokens (B, T) give float32 logits (B, T, V), T up to max_seq_len."""
    require_model(rng)
    model = draw_gpt(rng, layers=2, longest=T)
    for batch, length in ((1, 1), (3, 4), (2, T)):
        out = model(Tensor(draw_tokens(rng, batch, length)))
        assert_shape(out.shape, (batch, length, V), call=f"GPT(...)(tokens).shape, tokens ({batch}, {length})")
        assert_equal(str(out.data.dtype), "float32", call="dtype of the logits")


@number("16.2")
@weight(2)
@visibility("hidden")
def test_tokens_that_do_not_fit(rng):
    """More tokens than max_seq_len, ids outside 0 to V-1, and other ranks than 2 are a ValueError."""
    require_model(rng)
    model, tokens = draw_gpt(rng, longest=T), draw_tokens(rng)
    require_value_error(model, np.concatenate([tokens, tokens[:, :1]], axis=1), f"{T + 1} tokens and max_seq_len {T}")
    for wrong in (V, -1):
        outside = tokens.copy()
        outside[0, 2] = wrong
        require_value_error(model, outside, f"the id {wrong} and a vocabulary of {V}")
    require_value_error(model, tokens[0], "tokens of one axis")


@number("17")
@weight(4)
def test_no_token_sees_the_future(rng):
    """Changing a token changes no logits before it, and those from it on."""
    model, tokens, at = draw_gpt(rng, layers=2), draw_tokens(rng), 3
    other = tokens.copy()
    other[0, at] = (tokens[0, at] + 1 + rng.integers(V - 1)) % V
    before, after = model(Tensor(tokens)).data, model(Tensor(other)).data
    call = f"logits at positions 0 to {at - 1} after token {at} was changed"
    hint = "Every block gets the causal mask: 1 on and below the diagonal, 0 above."
    assert_close(after[:, :at], before[:, :at], rtol=0, atol=1e-5, call=call, hint=hint)
    moved = np.abs(after - before)[0, at:].max(axis=-1)
    assert moved.min() > 1e-5, (
        f"Logits from position {at} on must change with token {at}: each sees itself and its past."
    )


@number("18")
@weight(3)
def test_positions_matter(rng):
    """The same token gives other logits at another position."""
    require_model(rng)
    model, tokens = draw_gpt(rng, even=True), np.full((1, T), rng.integers(V))
    out = model(Tensor(tokens)).data[0]
    apart = min(float(np.abs(out[i] - out[j]).max()) for i in range(T) for j in range(i))
    hint = "Add position_embedding of 0 to T-1 to token_embedding(tokens)."
    assert apart > 1e-4, (
        f"The same token at two positions must give different logits, they differ by {apart:.2g}. {hint}"
    )


@number("19.1")
@weight(2.5)
@visibility("hidden")
def test_sequences_of_a_batch_are_independent(rng):
    """Every sequence of a batch gets the logits that it gets alone."""
    require_model(rng)
    model, tokens = draw_gpt(rng), draw_tokens(rng, 3, 4)
    whole = model(Tensor(tokens)).data
    alone = np.concatenate([model(Tensor(tokens[i : i + 1])).data for i in range(3)])
    hint = "Keep the batch axis in front; positions and mask are the same for all."
    assert_close(whole, alone, **TOLERANCE, call="GPT(...)(tokens), sequence by sequence", hint=hint)


@number("19.2")
@weight(1)
@visibility("hidden")
def test_two_calls_agree(rng):
    """The same tokens give exactly the same logits again; tokens and parameters stay as they are."""
    require_model(rng)
    model, tokens = draw_gpt(rng), Tensor(draw_tokens(rng, 2))
    before, params = np.array(tokens.data), [np.array(param.data) for param in model.parameters()]
    first, second = model(tokens).data, model.forward(tokens).data
    hint = "There is no dropout and no other chance in a forward pass."
    assert_equal(second, first, call="GPT(...)(tokens), a second time", hint=hint)
    assert_equal(tokens.data, before, call="tokens.data after GPT(...)(tokens)")
    assert_equal([param.data for param in model.parameters()], params, call="all parameters after GPT(...)(tokens)")


@number("20.1")
@weight(4)
@pytest.mark.parametrize("layers", [1, 2])
def test_logits_from_the_parts(rng, layers):
    """Token and position vectors are added; the blocks follow one after the other, then ln_f, then lm_head."""
    require_model(rng)
    model, tokens = draw_gpt(rng, layers, even=True), Tensor(draw_tokens(rng))
    x = model.token_embedding(tokens) + model.position_embedding(Tensor(np.arange(T)))
    for block in model.blocks:
        x = block(x, Tensor(np.tri(T)[None]))
    want = model.lm_head(model.ln_f(x)).data
    hint = "Positions count from 0, every block runs once and in order, and ln_f comes before lm_head."
    call = "GPT(...)(tokens), beside its own parts one by one, queries 0"
    assert_close(model(tokens).data, want, **TOLERANCE, call=call, hint=hint)


@number("20.2 (S)")
@weight(0)
@visibility("hidden")
def test_true_causal_attention(rng):
    """Not graded: with queries as drawn the blocks run under a mask of 1 and 0, and attention weighs the past by its keys."""
    model, tokens = draw_gpt(rng, 2), Tensor(draw_tokens(rng))
    x = model.token_embedding(tokens) + model.position_embedding(Tensor(np.arange(T)))
    for block in model.blocks:
        x = block(x, Tensor(np.tri(T)[None]))
    want = model.lm_head(model.ln_f(x)).data
    hint = "A mask of 0 and minus infinity pushes all allowed scores to -1e9, where float32 cannot tell them apart."
    assert_close(model(tokens).data, want, **TOLERANCE, call="GPT(...)(tokens), beside its own parts", hint=hint)


def require_gradients(rng, group):
    """Require gradients of their own shape that are not 0, of a group of parameters (biases of keys left out)."""
    __tracebackhide__ = True
    model, tokens = draw_gpt(rng, 2), Tensor(draw_tokens(rng, 2))
    arriving = ordinary(rng, 2, T, V) / np.float32(2 * T)
    before = model(tokens)
    before.backward(arriving)
    groups = {
        "embeddings": [model.token_embedding.weight, model.position_embedding.weight],
        "blocks": [p for block in model.blocks for i, p in enumerate(block.parameters()) if i != 3],
        "head": [*model.ln_f.parameters(), model.lm_head.weight],
    }
    for i, param in enumerate(groups[group]):
        name = f"the gradient of parameter {i} of the {group}"
        assert param.grad is not None, f"{name} is None after backward(): use Tensor operations all the way."
        gradient = param.grad.data if isinstance(param.grad, Tensor) else param.grad
        assert_equal(tuple(np.shape(gradient)), tuple(param.shape), call=f"shape of {name}")
        assert np.abs(gradient).max() > 1e-6, f"{name} is 0, and the logits depend on it."
    # Logits are linear in lm_head.weight: a step along any direction says what its gradient must be.
    weight, direction = model.lm_head.weight, ordinary(rng, C, V)
    gradient = weight.grad.data if isinstance(weight.grad, Tensor) else weight.grad
    weight.data = weight.data + direction
    rise = float((arriving.astype(np.float64) * (model(tokens).data.astype(np.float64) - before.data)).sum())
    call = "slope of the logits along a direction of lm_head.weight, by its gradient"
    got = float((np.asarray(gradient, dtype=np.float64) * direction).sum())
    assert_close(got, rise, rtol=1e-3, atol=1e-3, call=call, hint="The normalised rows times what arrives, summed.")


@number("21.1")
@weight(1)
@visibility("hidden")
def test_gradients_reach_the_embeddings(rng):
    """Tokens' and positions' vectors get gradients that are not 0."""
    require_gradients(rng, "embeddings")


@number("21.2")
@weight(1.5)
@visibility("hidden")
def test_gradients_reach_the_blocks(rng):
    """All parameters of all blocks but the biases of the keys get gradients that are not 0."""
    require_gradients(rng, "blocks")


@number("21.3")
@weight(1.5)
def test_gradients_reach_the_head(rng):
    """The last norm and the last layer get gradients that are not 0."""
    require_gradients(rng, "head")
