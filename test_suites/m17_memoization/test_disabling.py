"""disable_kv_cache: what a model computes afterwards, and what others never notice.

The models here are made of the student's attention alone.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import set_position
from marks import in_candidate
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.tensor import Tensor
from tinytorch.perf.memoization import disable_kv_cache, enable_kv_cache

PATCH_HINT = "Keep block.attention.forward in block._original_attention_forward, then set block.attention.forward."


@pytest.fixture(autouse=True)
def autograd():
    """Load autograd, so that gradients can be seen to arrive."""
    enable_autograd(quiet=True)


@in_candidate
def make_model(embed_dim, num_layers, num_heads, max_seq_len):
    """Return a model whose blocks are x + attention(x), and nothing else."""

    class Block:
        def __init__(self):
            self.attention = MultiHeadAttention(embed_dim, num_heads)

        def forward(self, x, mask=None):
            return x + self.attention.forward(x, mask)

    class Model:
        def __init__(self):
            self.embed_dim, self.num_layers, self.num_heads = embed_dim, num_layers, num_heads
            self.max_seq_len = max_seq_len
            self.blocks = [Block() for _ in range(num_layers)]
            self.forward_of_the_class = MultiHeadAttention.forward

        def forward(self, x, mask=None):
            for block in self.blocks:
                x = block.forward(x, mask)
            return x

    return Model()


def require_storing(cache, rng):
    """Require that the cache keeps a token: the twin of what a cache that does nothing would have as well."""
    token = ordinary(rng, 1, cache.num_heads, 1, cache.head_dim)
    for _ in range(3):
        at = cache.seq_pos
        cache.update(0, Tensor(token), Tensor(token))
        set_position(cache, at)
        cache.advance()
        set_position(cache, at + 1)
    halves = [part.data for part in cache.get(0)]  # which of keys and values was kept is the matter of other checks
    found = max(halves, key=lambda half: float(np.abs(half).sum()))
    sizes = np.abs(found).sum(axis=(0, 1, 3))
    assert sizes.size, "The cache returned no tokens after three were stored."
    best = int(sizes.argmax())
    assert_close(found[:, :, best : best + 1], token, rtol=0, atol=0, call="a token that was stored in the cache")


@in_candidate
def patched(model):
    """Say of every block whether its attention computes by something else now, wherever that was put."""
    plain = getattr(model, "forward_of_the_class", MultiHeadAttention.forward)
    in_class = MultiHeadAttention.forward is not plain
    parts = [block.attention for block in model.blocks]
    return [in_class or "forward" in vars(part) or not isinstance(part, MultiHeadAttention) for part in parts]


def require_enabled(model, cache, rng):
    """Require that enabling did something: every block is patched, and the cache stores."""
    marks = patched(model)
    assert all(marks), (
        f"After enable_kv_cache, {marks.count(False)} of {len(marks)} blocks compute as before. {PATCH_HINT}"
    )
    require_storing(cache, rng)


@in_candidate
def disabled_attributes(model):
    disable_kv_cache(model)
    return {"_kv_cache is there": hasattr(model, "_kv_cache"), "_cache_enabled": bool(model._cache_enabled)}


@number("17.1")
@weight(1)
def test_disabling_gives_the_attention_back(rng):
    """After disable_kv_cache the model computes as before, single tokens too; _cache_enabled is False, _kv_cache is gone."""
    model, x = make_model(6, 2, 2, 8), ordinary(rng, 1, 4, 6)
    before = [model.forward(Tensor(part)).data for part in (x, x[:, :1])]
    cache = enable_kv_cache(model)
    require_enabled(model, cache, rng)  # and moves the position, so that a single token would not be computed as before
    found = disabled_attributes(model)
    hint = "Set _cache_enabled = False, and del model._kv_cache."
    assert_equal(
        found, {"_kv_cache is there": False, "_cache_enabled": False}, call="the model's attributes", hint=hint
    )
    hint = "block.attention.forward = block._original_attention_forward, for every block."
    for name, part, want in zip(("four tokens", "one token"), (x, x[:, :1]), before, strict=True):
        got = model.forward(Tensor(part)).data
        assert_close(got, want, call=f"model.forward of {name} after disable_kv_cache", given={"x": part}, hint=hint)


@in_candidate
def error_of_disabling(model):
    try:
        disable_kv_cache(model)
    except Exception as error:
        return type(error).__name__
    return "nothing"


@number("17.2")
@weight(1)
@visibility("hidden")
def test_disabling_without_a_cache_is_harmless(rng):
    """On a model that was never enabled, and a second time, disable_kv_cache raises nothing; enabling again works."""
    model, x = make_model(6, 2, 2, 8), ordinary(rng, 1, 3, 6)
    before = model.forward(Tensor(x)).data
    assert_equal(error_of_disabling(model), "nothing", call="what disable_kv_cache of a plain model raised")
    enable_kv_cache(model)
    found = [error_of_disabling(model), error_of_disabling(model)]
    assert_equal(found, ["nothing"] * 2, call="what disable_kv_cache raised, twice after one enable_kv_cache")
    assert_close(model.forward(Tensor(x)).data, before, call="model.forward after disable_kv_cache", given={"x": x})
    require_enabled(model, enable_kv_cache(model), rng)


@number("17.3")
@weight(1)
@visibility("hidden")
def test_other_models_never_notice(rng):
    """A second model of the same classes is not patched, and computes single tokens as before."""
    model, other = make_model(6, 2, 2, 8), make_model(6, 2, 2, 8)
    x = ordinary(rng, 1, 1, 6)
    before = other.forward(Tensor(x)).data
    cache = enable_kv_cache(model)
    require_enabled(model, cache, rng)
    hint = "Set forward on the attention object, not on its class."
    assert_close(
        other.forward(Tensor(x)).data, before, call="one token through the other model", given={"x": x}, hint=hint
    )


@number("17.4")
@weight(1)
@visibility("hidden")
def test_enabled_twice_and_disabled_once(rng):
    """Enabled twice and disabled once, a single token gives the original's result, whatever the first cache holds."""
    model, x = make_model(6, 2, 2, 8), ordinary(rng, 1, 1, 6)
    before = model.forward(Tensor(x)).data
    first = enable_kv_cache(model)
    require_storing(first, rng)
    second = enable_kv_cache(model)
    require_enabled(model, second, rng)
    disable_kv_cache(model)
    hint = "The second enable_kv_cache must not take the patched forward for the original."
    call = "one token after two enable_kv_cache and one disable_kv_cache"
    assert_close(model.forward(Tensor(x)).data, before, call=call, given={"x": x}, hint=hint)
