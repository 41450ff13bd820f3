"""KVCache: tokens in, tokens out, its limits, and what it needs.

Checks about one thing read all else leniently, so that one slip costs its own checks: the position is put right where it is
not what a check is about, keys and values are alike, and one token is stored at several places and looked for at each.
"""

import numpy as np
import pytest
import tinytorch.perf.memoization as memoization
from arrays import ordinary
from asserts import assert_close, assert_dtype, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.perf.memoization import KVCache, create_kv_cache

EXACT = {"rtol": 0, "atol": 0}  # float32 numbers are only copied
WRITE_HINT = "Write key and value into keys.data[:, :, seq_pos:seq_pos + 1] and values.data likewise."
READ_HINT = "Return keys.data[:, :, :seq_pos] and values.data likewise, each as a new Tensor."


def store(cache, tokens, values=None, layer=0):
    """Store tokens (B, H, T, D), one by one, in one layer; put the position right where update or advance left it wrong."""
    values = tokens if values is None else values
    for t in range(tokens.shape[2]):
        at = cache.seq_pos
        cache.update(layer, Tensor(tokens[:, :, t : t + 1]), Tensor(values[:, :, t : t + 1]))
        if cache.seq_pos != at:
            cache.seq_pos = at
        cache.advance()
        if cache.seq_pos != at + 1:
            cache.seq_pos = at + 1


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
    found = strongest(cache.get(layer)[0].data)
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
    cache, count = KVCache(1, 9, 1, 2, 3), int(rng.integers(3, 8))
    tokens = ordinary(rng, 1, 2, count, 3)
    for t in range(count):
        at = cache.seq_pos
        cache.update(0, Tensor(tokens[:, :, t : t + 1]), Tensor(tokens[:, :, t : t + 1]))
        if cache.seq_pos != at:
            cache.seq_pos = at  # graded above
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
    cache, tokens = KVCache(1, 5, 3, 2, 3), ordinary(rng, 3, 1, 2, 1, 3)
    for layer in (1, 2, 0):
        cache.seq_pos = 0
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
            if cache.seq_pos != at:
                cache.seq_pos = at
        cache.advance()
        if cache.seq_pos != at + 1:
            cache.seq_pos = at + 1
    found = strongest(cache.get(0)[0].data)
    hint = "Assign: nothing is added to what stands there, and nothing is appended."
    assert_close(found, tokens[1], **EXACT, call="a key after two updates", given={"second key": tokens[1]}, hint=hint)


# Limits


@in_candidate
def error_of(cache, method, layer, key):
    """Return the type and the text of what a call raised, or "nothing"."""
    arguments = (layer,) if key is None else (layer, Tensor(key), Tensor(key))
    try:
        getattr(cache, method)(*arguments)
    except Exception as error:
        return isinstance(error, ValueError), type(error).__name__, str(error)
    return False, "nothing", ""


def require_value_error(found, text, call):
    is_value_error, kind, message = found
    assert is_value_error, f"{call} must raise ValueError, and it raised {kind}."
    assert text in message, (
        f'{call} must say "{text}" in the text of its ValueError, and the text is "{message[:200]}".'
    )


@number("8.1")
@weight(4)
@pytest.mark.parametrize("method", ["update", "get"])
def test_a_layer_that_is_not_there(rng, method):
    """update and get raise ValueError with "Layer index" in its text for a layer_idx of num_layers or more."""
    layers = int(rng.integers(2, 5))
    cache, key = KVCache(1, 4, layers, 2, 3), ordinary(rng, 1, 2, 1, 3) if method == "update" else None
    require_storing(cache, rng, layer=layers - 1)
    for layer in (layers, layers + 3):
        call = f"{method}({layer}, ...) of a cache with {layers} layers"
        require_value_error(error_of(cache, method, layer, key), "Layer index", call)


@number("8.2")
@weight(3)
def test_a_full_cache_refuses_the_next_token(rng):
    """After exactly max_seq_len tokens, update raises ValueError with "Sequence position" in its text, and not one earlier."""
    room = int(rng.integers(4, 8))
    cache, key = KVCache(1, room, 1, 2, 3), ordinary(rng, 1, 2, 1, 3)
    store(cache, np.repeat(key, room - 1, axis=2))
    assert_equal(error_of(cache, "update", 0, key)[1], "nothing", call=f"what token {room} of {room} raised")
    cache.seq_pos = room
    call = f"update after {room} of {room} tokens"
    require_value_error(error_of(cache, "update", 0, key), "Sequence position", call)
    assert_close(strongest(cache.get(0)[0].data), key, **EXACT, call="a stored key", hint=WRITE_HINT)


# Reset


@number("9.1")
@weight(1.5)
def test_reset_goes_back_to_the_start(rng):
    """After reset, seq_pos is 0."""
    cache = KVCache(1, 5, 2, 2, 3)
    require_storing(cache, rng)
    cache.reset()
    assert_equal(cache.seq_pos, 0, call="seq_pos after reset()", hint="self.seq_pos = 0")


@number("9.2")
@weight(1.5)
@visibility("hidden")
def test_reset_clears_the_buffers(rng):
    """After reset, every buffer is zeros again."""
    cache = KVCache(1, 5, 2, 2, 3)
    for layer in range(2):
        cache.seq_pos = 0
        require_storing(cache, rng, layer=layer)
    cache.reset()
    sizes = [float(np.abs(buffer).sum()) for pair in buffers_of(cache) for buffer in pair]
    hint = "Set keys.data[...] and values.data[...] of every layer to 0."
    assert_close(sizes, np.zeros(4), **EXACT, call="sums of the sizes in all buffers after reset()", hint=hint)


@number("9.3")
@weight(2)
@visibility("hidden")
def test_a_cache_can_be_used_again(rng):
    """After reset new tokens are stored from the start."""
    cache, tokens = KVCache(1, 5, 1, 2, 3), ordinary(rng, 1, 2, 4, 3)
    store(cache, 9 * tokens)
    cache.reset()
    if cache.seq_pos != 0:
        cache.seq_pos = 0  # graded above
    store(cache, thrice(tokens[:, :, :1]))
    found = cache.get(0)[0].data[:, :, 1:2]
    assert_close(
        found, tokens[:, :, :1], **EXACT, call="the second key of three equal ones after reset()", hint=WRITE_HINT
    )


# Copies


@in_candidate
def writes_after(cache, key, other):
    """Store a token three times, overwrite the tensor that was put in, then the one that was got; return both readings."""
    for _ in range(3):
        at = cache.seq_pos
        tensor = Tensor(key)
        cache.update(0, tensor, tensor)
        cache.seq_pos = at
        cache.advance()
        cache.seq_pos = at + 1
        tensor.data[...] = other
    first = cache.get(0)[0].data.copy()
    cache.update(0, Tensor(key), Tensor(key))
    cache.seq_pos = at + 1
    return first, cache.get(0)[0].data.copy()


@number("10.1")
@weight(2)
def test_update_copies_its_numbers(rng):
    """Writing into the key's data after update changes nothing in the cache."""
    key = ordinary(rng, 1, 2, 1, 3)
    first, second = writes_after(KVCache(1, 6, 1, 2, 3), key, 100.0)
    hint = "Copy the numbers into the buffer; keep no reference to key or key.data."
    for array in (first, second):
        assert_close(strongest(array), key, **EXACT, call="a stored key after key.data[...] = 100", hint=hint)


@in_candidate
def get_twice(cache, key):
    """Store a token twice, get it, store another, and return what was got first, and what is got now."""
    for _ in range(3):
        at = cache.seq_pos
        cache.update(0, Tensor(key), Tensor(key))
        cache.seq_pos = at
        cache.advance()
        cache.seq_pos = at + 1
    first = cache.get(0)[0]
    before = first.data.copy()
    cache.update(0, Tensor(key * 2), Tensor(key * 2))
    return before, first.data.copy()


@number("10.2")
@weight(1)
@visibility("hidden")
def test_what_was_got_does_not_change(rng):
    """The tokens that get returned stay as they were when the next token is stored."""
    key = ordinary(rng, 1, 2, 1, 3)
    before, after = get_twice(KVCache(1, 6, 1, 2, 3), key)
    assert_close(strongest(before), key, **EXACT, call="a key of get(0)", hint=WRITE_HINT)
    assert_close(
        after[:, :, :3], before[:, :, :3], **EXACT, call="what get(0) had returned, after update", hint=READ_HINT
    )


@in_candidate
def got_with_gradient(cache, key):
    for _ in range(3):
        at = cache.seq_pos
        cache.update(0, Tensor(key, requires_grad=True), Tensor(key, requires_grad=True))
        cache.seq_pos = at
        cache.advance()
        cache.seq_pos = at + 1
    keys, values = cache.get(0)
    return keys.data, [bool(keys.requires_grad), bool(values.requires_grad)]


@number("11")
@weight(2)
@visibility("hidden")
def test_get_returns_plain_float32(rng):
    """get returns float32 Tensors that ask for no gradient, even if the keys did."""
    key = ordinary(rng, 1, 2, 1, 3)
    found, flags = got_with_gradient(KVCache(1, 6, 1, 2, 3), key)
    assert_close(strongest(found), key, **EXACT, dtype=np.float32, call="a key of get(0)", hint=WRITE_HINT)
    assert_equal(flags, [False, False], call="requires_grad of both", hint="Wrap the numbers in a new Tensor.")


# What it needs, and names


@number("12")
@weight(4)
@pytest.mark.parametrize("what", ["elements", "megabytes"])
def test_memory_is_counted(rng, what):
    """total_elements counts keys and values of all layers; total_mb is 4 bytes each by 2**20, per_layer_mb that by L."""
    B, T, L, H, D = sizes = drawn_sizes(rng)
    cache = KVCache(*sizes)
    usage = cache.get_memory_usage()
    elements = B * H * T * D * 2 * L
    want = {"total_elements": elements, "cache_tensors": 2 * L}
    if what == "megabytes":
        want = {"total_mb": elements * 4 / 2**20, "per_layer_mb": elements * 4 / 2**20 / L}
    hint = "Every layer has two buffers of B * H * max_seq_len * D numbers, 4 bytes each."
    for key, value in want.items():
        assert key in usage, f"get_memory_usage() has no entry {key!r}."
        call = f'get_memory_usage()["{key}"] of KVCache{tuple(sizes)}'
        assert_close(usage[key], value, rtol=1e-5, atol=0, call=call, hint=hint)
    require_storing(cache, rng)


@number("13")
@weight(1)
@visibility("hidden")
def test_create_kv_cache_makes_a_cache(rng):
    """create_kv_cache takes the five sizes and returns a KVCache of them."""
    sizes = drawn_sizes(rng)
    cache = create_kv_cache(*sizes)
    assert isinstance(cache, KVCache), "create_kv_cache must return a KVCache."
    found = [cache.batch_size, cache.max_seq_len, cache.num_layers, cache.num_heads, cache.head_dim]
    assert_equal(found, sizes, call=f"sizes of create_kv_cache{tuple(sizes)}", hint="Pass them on in the same order.")
    require_storing(cache, rng)


@number("1")
@weight(1)
@visibility("hidden")
def test_constants(rng):
    """BYTES_PER_FLOAT32 is 4 and MB_TO_BYTES 2**20; a cache made by keywords works."""
    found = [memoization.BYTES_PER_FLOAT32, memoization.MB_TO_BYTES]
    assert_equal(found, [4, 2**20], call="[BYTES_PER_FLOAT32, MB_TO_BYTES]")
    require_storing(KVCache(batch_size=1, max_seq_len=4, num_layers=1, num_heads=2, head_dim=3), rng)
