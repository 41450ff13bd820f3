"""enable_kv_cache: what a model has afterwards, and what it computes as before.

The course's own path for single tokens is known to be wrong, so that no check compares it with anything. The models here
are made of the student's attention alone; one check takes the student's GPT.
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
from tinytorch.core.transformer import GPT
from tinytorch.perf.memoization import KVCache, enable_kv_cache

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


# Enabling


@number("14.1")
@weight(2)
def test_enabling_returns_a_cache_of_the_models_sizes(rng):
    """The cache has batch 1 and the model's layers, heads, head size and length."""
    heads, size, layers, length = (int(n) for n in rng.permutation(4) + 2)
    cache = enable_kv_cache(make_model(heads * size, layers, heads, length + 5))
    assert isinstance(cache, KVCache), "enable_kv_cache must return the KVCache."
    found = [cache.batch_size, cache.max_seq_len, cache.num_layers, cache.num_heads, cache.head_dim]
    want = [1, length + 5, layers, heads, size]
    hint = "head_dim is embed_dim // num_heads."
    assert_equal(found, want, call="[batch_size, max_seq_len, num_layers, num_heads, head_dim]", hint=hint)
    require_storing(cache, rng)


@in_candidate
def enabled_attributes(model):
    cache = enable_kv_cache(model)
    return {"_kv_cache": model._kv_cache is cache, "_cache_enabled": model._cache_enabled is True}, cache


@number("14.2")
@weight(2)
def test_enabling_marks_the_model(rng):
    """model._kv_cache is the cache that was returned, and model._cache_enabled is True."""
    model = make_model(6, 2, 2, 8)
    found, cache = enabled_attributes(model)
    hint = "Set both attributes on the model, and return the same cache."
    assert_equal(found, {"_kv_cache": True, "_cache_enabled": True}, call="attributes of the model", hint=hint)
    require_enabled(model, cache, rng)


@in_candidate
def kept_forwards(model):
    """Enable twice; say of every block whether it kept its first forward, and whether both caches are one."""
    before = [block.attention.forward for block in model.blocks]
    first = enable_kv_cache(model)
    second = enable_kv_cache(model)
    kept = [block._original_attention_forward for block in model.blocks]
    return [a == b for a, b in zip(before, kept, strict=True)], first is not second, second


@number("14.3")
@weight(2)
@visibility("hidden")
def test_the_first_forward_is_kept(rng):
    """block._original_attention_forward is the unpatched forward, also after a second call, which makes a fresh cache."""
    model = make_model(6, 3, 2, 8)
    kept, fresh, cache = kept_forwards(model)
    hint = "Set _original_attention_forward only where a block has none yet."
    assert_equal(kept, [True] * 3, call="which blocks keep their first attention.forward", hint=hint)
    assert_equal(fresh, True, call="the second enable_kv_cache(model) makes a new cache")
    require_enabled(model, cache, rng)


@in_candidate
def error_of_enabling(model, missing, **changes):
    """Enable a model without one attribute, or with others; return what was raised, and what is patched or set then."""
    for name, value in changes.items():
        setattr(model, name, value)
    if missing:
        delattr(model, missing)
    try:
        enable_kv_cache(model)
        found = ("nothing", "")
    except Exception as error:
        kinds = [kind.__name__ for kind in (AttributeError, ValueError) if isinstance(error, kind)]
        found = (kinds[0] if kinds else type(error).__name__, str(error))
    blocks = getattr(model, "blocks", [])
    changed = any("forward" in vars(b.attention) for b in blocks) or hasattr(model, "_kv_cache")
    return found, changed


@number("15.1")
@weight(2.5)
@pytest.mark.parametrize("missing", ["embed_dim", "num_layers", "num_heads", "max_seq_len", "blocks"])
def test_a_missing_attribute_is_named(rng, missing):
    """A model without one of the five attributes is an AttributeError that names it, and the model is not changed."""
    (kind, text), changed = error_of_enabling(make_model(6, 2, 2, 8), missing)
    call = f"enable_kv_cache of a model without {missing}"
    assert_equal(kind, "AttributeError", call=call, hint="Read all five attributes before anything else.")
    assert missing in text, f'{call} must name {missing} in the text of its AttributeError, which is "{text[:200]}".'
    hint = "Check everything first, then change."
    assert_equal(changed, False, call=f"{call} changed the model", hint=hint)
    model = make_model(6, 2, 2, 8)
    require_enabled(model, enable_kv_cache(model), rng)


@number("15.2")
@weight(1.5)
@visibility("hidden")
def test_heads_must_divide_the_embedding(rng):
    """An embed_dim that is not divisible by num_heads is a ValueError, and the model is not changed."""
    (kind, _), changed = error_of_enabling(make_model(6, 2, 2, 8), None, embed_dim=7)
    call = "enable_kv_cache of a model with embed_dim 7 and num_heads 2"
    assert_equal(kind, "ValueError", call=call, hint="if embed_dim % num_heads != 0: raise ValueError(...)")
    assert_equal(changed, False, call=f"{call} changed the model", hint="Check everything first, then change.")
    model = make_model(6, 2, 2, 8)
    require_enabled(model, enable_kv_cache(model), rng)


# While enabled


def causal_mask(length):
    return Tensor(np.tril(np.ones((1, length, length), dtype=np.float32)))


@number("16.1")
@weight(2)
@pytest.mark.parametrize("masked", [True, False], ids=["masked", "unmasked"])
def test_several_tokens_are_computed_as_before(rng, masked):
    """For several tokens at once the model gives exactly what it gave before, mask included."""
    model = make_model(6, 2, 2, 8)
    shapes = [(2, 2, 6), (1, 2, 6), (2, 5, 6)]
    inputs = [(ordinary(rng, *shape), causal_mask(shape[1]) if masked else None) for shape in shapes]
    before = [model.forward(Tensor(x), mask).data for x, mask in inputs]
    cache = enable_kv_cache(model)
    for (x, mask), want in zip(inputs, before, strict=True):
        after = model.forward(Tensor(x), mask).data
        hint = "If x.shape[1] > 1, return original(x, mask), with the original of this very block."
        call = f"model.forward of {x.shape[1]} tokens while enabled"
        assert_close(after, want, call=call, given={"x": x}, hint=hint)
    require_enabled(model, cache, rng)


@in_candidate
def gradient_sizes(model, x):
    """Run backward through the model; return the sum of the sizes of all gradients of each q, v and out projection."""
    model.forward(Tensor(x, requires_grad=True)).sum().backward()
    attention = model.blocks[0].attention
    gradients = [layer.weight.grad for layer in (attention.q_proj, attention.v_proj, attention.out_proj)]
    plain = [g.data if isinstance(g, Tensor) else g for g in gradients]
    return [0.0 if g is None else float(np.abs(g).sum()) for g in plain]


@number("16.2")
@weight(2)
@visibility("hidden")
def test_gradients_arrive_while_enabled(rng):
    """backward still reaches the weights of attention, for several tokens at once."""
    model, x = make_model(6, 2, 2, 8), ordinary(rng, 1, 4, 6)
    cache = enable_kv_cache(model)
    sizes = gradient_sizes(model, x)
    for name, size in zip(("q_proj", "v_proj", "out_proj"), sizes, strict=True):
        text = f"No gradient reached {name}.weight of the first block while the cache was enabled."
        assert size > 0, f"{text} Return what original(x, mask) returned, not its data."
    require_enabled(model, cache, rng)


@number("16.3")
@weight(1)
@visibility("hidden")
def test_a_gpt_computes_as_before(rng):
    """The logits of a GPT for several tokens are the same while the cache is enabled."""
    model, tokens = GPT(11, 8, 2, 2, 12), rng.integers(0, 11, (1, 6))
    before = model.forward(Tensor(tokens)).data
    cache = enable_kv_cache(model)
    after = model.forward(Tensor(tokens)).data
    assert_close(after, before, call="GPT.forward of six tokens while enabled", given={"tokens": tokens})
    require_enabled(model, cache, rng)
