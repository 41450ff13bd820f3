"""What must be refused with a ValueError, and what stands right beside it and must work (12 points)."""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.embeddings import Embedding, EmbeddingLayer, PositionalEncoding
from tinytorch.core.tensor import Tensor

SUMS = {"rtol": 1e-5, "atol": 1e-5}  # a few float32 additions


def assert_refused(work, call, hint):
    """Require that work() raises ValueError."""
    __tracebackhide__ = True
    try:
        work()
    except ValueError:
        return
    except Exception as error:
        raise AssertionError(
            f"{call} must raise ValueError; it raised another error: {error}\n  hint: {hint}"
        ) from None
    raise AssertionError(f"{call} must raise ValueError; it raised nothing.\n  hint: {hint}")


def with_table(layer, rows, width, rng):
    """Give a layer a drawn table, and return that."""
    table = ordinary(rng, rows, width)
    layer.weight = Tensor(table, requires_grad=True)
    return table


@number("15.1")
@weight(4)
@pytest.mark.parametrize("wrong", ["V", "-1", "far beyond", "hidden in a batch"])
def test_ids_must_lie_in_the_table(rng, wrong):
    """An id of V or more, and an id below 0, are a ValueError, also among good ones; 0 and V - 1 are fine."""
    V = int(rng.integers(5, 12))
    layer = Embedding(V, 3)
    table = with_table(layer, V, 3, rng)
    good = np.array([0, V - 1, 1])
    hint = "Good ids are 0 to vocab_size - 1, both included."
    found = layer(Tensor(good)).data
    assert_close(found, table[good], **SUMS, call=f"Embedding({V}, 3)({good.tolist()})", given={"V": V}, hint=hint)
    ids = {
        "V": [V],
        "-1": [1, -1],
        "far beyond": [V + int(rng.integers(5, 5000))],
        "hidden in a batch": [[0, 1, 2], [V - 1, V, 0]],
    }[wrong]
    hint = "Check all ids before picking rows: (ids < 0) or (ids >= vocab_size), any of them. NumPy takes -1 for the last row."
    assert_refused(lambda: layer(Tensor(ids)), f"Embedding({V}, 3)({ids})", hint)


MISFITS = {
    "2d": (5, (3, 4)),
    "4d": (5, (1, 2, 3, 4)),
    "too_long": (5, (2, 6, 4)),
    "one_position": (1, (2, 3, 4)),
    "too_wide": (5, (2, 3, 5)),
    "one_wide": (5, (2, 3, 1)),
}


@number("15.2")
@weight(4)
@pytest.mark.parametrize("case", MISFITS)
def test_positions_need_batches_of_sequences(rng, case):
    """PositionalEncoding(P, 4) takes (B, T, 4) with T up to P; another rank, length or width of x is a ValueError."""
    P, shape = MISFITS[case]
    layer, x = PositionalEncoding(P, 4), ordinary(rng, 1, P, 4)
    table = ordinary(rng, P, 4)
    layer.position_embeddings = Tensor(table, requires_grad=True)
    found = layer(Tensor(x)).data
    call = f"PositionalEncoding({P}, 4)(x)"
    assert_close(found, x + table, **SUMS, call=f"{call}, x of shape (1, {P}, 4)", hint="It fits.")
    hint = (
        "Check the rank, T against max_seq_len and the last axis against embed_dim: a length of 1 would be broadcast."
    )
    misfit = ordinary(rng, *shape)
    assert_refused(lambda: layer(Tensor(misfit)), f"{call}, x of shape {shape}", hint)


@number("15.3")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("mode", ["rotary", "", "Learned", 1], ids=str)
def test_unknown_modes_are_refused(rng, mode):
    """EmbeddingLayer knows 'learned', 'sinusoidal' and None; any other pos_encoding is a ValueError from the constructor."""
    ids = rng.permutation(5)[:3]
    layer = EmbeddingLayer(6, 4, max_seq_len=3, pos_encoding=None)
    table = with_table(layer.token_embedding, 6, 4, rng)
    found = layer(Tensor(ids)).data
    assert_close(found, table[ids], **SUMS, call="EmbeddingLayer(6, 4, 3, None)(tokens)", given={"tokens": ids})
    hint = "End the choice of modes with an else that raises ValueError; an empty text is not None."
    work = f"EmbeddingLayer(6, 4, pos_encoding={mode!r})"
    assert_refused(lambda: EmbeddingLayer(6, 4, pos_encoding=mode), work, hint)


@number("15.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("mode", ["learned", "sinusoidal"])
@pytest.mark.parametrize(("longest", "shape"), [(3, (4,)), (1, (2, 4))], ids=["sequence", "batch"])
def test_there_are_only_so_many_positions(rng, mode, longest, shape):
    """More tokens than max_seq_len are a ValueError with positions of either kind; without positions any number will do."""
    ids = rng.integers(0, 5, shape)
    free = EmbeddingLayer(6, 4, max_seq_len=longest, pos_encoding=None)
    table = with_table(free.token_embedding, 6, 4, rng)
    single = ids.reshape(-1)
    found = free(Tensor(single)).data
    call = f"EmbeddingLayer(6, 4, max_seq_len={longest}, pos_encoding=None)(tokens)"
    assert_close(
        found, table[single], **SUMS, call=call, given={"tokens": single}, hint="There is no position to run out of."
    )
    layer = EmbeddingLayer(6, 4, max_seq_len=longest, pos_encoding=mode)
    fitting = layer(Tensor(np.zeros(longest)))
    assert_shape(
        fitting.shape[-2:], (longest, 4), call=f"the last two axes for {longest} tokens, max_seq_len={longest}"
    )
    hint = "A slice would silently give fewer positions than tokens: compare T with max_seq_len first."
    call = f"EmbeddingLayer(6, 4, max_seq_len={longest}, pos_encoding={mode!r})(tokens), tokens of shape {shape}"
    assert_refused(lambda: layer(Tensor(ids)), call, hint)
