"""The reference's autograd as a whole: what backward accepts, what it stores, how far it reaches, and what it leaves.

Whole numbers are used where possible: float32 holds them and their sums exactly.
"""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from tinytorch.core import autograd
from tinytorch.core.activations import ReLU, Sigmoid, Softmax
from tinytorch.core.autograd import EmbeddingBackward, Function, MulBackward, PermuteBackward, SliceBackward
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.tensor import Tensor

ROOT = Path(__file__).parents[2] / "reference_impl"


def leaf(*numbers):
    return Tensor(list(numbers), requires_grad=True)


def test_backward_adds_to_every_tensor_on_the_way():
    x, c = leaf(1, 2), Tensor([3, 4])
    u = x * c
    out = u * u + x
    for times in (1, 2):
        out.backward(np.ones(2))
        assert out.grad.tolist() == [times, times]
        assert u.grad.tolist() == [times * 6, times * 16]
        assert x.grad.tolist() == [times * 19, times * 65]
    assert c.grad is None
    x.zero_grad()
    assert x.grad is None


def test_gradients_share_no_memory():
    x, y, g = leaf(1, 2), leaf(3, 4), np.array([5, 6], dtype=np.float32)
    out = x + y
    out.backward(g)
    x.grad[:] = 0
    assert (y.grad.tolist(), out.grad.tolist(), g.tolist()) == ([5, 6], [5, 6], [5, 6])


def test_gradients_of_single_numbers_are_arrays():
    x = Tensor(3.0, requires_grad=True)
    (x * x + x).backward()
    x_again = x.grad
    (x * 2).backward()
    for gradient in (x_again, x.grad):
        assert (type(gradient), gradient.shape, gradient.dtype) == (np.ndarray, (), np.float32)
    assert (x_again, x.grad) == (7, 9)


@pytest.mark.parametrize("gradient", [np.array([1, 2]), np.array([1.0, 2.0]), np.array([1, 2], dtype=np.float16)])
def test_any_array_is_taken_as_a_gradient(gradient):
    x = leaf(1, 1)
    (x * 2).backward(gradient)
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [2, 4]


def test_misuse_of_backward_is_refused_with_the_shapes():
    out = leaf(1, 2) * 2
    with pytest.raises(ValueError, match=r"needs a single number, this tensor has shape \(2,\)"):
        out.backward()
    with pytest.raises(ValueError, match=r"of shape \(2,\), got \(3,\)"):
        out.backward(np.ones(3))


def test_constants_have_no_graph():
    x = Tensor([1.0, 2.0])
    out = Sigmoid()(x * 2 + x)
    assert out.requires_grad is False
    assert out._grad_fn is None
    assert out.backward() is None
    assert x.grad is None


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_a_single_number_starts_from_one(shape):
    x = Tensor(np.full(shape, 3.0), requires_grad=True)
    x.backward()
    assert x.grad == np.ones(shape)


@pytest.mark.slow
def test_depth_is_no_limit_and_a_shared_tensor_is_walked_once():
    x = leaf(1, 2)
    u = x
    for _ in range(20_000):
        u = u + 1
    for _ in range(30):  # 2^30 paths
        u = u + u
    u.backward(np.ones(2))
    assert x.grad.tolist() == [2.0**30, 2.0**30]


@pytest.mark.medium
def test_a_dropped_graph_is_freed_at_once():
    """Without the garbage collector: nothing in a graph points back at its result."""
    gc.collect()
    gc.disable()
    try:
        model, x = Linear(3, 2), leaf(1, 2, 3)
        hidden = Softmax()(Sigmoid()(ReLU()(model(x))))
        loss = CrossEntropyLoss()(hidden.reshape(1, 2), Tensor([1]))
        loss.backward()
        watched = [weakref.ref(t) for t in (hidden, loss)]
        del hidden, loss
        assert [ref() for ref in watched] == [None, None]
    finally:
        gc.enable()


def test_targets_that_require_gradients_get_none():
    logits, targets = leaf(1, 2, 3), leaf(1)
    CrossEntropyLoss()(logits.reshape(1, 3), targets * 1).backward()
    assert targets.grad is None
    assert logits.grad.sum() == pytest.approx(0, abs=1e-6)


def test_the_base_class():
    u = leaf(1) * 2
    node = Function(u, 5, Tensor([1]), leaf(1))
    assert node.saved_tensors[0] is u
    assert node.saved_tensors[1] == 5
    assert node.next_functions == [u._grad_fn]
    with pytest.raises(NotImplementedError, match=r"Function\.apply"):
        node.apply(np.ones(1))


def test_a_function_of_ones_own_takes_part():
    class CubeBackward(Function):
        def apply(self, grad_output):
            (x,) = self.saved_tensors
            return (3 * x.data**2 * grad_output,)

    x = leaf(1, 2)
    u = x * 2
    out = Tensor(u.data**3, requires_grad=True)
    out._grad_fn = CubeBackward(u)
    out.sum().backward()
    assert x.grad.tolist() == [24, 96]


def test_nodes_answer_none_for_what_wants_no_gradient():
    g = np.ones(2, dtype=np.float32)
    assert MulBackward(leaf(1, 2), 3.0).apply(g)[1] is None
    assert MulBackward(leaf(1, 2), 3.0).apply(g)[0].tolist() == [3, 3]
    assert MulBackward(Tensor([1, 2]), leaf(1, 1)).apply(g)[0] is None


def test_nodes_of_later_modules():
    table, rows = Tensor(np.zeros((4, 2)), requires_grad=True), Tensor([[1, 3], [1, 1]])
    node = EmbeddingBackward(table, rows)
    assert node.saved_tensors == (table,)
    assert node.indices is rows
    assert node.apply(np.ones((2, 2, 2)))[0].tolist() == [[0, 0], [3, 3], [0, 0], [1, 1]]
    assert SliceBackward(table, slice(0, 2)).apply(np.ones((1, 2, 2)))[0].tolist() == [[1, 1], [1, 1], [0, 0], [0, 0]]
    permuted = PermuteBackward(Tensor(np.zeros((2, 3, 4)), requires_grad=True), (1, 2, 0))
    assert permuted.inverse_axes == (2, 0, 1)
    assert permuted.apply(np.zeros((3, 4, 2)))[0].shape == (2, 3, 4)


def test_enabling_again_changes_nothing():
    before = vars(Tensor).copy()
    assert autograd.enable_autograd() is None
    assert dict(vars(Tensor)) == before


@pytest.mark.medium
@pytest.mark.parametrize("missing", ["activations", "losses"])
def test_autograd_needs_only_the_tensor(missing):
    """A module that cannot be imported is left out; the rest is tracked."""
    code = (
        f"import sys; sys.modules['tinytorch.core.{missing}'] = None; import tinytorch.core.autograd;"
        "from tinytorch.core.tensor import Tensor; x = Tensor([2.0], requires_grad=True); (x * x).backward();"
        "sys.exit(x.grad.tolist() != [4.0])"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
