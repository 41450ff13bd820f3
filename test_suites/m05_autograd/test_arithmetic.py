"""Gradients of + - * /: same shapes, constants on either side, and broadcasting.

Every gradient is compared with central differences of the same formula in NumPy's float64. The gradient that arrives is
always random: with ones alone, many wrong formulas look right.
"""

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  importing it switches autograd on
from arrays import away_from_zero, ordinary
from asserts import assert_equal, assert_gradient
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import backward_from
from tinytorch.core.tensor import Tensor

# In float64 a step of 1e-5 leaves an error of about 1e-10; the tolerance is for the student's float32 products.
GRADIENT = {"step": 1e-5, "rtol": 2e-3, "atol": 1e-4}

OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
HINTS = {
    "+": "Both operands of + get the arriving gradient g as it is.",
    "-": "The left operand of - gets g, the right one -g.",
    "*": "Each factor gets g times the other factor.",
    "/": "The left operand of / gets g / b, the right one -g * a / b**2.",
}
BROADCAST_HINT = (
    "Sum the gradient over every axis that broadcasting added or stretched, until it has the operand's shape."
)
CONSTANT_HINT = "One operand that requires gradients is enough, on either side; a constant's grad stays None."

each_operation = pytest.mark.parametrize("sign", list(OPERATIONS), ids=["add", "sub", "mul", "div"])


def draw(rng, left, right):
    """Draw both operands, the right one safe to divide by, in float32 and as float64 arrays."""
    return ordinary(rng, *left), away_from_zero(rng, *right, gap=0.5)


def require_left(x, sign, a, b, weights, hint):
    """Require x.grad to be the gradient of a (sign) b with respect to a."""
    right = np.asarray(b, dtype=np.float64)
    call = f"gradient of the left operand of a {sign} b"
    operation = OPERATIONS[sign]
    assert_gradient(
        x.grad, lambda v: operation(v, right), a.astype(np.float64), weights=weights, **GRADIENT, call=call, hint=hint
    )


def require_right(y, sign, a, b, weights, hint):
    """Require y.grad to be the gradient of a (sign) b with respect to b."""
    left = np.asarray(a, dtype=np.float64)
    call = f"gradient of the right operand of a {sign} b"
    operation = OPERATIONS[sign]
    assert_gradient(
        y.grad, lambda v: operation(left, v), b.astype(np.float64), weights=weights, **GRADIENT, call=call, hint=hint
    )


@number("5.1")
@weight(4)
@each_operation
def test_both_operands_get_their_gradient(rng, sign):
    """a + b, a - b, a * b and a / b pass the right gradient to both operands."""
    a, b = draw(rng, (3, 4), (3, 4))
    weights = ordinary(rng, 3, 4)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    backward_from(OPERATIONS[sign](x, y), weights)
    require_left(x, sign, a, b, weights, HINTS[sign])
    require_right(y, sign, a, b, weights, HINTS[sign])


@number("5.1")
@weight(2)
@each_operation
def test_a_number_on_the_right(rng, sign):
    """A plain number on the right is a constant."""
    a, weights = ordinary(rng, 2, 3), ordinary(rng, 2, 3)
    for constant in (3, -0.75):
        x = Tensor(a, requires_grad=True)
        backward_from(OPERATIONS[sign](x, constant), weights)
        require_left(x, sign, a, constant, weights, f"{HINTS[sign]} Here b is the number {constant}.")


@number("5.1")
@weight(2)
@visibility("hidden")
@each_operation
@pytest.mark.parametrize("kind", ["list", "array"])
def test_a_list_or_an_array_on_the_right(rng, sign, kind):
    """A list or an ndarray on the right is a constant, also when it broadcasts."""
    a, b = draw(rng, (2, 3), (3,))
    weights = ordinary(rng, 2, 3)
    x = Tensor(a, requires_grad=True)
    backward_from(OPERATIONS[sign](x, b.tolist() if kind == "list" else b), weights)
    require_left(x, sign, a, b, weights, f"{HINTS[sign]} Here b is a {kind}.")


@number("5.2")
@weight(4)
@each_operation
def test_a_constant_on_the_left(rng, sign):
    """With a constant Tensor on the left, the right operand still gets its gradient."""
    a, b = draw(rng, (3, 2), (3, 2))
    weights = ordinary(rng, 3, 2)
    constant, y = Tensor(a), Tensor(b, requires_grad=True)
    backward_from(OPERATIONS[sign](constant, y), weights)
    require_right(y, sign, a, b, weights, CONSTANT_HINT)
    assert_equal(constant.grad, None, call=f"constant.grad after constant {sign} y", hint=CONSTANT_HINT)


@number("5.2")
@weight(3)
@visibility("hidden")
@each_operation
def test_a_constant_on_the_right(rng, sign):
    """With a constant Tensor on the right, the left operand gets its gradient and the constant none."""
    a, b = draw(rng, (3, 2), (3, 2))
    weights = ordinary(rng, 3, 2)
    x, constant = Tensor(a, requires_grad=True), Tensor(b)
    backward_from(OPERATIONS[sign](x, constant), weights)
    require_left(x, sign, a, b, weights, CONSTANT_HINT)
    assert_equal(constant.grad, None, call=f"constant.grad after x {sign} constant", hint=CONSTANT_HINT)


def require_broadcast(rng, sign, left, right):
    a, b = draw(rng, left, right)
    weights = ordinary(rng, *np.broadcast_shapes(left, right))
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    backward_from(OPERATIONS[sign](x, y), weights)
    require_left(x, sign, a, b, weights, BROADCAST_HINT)
    require_right(y, sign, a, b, weights, BROADCAST_HINT)


@number("5.3")
@weight(5)
@pytest.mark.parametrize(
    ("sign", "left", "right"),
    [
        ("+", (3, 4), (4,)),
        ("-", (4,), (3, 4)),
        ("*", (3, 1), (4,)),
        ("/", (3, 4), (1, 4)),
        ("*", (), (2, 3)),
    ],
    ids=["row_added", "row_subtracted_from", "column_times_row", "one_row_divides", "number_on_the_left"],
)
def test_broadcast_operands(rng, sign, left, right):
    """A stretched operand gets the sum of the gradients of all its copies."""
    require_broadcast(rng, sign, left, right)


@number("5.3")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize(
    ("sign", "left", "right"),
    [
        ("+", (2, 3, 4), (4,)),
        ("*", (2, 1, 4), (3, 1)),
        ("/", (2, 3), ()),
        ("/", (1,), (3, 2)),
        ("-", (1, 3), (3, 3)),
    ],
    ids=["row_into_three_axes", "both_stretch", "number_divides", "single", "square"],
)
def test_more_broadcast_operands(rng, sign, left, right):
    """Broadcasting over several axes, on both sides, and to a square shape."""
    require_broadcast(rng, sign, left, right)
