"""The reference's embeddings: rows of tables, exact sums as gradients, sines by their formula and by hand."""

import math

import numpy as np
import pytest
from tinytorch.core.embeddings import Embedding, EmbeddingLayer, PositionalEncoding, create_sinusoidal_embeddings
from tinytorch.core.tensor import Tensor

SINES = [
    [0, 1, 0, 1],
    [0.841471, 0.540302, 0.01, 0.99995],
    [0.909297, -0.416147, 0.019999, 0.9998],
    [0.14112, -0.989992, 0.029995, 0.99955],
]


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture(autouse=True)
def _seed():
    np.random.seed(11)


def normals(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def scattered(table, ids, G):
    """Return what each row of a table gets: the sum of what arrives wherever the row was used."""
    gradient = np.zeros(table.shape)
    for index in np.ndindex(ids.shape):
        gradient[ids[index]] += G[index]
    return gradient


@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (2, 3, 2)])
def test_embedding_picks_rows_and_scatters_gradients(shape, rng):
    layer, ids = Embedding(4, 3), rng.integers(0, 4, shape)
    out = layer(Tensor(ids))
    assert np.array_equal(out.data, layer.weight.data[ids])
    assert out.shape == (*shape, 3)
    G = normals(rng, *out.shape)
    out.backward(G)
    assert layer.weight.grad.dtype == np.float32
    assert layer.weight.grad == pytest.approx(scattered(layer.weight.data, ids, G), rel=1e-6, abs=1e-6)


def test_rows_that_are_not_used_get_nothing(rng):
    layer = Embedding(5, 2)
    layer(Tensor([1, 3, 1])).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [2, 2], [0, 0], [1, 1], [0, 0]]


def test_first_rows_are_uniform():
    weight = Embedding(500, 300).weight
    bound = math.sqrt(6 / 800)
    assert np.abs(weight.data).max() <= bound
    assert weight.data.std() == pytest.approx(bound / math.sqrt(3), rel=0.01)
    assert weight.requires_grad
    positions = PositionalEncoding(500, 200).position_embeddings
    assert np.abs(positions.data).max() == pytest.approx(math.sqrt(2 / 200), rel=0.01)


@pytest.mark.parametrize("ids", [[4], [-1], [[0, 1], [2, 100]]])
def test_ids_outside_the_table_are_refused(ids):
    with pytest.raises(ValueError, match=r"must lie in 0\.\.3"):
        Embedding(4, 2)(Tensor(ids))


def test_a_table_may_be_shared_frozen_and_replaced(rng):
    first, second = Embedding(3, 2), Embedding(3, 2)
    second.weight = first.weight
    (first(Tensor([0])) + second(Tensor([0]))).sum().backward()
    assert first.weight.grad.tolist() == [[2, 2], [0, 0], [0, 0]]
    assert first.parameters()[0] is second.parameters()[0]
    first.weight.requires_grad = False
    out = first(Tensor([1]))
    assert (out.requires_grad, out._grad_fn) == (False, None)


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("length", [0, 1, 3, 5])
def test_positions_are_added_to_every_sequence(length, tracked, rng):
    layer, a = PositionalEncoding(5, 4), normals(rng, 3, length, 4)
    x = Tensor(a, requires_grad=tracked)
    out = layer(x)
    assert np.array_equal(out.data, a + layer.position_embeddings.data[:length])
    G = normals(rng, *out.shape)
    out.backward(G)
    wanted = np.zeros((5, 4))
    wanted[:length] = G.sum(axis=0)
    assert layer.position_embeddings.grad == pytest.approx(wanted, rel=1e-5, abs=1e-6)
    assert x.grad is None or np.array_equal(x.grad, G)


@pytest.mark.parametrize("shape", [(3, 4), (1, 2, 3, 4), (2, 6, 4), (2, 3, 5)])
def test_positions_refuse_what_does_not_fit(shape):
    with pytest.raises(ValueError, match=r"shape|longer"):
        PositionalEncoding(5, 4)(Tensor(np.ones(shape)))


def test_sines_by_hand():
    table = create_sinusoidal_embeddings(4, 4)
    assert table.data == pytest.approx(np.array(SINES), abs=1e-6)
    assert (table.requires_grad, table.data.dtype) == (False, np.float32)
    odd = create_sinusoidal_embeddings(2, 5).data
    assert odd[1] == pytest.approx([0.841471, 0.540302, 0.025116, 0.999684, 0.000631], abs=1e-6)


@pytest.mark.parametrize(("length", "width"), [(0, 4), (3, 1), (2048, 6), (7, 7)])
def test_sines_by_their_formula(length, width):
    table = create_sinusoidal_embeddings(length, width).data
    assert table.shape == (length, width)
    for position, column in np.ndindex(table.shape):
        wave = math.cos if column % 2 else math.sin
        assert table[position, column] == pytest.approx(wave(position / 10000 ** (column // 2 * 2 / width)), abs=1e-6)


@pytest.mark.parametrize("kind", ["learned", "sinusoidal", None])
@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("shape", [(2, 3), (3,), (4,), (0, 3), (1, 0)])
def test_a_layer_adds_positions_to_tokens(kind, scaled, shape, rng):
    layer, ids = EmbeddingLayer(6, 4, 4, kind, scaled), rng.integers(0, 6, shape)
    out = layer(Tensor(ids))
    factor, T = (2 if scaled else 1), shape[-1]
    rows = layer.token_embedding.weight.data[ids] * factor
    positions = {
        "learned": lambda: layer.pos_encoding.position_embeddings.data,
        "sinusoidal": lambda: layer.pos_encoding.data,
    }
    wanted = rows + positions[kind]()[:T] if kind else rows
    assert out.data == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    assert out.shape == (*shape, 4)
    G = normals(rng, *out.shape)
    out.backward(G)
    gradient = scattered(layer.token_embedding.weight.data, ids, factor * G)
    assert layer.token_embedding.weight.grad == pytest.approx(gradient, rel=1e-5, abs=1e-5)
    if kind == "learned":
        summed = G.reshape(-1, T, 4).sum(axis=0) if G.size else np.zeros((T, 4))
        assert layer.pos_encoding.position_embeddings.grad[:T] == pytest.approx(summed, rel=1e-5, abs=1e-5)
        assert not layer.pos_encoding.position_embeddings.grad[T:].any()
    if kind == "sinusoidal":
        assert layer.pos_encoding.grad is None


def test_a_layers_parameters_and_limits():
    layers = {kind: EmbeddingLayer(6, 4, 2, kind) for kind in ("learned", "sinusoidal", None)}
    assert [len(layer.parameters()) for layer in layers.values()] == [2, 1, 1]
    assert layers["learned"].parameters()[1] is layers["learned"].pos_encoding.position_embeddings
    assert layers[None](Tensor([1, 2, 3])).shape == (3, 4)
    for kind in ("learned", "sinusoidal"):
        with pytest.raises(ValueError, match="longer than max_seq_len, 2"):
            layers[kind](Tensor([1, 2, 3]))
    with pytest.raises(ValueError, match="pos_encoding must be"):
        EmbeddingLayer(6, 4, pos_encoding="rotary")


def test_reprs():
    assert repr(Embedding(6, 4)) == "Embedding(vocab_size=6, embed_dim=4)"
    assert repr(PositionalEncoding(6, 4)) == "PositionalEncoding(max_seq_len=6, embed_dim=4)"
    assert repr(EmbeddingLayer(6, 4)) == "EmbeddingLayer(vocab_size=6, embed_dim=4, pos_encoding='learned')"
    assert repr(EmbeddingLayer(6, 4, pos_encoding=None)).endswith("pos_encoding='None')")
