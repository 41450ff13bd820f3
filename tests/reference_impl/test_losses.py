"""The reference's losses: properties, hand-worked numbers, and no warning for any finite input.

Other tests of the same process may have loaded module 05, which wraps `forward`; values must be the same either way.
"""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tinytorch.core import losses
from tinytorch.core.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss, log_softmax
from tinytorch.core.tensor import Tensor


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_constants():
    assert losses.EPSILON == 1e-7


@pytest.mark.parametrize(("shape", "dim"), [((5,), -1), ((3, 4), 0), ((3, 4), 1), ((2, 3, 4), 1), ((2, 3, 4), -3)])
def test_log_softmax_normalises_one_axis(shape, dim, rng):
    a = rng.standard_normal(shape)
    out = log_softmax(Tensor(a), dim)
    assert out.data.dtype == np.float32
    assert out.shape == shape
    assert np.exp(out.data).sum(axis=dim) == pytest.approx(1, rel=1e-6)
    differences = out.data - a  # the same number is taken away from a whole slice
    assert differences == pytest.approx(np.broadcast_to(differences.max(axis=dim, keepdims=True), shape), abs=1e-6)
    assert np.array_equal(log_softmax(Tensor(a), dim=dim).data, out.data)


@pytest.mark.parametrize(
    ("row", "want"),
    [
        ([1e4, 0], [0, -1e4]),
        ([-1000, -1001], [-math.log1p(math.exp(-1)), -1 - math.log1p(math.exp(-1))]),
        ([1e38, -1e38], [0, -2e38]),
        ([7], [0]),
    ],
)
def test_log_softmax_is_exact_far_away(row, want):
    assert log_softmax(Tensor(row)).data == pytest.approx(np.array(want), rel=1e-6)


def test_mse_by_hand():
    assert MSELoss()(Tensor([1, 2, 3]), Tensor([1.5, 2.5, 2.8])).data == pytest.approx(0.18)
    assert MSELoss()(Tensor([3]), Tensor([1])).data == 4
    assert MSELoss()(Tensor([[1, 2], [3, 4], [5, 6]]), Tensor(np.zeros((3, 2)))).data == pytest.approx(91 / 6)


def test_mse_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="broadcast"):
        MSELoss()(Tensor(np.ones(3)), Tensor(np.ones(4)))


def test_cross_entropy_by_hand():
    want = (math.log(1 + math.e + math.e**2) + math.log(3)) / 2
    assert CrossEntropyLoss()(Tensor([[1, 2, 3], [1, 1, 1]]), Tensor([0, 1])).data == pytest.approx(want)
    assert CrossEntropyLoss()(Tensor([[1000, 0, -1000]]), Tensor([1])).data == 1000
    assert CrossEntropyLoss()(Tensor([[1000, 0, -1000]]), Tensor([2])).data == 2000


@pytest.mark.parametrize("c", [1, 2, 10, 1000])
def test_equal_logits_cost_the_log_of_the_class_count(c, rng):
    targets = Tensor(rng.integers(0, c, 6))
    assert CrossEntropyLoss()(Tensor(np.full((6, c), 3.0)), targets).data == pytest.approx(math.log(c), abs=1e-6)


def test_cross_entropy_does_not_depend_on_order_or_shift(rng):
    logits, targets, order = rng.standard_normal((7, 4)), rng.integers(0, 4, 7), rng.permutation(7)
    value = CrossEntropyLoss()(Tensor(logits), Tensor(targets)).data
    assert CrossEntropyLoss()(Tensor(logits[order]), Tensor(targets[order])).data == pytest.approx(value, rel=1e-6)
    assert CrossEntropyLoss()(Tensor(logits + 100), Tensor(targets)).data == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize("targets", [[0, 3], [0, 1, 2]])
def test_cross_entropy_refuses_a_missing_class_and_a_missing_sample(targets):
    with pytest.raises(IndexError):
        CrossEntropyLoss()(Tensor(np.zeros((2, 3))), Tensor(targets))


def test_bce_by_hand():
    assert BinaryCrossEntropyLoss()(Tensor([0.9, 0.1]), Tensor([1, 0])).data == pytest.approx(-math.log(0.9))
    assert BinaryCrossEntropyLoss()(Tensor([0.5]), Tensor([0.3])).data == pytest.approx(math.log(2))


@pytest.mark.parametrize(("p", "y", "want"), [(0, 1, 16.118), (1, 0, 15.942), (1, 1, 0), (0, 0, 0), (-3, 1, 16.118)])
def test_bce_at_the_ends_of_the_interval(p, y, want):
    assert BinaryCrossEntropyLoss()(Tensor([p]), Tensor([y])).data == pytest.approx(want, abs=1e-3)


def test_bce_is_the_cross_entropy_of_two_classes(rng):
    """Two classes with logits 0 and z are one probability sigmoid(z)."""
    z, y = rng.standard_normal(9), rng.integers(0, 2, 9)
    two = CrossEntropyLoss()(Tensor(np.stack([np.zeros(9), z], axis=1)), Tensor(y)).data
    assert BinaryCrossEntropyLoss()(Tensor(1 / (1 + np.exp(-z))), Tensor(y)).data == pytest.approx(two, rel=1e-5)


@pytest.mark.parametrize("kind", [MSELoss, CrossEntropyLoss, BinaryCrossEntropyLoss])
def test_a_loss_is_one_float32_number_and_changes_nothing(kind, rng):
    a = rng.uniform(0, 1, (4, 3)).astype(np.float32)
    a[0, 0], a[1, 1] = 0, 1
    b = rng.integers(0, 2, 4 if kind is CrossEntropyLoss else (4, 3)).astype(np.float32)
    first, targets, loss = Tensor(a), Tensor(b), kind()
    out = loss(first, targets)
    assert isinstance(out, Tensor)
    assert (type(out.data), out.data.shape, out.data.dtype) == (np.ndarray, (), np.float32)
    assert out.data == loss.forward(first, targets).data
    assert out.data >= 0
    assert np.array_equal(first.data, a)
    assert np.array_equal(targets.data, b)
    assert loss.backward() is None


def test_the_base_class_leaves_forward_to_others():
    with pytest.raises(NotImplementedError, match=r"Loss\.forward"):
        losses.Loss()(Tensor(1.0), Tensor(1.0))


@pytest.mark.medium
def test_losses_alone_leave_autograd_off():
    code = (
        "import sys; from tinytorch.core.losses import MSELoss; from tinytorch.core.tensor import Tensor;"
        "out = MSELoss()(Tensor([1.0], requires_grad=True), Tensor([2.0]));"
        "sys.exit(out.requires_grad or 'tinytorch.core.autograd' in sys.modules)"
    )
    root = Path(__file__).parents[2] / "reference_impl"
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
