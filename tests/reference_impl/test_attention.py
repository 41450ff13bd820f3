"""The reference's attention: values by properties and by hand, heads against a loop over heads, gradients by differences."""

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  from here on, operations record their gradients
from tinytorch.core import attention
from tinytorch.core.attention import MultiHeadAttention, scaled_dot_product_attention
from tinytorch.core.tensor import Tensor


@pytest.fixture
def rng():
    return np.random.default_rng(12)


@pytest.fixture(autouse=True)
def _seed():
    np.random.seed(12)


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def attend(Q, K, V, mask=1.0):
    """The formula in float64; hidden scores become minus infinity."""
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    return softmax(np.where(np.broadcast_to(mask, scores.shape) == 1, scores, -np.inf)) @ V


def central_differences(function, a, step=1e-5):
    """Return d function(a) / da, element by element, in float64."""
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        above, below = a.copy(), a.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (function(above) - function(below)) / (2 * step)
    return gradient


def test_a_hand_worked_query_between_two_keys():
    """Scores ln 3 and 0 give the weights 3/4 and 1/4; with D = 4 the query is divided by 2."""
    Q, K = Tensor([[2 * np.log(3), 0, 0, 0]]), Tensor([[1.0, 0, 0, 0], [0, 1, 0, 0]])
    output, weights = scaled_dot_product_attention(Q, K, Tensor([[8.0], [4.0]]))
    assert weights.data == pytest.approx(np.array([[0.75, 0.25]]), rel=1e-6)
    assert output.data == pytest.approx(np.array([[7.0]]), rel=1e-6)


@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
def test_shapes_of_every_rank(leading, rng):
    Q, K, V = (rng.standard_normal((*leading, *shape)) for shape in ((4, 6), (5, 6), (5, 2)))
    output, weights = scaled_dot_product_attention(Tensor(Q), Tensor(K), Tensor(V))
    assert output.shape == (*leading, 4, 2)
    assert weights.shape == (*leading, 4, 5)
    assert weights.data.sum(axis=-1) == pytest.approx(1, abs=1e-5)
    assert output.data == pytest.approx(attend(Q, K, V), rel=1e-4, abs=1e-5)
    assert not output.requires_grad


def test_hidden_keys_do_not_count(rng):
    Q, K, V = (rng.standard_normal((2, 4, 3)) for _ in range(3))
    mask = np.tril(np.ones((4, 4)))
    mask[2] = 0  # a query with nothing to look at
    output, weights = scaled_dot_product_attention(*map(Tensor, (Q, K, V)), mask=Tensor(mask))
    rows = [0, 1, 3]
    assert (weights.data[:, rows] * (1 - mask[rows])).max() < 1e-6
    assert output.data[:, rows] == pytest.approx(attend(Q[:, rows], K, V, mask[rows]), rel=1e-4, abs=1e-5)
    assert weights.data[:, 2].sum(axis=-1) == pytest.approx(1, abs=1e-5)


def test_large_scores_stay_finite():
    Q, K = Tensor([[1e4, 0.0]]), Tensor([[2e4, 0.0], [1e4, 0.0]])
    output, _ = scaled_dot_product_attention(Q, K, Tensor([[5.0], [6.0]]))
    assert output.data.tolist() == [[5]]


@pytest.mark.parametrize("shapes", [((4, 3), (4, 2), (4, 3)), ((4, 3), (5, 3), (4, 3))])
def test_unequal_lengths_are_refused(shapes):
    with pytest.raises(ValueError, match="Inner dimensions"):
        scaled_dot_product_attention(*(Tensor(np.ones(shape)) for shape in shapes))


@pytest.mark.parametrize("mask", [None, np.tril(np.ones((3, 3)))])
def test_gradients_of_all_three_inputs(mask, rng):
    arrays = [rng.standard_normal(shape) for shape in ((2, 3, 4), (2, 3, 4), (2, 3, 5))]
    arriving = rng.standard_normal((2, 3, 5))
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    output, weights = scaled_dot_product_attention(*tensors, mask=None if mask is None else Tensor(mask))
    assert output.requires_grad
    assert weights.requires_grad
    output.backward(arriving)
    for which, tensor in enumerate(tensors):

        def value(moved, which=which):
            inputs = [moved if i == which else a for i, a in enumerate(arrays)]
            return (arriving * attend(*inputs, mask=1.0 if mask is None else mask)).sum()

        assert tensor.grad == pytest.approx(central_differences(value, arrays[which]), rel=1e-3, abs=1e-5)


def by_hand(layer, x, mask=1.0):
    """Attend head by head in float64, with the layer's own weights."""
    q, k, v = (x @ p.weight.data + p.bias.data for p in (layer.q_proj, layer.k_proj, layer.v_proj))
    D = layer.head_dim
    heads = [attend(*(a[..., h * D : (h + 1) * D] for a in (q, k, v)), mask) for h in range(layer.num_heads)]
    return np.concatenate(heads, axis=-1) @ layer.out_proj.weight.data + layer.out_proj.bias.data


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_heads_work_side_by_side(heads, rng):
    layer, x = MultiHeadAttention(8, heads), rng.standard_normal((3, 5, 8))
    for param in layer.parameters():
        param.data = rng.standard_normal(param.shape)
    assert layer(Tensor(x)).data == pytest.approx(by_hand(layer, x), rel=1e-4, abs=1e-4)
    assert layer.head_dim == 8 // heads


@pytest.mark.parametrize("shape", [(3, 3), (1, 3, 3), (2, 3, 3), (1, 1, 3, 3), (2, 1, 3, 3), (2, 4, 3, 3)])
def test_every_shape_of_mask(shape, rng):
    layer, x = MultiHeadAttention(8, 4), rng.standard_normal((2, 3, 8))
    causal = np.tril(np.ones((3, 3)))
    got = layer(Tensor(x), mask=Tensor(np.broadcast_to(causal, shape)))
    assert got.data == pytest.approx(by_hand(layer, x, causal), rel=1e-4, abs=1e-5)


def test_a_mask_of_its_own_for_each_entry_even_where_entries_and_heads_are_as_many(rng):
    layer, x = MultiHeadAttention(8, 2), rng.standard_normal((2, 3, 8))
    masks = np.stack([np.tril(np.ones((3, 3))), np.ones((3, 3))])
    got = layer(Tensor(x), Tensor(masks)).data
    assert got[0] == pytest.approx(by_hand(layer, x[0], masks[0]), rel=1e-4, abs=1e-5)
    assert got[1] == pytest.approx(by_hand(layer, x[1], masks[1]), rel=1e-4, abs=1e-5)


def test_parameters_are_the_projections_own():
    layer = MultiHeadAttention(6, 3)
    projections = [layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj]
    want = [tensor for projection in projections for tensor in (projection.weight, projection.bias)]
    assert len(layer.parameters()) == 8
    assert all(got is tensor for got, tensor in zip(layer.parameters(), want, strict=True))


def test_every_parameter_gets_its_gradient(rng):
    layer, x = MultiHeadAttention(4, 2), rng.standard_normal((2, 3, 4))
    arriving = rng.standard_normal((2, 3, 4))
    layer(Tensor(x)).backward(arriving)
    for number, param in enumerate(layer.parameters()):
        start = param.data.astype(np.float64)

        def value(moved, param=param):
            param.data = moved
            return (arriving * by_hand(layer, x)).sum()

        want = central_differences(value, start)
        param.data = start
        assert param.grad == pytest.approx(want, rel=1e-3, abs=1e-4), f"parameter {number}"
        if number == 3:  # shifting all keys alike shifts each row of scores evenly, and Softmax does not see that
            assert np.abs(want).max() < 1e-6


@pytest.mark.parametrize("shape", [(3, 8), (2, 3, 7), (1, 2, 3, 8)])
def test_forward_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"needs \(batch, positions, 8\), got"):
        MultiHeadAttention(8, 2)(Tensor(np.ones(shape)))


def test_uneven_heads_are_refused():
    with pytest.raises(ValueError, match="5 heads cannot share an embedding of 64"):
        MultiHeadAttention(64, 5)


def test_the_constant():
    assert attention.MASK_VALUE == -1e9
