"""Whole graphs: tensors used more than once, gradients that add up over calls, and long chains.

Every gradient is compared with central differences of the same formula in NumPy's float64, or worked out by hand.
"""

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  importing it switches autograd on
from arrays import away_from_zero, ordinary, positive, whole
from asserts import assert_close, assert_equal, assert_gradient
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import backward_from
from marks import in_candidate
from right_arithmetic import arithmetic_is_right  # noqa: F401  of every test here
from tinytorch.core.activations import ReLU
from tinytorch.core.tensor import Tensor

# In float64 a step of 1e-5 leaves an error of about 1e-10; the tolerance is for the student's float32 products.
GRADIENT = {"step": 1e-5, "rtol": 2e-3, "atol": 1e-4}

EXACT = {"rtol": 0, "atol": 0}  # whole numbers: float32 holds them and their sums exactly

SHARED_HINT = "A tensor used twice gets the sum of both gradients; pass on what arrives, not the grad that is stored."
ACCUMULATE_HINT = "backward adds to grad; only zero_grad forgets, and each call passes on its own gradient alone."


def require(x, operation, a, weights, call, hint):
    """Require x.grad to be the gradient of operation (on NumPy arrays) at a, weighted."""
    call = f"gradient of {call}"
    assert_gradient(x.grad, operation, a.astype(np.float64), weights=weights, **GRADIENT, call=call, hint=hint)


POLYNOMIALS = {
    "x * x": lambda x: x * x,
    "(x * x + x) * x": lambda x: (x * x + x) * x,
    "x / (x * x + 2) - x": lambda x: x / (x * x + 2) - x,
}


@number("5.6")
@weight(3)
@pytest.mark.parametrize("call", list(POLYNOMIALS), ids=["square", "cubic", "fraction"])
def test_one_tensor_in_several_places(rng, call):
    """x * x and longer formulas of one x get the gradient of every place where x stands."""
    a, weights = ordinary(rng, 2, 3), ordinary(rng, 2, 3)
    x = Tensor(a, requires_grad=True)
    (POLYNOMIALS[call](x) * Tensor(weights)).sum().backward()
    require(x, POLYNOMIALS[call], a, weights, call, SHARED_HINT)


@number("5.6")
@weight(0.75)
@visibility("hidden")
def test_an_intermediate_result_in_several_places(rng):
    """u * u + u, with u = x * 3 - 1 computed once."""
    a, weights = ordinary(rng, 4), ordinary(rng, 4)
    x = Tensor(a, requires_grad=True)
    u = x * 3 - 1
    backward_from(u * u + u, weights)
    require(x, lambda v: (3 * v - 1) ** 2 + (3 * v - 1), a, weights, "u * u + u, u = x * 3 - 1", SHARED_HINT)


@number("5.6")
@weight(1)
@pytest.mark.parametrize("levels", [1, 2, 4, 8])
def test_nested_doubling(rng, levels):
    """u = u + u, repeated up to 8 times, multiplies the gradient by 2 each time."""
    a, weights = whole(rng, 3), whole(rng, 3)
    x = Tensor(a, requires_grad=True)
    u = x
    for _ in range(levels):
        u = u + u
    backward_from(u, weights)
    call = f"x.grad after {levels} times u = u + u"
    assert_close(x.grad, 2**levels * weights, **EXACT, call=call, hint=SHARED_HINT)


@number("5.6")
@weight(1.25)
@visibility("hidden")
def test_a_residual_connection(rng):
    """y = relu(x / c) / d + x: x gets the gradient of the detour and of the short cut."""
    a, weights = away_from_zero(rng, 3, 4), ordinary(rng, 3, 4)  # away from the kink of ReLU
    c, d = positive(rng, 3, 4), away_from_zero(rng, 3, 4, gap=0.5)
    x = Tensor(a, requires_grad=True)
    out = ReLU()(x / Tensor(c)) / Tensor(d) + x
    backward_from(out, weights)
    c, d = c.astype(np.float64), d.astype(np.float64)
    require(x, lambda v: np.maximum(v / c, 0) / d + v, a, weights, "relu(x / c) / d + x", SHARED_HINT)


@number("5.7")
@weight(1.5)
def test_two_passes_add_up(rng):
    """Two forward passes with a backward each: grad is the sum of both."""
    a, b, first, second = (whole(rng, 2, 3) for _ in range(4))
    x, c = Tensor(a, requires_grad=True), Tensor(b)
    backward_from(x * c, first)
    backward_from(x + c, second)
    want = first * b + second
    assert_close(x.grad, want, **EXACT, call="x.grad after two backward calls", hint=ACCUMULATE_HINT)


@number("5.7")
@weight(2)
@visibility("hidden")
def test_a_second_backward_on_the_same_graph_doubles(rng):
    """A second backward on the same graph adds the same contribution once more, to every tensor."""
    a, weights = whole(rng, 3), whole(rng, 3)
    x = Tensor(a, requires_grad=True)
    u = x * x
    out = u * 3 + x
    for times in (1, 2, 3):
        backward_from(out, weights)
        call = f"grad after {times} backward calls on one graph"
        for name, tensor, factor in [("out", out, 1), ("u", u, 3), ("x", x, 6 * a + 1)]:
            want = times * weights * factor
            assert_close(tensor.grad, want, **EXACT, call=f"{name}.{call}", hint=ACCUMULATE_HINT)


@number("5.7")
@weight(1)
def test_zero_grad_forgets(rng):
    """zero_grad() sets grad to None, and the next backward starts afresh."""
    a, first, second = whole(rng, 4), whole(rng, 4), whole(rng, 4)
    x = Tensor(a, requires_grad=True)
    backward_from(x * 2, first)
    assert_close(x.grad, 2 * first, **EXACT, call="x.grad after (x * 2).backward(g)", hint=ACCUMULATE_HINT)
    x.zero_grad()
    assert_equal(x.grad, None, call="x.grad after x.zero_grad()", hint="zero_grad sets grad to None.")
    backward_from(x * 5, second)
    assert_close(x.grad, 5 * second, **EXACT, call="x.grad after zero_grad and a new backward", hint=ACCUMULATE_HINT)


@number("5.7")
@weight(1.5)
def test_intermediate_results_keep_their_gradient(rng):
    """Every tensor on the way gets a grad, the starting point included; constants get none."""
    a, b, weights = whole(rng, 3), away_from_zero(rng, 3), whole(rng, 3)
    x, c = Tensor(a, requires_grad=True), Tensor(b)
    u = x * c
    v = u - x
    out = v * 2
    backward_from(out, weights)
    hint = "Store the gradient in every tensor that requires one, not only in the leaves."
    for name, tensor, want in [("out", out, weights), ("v", v, 2 * weights), ("u", u, 2 * weights)]:
        assert_close(tensor.grad, want, **EXACT, call=f"{name}.grad", hint=hint)
    assert_close(x.grad, 2 * weights * (b - 1), call="x.grad", hint=hint)
    assert_equal(c.grad, None, call="grad of a constant", hint="A constant's grad stays None.")


@in_candidate
def chain_of_additions(a, weights, length):
    x = Tensor(a, requires_grad=True)
    u = x * 2.0
    for _ in range(length):
        u = u + 1.0
    backward_from(u, weights)
    return u.data, x.grad


@number("5.15")
@weight(0.75)
@visibility("hidden")
def test_a_chain_of_two_hundred_operations(rng):
    """A chain of 200 additions passes its gradient through unchanged."""
    a, weights = whole(rng, 5), whole(rng, 5)
    value, gradient = chain_of_additions(a, weights, 200)
    hint = "Each step should hand on exactly what it received, once."
    assert_close(value, 2 * a + 200, **EXACT, call="x * 2 + 1 + 1 + ... (200 times)", hint=hint)
    assert_close(gradient, 2 * weights, **EXACT, call="x.grad after 200 additions", hint=hint)
