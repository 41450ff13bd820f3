"""The reference's layers: Linear against NumPy, Dropout by its statistics, and both under autograd.

Statistics use fixed seeds, so that they hold always or never.
"""

import math

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  from here on, operations record their gradients
from tinytorch.core import layers
from tinytorch.core.layers import Dropout, Layer, Linear
from tinytorch.core.tensor import Tensor


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture(autouse=True)
def _seed():
    np.random.seed(3)


def central_differences(function, a, step=2.0**-7):
    """Return d sum(function(a)) / da, element by element."""
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        above, below = a.copy(), a.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (function(above).astype(np.float64).sum() - function(below).astype(np.float64).sum()) / (
            2 * step
        )
    return gradient


def test_base_class_leaves_forward_to_others():
    assert Layer().parameters() == []
    assert repr(Layer()) == "Layer()"
    with pytest.raises(NotImplementedError, match=r"Layer\.forward"):
        Layer().forward(Tensor(1.0))
    with pytest.raises(NotImplementedError, match=r"Layer\.forward"):
        Layer()(Tensor(1.0))


def test_derived_class_needs_no_constructor():
    class Sum(Layer):
        def forward(self, x, *others, scale=1):
            return (x + sum(others)) * scale

    assert Sum()(1, 2, 3, scale=10) == 60
    assert repr(Sum()) == "Sum()"


def test_activations_can_be_imported_from_layers():
    assert layers.ReLU()(Tensor([-1.0, 2.0])).data.tolist() == [0, 2]
    assert layers.Sigmoid()(Tensor(0.0)).data == 0.5


def test_constants():
    assert (layers.XAVIER_SCALE_FACTOR, layers.HE_SCALE_FACTOR) == (1.0, 2.0)
    assert (layers.DROPOUT_MIN_PROB, layers.DROPOUT_MAX_PROB) == (0.0, 1.0)


@pytest.mark.parametrize("bias", [True, False])
def test_linear_attributes(bias):
    layer = Linear(3, 2, bias)
    tensors = layer.parameters()
    assert tensors[0] is layer.weight
    assert len(tensors) == 1 + bias
    assert all(t.requires_grad and t.grad is None and t.data.dtype == np.float32 for t in tensors)
    assert layer.weight.shape == (3, 2)
    assert layer.bias.data.tolist() == [0, 0] if bias else layer.bias is None
    assert repr(layer) == f"Linear(in_features=3, out_features=2, bias={bias})"


def test_first_weights_are_scaled_standard_normals():
    """The course's own stream: one draw of shape (in, out) from NumPy's global generator."""
    np.random.seed(11)
    weight = Linear(50, 20).weight.data
    np.random.seed(11)
    assert np.array_equal(weight, (np.random.randn(50, 20) / math.sqrt(50)).astype(np.float32))


@pytest.mark.parametrize("shape", [(3,), (1, 3), (5, 3), (2, 4, 3), (0, 3)])
def test_linear_is_numpys_product_and_sum(shape, rng):
    layer, x = Linear(3, 2), rng.standard_normal(shape).astype(np.float32)
    layer.weight.data, layer.bias.data = rng.standard_normal((3, 2)), rng.standard_normal(2)
    out = layer(Tensor(x)).data
    assert out.dtype == np.float32
    assert out == pytest.approx(x @ layer.weight.data + layer.bias.data, rel=1e-5, abs=1e-6)


def test_linear_refuses_the_wrong_length():
    with pytest.raises(ValueError, match="Inner dimensions must match: 4 ≠ 3"):
        Linear(3, 2)(Tensor(np.ones((1, 4))))
    with pytest.raises((AttributeError, TypeError)):
        Linear(3, 2)(np.ones((1, 3)))


@pytest.mark.parametrize("shape", [(4, 3), (2, 2, 3)])
def test_linear_gradients_are_those_of_the_formula(shape, rng):
    layer, a = Linear(3, 2), rng.standard_normal(shape).astype(np.float32)
    x = Tensor(a, requires_grad=True)
    layer(x).sum().backward()
    W, b = layer.weight.data.copy(), layer.bias.data.copy()
    assert x.grad == pytest.approx(central_differences(lambda v: v @ W + b, a), abs=1e-3)
    assert layer.weight.grad == pytest.approx(central_differences(lambda v: a @ v + b, W), abs=1e-3)
    assert layer.bias.grad == pytest.approx(central_differences(lambda v: a @ W + v, b), abs=1e-3)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.9])
def test_dropout_keeps_the_mean_and_the_places(p, rng):
    a = rng.uniform(1, 2, (300, 400)).astype(np.float32)
    out = Dropout(p)(Tensor(a)).data
    assert (out == 0).mean() == pytest.approx(p, abs=0.01)
    assert out.mean() == pytest.approx(a.mean(), rel=0.03)
    np.testing.assert_allclose(out, np.where(out == 0, 0, a / (1 - p)), rtol=1e-6)


def test_dropout_draws_for_each_element_and_call():
    layer, ones = Dropout(0.5), Tensor(np.ones((200, 200)))
    first, second = layer(ones).data == 0, layer(ones).data == 0
    for differing in (first != second, np.diff(first, axis=0), np.diff(first, axis=1)):
        assert differing.mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("p", "training"), [(0.6, False), (0.0, True), (1.0, False)])
def test_dropout_at_rest_changes_nothing(p, training, rng):
    x = Tensor(rng.standard_normal((4, 5)))
    before = x.data.copy()
    assert np.array_equal(Dropout(p)(x, training).data, before)


@pytest.mark.parametrize("p", [0.4, 1.0])
def test_dropout_gradient_is_its_mask(p):
    x = Tensor(np.ones((20, 30)), requires_grad=True)
    out = Dropout(p)(x)
    out.sum().backward()
    assert np.array_equal(x.grad, out.data)  # the input is all ones


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("flag", [True, False])
def test_dropout_of_everything_is_zero_even_for_infinity(flag):
    x = Tensor([[np.inf, -np.inf], [np.nan, 1.0]], requires_grad=flag)
    out = Dropout(1.0)(x)
    assert out.data.tolist() == [[0, 0], [0, 0]]
    assert out.requires_grad is flag


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan, math.inf])
def test_dropout_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match=r"between 0\.0 and 1\.0, got"):
        Dropout(p)


def test_dropout_defaults():
    assert repr(Dropout()) == "Dropout(p=0.5)"
    assert Dropout().parameters() == []
