"""What a cache saves, and what it may cost.

The loops are the suite's own and use what KVCache promises, nothing else: they append the newest token themselves, read the
first t tokens alone, and put the position right. Keys and values are projected by the same weights, so that a cache that
swaps them costs its points elsewhere.
"""

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import set_position
from marks import budget, in_candidate, scales
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.tensor import Tensor
from tinytorch.perf.memoization import KVCache

HEADS = 4


def draw_text(channels):
    """Return a function that draws a text (1, T, C) and the weights of two layers (2, 3, C, C): queries, keys, output."""

    def draw(rng, length):
        return ordinary(rng, 1, length, channels), ordinary(rng, 2, 3, channels, channels) / np.float32(channels) ** 0.5

    return draw


@in_candidate
def layers_and_text(x, weights):
    """Return two attention layers of these weights, the same for keys and values, and the text."""
    layers = []
    for Wq, Wk, Wo in weights:
        attention = MultiHeadAttention(x.shape[2], 4)
        parts = (attention.q_proj, Wq), (attention.k_proj, Wk), (attention.v_proj, Wk), (attention.out_proj, Wo)
        for projection, W in parts:
            projection.weight.data = W
        layers.append(attention)
    probe, one = KVCache(1, 3, 1, 1, 1), Tensor(np.ones((1, 1, 1, 1)))
    probe.update(0, one, one)
    for _ in range(2):
        probe.advance()
    stored = np.ravel(probe.get(0)[0].data).tolist()
    return layers, x, int(stored == [0, 1])  # 1 where tokens are stored a place too far, which is charged elsewhere


@in_candidate
def decode_with_cache(state):
    """Put a text through both layers token by token; every token is projected once."""
    layers, text, first = state
    _, T, C = text.shape
    cache = KVCache(1, T + 1, len(layers), 4, C // 4)
    out = np.empty((T, C), dtype=np.float32)
    for t in range(T):
        x = Tensor(text[:, t : t + 1])
        for i, attention in enumerate(layers):
            projections = (attention.q_proj, attention.k_proj, attention.v_proj)
            q, k, v = (p.forward(x).data.reshape(1, 1, 4, C // 4).swapaxes(1, 2) for p in projections)
            cache.update(i, Tensor(k), Tensor(v))
            if cache.seq_pos != t + first:
                set_position(cache, t + first)
            keys, values = cache.get(i)
            keys = np.concatenate([keys.data[:, :, first : t + first], k], axis=2)
            values = np.concatenate([values.data[:, :, first : t + first], v], axis=2)
            if first:
                set_position(cache, t)
            scores = q @ keys.swapaxes(-1, -2) / np.float32(C // 4) ** 0.5
            powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
            mixed = powers / powers.sum(axis=-1, keepdims=True) @ values
            x = attention.out_proj.forward(Tensor(mixed.swapaxes(1, 2).reshape(1, 1, C)))
        cache.advance()
        if cache.seq_pos != t + 1:
            set_position(cache, t + 1)
        out[t] = x.data[0, 0]
    return out


@in_candidate
def decode_without_cache(state):
    """Put every prefix of the text through both layers, under a causal mask, and keep the last token's result."""
    layers, text, _ = state
    _, T, C = text.shape
    out = np.empty((T, C), dtype=np.float32)
    for t in range(T):
        x, mask = Tensor(text[:, : t + 1]), Tensor(np.tril(np.ones((1, t + 1, t + 1))))
        for attention in layers:
            x = attention.forward(x, mask)
        out[t] = x.data[0, -1]
    return out


def attend(text, weights):
    """Return what both layers make of the whole text at once, under a causal mask."""
    x = text[0].astype(np.float64)
    T, C = x.shape
    for Wq, Wk, Wo in weights.astype(np.float64):
        Q, K = ((x @ W).reshape(T, HEADS, C // HEADS).swapaxes(0, 1) for W in (Wq, Wk))
        scores = np.where(np.tril(np.ones((T, T))) > 0, Q @ K.swapaxes(1, 2) / (C // HEADS) ** 0.5, -np.inf)
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = powers / powers.sum(axis=-1, keepdims=True) @ K
        x = mixed.swapaxes(0, 1).reshape(T, C) @ Wo
    return x


@number("30.1")
@weight(10)
@budget(cpu=1 / 3)
def test_decoding_with_a_cache_is_three_times_as_fast(measure):
    """Decoding 128 tokens through two layers of attention with KVCache gives the same and takes a third of the time at most."""
    measure(
        decode_with_cache,
        setup=layers_and_text,
        inputs=lambda rng: draw_text(128)(rng, 128),
        answer=attend,
        against=decode_without_cache,
    )


@in_candidate
def tokens_for_a_cache(tokens):
    """Make tensors of the tokens, unmeasured."""
    return [Tensor(tokens[:, :, t : t + 1]) for t in range(tokens.shape[2])]


@in_candidate
def fill_cache(tokens):
    """Store every token, and sum up what is there at the end."""
    _, H, _, D = tokens[0].shape
    cache = KVCache(1, len(tokens) + 1, 1, H, D)
    for t, token in enumerate(tokens):
        cache.update(0, token, token)
        if cache.seq_pos != t:
            set_position(cache, t)
        cache.advance()
        if cache.seq_pos != t + 1:
            set_position(cache, t + 1)
    keys, _ = cache.get(0)
    return keys.data[:, :, : len(tokens)].sum(axis=2)


def draw_tokens(rng, count=2048):
    """Return tokens (1, 8, T, 64), the last of them zero, so that a cache that is off by one place is not at stake."""
    tokens = ordinary(rng, 1, 8, count, 64)
    tokens[:, :, -1] = 0
    return (tokens,)


def sum_of_tokens(tokens):
    return tokens.astype(np.float64).sum(axis=2)


@number("30.2")
@weight(5)
@budget(cpu=5.0)
def test_storing_tokens_is_cheap(measure):
    """2048 updates, each with advance, take at most 5 times the reference's CPU time."""
    measure(fill_cache, setup=tokens_for_a_cache, inputs=draw_tokens, answer=sum_of_tokens, atol=1e-2)


@number("30.3")
@weight(3)
@scales("n", at_most=1.4)
@visibility("hidden")
def test_storing_does_not_slow_down(measure):
    """n updates take time in proportion to n: no token costs more for coming late."""
    measure.scaling(
        fill_cache,
        setup=tokens_for_a_cache,
        sizes=(512, 1024, 2048),
        inputs=lambda rng, n: draw_tokens(rng, n),
        answer=sum_of_tokens,
        atol=1e-2,
    )


@in_candidate
def make_cache(layers, token):
    """Make a cache for 2048 tokens, store one in the last layer, and return it with the number of numbers in all buffers."""
    cache = KVCache(1, 2048, layers, 8, 64)
    key = Tensor(token)
    cache.update(layers - 1, key, key)
    set_position(cache, 0)
    cache.advance()
    size = sum(tensor.data.size for pair in cache.caches for tensor in pair)
    total = sum(float(tensor.data[:, :, :2].sum()) for tensor in cache.caches[layers - 1])
    return np.array([total, size / 2**20])


def token_and_size(layers, token):
    return np.array([2 * token.astype(np.float64).sum(), 2 * layers * 8 * 2048 * 64 / 2**20])


@number("30.4")
@weight(4)
@budget(memory=1.5)
@visibility("hidden")
def test_a_cache_needs_its_buffers_and_little_more(measure):
    """A cache of 32 MB of keys and values needs at most one and a half times the reference's memory."""
    inputs = lambda rng: (4, ordinary(rng, 1, 8, 1, 64))  # noqa: E731
    measure(make_cache, inputs=inputs, answer=token_and_size, atol=1e-2)


@number("30.5")
@weight(3)
@scales("n", at_most=2.0)
@visibility("hidden")
def test_decoding_grows_slowly(measure):
    """Twice the tokens take at most four times the time to decode with KVCache."""
    draw = draw_text(64)
    measure.scaling(decode_with_cache, setup=layers_and_text, sizes=(64, 128, 256), inputs=draw, answer=attend)
