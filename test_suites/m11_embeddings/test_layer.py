"""EmbeddingLayer: tokens and positions in one step (12 points).

The layer is compared with the tables that it holds itself, once these are seen to be tables of different numbers.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.embeddings import Embedding, EmbeddingLayer, PositionalEncoding
from tinytorch.core.tensor import Tensor

SUMS = {"rtol": 1e-5, "atol": 1e-5}  # a few float32 additions and one product
ADD_HINT = "Look the tokens up, scale them if asked, then add the position vectors."
MODES = ["learned", "sinusoidal", None]


def array_of(gradient):
    """Return a gradient's numbers, whether it is an array or a Tensor."""
    return gradient.data if isinstance(gradient, Tensor) else gradient


def tables_of(layer, mode, rows, length, width):
    """Return the layer's token table and its positions, zeros in mode None, and require that tables are tables."""
    __tracebackhide__ = True
    tokens = np.array(layer.token_embedding.weight.data)
    assert_shape(tokens, (rows, width), call="token_embedding.weight")
    different = len(np.unique(tokens)) > 0.9 * tokens.size
    assert_equal(different, True, call="whether the numbers in token_embedding.weight differ")
    layer.token_embedding.weight.requires_grad = True  # whether it is so by itself, other checks ask
    if mode is None:
        return tokens, np.zeros((length, width))
    held = layer.pos_encoding.position_embeddings.data if mode == "learned" else layer.pos_encoding.data
    assert_shape(held, (length, width), call=f"the position table of mode {mode!r}")
    assert_equal(bool(np.std(held) > 0.1), True, call=f"whether the numbers in the position table of {mode!r} differ")
    return tokens, np.array(held)


@in_candidate
def anatomy(kind):
    """Return what the layer holds, and whether its parameters are the tables themselves."""
    layer = EmbeddingLayer(12, 6, max_seq_len=9, pos_encoding=kind)
    tables = [layer.token_embedding.weight]
    if kind == "learned":
        tables.append(layer.pos_encoding.position_embeddings)
    parameters = layer.parameters()
    return {
        "sizes": [layer.vocab_size, layer.embed_dim, layer.max_seq_len, layer.scale_embeddings],
        "pos_encoding_type": layer.pos_encoding_type,
        "token_embedding": isinstance(layer.token_embedding, Embedding),
        "pos_encoding": [isinstance(layer.pos_encoding, PositionalEncoding), isinstance(layer.pos_encoding, Tensor)],
        "parameters": len(parameters),
        "same": [a is b for a, b in zip(parameters, tables)],  # noqa: B905  their number is told apart
    }


@number("14.1")
@weight(3)
@pytest.mark.parametrize("mode", MODES, ids=str)
def test_three_ways_to_tell_positions(rng, mode):
    """A layer holds a PositionalEncoding ('learned'), a Tensor ('sinusoidal') or None, adds it, and lists what it trains."""
    layer, ids = EmbeddingLayer(12, 6, max_seq_len=9, pos_encoding=mode), rng.permutation(11)[:8].reshape(2, 4)
    tokens, positions = tables_of(layer, mode, 12, 9, 6)
    call = f"EmbeddingLayer(12, 6, max_seq_len=9, pos_encoding={mode!r})"
    want = tokens[ids] + positions[:4]
    found = layer(Tensor(ids)).data
    assert_close(found, want, **SUMS, dtype=np.float32, call=f"{call}(tokens)", given={"tokens": ids}, hint=ADD_HINT)
    parts = anatomy(mode)
    assert_equal(parts["sizes"], [12, 6, 9, False], call=f"sizes of {call}", hint="Store all arguments.")
    hint = "Keep the argument pos_encoding as it is in pos_encoding_type."
    assert_equal(parts["pos_encoding_type"], mode, call=f"pos_encoding_type of {call}", hint=hint)
    assert_equal(parts["token_embedding"], True, call=f"whether token_embedding of {call} is an Embedding")
    kinds = {"learned": [True, False], "sinusoidal": [False, True], None: [False, False]}[mode]
    call_kinds = f"whether pos_encoding of {call} is a PositionalEncoding, and whether it is a Tensor"
    assert_equal(parts["pos_encoding"], kinds, call=call_kinds)
    hint = "The token table, then learnt positions if there are any; the waves are no parameters."
    want_count = 2 if mode == "learned" else 1
    assert_equal(parts["parameters"], want_count, call=f"len({call}.parameters())", hint=hint)
    call = f"whether the parameters of {call} are the tables themselves"
    assert_equal(parts["same"], [True] * want_count, call=call, hint=hint)


@number("14.2")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("mode", MODES, ids=str)
def test_a_single_sequence_needs_no_batch(rng, mode):
    """Tokens (T,) give (T, D), equal to row 0 of what a batch of that one sequence gives."""
    layer, ids = EmbeddingLayer(10, 4, max_seq_len=6, pos_encoding=mode), rng.permutation(9)[:5]
    tokens, positions = tables_of(layer, mode, 10, 6, 4)
    want, call = tokens[ids] + positions[:5], f"EmbeddingLayer(10, 4, 6, {mode!r})"
    given = {"tokens": ids}
    batched = layer(Tensor(ids[None]))
    assert_close(batched.data, want[None], **SUMS, call=f"{call}(tokens), tokens (1, 5)", given=given, hint=ADD_HINT)
    hint = "Put a batch axis in front for the positions, and take it off again."
    single = layer(Tensor(ids))
    assert_close(single.data, want, **SUMS, call=f"{call}(tokens), tokens (5,)", given=given, hint=hint)


@number("14.3")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("mode", MODES, ids=str)
def test_scaling_touches_tokens_only(rng, mode):
    """scale_embeddings=True multiplies token vectors by sqrt(D), before positions are added."""
    layer = EmbeddingLayer(11, 16, max_seq_len=6, pos_encoding=mode, scale_embeddings=True)
    ids = rng.permutation(10)[:5]
    tokens, positions = tables_of(layer, mode, 11, 6, 16)
    call = f"EmbeddingLayer(11, 16, 6, {mode!r}, scale_embeddings=True)"
    found = layer(Tensor(ids)).data
    hint = "Token vectors times sqrt(D) first; positions are added as they are."
    assert_equal(found.size, 80, call=f"number of numbers in {call}(tokens), tokens (5,)")
    want = 4 * tokens[ids] + positions[:5]
    assert_close(found.reshape(5, 16), want, **SUMS, call=f"{call}(tokens)", given={"tokens": ids}, hint=hint)


@number("14.4")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("mode", ["learned", "sinusoidal"])
@pytest.mark.parametrize("scaled", [False, True], ids=["plain", "scaled"])
def test_gradients_reach_the_tables(rng, mode, scaled):
    """Gradients reach the token table, times sqrt(D) if scaled, and learnt positions; never the waves."""
    layer = EmbeddingLayer(8, 4, max_seq_len=6, pos_encoding=mode, scale_embeddings=scaled)
    ids, G = rng.permutation(7)[:5], ordinary(rng, 5, 4)
    tables_of(layer, mode, 8, 6, 4)
    out = layer(Tensor(ids))
    assert_equal(out.data.size, 20, call="number of numbers in layer(tokens), tokens (5,), width 4")
    out.backward(G.reshape(out.shape))
    want = np.zeros((8, 4))
    want[ids] = G * (2 if scaled else 1)
    call = f"token_embedding.weight.grad of mode {mode!r}{', scaled' if scaled else ''}"
    hint = "Use Tensor operations from the lookup to the sum: each remembers where its numbers came from."
    assert_close(array_of(layer.token_embedding.weight.grad), want, **SUMS, call=call, given={"tokens": ids}, hint=hint)
    if mode == "learned":
        want = np.zeros((6, 4))
        want[:5] = G
        found = array_of(layer.pos_encoding.position_embeddings.grad)
        assert_close(found, want, **SUMS, call="gradient of the learnt positions", given={"tokens": ids}, hint=hint)
    else:
        found = [layer.pos_encoding.requires_grad, layer.pos_encoding.grad is None]
        hint = "The waves are a constant: requires_grad stays False."
        assert_equal(found, [False, True], call="[requires_grad, grad is None] of the waves", hint=hint)
