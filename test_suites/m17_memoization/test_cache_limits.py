"""KVCache at its limits: errors, reset, copies, and what it needs.

The position is put right where it is not what a check is about, and one token is stored at several places and looked for at
each, so that one slip costs its own checks.
"""

import numpy as np
import pytest
import tinytorch.perf.memoization as memoization
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import set_position
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


@in_candidate
def buffers_of(cache):
    """Return the arrays of all pairs in cache.caches."""
    return [[pair[0].data, pair[1].data] for pair in cache.caches]


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
    set_position(cache, room)
    call = f"update after {room} of {room} tokens"
    require_value_error(error_of(cache, "update", 0, key), "Sequence position", call)
    assert_close(strongest(cache.get(0)[0].data), key, **EXACT, call="a stored key", hint=WRITE_HINT)


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
    require_storing(KVCache(1, 6, 2, 2, 3), rng)
    cache = KVCache(1, 8, 2, 2, 3)
    for layer in range(2):
        store(cache, ordinary(rng, 1, 2, 3, 3), layer=layer)
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
    set_position(cache, 0)  # graded above
    store(cache, thrice(tokens[:, :, :1]))
    found = cache.get(0)[0].data[:, :, 1:2]
    assert_close(
        found, tokens[:, :, :1], **EXACT, call="the second key of three equal ones after reset()", hint=WRITE_HINT
    )


@in_candidate
def writes_after(cache, key, other):
    """Store a token three times, overwrite the tensor that was put in, then the one that was got; return both readings."""
    for _ in range(3):
        at = cache.seq_pos
        tensor = Tensor(key)
        cache.update(0, tensor, tensor)
        set_position(cache, at)
        cache.advance()
        set_position(cache, at + 1)
        tensor.data[...] = other
    first = cache.get(0)[0].data.copy()
    cache.update(0, Tensor(key), Tensor(key))
    set_position(cache, at + 1)
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
        set_position(cache, at)
        cache.advance()
        set_position(cache, at + 1)
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
        set_position(cache, at)
        cache.advance()
        set_position(cache, at + 1)
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
