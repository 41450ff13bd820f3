"""What a convolution and a maximum may cost (16 points).

Six points are for loops that work on arrays, as the course teaches them; ten are tiers beyond, for code that leaves the loops to
NumPy. The loops below are yardsticks. Every row of a result is summed up with random weights, so that every pixel counts.
"""

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.spatial import Conv2d, MaxPool2d
from tinytorch.core.tensor import Tensor


def draw_convolution(B, C, outputs, side):
    """Return a function that draws images, a kernel of 3 x 3, a bias, and weights to sum up a row of pixels."""
    return lambda rng: (
        framed(ordinary(rng, B, C, side, side)),
        ordinary(rng, outputs, C, 3, 3),
        ordinary(rng, outputs),
        ordinary(rng, side),
    )


def framed(images):
    """Put a frame of zeros around images: what a layer makes of padding is charged elsewhere."""
    return np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))


def of_the_first_channel(draw):
    """Let the kernel look at the first channel alone, and be the same turned or mirrored: slips there are charged elsewhere."""

    def inputs(rng):
        images, kernel, bias, weights = draw(rng)
        kernel[:, 1:] = 0
        kernel += kernel[..., ::-1, ::-1]
        return images, kernel + kernel.swapaxes(-1, -2), bias, weights

    return inputs


@in_candidate
def filled_convolution(images, kernel, bias, weights):
    """Give, unmeasured, a layer the drawn weight and bias."""
    enable_autograd(quiet=True)
    layer = Conv2d(kernel.shape[1], kernel.shape[0], 3)
    layer.weight.data, layer.bias.data = kernel, bias
    return layer, Tensor(images), weights


@in_candidate
def convolve(state):
    """Sum up the sizes of the pixels in every row: signs taken away, no way leads there but through every pixel."""
    layer, x, weights = state
    return abs(layer(x).data) @ weights


def convolved(images, kernel, bias, weights):
    """Add one product of matrices for each place in the kernel."""
    images = images.astype(np.float64)
    H, W = images.shape[2] - 2, images.shape[3] - 2
    out = bias[:, None, None] + sum(
        np.einsum("oc,bchw->bohw", kernel[:, :, i, j], images[:, :, i : i + H, j : j + W], optimize=True)
        for i, j in np.ndindex(3, 3)
    )
    return abs(out) @ weights


@in_candidate
def convolve_by_seven_loops(state):
    """One product of two numbers at a time, on arrays."""
    layer, x, weights = state
    kernel, bias, images = layer.weight.data, layer.bias.data, x.data
    B, C, H, W = images.shape
    H, W = H - 2, W - 2
    out = np.zeros((B, kernel.shape[0], H, W), dtype=np.float32)
    for b in range(B):
        for o in range(kernel.shape[0]):
            for r in range(H):
                for c in range(W):
                    total = 0.0
                    for i in range(3):
                        for j in range(3):
                            for channel in range(C):
                                total += images[b, channel, r + i, c + j] * kernel[o, channel, i, j]
                    out[b, o, r, c] = total + bias[o]
    return abs(Tensor(out).data) @ weights


@in_candidate
def convolve_by_dot_products(state):
    """One product of a whole window and a whole kernel at a time."""
    layer, x, weights = state
    kernel, bias, images = layer.weight.data, layer.bias.data, x.data
    out = np.zeros((len(images), len(kernel), images.shape[2] - 2, images.shape[3] - 2), dtype=np.float32)
    rows = kernel.reshape(len(kernel), -1)
    for b, r, c in np.ndindex(out.shape[0], *out.shape[2:]):
        window = images[b, :, r : r + 3, c : c + 3].ravel()
        for o in range(len(rows)):
            out[b, o, r, c] = np.dot(window, rows[o]) + bias[o]
    return abs(Tensor(out).data) @ weights


LARGE = draw_convolution(8, 16, 32, 32)


@number("26.1")
@weight(4)
@budget(cpu=3.2)
@visibility("hidden")
def test_loops_work_on_arrays(measure):
    """A convolution of 2 x 3 x 10 x 10 to 4 channels takes at most 3.2 times the CPU time of seven nested loops on arrays."""
    measure(
        convolve,
        setup=filled_convolution,
        inputs=of_the_first_channel(draw_convolution(2, 3, 4, 10)),
        answer=convolved,
        yardstick=convolve_by_seven_loops,
        atol=1e-3,
    )


@number("26.2")
@weight(3)
@budget(cpu=1.8)
@visibility("hidden")
def test_a_window_is_one_product(measure):
    """A convolution of 4 x 16 x 16 x 16 to 32 channels takes at most 1.8 times the CPU time of one np.dot per output."""
    measure(
        convolve,
        setup=filled_convolution,
        inputs=of_the_first_channel(draw_convolution(4, 16, 32, 16)),
        answer=convolved,
        yardstick=convolve_by_dot_products,
        atol=1e-2,
    )


@number("26.3")
@weight(4)
@budget(cpu=4.0)
@visibility("hidden")
def test_all_windows_are_one_product(measure):
    """A convolution of 8 x 16 x 32 x 32 to 32 channels takes at most 4 times the reference's CPU time."""
    measure(convolve, setup=filled_convolution, inputs=LARGE, answer=convolved, atol=1e-2)


@number("26.4")
@weight(1)
@budget(memory=4.0)
@visibility("hidden")
def test_windows_are_copied_once(measure):
    """A convolution of 8 x 16 x 32 x 32 to 32 channels needs at most 4 times the reference's memory."""
    measure(convolve, setup=filled_convolution, inputs=of_the_first_channel(LARGE), answer=convolved, atol=1e-2)


# Maxima


def draw_images(B, C, side):
    """Return a function that draws images of one channel, a factor for each channel, and weights to sum up a row."""
    return lambda rng: (ordinary(rng, B, 1, side, side), ordinary(rng, 1, C, 1, 1), ordinary(rng, side // 2))


@in_candidate
def pooling_and_images(images, factors, weights):
    """Make, unmeasured, the channels: sending them all would take far longer than what is measured."""
    enable_autograd(quiet=True)
    return MaxPool2d(2), Tensor(images * factors), weights


@in_candidate
def pool(state):
    layer, x, weights = state
    return layer(x).data @ weights


def pooled(images, factors, weights):
    images = images * factors
    B, C, H, W = images.shape
    return images.reshape(B, C, H // 2, 2, W // 2, 2).max(axis=(3, 5)).astype(np.float64) @ weights


@in_candidate
def pool_by_six_loops(state):
    """One pixel at a time, on arrays."""
    _, x, weights = state
    images = x.data
    B, C, H, W = images.shape
    out = np.zeros((B, C, H // 2, W // 2), dtype=np.float32)
    for b in range(B):
        for channel in range(C):
            for r in range(H // 2):
                for c in range(W // 2):
                    highest = -np.inf
                    for i in range(2):
                        for j in range(2):
                            highest = max(highest, images[b, channel, 2 * r + i, 2 * c + j])
                    out[b, channel, r, c] = highest
    return Tensor(out).data @ weights


@number("26.5")
@weight(2)
@budget(cpu=4.0)
@visibility("hidden")
def test_maxima_by_loops_on_arrays(measure):
    """MaxPool2d(2) of 4 x 8 x 16 x 16 takes at most 4 times the CPU time of six nested loops on arrays."""
    measure(
        pool,
        setup=pooling_and_images,
        inputs=draw_images(4, 8, 16),
        answer=pooled,
        yardstick=pool_by_six_loops,
        atol=1e-3,
    )


@number("26.6")
@weight(2)
@budget(cpu=60.0)
def test_maxima_without_loops(measure):
    """MaxPool2d(2) of 16 x 16 x 32 x 32 takes at most 60 times the reference's CPU time."""
    measure(pool, setup=pooling_and_images, inputs=draw_images(16, 16, 32), answer=pooled, atol=1e-3)
