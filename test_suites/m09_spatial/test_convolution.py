"""Conv2d: what it holds, its first weights, and its forward pass (30 points).

Expected values come from the sum written out in float64. Where flipping the kernel is not the subject, kernels are
symmetric, turned round or mirrored, and where oblong images are not, they are square: a slip there costs its own checks.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.spatial import Conv2d
from tinytorch.core.tensor import Tensor

SUMS = {"rtol": 1e-4, "atol": 1e-4}  # sums of at most a few hundred float32 products
HINT = "Each output is the sum of a window times the kernel, over all input channels, plus the bias of its channel."


def symmetric(rng, *shape):
    """Draw numbers that stay the same when the last two axes are turned round or, if equally long, change places."""
    kernel = ordinary(rng, *shape)
    kernel = kernel + kernel[..., ::-1, ::-1]
    return kernel + kernel.swapaxes(-1, -2) if shape[-1] == shape[-2] else kernel


def image_of_one_window(rng, *shape):
    """Draw a symmetric image that is black but for its first channel: adding up channels is another check's subject."""
    image = symmetric(rng, *shape)
    image[:, 1:] = 0
    return image


def filled(weights, bias=None, **settings):
    """Return a Conv2d with these weights, and with this bias or zeros."""
    layer = Conv2d(weights.shape[1], weights.shape[0], weights.shape[2:], **settings)
    layer.weight.data = weights
    layer.bias.data = np.zeros(len(weights), dtype=np.float32) if bias is None else bias
    return layer


# What a layer holds


@number("1.1")
@weight(2)
@pytest.mark.parametrize("kernel_size", [3, (2, 3)], ids=["int", "pair"])
def test_a_layer_knows_its_settings(rng, kernel_size):
    """Conv2d stores its settings, kernel_size always as a pair; weight is (O, C, kh, kw) and bias (O,)."""
    C, outputs = int(rng.integers(2, 4)), int(rng.integers(4, 6))
    layer = Conv2d(C, outputs, kernel_size, stride=2, padding=2)
    pair = (3, 3) if kernel_size == 3 else kernel_size
    call = f"Conv2d({C}, {outputs}, {kernel_size}, stride=2, padding=2)"
    hint = "Store every argument under its own name; an int kernel_size becomes (k, k)."
    found = [layer.in_channels, layer.out_channels, layer.stride, layer.padding]
    assert_equal(found, [C, outputs, 2, 2], call=f"[in_channels, out_channels, stride, padding] of {call}", hint=hint)
    assert_equal(tuple(layer.kernel_size), pair, call=f"kernel_size of {call}", hint=hint)
    assert_shape(layer.weight.shape, (outputs, C, *pair), call=f"weight.shape of {call}", hint=hint)
    assert_shape(layer.bias.shape, (outputs,), call=f"bias.shape of {call}", hint=hint)
    kernel, image = ordinary(rng, outputs, C, *pair), image_of_one_window(rng, 1, C, *pair)
    layer.weight.data, layer.bias.data = kernel, np.zeros(outputs, dtype=np.float32)
    found = layer(Tensor(image)).data
    assert_equal(found.ndim, 4, call=f"number of axes of {call}(x)")
    want = (kernel.astype(np.float64) * image).sum(axis=(1, 2, 3)).reshape(1, outputs)
    hint = "Two rows and columns of zeros lie before the image: the second window is the image itself."
    call = f"pixel (1, 1) of {call}(x), x of one window"
    assert_close(found[:, :, 1, 1], want, **SUMS, call=call, given={"x": image}, hint=hint)


@number("1.2")
@weight(1)
@visibility("hidden")
def test_parameters_are_weight_and_bias(rng):
    """parameters() is [weight, bias], or [weight] with bias=False, where bias is None: the very Tensors."""
    with_bias, without = Conv2d(2, 3, 2), Conv2d(2, 3, 2, bias=False)
    with_bias.bias.data = np.zeros(3, dtype=np.float32)
    image = image_of_one_window(rng, 1, 2, 2, 2)
    hint = "return [self.weight] or [self.weight, self.bias]"
    assert_equal(without.bias is None, True, call="Conv2d(2, 3, 2, bias=False).bias is None", hint=hint)
    for layer, tensors in ((with_bias, [with_bias.weight, with_bias.bias]), (without, [without.weight])):
        call = f"Conv2d(2, 3, 2, bias={len(tensors) == 2})"
        kernel = ordinary(rng, 3, 2, 2, 2)
        layer.weight.data = kernel
        want = (kernel.astype(np.float64) * image).sum(axis=(1, 2, 3)).reshape(1, 3, 1, 1)
        assert_close(layer(Tensor(image)).data, want, **SUMS, call=f"{call}(x), x of one window", hint=HINT)
        found = layer.parameters()
        assert_equal(len(found), len(tensors), call=f"len({call}.parameters())", hint=hint)
        same = [a is b for a, b in zip(found, tensors, strict=True)]
        call = f"whether {call}.parameters() holds the layer's own Tensors"
        assert_equal(same, [True] * len(tensors), call=call, hint=hint)


@number("2.1")
@weight(2)
@visibility("hidden")
def test_first_weights_follow_he(rng):
    """First weights spread by sqrt(2 / (C kh kw)) around 0."""
    layer, image = Conv2d(64, 96, (3, 5)), image_of_one_window(rng, 1, 64, 3, 5)
    weights = np.array(layer.weight.data, dtype=np.float64)
    layer.bias.data = np.zeros(96, dtype=np.float32)
    want = (weights * image).sum(axis=(1, 2, 3)).reshape(1, 96, 1, 1)
    assert_close(layer(Tensor(image)).data, want, rtol=1e-3, atol=1e-3, call="layer(x), x of one window", hint=HINT)
    hint = "np.random.normal(0, sqrt(2 / (C * kh * kw)), shape): the root belongs to it, and so do all channels."
    # 92,160 numbers: the standard error of their deviation is 0.23 %, that of their mean 0.33 % of it.
    scale = np.sqrt(2 / (64 * 15))
    call = "standard deviation of the weight of Conv2d(64, 96, (3, 5))"
    assert_close(weights.std(), scale, rtol=0.05, atol=0, call=call, hint=hint)
    assert_close(weights.mean(), 0.0, rtol=0, atol=scale / 50, call="mean of that weight", hint=hint)


@number("2.2")
@weight(1)
def test_both_parameters_can_learn(rng):
    """The bias starts with zeros, and weight and bias require gradients."""
    layer, image = Conv2d(3, 4, 2), image_of_one_window(rng, 1, 3, 2, 2)
    kernel = ordinary(rng, 4, 3, 2, 2)
    layer.weight.data = kernel
    want = (kernel.astype(np.float64) * image).sum(axis=(1, 2, 3)).reshape(1, 4, 1, 1)
    assert_close(layer(Tensor(image)).data, want, **SUMS, call="layer(x), x of one window", hint=HINT)
    hint = "Tensor(np.zeros(out_channels), requires_grad=True)"
    assert_close(layer.bias.data, np.zeros(4), rtol=0, atol=0, call="Conv2d(3, 4, 2).bias", hint=hint)
    found = [layer.weight.requires_grad, layer.bias.requires_grad]
    assert_equal(found, [True, True], call="requires_grad of weight and bias", hint=hint)


# The forward pass

GRID = {
    "plain": (3, 1, 0),
    "padded": (3, 1, 1),
    "every second": (3, 2, 0),
    "padded, every second": (3, 2, 1),
    "single": (1, 1, 0),
    "far apart": (2, 3, 0),
    "wide frame": (2, 2, 2),
}


@number("3")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("case", GRID)
def test_output_shapes(rng, case):
    """A side of H pixels becomes (H + 2p - k) // s + 1, for oblong images too; no image gives no image."""
    k, stride, padding = GRID[case]
    H, W, outputs = int(rng.integers(12, 15)), int(rng.integers(15, 18)), int(rng.integers(2, 5))
    shape = (1, outputs, (H + 2 * padding - k) // stride + 1, (W + 2 * padding - k) // stride + 1)
    weights, grey = ordinary(rng, outputs, 1, k, k), float(rng.uniform(1, 2))
    layer = filled(weights, stride=stride, padding=padding)
    found = layer(Tensor(np.full((1, 1, H, W), grey))).data
    call = f"Conv2d(1, {outputs}, {k}, {stride}, {padding})(x), x of shape (1, 1, {H}, {W})"
    hint = "(H + 2 * padding - k) // stride + 1, for rows and columns each by themselves."
    assert_shape(found, shape, call=call, hint=hint)
    middle = found[0, :, shape[2] // 2, shape[3] // 2]
    want = grey * weights.astype(np.float64).sum(axis=(1, 2, 3))
    assert_close(middle, want, **SUMS, call=f"the middle of {call}, x all alike", hint=HINT)
    nothing = layer(Tensor(np.zeros((0, 1, H, W))))
    assert_shape(nothing.shape, (0, *shape[1:]), call=f"{call[: call.index('(x)')]}(x), x of no image", hint=hint)


def convolve(x, weights, stride, padding):
    """Write the sum out: one window after the other."""
    padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    (kh, kw), (H, W) = weights.shape[2:], padded.shape[2:]
    out = np.zeros((len(x), len(weights), (H - kh) // stride + 1, (W - kw) // stride + 1))
    for r, c in np.ndindex(out.shape[2:]):
        window = padded[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]
        out[:, :, r, c] = np.einsum("bcij,ocij->bo", window, weights)
    return out


@number("4")
@weight(7)
@visibility("hidden")
@pytest.mark.parametrize("case", GRID)
def test_output_values(rng, case):
    """Every output is the weighted sum of its window, for several images, channels, strides and frames."""
    k, stride, padding = GRID[case]
    H, W = (7, 9) if case == "plain" else (8, 8)
    x, weights = ordinary(rng, 2, 3, H, W), symmetric(rng, 4, 3, k, k)
    t = Tensor(x)
    layer = filled(weights, stride=stride, padding=padding)
    call = f"Conv2d(3, 4, {k}, {stride}, {padding})(x)"
    want, given = convolve(x, weights, stride, padding), {"x": x, "weight": weights}
    assert_close(layer(t).data, want, **SUMS, dtype=np.float32, call=call, given=given, hint=HINT)
    assert_close(layer.forward(t).data, want, **SUMS, call=f"{call} by forward", given=given, hint=HINT)
    hint = "Work on a padded copy."
    assert_equal([t.data, layer.weight.data], [x, weights], call=f"x.data and weight.data after {call}", hint=hint)


@number("5.1")
@weight(1.5)
def test_an_edge_by_hand(rng):
    """Rows 0 0 a a under a kernel of columns -1 0 1 give 3 a: the window sees the edge."""
    a = float(rng.integers(2, 9))
    layer = filled(np.array([[[[-1.0, 0.0, 1.0]] * 3]], dtype=np.float32))
    found = layer(Tensor([[[[0.0, 0.0, a, a]] * 4]])).data
    hint = f"-1 * 0 + 0 * 0 + 1 * {a:g}, three rows of it."
    call = f"Conv2d of rows 0 0 {a:g} {a:g}, kernel -1 0 1"
    assert_close(found, np.full((1, 1, 2, 2), 3 * a), **SUMS, call=call, hint=hint)


@number("5.2")
@weight(1)
def test_a_sum_by_hand(rng):
    """A kernel of ones adds up its window: nine pixels of a give 9 a."""
    a = float(rng.integers(2, 9))
    found = filled(np.ones((1, 1, 3, 3), dtype=np.float32))(Tensor(np.full((1, 1, 3, 3), a))).data
    call = f"Conv2d of 3 x 3 pixels of {a:g}, kernel of ones"
    assert_close(found, np.full((1, 1, 1, 1), 9 * a), **SUMS, call=call, hint="One window, nine products.")


@number("5.3")
@weight(1.5)
def test_the_identity_by_hand(rng):
    """A kernel with a single 1 in its centre, padding 1, gives the image back."""
    kernel, x = np.zeros((1, 1, 3, 3), dtype=np.float32), ordinary(rng, 2, 1, 6, 6)
    kernel[0, 0, 1, 1] = 1.0
    twice = filled(2 * kernel, padding=1)(Tensor(x)).data
    hint = "The frame of zeros makes room for the border; the centre of each window is the pixel itself."
    assert_close(
        twice, 2 * x, **SUMS, call="Conv2d with 2 in the centre of its kernel, padding=1", given={"x": x}, hint=hint
    )


@number("6")
@weight(3)
@pytest.mark.parametrize("corner", [(0, 0), (0, 2), (2, 1)], ids=str)
def test_the_kernel_is_not_flipped(rng, corner):
    """A kernel with a single 1 moves the image the way that it stands: cross-correlation, no flipping."""
    kernel, x = np.zeros((1, 1, 3, 3), dtype=np.float32), ordinary(rng, 1, 1, 6, 6)
    kernel[0, 0, corner[0], corner[1]] = 1.0
    found = filled(kernel)(Tensor(x)).data
    want = x[:, :, corner[0] : corner[0] + 4, corner[1] : corner[1] + 4]
    hint = "kernel[i, j] is multiplied by window[i, j]; mathematicians flip the kernel first, networks do not."
    call = f"Conv2d whose kernel is 1 at {corner} and 0 elsewhere"
    assert_close(found, want, **SUMS, call=call, given={"x": x}, hint=hint)


@number("7.1")
@weight(1)
@visibility("hidden")
def test_the_frame_surrounds_the_image(rng):
    """padding puts zeros on all four sides."""
    x = np.abs(ordinary(rng, 1, 1, 4, 4)) + np.float32(1)
    found = filled(np.ones((1, 1, 1, 1), dtype=np.float32), padding=2)(Tensor(x)).data
    hint = "np.pad with (padding, padding) for rows and for columns, and (0, 0) for images and channels."
    want = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    assert_close(found, want, **SUMS, call="Conv2d with kernel 1 x 1 of 1, padding=2", given={"x": x}, hint=hint)


@number("7.2")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(1, 3), (4, 2)], ids=["flat", "tall"])
def test_oblong_kernels(rng, shape):
    """kernel_size (kh, kw) is kh rows by kw columns."""
    x, weights = ordinary(rng, 2, 1, 6, 6), symmetric(rng, 3, 1, *shape)
    found = filled(weights)(Tensor(x)).data
    hint = "kh belongs to the rows of the image, kw to its columns."
    call = f"Conv2d(1, 3, {shape})(x)"
    assert_close(found, convolve(x, weights, 1, 0), **SUMS, call=call, given={"x": x}, hint=hint)


@number("7.3")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("stride", [2, 3])
def test_strides_begin_at_the_corner(rng, stride):
    """With a stride of s every s-th window counts, beginning with the top left one."""
    x = ordinary(rng, 1, 1, 8, 8)
    found = filled(np.full((1, 1, 1, 1), 3.0, dtype=np.float32), stride=stride)(Tensor(x)).data
    hint = "Window (r, c) begins at row r * stride and column c * stride."
    call = f"Conv2d with kernel 1 x 1 of 3, stride={stride}"
    assert_close(found, 3 * x[:, :, ::stride, ::stride], **SUMS, call=call, given={"x": x}, hint=hint)


@number("8")
@weight(2)
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_every_channel_has_its_own_bias(rng, scale):
    """bias[o] is added to every pixel of output channel o."""
    bias, weights = np.float32(scale) * ordinary(rng, 3), np.zeros((3, 2, 1, 1), dtype=np.float32)
    weights[:, 0] = 1.0
    x = ordinary(rng, 2, 2, 4, 4)
    found = filled(weights, bias)(Tensor(x)).data
    want = x[:, :1] + bias[:, None, None]
    hint = "The bias (O,) belongs to axis 1 of (B, O, H', W')."
    call, given = "Conv2d(2, 3, 1)(x), each output channel a copy of channel 0, plus bias", {"x": x, "bias": bias}
    assert_close(found, want, rtol=1e-4, atol=1e-4 * scale, call=call, given=given, hint=hint)


@number("9")
@weight(1)
@visibility("hidden")
def test_a_new_weight_counts_at_once(rng):
    """Replacing conv.weight by another Tensor changes the next result."""
    x, first, second = ordinary(rng, 1, 1, 5, 5), symmetric(rng, 3, 1, 2, 2), symmetric(rng, 3, 1, 2, 2)
    layer = filled(first)
    found = [layer(Tensor(x)).data]
    layer.weight = Tensor(second, requires_grad=True)
    found.append(layer(Tensor(x)).data)
    hint = "Read self.weight at every call."
    call = "Conv2d(1, 3, 2)(x) before and after layer.weight = Tensor(w)"
    assert_close(found, [convolve(x, first, 1, 0), convolve(x, second, 1, 0)], **SUMS, call=call, hint=hint)
