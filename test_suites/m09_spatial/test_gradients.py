"""Gradients through a convolution, and through a network of all the layers (21 points).

Expected gradients are central differences of the sum written out in float64, under random gradients from above. Kernels are
symmetric, since flipping them is another check's subject.
"""

import numpy as np
import pytest
from arrays import distinct, ordinary
from asserts import assert_close, assert_equal, assert_gradient, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.activations import ReLU
from tinytorch.core.spatial import AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, SimpleCNN
from tinytorch.core.tensor import Tensor

# In float64 a step of 1e-5 leaves an error of about 1e-10; the tolerance is for the student's float32 sums.
GRADIENT = {"step": 1e-5, "rtol": 1e-3, "atol": 1e-3}
SUMS = {"rtol": 1e-4, "atol": 1e-4}
NODE_HINT = "Give Conv2dBackward(x, self.weight, self.bias, stride, padding, kernel_size, padded_shape) to the result's _grad_fn."


def array_of(gradient):
    """Return a gradient's numbers, whether it is an array or a Tensor."""
    return gradient.data if isinstance(gradient, Tensor) else gradient


def symmetric(rng, *shape):
    """Draw numbers that stay the same when the last two axes are turned round or, if equally long, change places."""
    kernel = ordinary(rng, *shape)
    kernel = kernel + kernel[..., ::-1, ::-1]
    return kernel + kernel.swapaxes(-1, -2) if shape[-1] == shape[-2] else kernel


def convolve(x, weights, bias, stride=1, padding=0):
    """Write the sum out: one window after the other."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    (kh, kw), (H, W) = weights.shape[2:], padded.shape[2:]
    out = np.zeros((len(x), len(weights), (H - kh) // stride + 1, (W - kw) // stride + 1))
    for r, c in np.ndindex(out.shape[2:]):
        window = padded[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        out[:, :, r, c] = np.einsum("bcij,ocij->bo", window, weights) + bias
    return out


def filled(weights, bias=None, **settings):
    layer = Conv2d(weights.shape[1], weights.shape[0], weights.shape[2:], bias=bias is not None, **settings)
    layer.weight.data = weights
    if bias is not None:
        layer.bias.data = bias
    return layer


def exact(*arrays):
    return [array.astype(np.float64) for array in arrays]


@number("18")
@weight(3)
@pytest.mark.parametrize("tracked", [True, False], ids=["x_tracked", "x_constant"])
def test_a_convolution_remembers_its_inputs(rng, tracked):
    """The result requires gradients and holds a node, because x or the weight does; a gradient reaches the bias by it."""
    layer, G = Conv2d(2, 3, 2), ordinary(rng, 2, 3, 4, 4)
    out = layer(Tensor(ordinary(rng, 2, 2, 5, 5), requires_grad=tracked))
    assert_equal(out.requires_grad, True, call="Conv2d(2, 3, 2)(x).requires_grad", hint=NODE_HINT)
    assert_equal(out._grad_fn is not None, True, call="Conv2d(2, 3, 2)(x)._grad_fn is not None", hint=NODE_HINT)
    out.backward(G)
    found, want = array_of(layer.bias.grad), G.sum(axis=(0, 2, 3))
    call = "bias.grad after Conv2d(2, 3, 2)(x).backward(g)"
    assert_close(found, want, **SUMS, call=call, given={"g": G}, hint=NODE_HINT)


WINDOWS = {"plain": (3, 1, 0), "padded": (3, 1, 1), "every second": (3, 2, 0), "both": (3, 2, 1)}


@number("19")
@weight(7)
@visibility("hidden")
@pytest.mark.parametrize("case", WINDOWS)
@pytest.mark.parametrize("of", ["x", "weight"])
def test_gradients_of_a_convolution(rng, case, of):
    """x and weight get the derivatives of the sum, strides and frames included."""
    k, stride, padding = WINDOWS[case]
    a, weights, bias = ordinary(rng, 2, 2, 6, 6), symmetric(rng, 3, 2, k, k), ordinary(rng, 3)
    layer, x = filled(weights, bias, stride=stride, padding=padding), Tensor(a, requires_grad=True)
    out = layer(x)
    G = ordinary(rng, *out.shape)
    out.backward(G)
    a, weights, bias = exact(a, weights, bias)
    call = f"{of}.grad after Conv2d(2, 3, {k}, {stride}, {padding})(x).backward(g)"
    if of == "x":
        hint = "Cut the padding off the gradient of the padded images, and take every stride into account."
        found = array_of(x.grad)
        assert_shape(found.shape[:2], a.shape[:2], call=call, hint=hint)
        assert_gradient(
            found, lambda v: convolve(v, weights, bias, stride, padding), a, weights=G, **GRADIENT, call=call, hint=hint
        )
    else:
        hint = "For each place in the kernel: what arrives times what was seen there, summed over images and windows."
        assert_gradient(
            array_of(layer.weight.grad),
            lambda v: convolve(a, v, bias, stride, padding),
            weights,
            weights=G,
            **GRADIENT,
            call=call,
            hint=hint,
        )


@number("20")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("bias", [True, False], ids=["with_bias", "without_bias"])
def test_gradients_have_the_shapes_of_their_tensors(rng, bias):
    """Gradients are float32 arrays in the shapes of x, weight and bias; it works without a bias, too."""
    a, weights = ordinary(rng, 2, 2, 4, 4), symmetric(rng, 3, 2, 3, 2)
    layer = filled(weights, ordinary(rng, 3) if bias else None, padding=1)
    x = Tensor(a, requires_grad=True)
    out = layer(x)
    G = ordinary(rng, *out.shape)
    out.backward(G)
    hint = "One gradient for each saved tensor, in its own shape and in float32."
    tensors = {"x": x, "weight": layer.weight} | ({"bias": layer.bias} if bias else {})
    for name, tensor in tensors.items():
        assert_shape(tensor.grad.shape, tuple(tensor.shape), call=f"{name}.grad", hint=hint)
        assert_equal(str(tensor.grad.dtype), "float32", call=f"{name}.grad.dtype", hint=hint)
    padded, total = np.pad(exact(a)[0], ((0, 0), (0, 0), (1, 1), (1, 1))), G.astype(np.float64)
    want = np.array([[(total[:, o] * padded[:, c, :4, :5]).sum() for c in range(2)] for o in range(3)])
    call = "weight.grad at the first place of the kernel"
    assert_close(array_of(layer.weight.grad)[:, :, 0, 0], want, rtol=1e-3, atol=1e-3, call=call, hint=hint)


@number("21")
@weight(3)
@visibility("hidden")
def test_two_passes_add_up(rng):
    """Two backward passes from two forward passes leave the sum of both gradients."""
    weights, bias = symmetric(rng, 2, 2, 2, 2), ordinary(rng, 2)
    layer, inputs, gradients = filled(weights, bias), ordinary(rng, 2, 1, 2, 4, 4), ordinary(rng, 2, 1, 2, 3, 3)
    for a, G in zip(inputs, gradients, strict=True):
        layer(Tensor(a)).backward(G)
    weights, bias = exact(weights, bias)
    hint = "The node returns its own part; Tensor.backward adds it to what is there."

    def both(v):
        return np.stack([convolve(a.astype(np.float64), v, bias) for a in inputs])

    found = array_of(layer.weight.grad)
    assert_gradient(found, both, weights, weights=gradients, **GRADIENT, call="weight.grad after two passes", hint=hint)
    want = gradients.sum(axis=(0, 1, 3, 4))
    assert_close(array_of(layer.bias.grad), want, **SUMS, call="bias.grad after two passes", hint=hint)


# A network. Biases keep ReLU's inputs away from 0, and windows without ties keep maxima where they are.


def network_output(x, weight, bias, head):
    """Return convolution, ReLU, the maximum of 2 x 2 pixels, and a product with head."""
    hidden = np.maximum(convolve(x, weight, bias, padding=1), 0)
    B, C, H, W = hidden.shape
    pooled = hidden.reshape(B, C, H // 2, 2, W // 2, 2).max(axis=(3, 5))
    return pooled.reshape(B, -1) @ head


@in_candidate
def run_network(a, weights, bias, head, G):
    """Return the gradients of a small network's parameters."""
    conv, last = Conv2d(2, 3, 3, padding=1), Tensor(head, requires_grad=True)
    conv.weight.data, conv.bias.data = weights, bias
    pooled = MaxPool2d(2)(ReLU()(conv(Tensor(a))))
    flat = pooled.reshape(pooled.shape[0], head.shape[0])
    (flat @ last).backward(G)
    gradients = [conv.weight.grad, conv.bias.grad, last.grad]
    return [gradient.data if isinstance(gradient, Tensor) else gradient for gradient in gradients]


@number("22")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("of", ["weight", "bias"])
def test_a_network_trains_all_its_parameters(rng, of):
    """Convolution, ReLU, maximum, reshape and a product with a matrix: each parameter gets its gradient."""
    a, weights, bias = (
        distinct(rng, 2, 2, 4, 4) / 8,
        0.5 * symmetric(rng, 3, 2, 3, 3),
        np.full(3, 0.3, dtype=np.float32),
    )
    head, G = ordinary(rng, 12, 2), ordinary(rng, 2, 2)
    found = dict(zip(["weight", "bias", "head"], run_network(a, weights, bias, head, G), strict=True))
    assert all(part is not None for part in found.values()), f"conv.{of}.grad is None: somewhere a node is missing."
    at = dict(zip(["weight", "bias"], exact(weights, bias), strict=True))
    hint = "Every layer on the way must hang its node on the result, and work on the Tensor it was given."

    def output(v):
        return network_output(a.astype(np.float64), **{**at, of: v}, head=head.astype(np.float64))

    assert_gradient(found[of], output, at[of], weights=G, **GRADIENT, call=f"conv.{of}.grad in a network", hint=hint)


# (S) Right by mathematics, but not asked of anyone.


@number("23.1 (S)")
@weight(0)
@visibility("hidden")
@pytest.mark.parametrize("window", [((2, 2), 2, 0), ((3, 3), 2, 1), ((2, 3), 1, 0)], ids=["plain", "padded", "overlap"])
def test_average_gradients(rng, window):
    """(S) Not graded: every pixel of an averaged window gets an equal share."""
    kernel_size, stride, padding = window
    a = ordinary(rng, 1, 2, 4, 5)
    x = Tensor(a, requires_grad=True)
    out = AvgPool2d(*window)(x)
    G = ordinary(rng, *out.shape)
    out.backward(G)
    share = np.zeros((2, 2, *kernel_size))
    share[0, 0] = share[1, 1] = 1 / np.prod(kernel_size)
    hint = "Beyond the course: no points are lost here."
    assert_gradient(
        array_of(x.grad),
        lambda v: convolve(v, share, np.zeros(2), stride, padding),
        a.astype(np.float64),
        weights=G,
        **GRADIENT,
        call=f"x.grad after AvgPool2d{window}(x).backward(g)",
        hint=hint,
    )


def normalize(x, gamma, beta):
    mean, variance = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma[:, None, None] + beta[:, None, None]


@number("23.2 (S)")
@weight(0)
@visibility("hidden")
@pytest.mark.parametrize("of", ["x", "gamma", "beta"])
def test_batch_normalisation_gradients(rng, of):
    """(S) Not graded: x, gamma and beta get their gradients while training, through mean and variance."""
    a, gamma, beta = ordinary(rng, 3, 2, 3, 2), ordinary(rng, 2), ordinary(rng, 2)
    layer, x = BatchNorm2d(2), Tensor(a, requires_grad=True)
    layer.gamma.data, layer.beta.data = gamma, beta
    out, G = layer(x), ordinary(rng, 3, 2, 3, 2)
    out.backward(G)
    found = {"x": x.grad, "gamma": layer.gamma.grad, "beta": layer.beta.grad}[of]
    at = dict(zip(["x", "gamma", "beta"], exact(a, gamma, beta), strict=True))
    hint = "Beyond the course: no points are lost here."
    call = f"{of}.grad after BatchNorm2d(2)(x).backward(g)"
    assert_gradient(
        array_of(found), lambda v: normalize(**{**at, of: v}), at[of], weights=G, **GRADIENT, call=call, hint=hint
    )


@number("23.3 (S)")
@weight(0)
@visibility("hidden")
def test_a_loss_reaches_the_first_convolution(rng):
    """(S) Not graded: a gradient of SimpleCNN's output reaches conv1.weight."""
    network = SimpleCNN()
    out = network(Tensor(ordinary(rng, 2, 3, 8, 8)))
    out.backward(np.ones(out.shape, dtype=np.float32))
    found = array_of(network.conv1.weight.grad)
    hint = "Beyond the course: no points are lost here. Flatten by Tensor.reshape, and use the course's ReLU."
    assert_shape(found, (16, 3, 3, 3), call="conv1.weight.grad", hint=hint)
    assert_equal(bool(np.abs(found).max() > 0), True, call="whether conv1.weight.grad holds anything", hint=hint)


# The whole of SimpleCNN, forward


def pool_by_two(x):
    B, C, H, W = x.shape
    return x.reshape(B, C, H // 2, 2, W // 2, 2).max(axis=(3, 5))


@number("24")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize(("images", "side"), [(1, 32), (2, 16)])
def test_a_network_of_two_convolutions(rng, images, side):
    """SimpleCNN gives (B, 32 * (H // 4) * (W // 4)): two times convolution, ReLU and pooling, laid out in rows."""
    network, x = SimpleCNN(num_classes=7), ordinary(rng, images, 3, side, side)
    parameters = network.parameters()
    hint = "conv1's weight and bias, then conv2's: 3 to 16 and 16 to 32 channels, kernel 3."
    sizes = [tuple(parameter.shape) for parameter in parameters]
    want = [(16, 3, 3, 3), (16,), (32, 16, 3, 3), (32,)]
    assert_equal(sizes, want, call="shapes of SimpleCNN().parameters()", hint=hint)
    kernels = [0.3 * symmetric(rng, 16, 3, 3, 3), 0.1 * symmetric(rng, 32, 16, 3, 3)]
    for kernel in kernels:
        kernel[:, 1:] = 0  # whether channels are added up is the matter of test_convolution.py
    parameters[0].data, parameters[2].data = kernels
    parameters[1].data, parameters[3].data = np.zeros(16, dtype=np.float32), np.zeros(32, dtype=np.float32)
    first = pool_by_two(np.maximum(convolve(x.astype(np.float64), kernels[0], 0, padding=1), 0))
    second = pool_by_two(np.maximum(convolve(first, kernels[1], 0, padding=1), 0))
    found = network(Tensor(x)).data
    call = f"SimpleCNN()(x), x of shape {x.shape}"
    hint = (
        "x = pool1(relu(conv1(x))), x = pool2(relu(conv2(x))), then one row for each image. There is no linear layer."
    )
    assert_shape(found, (images, 2 * side * side), call=call, hint=hint)
    assert_close(found, second.reshape(images, -1), rtol=1e-3, atol=1e-3, call=call, hint=hint)
    found = [network.num_classes, network.flattened_size]
    assert_equal(
        found, [7, 2048], call="[num_classes, flattened_size] of SimpleCNN(7)", hint="An image of 32 x 32 gives 2048."
    )
