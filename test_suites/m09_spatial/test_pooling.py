"""MaxPool2d and AvgPool2d: one number of each window, and where its gradient goes (16 points)."""

import numpy as np
import pytest
from arrays import distinct, ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.spatial import AvgPool2d, MaxPool2d
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}  # a maximum is one of the numbers
SUMS = {"rtol": 1e-5, "atol": 1e-5}
MAX_HINT = "Slide the window by the stride and take the largest number of each, in every channel by itself."


def array_of(gradient):
    """Return a gradient's numbers, whether it is an array or a Tensor."""
    return gradient.data if isinstance(gradient, Tensor) else gradient


def every_window(x, kernel_size, stride, padding=0, frame=0.0):
    """Return the windows of padded images: an array (B, C, H', W') of arrays would hold them; here (row, column, window)."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=frame)
    (kh, kw), (H, W) = kernel_size, padded.shape[2:]
    places = np.ndindex((H - kh) // stride + 1, (W - kw) // stride + 1)
    return [(r, c, padded[:, :, r * stride : r * stride + kh, c * stride : c * stride + kw]) for r, c in places]


def pooled(x, reduce, *window):
    """Return reduce(window) for every window, as images."""
    windows = every_window(x, *window)
    out = np.zeros((*x.shape[:2], windows[-1][0] + 1, windows[-1][1] + 1))
    for r, c, window in windows:
        out[:, :, r, c] = reduce(window.astype(np.float64), axis=(2, 3))
    return out


@number("10.1")
@weight(1)
def test_maxima_by_hand(rng):
    """Of 4 x 4 pixels, MaxPool2d(2) keeps the largest of each quarter; its stride is its kernel_size."""
    quarters = distinct(rng, 4, 4)
    image = quarters.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(1, 1, 4, 4)
    layer, t = MaxPool2d(2), Tensor(image)
    want = quarters.max(axis=1).reshape(1, 1, 2, 2)
    assert_close(layer(t).data, want, **EXACT, call="MaxPool2d(2)(x)", given={"x": image}, hint=MAX_HINT)
    assert_close(t.data, image, **EXACT, call="x.data after MaxPool2d(2)(x)", hint="Read the image; do not change it.")
    hint = "kernel_size is stored as a pair, and stride=None means kernel_size[0]."
    found = [tuple(layer.kernel_size), layer.stride, layer.padding]
    assert_equal(found, [(2, 2), 2, 0], call="[kernel_size, stride, padding] of MaxPool2d(2)", hint=hint)


@number("10.2")
@weight(1)
@pytest.mark.parametrize("highest", [-1, -1000])
def test_negative_maxima(rng, highest):
    """The maximum of negative numbers is negative."""
    image = -np.abs(ordinary(rng, 1, 1, 4, 6)) + np.float32(highest)  # channels are the matter of other checks
    want = image.reshape(1, 1, 2, 2, 3, 2).max(axis=(3, 5))
    hint = "Begin with minus infinity, or with a pixel of the window; 0 is larger than all of them."
    assert_close(MaxPool2d(2)(Tensor(image)).data, want, **EXACT, call="MaxPool2d(2)(x)", given={"x": image}, hint=hint)


@number("10.3")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize(
    ("kernel_size", "stride"),
    [((3, 3), 1), ((3, 3), 2), ((2, 3), None), ((3, 1), None), ((2, 2), 3), ((1, 4), 2)],
    ids=["overlap", "overlap_by_one", "oblong", "tall", "gaps", "flat"],
)
def test_maxima_of_every_window(rng, kernel_size, stride):
    """Windows may overlap, leave gaps and be oblong; without a stride it is kernel_size[0]."""
    x, step = distinct(rng, 2, 3, 7, 8), kernel_size[0] if stride is None else stride
    found = MaxPool2d(kernel_size, stride)(Tensor(x)).data
    call = f"MaxPool2d({kernel_size}, {stride})(x)"
    want = pooled(x, np.max, kernel_size, step)
    assert_close(found, want, **EXACT, dtype=np.float32, call=call, given={"x": x}, hint=MAX_HINT)


@number("11")
@weight(3)
@pytest.mark.parametrize("lowest", [1, 500])
def test_the_frame_never_wins(rng, lowest):
    """With padding, the maximum of a window with negative pixels only is still a pixel of the image, not the frame."""
    image = -distinct(rng, 1, 1, 3, 3) % np.float32(7) - np.float32(lowest + 7)
    found = MaxPool2d(2, stride=2, padding=1)(Tensor(image)).data
    hint = "Pad with minus infinity: np.pad(..., constant_values=-np.inf)."
    corners = image[:, :, 0, 0], image[:, :, 0, 1:].max(axis=2), image[:, :, 1:, 0].max(axis=2), image[:, :, 1:, 1:]
    want = np.stack([*corners[:3], corners[3].max(axis=(2, 3))], axis=2).reshape(1, 1, 2, 2)
    assert_close(found, want, **EXACT, call="MaxPool2d(2, 2, padding=1)(x)", given={"x": image}, hint=hint)


@number("12.1")
@weight(1)
def test_averages_by_hand(rng):
    """Of 4 x 4 pixels, AvgPool2d(2) gives the average of each quarter: a quarter of their sum."""
    quarters = distinct(rng, 4, 4)
    image = quarters.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(1, 1, 4, 4)
    want = (quarters.sum(axis=1) / 4).reshape(1, 1, 2, 2)
    hint = "Divide the sum of a window by the number of its places, kh * kw."
    assert_close(AvgPool2d(2)(Tensor(image)).data, want, **SUMS, call="AvgPool2d(2)(x)", given={"x": image}, hint=hint)


@number("12.2")
@weight(1)
@visibility("hidden")
def test_the_frame_counts_in_an_average(rng):
    """A padded corner of pixels a, kernel 2, is a / 4: zeros of the frame count."""
    a = float(rng.uniform(1, 9))
    found = AvgPool2d(2, stride=2, padding=1)(Tensor(np.full((1, 1, 2, 2), a))).data
    hint = "Pad with zeros and divide by kh * kw, also where a part of the window lies on the frame."
    call = f"AvgPool2d(2, 2, padding=1) of 2 x 2 pixels of {a:.3g}"
    assert_close(found, np.full((1, 1, 2, 2), a / 4), **SUMS, call=call, hint=hint)


@number("12.3")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize(
    ("kernel_size", "stride"), [((3, 3), 1), ((2, 3), None), ((3, 1), 2)], ids=["overlap", "oblong", "tall"]
)
def test_averages_of_every_window(rng, kernel_size, stride):
    """Averages of overlapping and of oblong windows; without a stride it is kernel_size[0]."""
    x, step = ordinary(rng, 2, 3, 6, 7), kernel_size[0] if stride is None else stride
    found = AvgPool2d(kernel_size, stride)(Tensor(x)).data
    call, hint = f"AvgPool2d({kernel_size}, {stride})(x)", "Divide by kh * kw, not by kh * kh."
    want = pooled(x, np.mean, kernel_size, step)
    assert_close(found, want, **SUMS, dtype=np.float32, call=call, given={"x": x}, hint=hint)


# Gradients of a maximum


def winners(x, G, kernel_size, stride, padding):
    """Return the gradient of the maxima: what arrives goes to the first winner of each window."""
    gradient = np.zeros((*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding))
    for r, c, window in every_window(x, kernel_size, stride, padding, -np.inf):
        for b, channel in np.ndindex(x.shape[:2]):
            i, j = np.unravel_index(window[b, channel].argmax(), kernel_size)
            gradient[b, channel, r * stride + i, c * stride + j] += G[b, channel, r, c]
    return gradient[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]]


@number("13.1")
@weight(1.5)
def test_a_gradient_goes_to_the_winner(rng):
    """The result holds a node in _grad_fn; each window's gradient goes to its maximum, and to no other pixel."""
    quarters, G = distinct(rng, 4, 4), ordinary(rng, 1, 1, 2, 2)
    image = quarters.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(1, 1, 4, 4)
    want = np.where(quarters == quarters.max(axis=1, keepdims=True), G.reshape(4, 1), 0)
    want = want.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(1, 1, 4, 4)
    x = Tensor(image, requires_grad=True)
    out = MaxPool2d(2)(x)
    hint = "Hang a MaxPool2dBackward on the result's _grad_fn."
    assert_equal(out.requires_grad, True, call="MaxPool2d(2)(x).requires_grad, x requiring gradients", hint=hint)
    assert_equal(out._grad_fn is not None, True, call="MaxPool2d(2)(x)._grad_fn is not None", hint=hint)
    out.backward(G)
    found = array_of(x.grad)
    assert_close(
        found, want, **SUMS, call="x.grad after MaxPool2d(2)(x).backward(g)", given={"x": image, "g": G}, hint=hint
    )
    plain = MaxPool2d(2)(Tensor(image))
    call = "MaxPool2d(2)(x).requires_grad, x a constant"
    assert_equal(plain.requires_grad, False, call=call, hint="The result has x's requires_grad.")


@number("13.2")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding"),
    [((3, 3), 1, 0), ((2, 3), 2, 0), ((2, 2), 1, 1), ((3, 3), 2, 1)],
    ids=["overlap", "oblong", "padded", "padded_overlap"],
)
def test_gradients_of_overlapping_windows_add_up(rng, kernel_size, stride, padding):
    """A pixel that wins several windows gets all of their gradients; a padded frame gets none."""
    a = distinct(rng, 2, 2, 5, 6)
    x = Tensor(a, requires_grad=True)
    out = MaxPool2d(kernel_size, stride, padding)(x)
    G = ordinary(rng, *out.shape)
    out.backward(G)
    call = f"x.grad after MaxPool2d({kernel_size}, {stride}, {padding})(x).backward(g)"
    want, hint = winners(a, G, kernel_size, stride, padding), "Add to what a pixel has got already."
    assert_close(array_of(x.grad), want, **SUMS, call=call, given={"x": a}, hint=hint)


@number("13.3")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize("case", ["a tie", "all alike"])
def test_the_first_of_equals_gets_it_all(rng, case):
    """Of several equal maxima the first in row-major order gets the whole gradient."""
    a = np.array(
        [[[[0, 5, 3, 9], [5, 1, 9, 9]]]] if case == "a tie" else [[[[4, 4, 4, 4], [4, 4, 4, 4]]]], dtype=np.float32
    )
    a, G = a + np.float32(rng.integers(-20, 20)), ordinary(rng, 1, 1, 1, 2)
    x = Tensor(a, requires_grad=True)
    MaxPool2d(2)(x).backward(G)
    hint = "Row by row, from the left: argmax finds the first. A mask of all maxima would pay each of them."
    want = winners(a, G, (2, 2), 2, 0)
    assert_close(array_of(x.grad), want, **SUMS, call="x.grad", given={"x": a, "g": G}, hint=hint)
