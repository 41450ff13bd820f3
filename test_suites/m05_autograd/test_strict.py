"""(S) Right by mathematics, but not asked of anyone: the course's own solution fails these checks. They weigh nothing.

Every gradient is compared with central differences of the same formula in NumPy's float64, or worked out by hand.
"""

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  importing it switches autograd on
import tinytorch.core.losses as losses
from arrays import distinct, ordinary, whole
from asserts import assert_close, assert_equal, assert_gradient, assert_shape
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import in_candidate
from tinytorch.core.activations import GELU, Tanh
from tinytorch.core.layers import Dropout
from tinytorch.core.tensor import Tensor

# In float64 a step of 1e-5 leaves an error of about 1e-10; the tolerance is for the student's float32 formulas.
GRADIENT = {"step": 1e-5, "rtol": 2e-3, "atol": 1e-4, "dtype": np.float32}

EXACT = {"rtol": 0, "atol": 0}  # whole numbers: float32 holds them and their sums exactly


@in_candidate
def run_log_softmax(x, dim):
    # Looked up at the call: autograd can replace a function only in its module.
    return losses.log_softmax(x, dim)


def log_softmax(x, dim):
    shifted = x - x.max(axis=dim, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))


# name: the operation on a Tensor (3, 3), the same on an array
OPERATIONS = {
    "x.sum(axis=1)": (lambda x: x.sum(axis=1), lambda a: a.sum(axis=1)),
    "x.sum(axis=-1)": (lambda x: x.sum(axis=-1), lambda a: a.sum(axis=-1)),
    "x[[0, 2, 0]]": (lambda x: x[[0, 2, 0]], lambda a: a[[0, 2, 0]]),
    "x.reshape(9).transpose()": (lambda x: x.reshape(9).transpose(), lambda a: a.reshape(9)),
    "x.mean()": (lambda x: x.mean(), lambda a: a.mean()),
    "x.mean(axis=1)": (lambda x: x.mean(axis=1), lambda a: a.mean(axis=1)),
    "x.max()": (lambda x: x.max(), lambda a: a.max()),
    "x.max(axis=0)": (lambda x: x.max(axis=0), lambda a: a.max(axis=0)),
    "x.max(axis=1)": (lambda x: x.max(axis=1), lambda a: a.max(axis=1)),
    "Tanh()(x)": (lambda x: Tanh()(x), np.tanh),
    "GELU()(x)": (lambda x: GELU()(x), lambda a: a / (1 + np.exp(-1.702 * a))),
    "log_softmax(x)": (lambda x: run_log_softmax(x, -1), lambda a: log_softmax(a, -1)),
    "log_softmax(x, 0)": (lambda x: run_log_softmax(x, 0), lambda a: log_softmax(a, 0)),
}


@number("5.17")
@weight(0)
@pytest.mark.parametrize("call", list(OPERATIONS))
def test_operations_the_course_leaves_out(rng, call):
    """(S) Gradients of sums without keepdims, repeated indices, mean, max, Tanh, log_softmax, and so on."""
    on_tensor, on_array = OPERATIONS[call]
    a = distinct(rng, 3, 3)
    weights = ordinary(rng, *np.shape(on_array(a)))
    x = Tensor(a, requires_grad=True)
    on_tensor(x).backward(weights)
    hint = "Beyond the course: no points are lost here."
    call = f"gradient of {call}"
    assert_gradient(x.grad, on_array, a.astype(np.float64), weights=weights, **GRADIENT, call=call, hint=hint)


@number("5.17")
@weight(0)
@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3), (3,)), ((3,), (3, 2)), ((3,), (3,)), ((4, 2, 3), (3,)), ((3,), (4, 3, 2)), ((), (2, 3)), ((2, 3), ())],
    ids=["matrix_vector", "vector_matrix", "vectors", "batch_vector", "vector_batch", "number_left", "number_right"],
)
def test_matmul_with_vectors_and_numbers(rng, left, right):
    """(S) matmul with a 1-D or 0-d operand gives both gradients."""
    a, b = ordinary(rng, *left), ordinary(rng, *right)
    multiply = np.multiply if () in (left, right) else np.matmul
    weights = ordinary(rng, *np.shape(multiply(a, b)))
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    x.matmul(y).backward(weights)
    hint = "Beyond the course: no points are lost here."
    a, b = a.astype(np.float64), b.astype(np.float64)
    call = f"gradient of a matmul of {left} and {right}"
    assert_gradient(x.grad, lambda v: multiply(v, b), a, weights=weights, **GRADIENT, call=f"{call}, left", hint=hint)
    assert_gradient(y.grad, lambda v: multiply(a, v), b, weights=weights, **GRADIENT, call=f"{call}, right", hint=hint)


@number("5.17")
@weight(0)
def test_cross_entropy_of_logits_far_apart():
    """(S) Cross-entropy of logits a thousand apart has the gradient (softmax - one-hot) / N, not NaN."""
    logits = Tensor([[1000.0, 0.0, -1000.0], [-1000.0, -1000.0, -3000.0]], requires_grad=True)
    losses.CrossEntropyLoss()(logits, Tensor([1, 0])).backward()
    want = np.array([[1.0, -1.0, 0.0], [-0.5, 0.5, 0.0]]) / 2
    hint = "Subtract the maximum of each row before the exponentials, in the backward pass too."
    assert_close(logits.grad, want, call="gradient of CrossEntropyLoss at [[1000, 0, -1000], ...]", hint=hint)


@in_candidate
def long_chain(a, weights, length):
    x = Tensor(a, requires_grad=True)
    u = x
    for _ in range(length):
        u = u + 1.0
    (u * 2.0).backward(weights)
    return x.grad


@number("5.17")
@weight(0)
def test_a_chain_of_three_thousand_operations(rng):
    """(S) A chain of 3,000 operations needs no deeper recursion than a chain of three."""
    a, weights = whole(rng, 3), whole(rng, 3)
    hint = "Walk the graph with a list as a stack instead of calling backward inside backward."
    assert_close(long_chain(a, weights, 3000), 2 * weights, **EXACT, call="x.grad after 3,000 additions", hint=hint)


@number("5.17")
@weight(0)
def test_dropping_everything_passes_a_zero_gradient(rng):
    """(S) Dropout(1.0) passes a gradient of zeros, not none."""
    a, weights = ordinary(rng, 3, 2), ordinary(rng, 3, 2)
    x = Tensor(a, requires_grad=True)
    (Dropout(1.0)(x) + x).backward(weights)
    assert_close(x.grad, weights, call="x.grad after (Dropout(1.0)(x) + x).backward(g)", hint="The mask is all zeros.")
    y = Tensor(a, requires_grad=True)
    Dropout(1.0)(y).backward(weights)
    assert_close(
        y.grad,
        np.zeros((3, 2)),
        **EXACT,
        call="y.grad after Dropout(1.0)(y).backward(g)",
        hint="The mask is all zeros.",
    )


LOSSES = {
    "MSELoss": [[0.5, 0.25], [0.75, 0.5]],
    "BinaryCrossEntropyLoss": [[1.0, 0.0], [0.0, 1.0]],
    "CrossEntropyLoss": [1.0, 0.0],
}


@number("5.17")
@weight(0)
@pytest.mark.parametrize("name", LOSSES)
def test_targets_get_no_gradient(name):
    """(S) A loss passes gradients to the predictions only, even if the targets ask for one."""
    predictions = Tensor([[0.25, 0.5], [0.5, 0.75]], requires_grad=True)
    targets = Tensor(LOSSES[name], requires_grad=True)
    getattr(losses, name)()(predictions, targets).backward()
    assert_equal(targets.grad, None, call=f"targets.grad after {name}()(predictions, targets).backward()")
    assert_shape(predictions.grad, (2, 2), call=f"predictions.grad after {name}()(predictions, targets).backward()")
