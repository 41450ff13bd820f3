"""What a transformer may cost, as a multiple of the reference's cost on the same machine, on the reference's earlier modules.

Always true: queries are 0, so that attention averages the past evenly under a mask of 1 and 0 and under one of 0 and minus
infinity; sums are of absolute values with weights above 0, so that nothing cancels, and two parts in a hundred are left for
a variance that divides by one less. T tokens, C embedding, V vocabulary, L blocks.
"""

import numpy as np
from arrays import large, ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import GPT, LayerNorm

V, C, L, HEADS, T = 200, 128, 4, 8, 64
LOOSELY = {"rtol": 2e-2, "atol": 1e-3}


def draw_gpt(rng):
    """Draw tokens (2, T), the embeddings, one block's matrices, which each block has in another order, the head, weights."""
    scale = np.float32(1 / np.sqrt(C))
    embeddings = ordinary(rng, V, C), ordinary(rng, T, C)
    matrices = ordinary(rng, C, 3 * C) * scale, ordinary(rng, C, 4 * C) * scale, ordinary(rng, 4 * C, C) * scale / 2
    return rng.integers(0, V, (2, T)).astype(np.float32), *embeddings, *matrices, ordinary(rng, C, V), large(rng, V)


@in_candidate
def build_gpt(tokens, token_table, position_table, attention, first, second, head, weights):
    model = GPT(200, 128, 4, 8, max_seq_len=64)
    model.token_embedding.weight.data, model.position_embedding.weight.data = token_table, position_table
    for index, block in enumerate(model.blocks):
        shifted = np.roll(attention, index, axis=0)
        layers = block.attention.k_proj, block.attention.v_proj, block.attention.out_proj
        for layer, matrix in zip(layers, np.split(shifted, 3, axis=1), strict=True):
            layer.weight.data = matrix.copy()
        block.attention.q_proj.weight.data = np.zeros((128, 128), dtype=np.float32)
        block.mlp.linear1.weight.data = np.roll(first, index, axis=0)
        block.mlp.linear2.weight.data = np.roll(second, index, axis=0)
    model.lm_head.weight.data = head
    return model, Tensor(tokens), weights


@in_candidate
def run_gpt(state):
    model, tokens, weights = state
    return abs(model(tokens).data) @ weights


def normalise(x):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)


def gpt_logits(tokens, token_table, position_table, attention, first, second, head, weights):
    attention, first, second = (a.astype(np.float64) for a in (attention, first, second))
    x = token_table[tokens.astype(int)] + position_table.astype(np.float64)
    average = np.tri(T) / np.arange(1, T + 1)[:, None]
    for index in range(L):
        _, v, out = np.split(np.roll(attention, index, axis=0), 3, axis=1)
        x = x + average @ (normalise(x) @ v) @ out
        hidden = normalise(x) @ np.roll(first, index, axis=0)
        x = x + hidden / (1 + np.exp(-1.702 * hidden)) @ np.roll(second, index, axis=0)
    return abs(normalise(x) @ head) @ weights


def draw_norm(rng):
    """Draw numbers (8, 256, 256), each row and each column of an entry holding the same ones, gamma, beta and weights."""
    order = np.add.outer(np.arange(256), np.arange(256)) % 256
    return ordinary(rng, 8, 256)[:, order], ordinary(rng, 256), ordinary(rng, 256), large(rng, 256)


@in_candidate
def build_norm(x, gamma, beta, weights):
    layer = LayerNorm(256)
    layer.gamma.data, layer.beta.data = gamma, beta
    return layer, Tensor(x), weights


@in_candidate
def run_norm(state):
    layer, x, weights = state
    return abs(layer(x).data) @ weights


def normed(x, gamma, beta, weights):
    return abs(normalise(x.astype(np.float64)) * gamma + beta) @ weights


def draw_rule(rng):
    """Draw a prompt of 8 tokens of 60, a direction for each token, and the token that follows each."""
    directions = np.linalg.qr(np.column_stack([np.ones(64), rng.standard_normal((64, 63))]))[0].T
    order, following = rng.permutation(60), np.empty(60, dtype=int)
    following[order] = np.roll(order, -1)
    return rng.permutation(60)[None, :8].astype(np.float32), directions[1:61].astype(np.float32), following


@in_candidate
def build_rule_follower(prompt, directions, following):
    model = GPT(60, 64, 2, 4, max_seq_len=64)
    for block in model.blocks:
        # Attention adds nothing, and the network what it was given: far above 0, GELU hands its input on.
        block.attention.out_proj.weight.data = np.zeros((64, 64), dtype=np.float32)
        block.mlp.linear1.weight.data = np.eye(64, 256, dtype=np.float32)
        block.mlp.linear1.bias.data = np.full(256, 40, dtype=np.float32)
        block.mlp.linear2.weight.data = np.eye(256, 64, dtype=np.float32)
        block.mlp.linear2.bias.data = np.full(64, -40, dtype=np.float32)
    model.token_embedding.weight.data = 100 * directions
    head = np.zeros((64, 60), dtype=np.float32)
    head[:, following] = 10 * directions.T
    model.lm_head.weight.data = head
    return model, Tensor(prompt)


@in_candidate
def write_on(state):
    model, prompt = state
    return np.asarray(model.generate(prompt, 32, temperature=0.5).data)[..., -32:].ravel()


def written(prompt, directions, following):
    token, tokens = int(prompt[0, -1]), []
    for _ in range(32):
        token = following[token]
        tokens.append(float(token))
    return np.array(tokens)


@number("28.1")
@weight(5)
@budget(cpu=3.0)
def test_forward_budget(measure):
    """GPT(200, 128, 4 blocks, 8 heads) on tokens (2, 64) costs at most 3 times the reference's CPU time."""
    measure(run_gpt, setup=build_gpt, inputs=draw_gpt, answer=gpt_logits, **LOOSELY)


@number("28.2")
@weight(4)
@budget(cpu=3.0)
@visibility("hidden")
def test_layer_norm_budget(measure):
    """LayerNorm(256) of 8 x 256 positions costs at most 3 times the reference's CPU time."""
    measure(run_norm, setup=build_norm, inputs=draw_norm, answer=normed, **LOOSELY)


@number("28.3")
@weight(4)
@budget(cpu=3.0)
def test_generate_budget(measure):
    """Writing 32 tokens after 8, by GPT(60, 64, 2 blocks, 4 heads), costs at most 3 times the reference's CPU time."""
    measure(write_on, setup=build_rule_follower, inputs=draw_rule, answer=written, rtol=0, atol=0)


@number("28.4")
@weight(1)
@budget(memory=3.0)
@visibility("hidden")
def test_forward_memory_budget(measure):
    """The same forward pass holds at most 3 times the reference's memory at once."""
    measure(run_gpt, setup=build_gpt, inputs=draw_gpt, answer=gpt_logits, **LOOSELY)
