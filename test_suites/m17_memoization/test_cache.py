"""KVCache: its buffers, its position, tokens in and tokens out.

Checks about one thing read all else leniently, so that one slip costs its own checks: the position is put right where it is
not what a check is about, keys and values are alike, and one token is stored at several places and looked for at each.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_dtype, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import set_position
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.perf.memoization import KVCache

EXACT = {"rtol": 0, "atol": 0}  # float32 numbers are only copied
WRITE_HINT = "Write key and value into keys.data[:, :, seq_pos:seq_pos + 1] and values.data likewise."
READ_HINT = "Return keys.data[:, :, :seq_pos] and values.data likewise, each as a new Tensor."


def store(cache, tokens, values=None, layer=0):
    """Store tokens (B, H, T, D), one by one, in one layer; put the position right where update or advance left it wrong."""
    values = tokens if values is None else values
    for t in range(tokens.shape[2]):
        at = cache.seq_pos
        cache.update(layer, Tensor(tokens[:, :, t : t + 1]), Tensor(values[:, :, t : t + 1]))
        set_position(cache, at)
        cache.advance()
        set_position(cache, at + 1)


def thrice(token):
    return np.repeat(token, 3, axis=2)


def strongest(array):
    """Return the place (B, H, 1, D) along the tokens that holds the largest numbers."""
    sizes = np.abs(array).sum(axis=(0, 1, 3))
    assert sizes.size, f"get returned no tokens after three were stored. {READ_HINT}"
    best = int(sizes.argmax())
    return array[:, :, best : best + 1]


def require_storing(cache, rng, layer=0):
    """Require that the cache keeps a token: the twin of checks that an idle cache would pass."""
    token = ordinary(rng, cache.batch_size, cache.num_heads, 1, cache.head_dim)
    store(cache, thrice(token), layer=layer)
    halves = [part.data for part in cache.get(layer)]  # which of keys and values was kept is the matter of other checks
    found = strongest(max(halves, key=lambda half: float(np.abs(half).sum())))
    assert_close(found, token, **EXACT, call="a token stored three times, as get returns it", hint=WRITE_HINT)


def drawn_sizes(rng):
    """Return five sizes that are all different."""
    return (rng.permutation(6)[:5] + 4).tolist()


# The constructor


@number("2.1")
@weight(2)
def test_sizes_are_stored(rng):
    """The five arguments are attributes of the same names, and seq_pos is 0."""
    names = ["batch_size", "max_seq_len", "num_layers", "num_heads", "head_dim"]
    sizes = drawn_sizes(rng)
    cache = KVCache(*sizes)
    found = [getattr(cache, name) for name in names]
    assert_equal(
        found, sizes, call=f"[{', '.join(names)}] of KVCache{tuple(sizes)}", hint="Store each under its own name."
    )
    assert_equal(cache.seq_pos, 0, call="seq_pos of a new KVCache", hint="No token is stored yet.")
    require_storing(cache, rng)


@in_candidate
def buffers_of(cache):
    """Return the arrays of all pairs in cache.caches."""
    return [[pair[0].data, pair[1].data] for pair in cache.caches]


@number("2.2")
@weight(4)
@pytest.mark.parametrize("what", ["shape", "dtype_and_zeros"])
def test_buffers_are_allocated_once(rng, what):
    """caches holds a pair of float32 zeros (B, H, max_seq_len, D) for each layer, all of them there from the start."""
    B, T, L, H, D = sizes = drawn_sizes(rng)
    cache = KVCache(*sizes)
    buffers = buffers_of(cache)
    hint = "[(Tensor(np.zeros(shape)), Tensor(np.zeros(shape))) for _ in range(num_layers)]"
    assert_equal(len(buffers), L, call=f"len(caches) with {L} layers", hint=hint)
    for buffer in (buffer for pair in buffers for buffer in pair):
        if what == "shape":
            assert_shape(buffer, (B, H, T, D), call=f"a buffer of KVCache{tuple(sizes)}", hint=hint)
        else:
            assert_dtype(buffer, np.float32, call="a buffer in caches", hint="A Tensor stores float32.")
            assert_equal(float(np.abs(buffer).sum()), 0.0, call="sum of the sizes in a new buffer", hint=hint)
    require_storing(cache, rng)


# The position


@number("3.1")
@weight(2)
def test_update_does_not_move_the_position(rng):
    """update writes, and leaves seq_pos as it is."""
    cache, token = KVCache(1, 8, 2, 2, 3), ordinary(rng, 1, 2, 1, 3)
    store(cache, thrice(token))
    cache.update(0, Tensor(token), Tensor(token))
    cache.update(1, Tensor(token), Tensor(token))
    hint = "All layers of one token are written at the same place: only advance moves on."
    assert_equal(cache.seq_pos, 3, call="seq_pos after three tokens and one more update", hint=hint)
    assert_close(strongest(cache.get(0)[0].data), token, **EXACT, call="a stored token", hint=WRITE_HINT)


@number("3.2")
@weight(2)
def test_a_token_counts_from_advance_on(rng):
    """get returns the tokens before the last advance: none after the first update, one after the first advance."""
    cache, token = KVCache(1, 6, 1, 2, 3), ordinary(rng, 1, 2, 1, 3)
    cache.update(0, Tensor(token), Tensor(token))
    before = [part.data for part in cache.get(0)]
    cache.advance()
    after = [part.data for part in cache.get(0)]
    for part in before:
        assert_shape(part, (1, 2, 0, 3), call="get(0) after the first update", hint=READ_HINT)
    for part in after:
        assert_shape(part, (1, 2, 1, 3), call="get(0) after the first update and advance", hint=READ_HINT)
    require_storing(KVCache(1, 6, 1, 2, 3), rng)


@number("3.3")
@weight(2)
@visibility("hidden")
def test_advance_counts_tokens(rng):
    """advance adds 1 to seq_pos, and get returns that many tokens."""
    cache, count = KVCache(1, 9, 2, 2, 3), int(rng.integers(3, 8))
    tokens = ordinary(rng, 1, 2, count, 3)
    for t in range(count):
        at = cache.seq_pos
        cache.update(0, Tensor(tokens[:, :, t : t + 1]), Tensor(tokens[:, :, t : t + 1]))
        set_position(cache, at)  # graded above
        cache.advance()
    assert_equal(cache.seq_pos, count, call=f"seq_pos after {count} calls of advance", hint="self.seq_pos += 1")
    assert_shape(cache.get(0)[0].data, (1, 2, count, 3), call=f"get(0)[0] after {count} tokens", hint=READ_HINT)
    require_storing(KVCache(1, 9, 1, 2, 3), rng)


# Tokens


@number("4")
@weight(7)
@pytest.mark.parametrize("part", ["keys", "values"])
def test_one_token_comes_back_exactly(rng, part):
    """A token comes back as it went in: keys as keys, values as values."""
    for layer in (0, 2):
        cache, key, value = KVCache(1, 4, 3, 2, 5), ordinary(rng, 1, 2, 1, 5), ordinary(rng, 1, 2, 1, 5)
        store(cache, key, value, layer=layer)
        got = cache.get(layer)
        assert_equal(len(got), 2, call=f"len(get({layer}))", hint="Return the pair keys, values.")
        found, want = (got[0].data, key) if part == "keys" else (got[1].data, value)
        call = f"the {part} of get({layer}) after one token"
        assert_close(found[:, :, :1], want, **EXACT, call=call, given={"key": key, "value": value}, hint=WRITE_HINT)


@number("5.1")
@weight(3)
def test_many_tokens_come_back_in_order(rng):
    """Tokens come back in the order in which they were stored, keys and values alike."""
    count = 7
    cache, keys, values = KVCache(1, 10, 1, 2, 3), ordinary(rng, 1, 2, count, 3), ordinary(rng, 1, 2, count, 3)
    store(cache, keys, values)
    got = cache.get(0)
    for name, found, want in (("keys", got[0].data, keys), ("values", got[1].data, values)):
        call = f"the {name} of get(0) after {count} tokens"
        assert_close(found[:, :, :count], want, **EXACT, call=call, given={name: want}, hint=WRITE_HINT)


@number("5.2")
@weight(2)
@visibility("hidden")
def test_layers_are_independent(rng):
    """Every layer has tokens of its own."""
    cache, tokens = KVCache(1, 11, 3, 2, 3), ordinary(rng, 3, 1, 2, 1, 3)
    for layer in (1, 2, 0):
        store(cache, thrice(tokens[layer]), layer=layer)
    for layer in range(3):
        found = strongest(cache.get(layer)[0].data)
        hint = "Make new arrays for every layer: [pair] * num_layers repeats one and the same."
        assert_close(
            found, tokens[layer], **EXACT, call=f"a key of get({layer})", given={"key": tokens[layer]}, hint=hint
        )


@number("5.3")
@weight(3)
@visibility("hidden")
def test_a_full_cache_holds_every_token(rng):
    """The last place counts as well: after max_seq_len tokens all of them come back."""
    count = int(rng.integers(4, 9))
    cache, tokens = KVCache(1, count + 1, 1, 1, 4), ordinary(rng, 1, 1, count, 4)
    store(cache, tokens)
    found = cache.get(0)[0].data[:, :, :count]
    assert_close(
        found, tokens, **EXACT, call=f"get(0)[0] after {count} tokens", given={"keys": tokens}, hint=WRITE_HINT
    )


@number("6")
@weight(3)
@pytest.mark.parametrize("axis", ["batch", "heads"])
def test_rows_and_heads_are_independent(rng, axis):
    """Every row of the batch, and every head, keeps its own numbers."""
    B, H = (4, 1) if axis == "batch" else (1, 5)
    cache, token = KVCache(B, 4, 1, H, 3), ordinary(rng, B, H, 1, 3)
    store(cache, thrice(token))
    found = strongest(cache.get(0)[0].data)
    hint = "Write the whole first two axes, [:, :, seq_pos:seq_pos + 1]."
    assert_close(found, token, **EXACT, call=f"a key of {B} rows and {H} heads", given={"key": token}, hint=hint)


@number("7")
@weight(3)
@visibility("hidden")
def test_an_update_before_advance_overwrites(rng):
    """Of two updates before one advance, the second counts."""
    cache, tokens = KVCache(1, 6, 1, 2, 3), ordinary(rng, 2, 1, 2, 1, 3)
    for _ in range(3):
        at = cache.seq_pos
        for token in tokens:
            cache.update(0, Tensor(token * 9 if token is tokens[0] else token), Tensor(token))
            set_position(cache, at)
        cache.advance()
        set_position(cache, at + 1)
    found = strongest(cache.get(0)[0].data)
    hint = "Assign: nothing is added to what stands there, and nothing is appended."
    assert_close(found, tokens[1], **EXACT, call="a key after two updates", given={"second key": tokens[1]}, hint=hint)
