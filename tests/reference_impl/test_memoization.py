"""The reference's cache: tokens in and out, its limits, and a model that decodes token by token as it does all at once."""

from types import SimpleNamespace

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  from here on, operations record their gradients
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import GPT, TransformerBlock, create_causal_mask
from tinytorch.perf import memoization
from tinytorch.perf.memoization import KVCache, create_kv_cache, disable_kv_cache, enable_kv_cache


@pytest.fixture
def rng():
    return np.random.default_rng(17)


@pytest.fixture(autouse=True)
def _seed():
    np.random.seed(17)


def decode(model, cache, x):
    """Feed x (1, T, C) to the model's blocks token by token; return all results (1, T, C)."""
    results = []
    for t in range(x.shape[1]):
        h = Tensor(x[:, t : t + 1])
        for block in model.blocks:
            h = block(h)
        cache.advance()
        results.append(h.data)
    return np.concatenate(results, axis=1)


def blocks_model(num_layers):
    blocks = [TransformerBlock(8, 2) for _ in range(num_layers)]
    return SimpleNamespace(embed_dim=8, num_layers=num_layers, num_heads=2, max_seq_len=9, blocks=blocks)


def test_constants():
    assert (memoization.BYTES_PER_FLOAT32, memoization.MB_TO_BYTES) == (4, 2**20)


def test_tokens_come_back_after_advance(rng):
    cache, tokens = KVCache(2, 5, 3, 4, 6), rng.standard_normal((3, 2, 2, 4, 5, 6)).astype(np.float32)
    for t in range(5):
        for layer in range(3):
            key, value = (Tensor(a[:, :, t : t + 1], requires_grad=True) for a in tokens[layer])
            cache.update(layer, key, value)
            key.data[...] = 7  # the cache has a copy
            assert cache.get(layer)[0].shape == (2, 4, t, 6)
        assert cache.seq_pos == t
        cache.advance()
    for layer in range(3):
        for found, want in zip(cache.get(layer), tokens[layer], strict=True):
            assert found.data.dtype == np.float32
            assert not found.requires_grad
            assert np.array_equal(found.data, want)


def test_a_second_update_overwrites(rng):
    cache, tokens = KVCache(1, 2, 1, 1, 3), rng.standard_normal((2, 1, 1, 1, 3)).astype(np.float32)
    for token in tokens:
        cache.update(0, Tensor(token), Tensor(-token))
    cache.advance()
    assert np.array_equal(cache.get(0)[0].data, tokens[1])
    assert np.array_equal(cache.get(0)[1].data, -tokens[1])


def test_limits_are_value_errors():
    cache, token = KVCache(1, 2, 2, 1, 3), Tensor(np.ones((1, 1, 1, 3)))
    with pytest.raises(ValueError, match="Layer index 2"):
        cache.update(2, token, token)
    with pytest.raises(ValueError, match="Layer index 5"):
        cache.get(5)
    for _ in range(2):
        cache.update(1, token, token)
        cache.advance()
    with pytest.raises(ValueError, match="Sequence position 2"):
        cache.update(1, token, token)
    cache.reset()
    with pytest.raises(ValueError, match="broadcast"):
        cache.update(0, Tensor(np.ones((1, 1, 2, 3))), token)


def test_reset_forgets():
    cache, token = create_kv_cache(1, 3, 2, 1, 2), Tensor(np.ones((1, 1, 1, 2)))
    cache.update(1, token, token)
    cache.advance()
    cache.reset()
    assert cache.seq_pos == 0
    assert cache.get(1)[0].shape == (1, 1, 0, 2)
    assert all((part.data == 0).all() for pair in cache.caches for part in pair)


@pytest.mark.parametrize(("sizes", "megabytes"), [((1, 64, 2, 4, 16), 0.0625), ((1, 128, 4, 8, 64), 2.0)])
def test_memory_by_hand(sizes, megabytes):
    usage = KVCache(*sizes).get_memory_usage()
    assert usage == {
        "total_elements": megabytes * 2**20 / 4,
        "total_mb": megabytes,
        "per_layer_mb": megabytes / sizes[2],
        "cache_tensors": 2 * sizes[2],
    }


@pytest.mark.parametrize("num_layers", [1, 3])
def test_token_by_token_equals_all_at_once(num_layers, rng):
    model, x = blocks_model(num_layers), rng.standard_normal((1, 8, 8)).astype(np.float32)
    whole = Tensor(x)
    for block in model.blocks:
        whole = block(whole, create_causal_mask(8))
    cache = enable_kv_cache(model)
    assert decode(model, cache, x) == pytest.approx(whole.data, abs=1e-5)
    cache.reset()
    assert decode(model, cache, x) == pytest.approx(whole.data, abs=1e-5)
    assert enable_kv_cache(model) is not cache  # a fresh one, empty again
    assert decode(model, model._kv_cache, x) == pytest.approx(whole.data, abs=1e-5)


def test_a_gpt_is_unchanged_for_several_tokens(rng):
    model, tokens = GPT(11, 8, 2, 2, 12), Tensor(rng.integers(0, 11, (2, 6)))
    before = model(tokens).data
    cache = enable_kv_cache(model)
    sizes = (cache.batch_size, cache.max_seq_len, cache.num_layers, cache.num_heads, cache.head_dim)
    assert sizes == (1, 12, 2, 2, 4)
    out = model(tokens)
    assert np.array_equal(out.data, before)
    out.sum().backward()
    assert all(np.abs(block.attention.v_proj.weight.grad).sum() > 0 for block in model.blocks)
    disable_kv_cache(model)
    assert np.array_equal(model(tokens).data, before)
    assert not model._cache_enabled
    assert not hasattr(model, "_kv_cache")
    disable_kv_cache(model)


def test_single_tokens_of_two_texts_are_not_stored(rng):
    model, x = blocks_model(2), Tensor(rng.standard_normal((2, 1, 8)))
    before = model.blocks[0](x).data
    cache = enable_kv_cache(model)
    assert np.array_equal(model.blocks[0](x).data, before)
    assert (cache.caches[0][0].data == 0).all()
    model.blocks[0](Tensor(x.data[:1]))
    cache.advance()
    with pytest.raises(ValueError, match="broadcast"):
        model.blocks[0](x)


@pytest.mark.parametrize("missing", ["embed_dim", "num_layers", "num_heads", "max_seq_len", "blocks"])
def test_a_missing_attribute_is_named(missing):
    model = blocks_model(1)
    delattr(model, missing)
    with pytest.raises(AttributeError, match=missing):
        enable_kv_cache(model)
    assert not hasattr(model, "_kv_cache")


def test_heads_must_divide_the_embedding():
    model = blocks_model(1)
    model.num_heads = 3
    with pytest.raises(ValueError, match="3 heads"):
        enable_kv_cache(model)
    assert "forward" not in vars(model.blocks[0].attention)
    disable_kv_cache(model)  # it has no cache, and stays as it is


def test_a_second_enabling_keeps_the_first_forward(rng):
    model, x = blocks_model(2), Tensor(rng.standard_normal((1, 1, 8)))
    before = model.blocks[0](x).data
    first = enable_kv_cache(model)
    first.advance()
    enable_kv_cache(model)
    disable_kv_cache(model)
    assert np.array_equal(model.blocks[0](x).data, before)
