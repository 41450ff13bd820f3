"""The reference's layers for images: values against the formula written out as loops, gradients by central differences.

Differences are taken of float64 formulas, so that the layers' float32 is what the tolerances are for.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from tinytorch.core import spatial
from tinytorch.core.layers import Linear
from tinytorch.core.spatial import AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor

GIVEN = Path(__file__).parents[2] / "test_suites" / "m09_spatial" / "given.py"
WINDOWS = [
    ((1, 1), 1, 0),
    ((3, 3), 1, 1),
    ((2, 2), 2, 0),
    ((3, 3), 2, 1),
    ((1, 3), 1, 0),
    ((3, 2), 3, 2),
    ((2, 3), 1, 1),
]


@pytest.fixture
def rng():
    return np.random.default_rng(9)


@pytest.fixture(autouse=True)
def _seed():
    np.random.seed(9)


def every_window(x, kernel_size, stride, padding, frame):
    """Yield (row, column, window) for every place of a window, with all images and channels."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=frame)
    (kh, kw), (H, W) = kernel_size, padded.shape[2:]
    for r, c in np.ndindex((H - kh) // stride + 1, (W - kw) // stride + 1):
        yield r, c, padded[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]


def slide(x, reduce, channels, kernel_size, stride, padding, frame=0.0):
    places = list(every_window(x, kernel_size, stride, padding, frame))
    out = np.empty((len(x), channels, places[-1][0] + 1, places[-1][1] + 1))
    for r, c, window in places:
        out[:, :, r, c] = reduce(window)
    return out


def convolve(x, weight, bias, *window):
    return slide(x, lambda seen: np.einsum("bcij,ocij->bo", seen, weight) + bias, len(weight), *window)


def normalize(x, gamma, beta, eps):
    mean, variance = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    return (x - mean) / np.sqrt(variance + eps) * gamma[:, None, None] + beta[:, None, None]


def central_differences(function, a, G, step=1e-5):
    """Return d sum(G * function(a)) / da in float64, element by element."""
    a = a.astype(np.float64)
    gradient = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        above, below = a.copy(), a.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (G * (function(above) - function(below))).sum() / (2 * step)
    return gradient


def normals(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def distinct(rng, *shape):
    """Whole numbers in random order: no ties, and no maximum that a small step could move."""
    return rng.permutation(math.prod(shape)).reshape(shape).astype(np.float32) - math.prod(shape) // 2


@pytest.mark.medium
@pytest.mark.parametrize(("kernel_size", "stride", "padding"), WINDOWS)
@pytest.mark.parametrize("bias", [True, False])
def test_convolution_is_its_formula(kernel_size, stride, padding, bias, rng):
    layer = Conv2d(2, 3, kernel_size, stride, padding, bias)
    a = normals(rng, 2, 2, 5, 6)
    if bias:
        layer.bias.data = normals(rng, 3)
    x = Tensor(a, requires_grad=True)
    out = layer(x)
    W, b = layer.weight.data.astype(np.float64), layer.bias.data.astype(np.float64) if bias else np.zeros(3)
    window = (kernel_size, stride, padding)
    assert out.data == pytest.approx(convolve(a, W, b, *window), rel=1e-4, abs=1e-5)
    assert out.data.dtype == np.float32
    G = normals(rng, *out.shape)
    out.backward(G)
    a = a.astype(np.float64)
    assert x.grad == pytest.approx(central_differences(lambda v: convolve(v, W, b, *window), a, G), rel=1e-3, abs=1e-4)
    wanted = central_differences(lambda v: convolve(a, v, b, *window), W, G)
    assert layer.weight.grad == pytest.approx(wanted, rel=1e-3, abs=1e-4)
    if bias:
        assert layer.bias.grad == pytest.approx(G.sum(axis=(0, 2, 3)), rel=1e-4, abs=1e-5)


def test_convolution_by_hand():
    layer = Conv2d(1, 1, 3, bias=False)
    layer.weight.data = np.array([[[[-1, 0, 1]] * 3]], dtype=np.float32)
    assert layer(Tensor([[[[0, 0, 1, 1]] * 3]])).data.tolist() == [[[[3, 3]]]]
    layer.weight.data = np.ones((1, 1, 3, 3), dtype=np.float32)
    assert layer(Tensor(np.ones((1, 1, 3, 3)))).data.tolist() == [[[[9]]]]


@pytest.mark.parametrize("bias", [True, False])
def test_convolution_attributes(bias):
    layer = Conv2d(2, 5, 3, bias=bias)
    assert (layer.in_channels, layer.out_channels, layer.kernel_size) == (2, 5, (3, 3))
    assert (layer.stride, layer.padding) == (1, 0)
    assert layer.weight.shape == (5, 2, 3, 3)
    assert layer.bias is None or not layer.bias.data.any()
    assert all(a is b for a, b in zip(layer.parameters(), [layer.weight, layer.bias], strict=False))
    assert len(layer.parameters()) == 1 + bias
    assert all(parameter.requires_grad for parameter in layer.parameters())


def test_first_weights_are_he_scaled():
    weights = Conv2d(64, 128, 3).weight.data
    assert weights.std() == pytest.approx(math.sqrt(2 / (64 * 9)), rel=0.02)
    assert weights.mean() == pytest.approx(0, abs=1e-3)


def test_no_images_give_no_images():
    assert Conv2d(2, 3, 3, padding=1)(Tensor(np.zeros((0, 2, 4, 5)))).shape == (0, 3, 4, 5)
    assert MaxPool2d(2)(Tensor(np.zeros((0, 2, 4, 6)))).shape == (0, 2, 2, 3)


def test_frozen_weights_make_no_graph():
    layer = Conv2d(1, 1, 2)
    layer.weight.requires_grad = False
    out = layer(Tensor(np.ones((1, 1, 2, 2))))
    assert (out.requires_grad, out._grad_fn) == (False, None)
    assert MaxPool2d(2)(Tensor(np.ones((1, 1, 2, 2))))._grad_fn is None


@pytest.mark.parametrize("layer", [Conv2d(2, 1, 3), MaxPool2d(2), AvgPool2d(2), BatchNorm2d(2), SimpleCNN()])
@pytest.mark.parametrize("shape", [(2, 5, 5), (1, 1, 2, 5, 5)])
def test_other_ranks_are_refused(layer, shape):
    with pytest.raises(ValueError, match=r"\(B, C, H, W\), got shape"):
        layer(Tensor(np.ones(shape)))


@pytest.mark.parametrize("layer", [Conv2d(2, 1, 3), BatchNorm2d(2)])
@pytest.mark.parametrize("channels", [1, 3])
def test_other_channels_are_refused(layer, channels):
    with pytest.raises(ValueError, match=f"needs 2 channels, got {channels}"):
        layer(Tensor(np.ones((1, channels, 4, 4))))


@pytest.mark.parametrize("layer", [Conv2d(1, 1, 5, padding=1), MaxPool2d(5, padding=1), AvgPool2d((1, 5), padding=1)])
def test_windows_that_do_not_fit_are_refused(layer):
    with pytest.raises(ValueError, match="does not fit"):
        layer(Tensor(np.ones((1, 1, 7, 2))))


@pytest.mark.medium
@pytest.mark.parametrize(("kernel_size", "stride", "padding"), WINDOWS)
@pytest.mark.parametrize("kind", [MaxPool2d, AvgPool2d])
def test_pooling_is_its_formula(kind, kernel_size, stride, padding, rng):
    a = distinct(rng, 2, 3, 5, 6)
    x = Tensor(a, requires_grad=True)
    out = kind(kernel_size, stride, padding)(x)
    name, frame = ("max", -np.inf) if kind is MaxPool2d else ("mean", 0.0)

    def formula(v):
        return slide(v, lambda seen: getattr(seen, name)(axis=(2, 3)), 3, kernel_size, stride, padding, frame)

    assert out.data == pytest.approx(formula(a), rel=1e-5, abs=1e-6)
    G = np.where(np.isfinite(out.data), normals(rng, *out.shape), 0).astype(np.float32)
    out.backward(G)
    if np.isfinite(out.data).all():  # a window on the frame alone has no derivative
        assert x.grad == pytest.approx(central_differences(formula, a, G), rel=1e-3, abs=1e-4)


def test_pooling_attributes():
    assert (MaxPool2d(3).kernel_size, MaxPool2d(3).stride, MaxPool2d(3).padding) == ((3, 3), 3, 0)
    assert AvgPool2d((2, 4)).stride == 2
    assert MaxPool2d(2, 1).stride == 1
    assert MaxPool2d(2).parameters() == AvgPool2d(2).parameters() == []


def test_the_frame_of_a_maximum_never_wins():
    assert MaxPool2d(2, 2, padding=1)(Tensor(np.full((1, 1, 2, 2), -5.0))).data.tolist() == [[[[-5, -5], [-5, -5]]]]
    assert AvgPool2d(2, 2, padding=1)(Tensor(np.ones((1, 1, 2, 2)))).data.tolist() == [[[[0.25, 0.25], [0.25, 0.25]]]]


def test_the_first_of_equal_pixels_gets_the_gradient():
    x = Tensor([[[[1, 7, 7], [7, 0, 7]]]], requires_grad=True)
    MaxPool2d(2, stride=1)(x).backward(np.array([[[[2.0, 10.0]]]]))
    assert x.grad.tolist() == [[[[0, 12, 0], [0, 0, 0]]]]


def test_batches_are_levelled(rng):
    layer, a = BatchNorm2d(3), normals(rng, 4, 3, 5, 6) * 3 + 7
    layer.gamma.data, layer.beta.data = normals(rng, 3), normals(rng, 3)
    assert layer(Tensor(a)).data == pytest.approx(normalize(a, layer.gamma.data, layer.beta.data, 1e-5), abs=1e-4)


def test_running_statistics_follow_the_batches(rng):
    layer, batches = BatchNorm2d(2, momentum=0.3), [normals(rng, 4, 2, 3, 3) + 5, normals(rng, 2, 2, 4, 1)]
    mean, variance = np.zeros(2), np.ones(2)
    for a in batches:
        layer(Tensor(a))
        mean = 0.7 * mean + 0.3 * a.mean(axis=(0, 2, 3))
        variance = 0.7 * variance + 0.3 * a.var(axis=(0, 2, 3))
    assert layer.running_mean == pytest.approx(mean, rel=1e-5)
    assert layer.running_var == pytest.approx(variance, rel=1e-5)
    assert layer.eval() is layer
    before = layer.running_mean.copy(), layer.running_var.copy()
    out = layer(Tensor(batches[0][:1]))
    wanted = (batches[0][:1] - mean[:, None, None]) / np.sqrt(variance + 1e-5)[:, None, None]
    assert out.data == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    assert np.array_equal(before, (layer.running_mean, layer.running_var))
    assert layer.train() is layer
    assert layer.training


@pytest.mark.parametrize("training", [True, False])
def test_batch_normalisation_gradients(training, rng):
    layer, a, G = BatchNorm2d(2), normals(rng, 3, 2, 2, 3), normals(rng, 3, 2, 2, 3)
    layer.gamma.data, layer.beta.data = normals(rng, 2), normals(rng, 2)
    layer.running_mean, layer.running_var = np.array([0.5, -1.0]), np.array([2.0, 0.25])
    layer.training = training
    x = Tensor(a, requires_grad=True)
    layer(x).backward(G)
    gamma, beta, a = (v.astype(np.float64) for v in (layer.gamma.data, layer.beta.data, a))

    def formula(v, gamma, beta):
        if training:
            return normalize(v, gamma, beta, 1e-5)
        level = (v - np.array([0.5, -1.0])[:, None, None]) / np.sqrt(np.array([2.0, 0.25]) + 1e-5)[:, None, None]
        return level * gamma[:, None, None] + beta[:, None, None]

    assert x.grad == pytest.approx(central_differences(lambda v: formula(v, gamma, beta), a, G), rel=1e-3, abs=1e-4)
    assert layer.gamma.grad == pytest.approx(central_differences(lambda v: formula(a, v, beta), gamma, G), abs=1e-3)
    assert layer.beta.grad == pytest.approx(central_differences(lambda v: formula(a, gamma, v), beta, G), abs=1e-3)


@pytest.mark.parametrize(("shape", "features"), [((2, 3, 32, 32), 2048), ((1, 3, 16, 16), 512), ((0, 3, 16, 8), 256)])
def test_simple_cnn_shapes(shape, features):
    network = SimpleCNN(num_classes=7)
    assert network(Tensor(np.ones(shape))).shape == (shape[0], features)
    assert (network.num_classes, network.flattened_size) == (7, 2048)
    assert [p.data.size for p in network.parameters()] == [432, 16, 4608, 32]


def test_a_loss_reaches_every_parameter_of_a_network(rng):
    network, head = SimpleCNN(), Linear(32 * 4, 3)
    head(network(Tensor(normals(rng, 2, 3, 8, 8)))).sum().backward()
    assert all(np.abs(parameter.grad).max() > 0 for parameter in network.parameters() + head.parameters())


@pytest.mark.parametrize(("kernel_size", "stride", "padding"), WINDOWS)
def test_the_nodes_that_are_handed_out_are_the_references(kernel_size, stride, padding, rng):
    """The starter brings its own copies, since it has none of the reference's helpers."""
    given = {"np": np, "Function": spatial.Function}
    exec(GIVEN.read_text(encoding="utf-8"), given)
    a, layers = (
        distinct(rng, 2, 2, 5, 6),
        (Conv2d(2, 3, kernel_size, stride, padding), MaxPool2d(kernel_size, stride, padding)),
    )
    x = Tensor(a, requires_grad=True)
    for layer in layers:
        out = layer(x)
        node, G = out._grad_fn, normals(rng, *out.shape)
        if isinstance(layer, Conv2d):
            arguments = (*node.saved_tensors, stride, padding, kernel_size, node.padded_shape)
        else:
            arguments = (x, out.shape, kernel_size, stride, padding)
        copy = given[type(node).__name__](*arguments)
        for ours, theirs in zip(node.apply(G), copy.apply(G), strict=True):
            assert np.array_equal(ours, theirs)
