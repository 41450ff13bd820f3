"""Gradients of matmul, of sums, and of the operations that rearrange or select: reshape, transpose, indexing.

Every gradient is compared with central differences of the same formula in NumPy's float64; what arrives is random.
"""

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  importing it switches autograd on
from arrays import ordinary
from asserts import assert_gradient
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import backward_from
from tinytorch.core.tensor import Tensor

# In float64 a step of 1e-5 leaves an error of about 1e-10; the tolerance is for the student's float32 products.
GRADIENT = {"step": 1e-5, "rtol": 2e-3, "atol": 1e-4}

MATMUL_HINT = "For a @ b, a gets g @ b^T and b gets a^T @ g, where ^T swaps the last two axes only."
SUM_HINT = "Every element that was summed gets the gradient of its sum: spread g back to the input's shape."


def require(x, operation, a, weights, call, hint):
    """Require x.grad to be the gradient of operation (on NumPy arrays) at a, weighted."""
    call = f"gradient of {call}"
    assert_gradient(x.grad, operation, a.astype(np.float64), weights=weights, **GRADIENT, call=call, hint=hint)


def require_matmul(rng, multiply, left, right, call):
    a, b = ordinary(rng, *left), ordinary(rng, *right)
    weights = ordinary(rng, *(a @ b).shape)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    backward_from(multiply(x, y), weights)
    require(x, lambda v: v @ b.astype(np.float64), a, weights, f"{call} for the left operand", MATMUL_HINT)
    require(y, lambda v: a.astype(np.float64) @ v, b, weights, f"{call} for the right operand", MATMUL_HINT)


@number("5.4")
@weight(4)
@pytest.mark.parametrize(("left", "right"), [((3, 4), (4, 2)), ((3, 3), (3, 3))], ids=["oblong", "square"])
def test_matmul_of_matrices(rng, left, right):
    """a.matmul(b) of two matrices gives both their gradients, square and asymmetric ones included."""
    require_matmul(rng, lambda x, y: x.matmul(y), left, right, "a.matmul(b)")


@number("5.4")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3, 4), (2, 4, 5)), ((2, 3, 3), (2, 3, 3)), ((2, 3, 4), (4, 5)), ((2, 2, 3, 4), (2, 2, 4, 3))],
    ids=["batch", "square_batch", "batch_by_matrix", "two_batch_axes"],
)
def test_matmul_of_batches(rng, left, right):
    """a.matmul(b) of batches of matrices; one matrix for the whole batch gets the sum."""
    require_matmul(rng, lambda x, y: x.matmul(y), left, right, "a.matmul(b)")


@number("5.4")
@weight(1)
def test_the_matmul_operator(rng):
    """a @ b has the gradients of a.matmul(b), also with a constant on either side."""
    require_matmul(rng, lambda x, y: x @ y, (2, 5), (5, 3), "a @ b")
    a, b, weights = ordinary(rng, 2, 3), ordinary(rng, 3, 2), ordinary(rng, 2, 2)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    backward_from(x @ Tensor(b), weights)
    backward_from(Tensor(a) @ y, weights)
    require(x, lambda v: v @ b.astype(np.float64), a, weights, "a @ constant", MATMUL_HINT)
    require(y, lambda v: a.astype(np.float64) @ v, b, weights, "constant @ b", MATMUL_HINT)


def require_operation(rng, operation, shape, call, hint):
    """Apply one and the same operation to a Tensor and to an array, and compare the gradients."""
    a = ordinary(rng, *shape)
    weights = ordinary(rng, *np.shape(operation(a)))
    x = Tensor(a, requires_grad=True)
    backward_from(operation(x), weights)
    require(x, operation, a, weights, call, hint)


SUMS = {
    "everything": {},
    "columns": {"axis": 0},
    "columns_kept": {"axis": 0, "keepdims": True},
    "rows_kept": {"axis": 1, "keepdims": True},
    "last_kept": {"axis": -1, "keepdims": True},
}


@number("5.5")
@weight(2.5)
@pytest.mark.parametrize("case", list(SUMS))
def test_sums(rng, case):
    """sum() spreads its gradient over everything that was summed."""
    arguments = SUMS[case]
    call = f"x.sum({', '.join(f'{name}={value}' for name, value in arguments.items())})"
    require_operation(rng, lambda x: x.sum(**arguments), (3, 4), call, SUM_HINT)


@number("5.5")
@weight(1)
@pytest.mark.parametrize("shape", [(6, 2), (1, 12), (-1,), (2, 3, 2)], ids=["matrix", "row", "flat", "three_axes"])
def test_reshapes(rng, shape):
    """reshape gives the gradient the shape it had before."""
    hint = "The numbers only move: reshape g back to the input's shape."
    require_operation(rng, lambda x: x.reshape(*shape), (3, 4), f"x.reshape{shape}", hint)


TRANSPOSE_HINT = "Swap the same two axes of g again; reshaping would put the numbers in the wrong places."


@number("5.5")
@weight(0.75)
@pytest.mark.parametrize("shape", [(3, 4), (3, 3), (2, 3, 4)], ids=["oblong", "square", "three_axes"])
def test_transposes_of_the_last_axes(rng, shape):
    """transpose() swaps the last two axes, and its gradient swaps them back."""
    a = ordinary(rng, *shape)
    weights = ordinary(rng, *a.swapaxes(-1, -2).shape)
    x = Tensor(a, requires_grad=True)
    backward_from(x.transpose(), weights)
    require(x, lambda v: v.swapaxes(-1, -2), a, weights, "x.transpose()", TRANSPOSE_HINT)


@number("5.5")
@weight(0.75)
@visibility("hidden")
@pytest.mark.parametrize("dims", [(0, 2), (0, 1), (-1, 1)], ids=["outer", "first", "negative"])
def test_transposes_of_chosen_axes(rng, dims):
    """transpose(dim0, dim1) swaps those two axes of the gradient."""
    a = ordinary(rng, 2, 3, 4)
    weights = ordinary(rng, *a.swapaxes(*dims).shape)
    x = Tensor(a, requires_grad=True)
    backward_from(x.transpose(*dims), weights)
    require(x, lambda v: v.swapaxes(*dims), a, weights, f"x.transpose{dims}", TRANSPOSE_HINT)


KEYS = {
    "row": 1,
    "step": slice(0, 4, 2),
    "chosen_rows": [3, 0, 2],
    "column": (slice(None), 2),
    "element": (1, 0),
}


@number("5.5")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("case", list(KEYS))
def test_selections(rng, case):
    """x[key] gives a gradient to what was picked and 0 to the rest."""
    key = KEYS[case]
    hint = "Start from zeros of the input's shape and put g at the same key."
    require_operation(rng, lambda x: x[key], (4, 3), f"x[{key}]", hint)
