"""Strict, without points: one token at a time gives what attention over all tokens gives.

The course's own solution fails here: it never stores the first token, leaves the newest out, and projects every layer by the
last block's weights. So these checks tell whoever wants to know, and cost nobody anything.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.attention import MultiHeadAttention
from tinytorch.core.tensor import Tensor
from tinytorch.perf.memoization import enable_kv_cache

HINT = "Store every token's key and value, the first one's too; attend to all stored ones and to the token itself."


@in_candidate
def make_model(num_layers, size):
    """Return a model whose blocks are x + attention(x); queries and keys are `size` times as large as usual."""

    class Block:
        def __init__(self):
            self.attention = MultiHeadAttention(8, 2)
            for projection in (self.attention.q_proj, self.attention.k_proj):
                projection.weight.data = projection.weight.data * size

    class Model:
        def __init__(self):
            self.embed_dim, self.num_layers, self.num_heads, self.max_seq_len = 8, num_layers, 2, 7
            self.blocks = [Block() for _ in range(num_layers)]

        def forward(self, x, mask=None):
            for block in self.blocks:
                x = x + block.attention.forward(x, mask)
            return x

    return Model()


@number("18.1")
@weight(0)
@visibility("hidden")
@pytest.mark.parametrize(("layers", "size"), [(1, 1), (3, 1), (2, 20)], ids=["one", "three", "large_scores"])
def test_token_by_token_equals_all_at_once(rng, layers, size):
    """Strict, without points: fed token by token, with advance after each, the model gives what it gave under a causal mask."""
    model, x = make_model(layers, size), ordinary(rng, 1, 6, 8)
    mask = Tensor(np.tril(np.ones((1, 6, 6), dtype=np.float32)))
    whole = model.forward(Tensor(x), mask).data
    cache = enable_kv_cache(model)
    for t in range(6):
        out = model.forward(Tensor(x[:, t : t + 1])).data
        cache.advance()
        # Large scores amplify the rounding of float32: 20 * 20 times 1e-6.
        call = f"model.forward of token {t} alone"
        assert_close(out, whole[:, t : t + 1], rtol=1e-4, atol=2e-3 if size > 1 else 1e-5, call=call, hint=HINT)


@number("18.2")
@weight(0)
@visibility("hidden")
def test_a_single_token_of_many_rows(rng):
    """Strict, without points: single tokens of two texts at once, before anything is stored, are computed as before."""
    model, x = make_model(2, 1), ordinary(rng, 2, 1, 8)
    before = model.forward(Tensor(x)).data
    cache = enable_kv_cache(model)
    after = model.forward(Tensor(x)).data
    assert_close(after, before, call="model.forward of one token of two texts", given={"x": x}, hint=HINT)
    assert_close(
        cache.get(0)[0].data.size, 0, call="what is stored afterwards", hint="The cache has room for one text."
    )
