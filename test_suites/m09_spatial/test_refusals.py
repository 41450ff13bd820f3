"""What must be refused with a ValueError, and what stands right beside it and must work (5 points)."""

import numpy as np
import pytest
from arrays import distinct, ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.spatial import AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d
from tinytorch.core.tensor import Tensor

RANK_HINT = "Images are (B, C, H, W): refuse x unless len(x.shape) is 4."


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


def one_window(rng, channels=2):
    """Return a convolution of one window, its image, and the sum that comes out."""
    kernel, x = ordinary(rng, 3, channels, 3, 3), ordinary(rng, 1, channels, 3, 3)
    x = x + x[..., ::-1, ::-1]
    x = x + x.swapaxes(-1, -2)
    x[:, 1:] = 0  # adding up channels is another check's subject
    layer = Conv2d(channels, 3, 3)
    layer.weight.data, layer.bias.data = kernel, np.zeros(3, dtype=np.float32)
    return layer, x, (kernel.astype(np.float64) * x).sum(axis=(1, 2, 3)).reshape(1, 3, 1, 1)


@number("25.1")
@weight(2)
@pytest.mark.parametrize("shape", [(2, 5, 5), (1, 1, 2, 5, 5)], ids=["rank_3", "rank_5"])
def test_a_convolution_needs_batches_of_images(rng, shape):
    """Conv2d refuses x of rank 3 and of rank 5 with a ValueError; rank 4 works."""
    layer, x, want = one_window(rng)
    assert_close(layer(Tensor(x)).data, want, rtol=1e-4, atol=1e-4, call="Conv2d(2, 3, 3)(x), x of one window")
    other = ordinary(rng, *shape)
    assert_refused(lambda: layer(Tensor(other)), f"Conv2d(2, 3, 3)(x), x of shape {shape}", RANK_HINT)


@number("25.2")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("kind", ["MaxPool2d", "AvgPool2d"])
def test_pooling_needs_batches_of_images(rng, kind):
    """Both pooling layers refuse x of rank 3 with a ValueError, work on rank 4, and have no parameters."""
    layer, x = MaxPool2d(2) if kind == "MaxPool2d" else AvgPool2d(2), distinct(rng, 1, 2, 2, 2)
    want = x.max(axis=(2, 3), keepdims=True) if kind == "MaxPool2d" else x.mean(axis=(2, 3), keepdims=True)
    assert_close(layer(Tensor(x)).data, want, call=f"{kind}(2)(x), x of 2 x 2 pixels", given={"x": x})
    assert_equal(layer.parameters(), [], call=f"{kind}(2).parameters()", hint="There is nothing to learn: return [].")
    other = ordinary(rng, 2, 4, 4)
    assert_refused(lambda: layer(Tensor(other)), f"{kind}(2)(x), x of shape (2, 4, 4)", RANK_HINT)


@number("25.3")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(3, 4, 4), (2, 1, 4, 4), (2, 4, 4, 4)], ids=["rank_3", "too_few", "too_many"])
def test_batch_normalisation_needs_its_channels(rng, shape):
    """BatchNorm2d(3) refuses other ranks and other numbers of channels with a ValueError; (B, 3, H, W) works."""
    layer, x = BatchNorm2d(3), ordinary(rng, 4, 3, 4, 4)
    want = (x - x.mean(axis=(0, 2, 3), keepdims=True)) / x.std(axis=(0, 2, 3), keepdims=True)
    assert_close(layer(Tensor(x)).data, want, rtol=1e-3, atol=1e-3, call="BatchNorm2d(3)(x)", given={"x": x})
    hint = "Check len(x.shape) == 4, then x.shape[1] == num_features; broadcasting would hide a single channel."
    other = ordinary(rng, *shape)
    assert_refused(lambda: layer(Tensor(other)), f"BatchNorm2d(3)(x), x of shape {shape}", hint)


# (S) Right by the contract, but not asked of anyone.


@number("25.4 (S)")
@weight(0)
@visibility("hidden")
@pytest.mark.parametrize("channels", [1, 3])
def test_a_convolution_needs_its_channels(rng, channels):
    """(S) Not graded: Conv2d refuses another number of channels than in_channels with a ValueError."""
    layer, x, want = one_window(rng)
    assert_close(layer(Tensor(x)).data, want, rtol=1e-4, atol=1e-4, call="Conv2d(2, 3, 3)(x), x of one window")
    other = ordinary(rng, 1, channels, 4, 4)
    hint = "Beyond the course: no points are lost here."
    assert_refused(lambda: layer(Tensor(other)), f"Conv2d(2, 3, 3)(x), x of {channels} channels", hint)


@number("25.5 (S)")
@weight(0)
@visibility("hidden")
@pytest.mark.parametrize("side", [2, 1])
def test_a_kernel_must_fit(rng, side):
    """(S) Not graded: Conv2d refuses images that are smaller than the kernel when padded, by one pixel too."""
    layer, x, want = one_window(rng)
    assert_close(layer(Tensor(x)).data, want, rtol=1e-4, atol=1e-4, call="Conv2d(2, 3, 3)(x), x of one window")
    other = ordinary(rng, 1, 2, side, 5)
    hint = "Beyond the course: no points are lost here."
    assert_refused(lambda: layer(Tensor(other)), f"Conv2d(2, 3, 3)(x), x of {side} x 5 pixels", hint)
