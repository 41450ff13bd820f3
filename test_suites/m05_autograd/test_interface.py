"""The rules of the graph: who requires gradients, which node made a result, what backward accepts, what Function offers.

A check that expects nothing (no flag, no gradient, an error) also shows the opposite, so that doing nothing earns no point.
"""

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  importing it switches autograd on
from arrays import ordinary, positive, whole
from asserts import assert_close, assert_differs, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import backward_from
from marks import in_candidate
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax
from tinytorch.core.autograd import AddBackward, Function, enable_autograd
from tinytorch.core.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}  # whole numbers: float32 holds them and their sums exactly

TARGETS = np.array([1.0, 0.0], dtype=np.float32)

# node: the operation on x (2, 2) that it stands for
NODES = {
    "AddBackward": lambda x: x + Tensor([1.0, 2.0]),
    "SubBackward": lambda x: Tensor([1.0, 2.0]) - x,
    "MulBackward": lambda x: x * 3,
    "DivBackward": lambda x: x / Tensor([2.0, 4.0]),
    "MatmulBackward": lambda x: x @ Tensor([[1.0, 2.0], [3.0, 4.0]]),
    "TransposeBackward": lambda x: x.transpose(),
    "ReshapeBackward": lambda x: x.reshape(4),
    "SliceBackward": lambda x: x[0],
    "SumBackward": lambda x: x.sum(),
    "ReLUBackward": lambda x: ReLU()(x),
    "SigmoidBackward": lambda x: Sigmoid()(x),
    "SoftmaxBackward": lambda x: Softmax()(x),
    "GELUBackward": lambda x: GELU()(x),
    "MSEBackward": lambda x: MSELoss()(x, Tensor([[0.0, 1.0], [1.0, 0.0]])),
    "BCEBackward": lambda x: BinaryCrossEntropyLoss()(x, Tensor([[0.0, 1.0], [1.0, 0.0]])),
    "CrossEntropyBackward": lambda x: CrossEntropyLoss()(x, Tensor(TARGETS)),
}

FLAG_HINT = "A result requires gradients, and holds its node in _grad_fn, exactly if one of its inputs requires them."


def gradients_at(operation, a):
    """Return what arrives at x for two gradients at the result, the second twice the first."""
    found = []
    for factor in (1.0, 2.0):
        x = Tensor(a, requires_grad=True)
        out = operation(x)
        backward_from(out, factor * np.arange(1.0, 1 + out.data.size, dtype=np.float32).reshape(out.data.shape))
        found.append(x.grad)
    return found


@number("5.11")
@weight(5)
@visibility("hidden")
@pytest.mark.parametrize("node", list(NODES))
def test_results_remember_how_they_were_made(rng, node):
    """A result of inputs that require gradients holds the right node; a result of constants holds none."""
    a = positive(rng, 2, 2, low=0.1, high=0.9)
    plain = NODES[node](Tensor(a))
    assert_equal(plain.requires_grad, False, call="requires_grad of a result of constants", hint=FLAG_HINT)
    is_bare = getattr(plain, "_grad_fn", None) is None
    assert_equal(is_bare, True, call="_grad_fn of a result of constants is None or absent", hint=FLAG_HINT)
    x = Tensor(a, requires_grad=True)
    out = NODES[node](x)
    assert_equal(out.requires_grad, True, call="requires_grad of a result of x", hint=FLAG_HINT)
    assert_equal(type(out._grad_fn).__name__, node, call="type(out._grad_fn).__name__", hint=FLAG_HINT)
    assert_close(out.data, plain.data, **EXACT, call="the result with and without requires_grad", hint=FLAG_HINT)
    first, second = gradients_at(NODES[node], a)
    assert_differs(
        second, first, call="x.grad, after a gradient that is twice as large", hint="apply uses grad_output."
    )


BACKWARD_HINT = "Without a gradient, backward starts from 1 and so needs a single number, of whatever rank."


@number("5.12")
@weight(1)
@pytest.mark.parametrize("shape", [(3,), (2, 2)], ids=["vector", "matrix"])
def test_backward_of_many_numbers_needs_a_gradient(rng, shape):
    """backward() of more than one number raises ValueError; with a gradient it works."""
    a, weights = whole(rng, *shape), whole(rng, *shape)
    x = Tensor(a, requires_grad=True)
    with pytest.raises(ValueError):  # noqa: PT011  the wording is the student's
        (x * 2).backward()
    x = Tensor(a, requires_grad=True)
    (x * 2).backward(weights)
    assert_close(x.grad, 2 * weights, **EXACT, call="x.grad after (x * 2).backward(g)", hint=BACKWARD_HINT)


@number("5.12")
@weight(0.75)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)], ids=["number", "vector", "matrix"])
def test_backward_of_a_single_number(rng, shape):
    """backward() of a single number of any rank starts from 1, for a leaf too."""
    a, b = whole(rng, *shape, low=2), whole(rng, *shape, low=2)
    x = Tensor(a, requires_grad=True)
    (x * Tensor(b)).backward()
    assert_close(x.grad, b, **EXACT, call="x.grad after (x * c).backward()", hint=BACKWARD_HINT)
    leaf = Tensor(a, requires_grad=True)
    leaf.backward()
    assert_close(leaf.grad, np.ones(shape), **EXACT, call="leaf.grad after leaf.backward()", hint=BACKWARD_HINT)


@number("5.12")
@weight(0.75)
@visibility("hidden")
def test_backward_without_requires_grad_does_nothing(rng):
    """backward() on a result of constants returns None and leaves every grad None."""
    a = whole(rng, 3)
    x = Tensor(a)
    out = x * x
    hint = "Return at once when self.requires_grad is False."
    assert_equal(out.backward(), None, call="(x * x).backward() of a constant x", hint=hint)
    for name, tensor in [("x", x), ("out", out)]:
        assert_equal(tensor.grad, None, call=f"{name}.grad", hint=hint)
    y = Tensor(a, requires_grad=True)
    (y * x).sum().backward()
    assert_close(y.grad, a, **EXACT, call="y.grad after (y * x).sum().backward(), y requiring gradients", hint=hint)


@number("5.12")
@weight(0.75)
@pytest.mark.parametrize("kind", ["float64", "int64"])
def test_any_array_will_do_as_a_gradient(rng, kind):
    """A gradient of float64 or of integers is accepted; grad is a plain float32 array all the same."""
    a, weights = whole(rng, 2, 3), whole(rng, 2, 3).astype(kind)
    x = Tensor(a, requires_grad=True)
    (x * 3).backward(weights)
    hint = "grad holds the NumPy array itself, not a Tensor around it."
    assert_equal(type(x.grad).__name__, "ndarray", call="type(x.grad).__name__", hint=hint)
    hint = "Turn the arriving gradient into float32 first."
    assert_close(x.grad, 3 * weights, **EXACT, dtype=np.float32, call=f"x.grad for a gradient of {kind}", hint=hint)


@in_candidate
def overwrite_one_gradient(a, gradient):
    x, y = Tensor(a, requires_grad=True), Tensor(a, requires_grad=True)
    out = x + y
    out.backward(gradient)
    before = out.grad.copy(), x.grad.copy(), y.grad.copy()
    x.grad[...] = 99.0
    return before, (out.grad, y.grad, gradient)


@number("5.12")
@weight(0.75)
@visibility("hidden")
def test_every_gradient_has_memory_of_its_own(rng):
    """Writing into x.grad changes no other tensor's grad and not the array given to backward."""
    a, weights = whole(rng, 4), whole(rng, 4)
    before, after = overwrite_one_gradient(a, weights)
    hint = "Store a copy: both operands of + receive one and the same array."
    for name, got in zip(["out.grad", "x.grad", "y.grad"], before, strict=True):
        assert_close(got, weights, **EXACT, call=f"{name} of out = x + y", hint=hint)
    for name, got in zip(["out.grad", "y.grad", "the given gradient"], after, strict=True):
        assert_close(got, weights, **EXACT, call=f"{name} after writing into x.grad", hint=hint)


@number("5.13")
@weight(1)
def test_a_node_saves_its_inputs(rng):
    """saved_tensors holds the arguments themselves, in order, numbers included."""
    x, y = Tensor(whole(rng, 3), requires_grad=True), Tensor(whole(rng, 3))
    node = Function(x, 3.0, y)
    hint = "self.saved_tensors = tensors, the tuple of all arguments."
    assert_equal(isinstance(node.saved_tensors, tuple), True, call="saved_tensors is a tuple", hint=hint)
    assert_equal(len(node.saved_tensors), 3, call="len(Function(x, 3.0, y).saved_tensors)", hint=hint)
    is_same = [node.saved_tensors[0] is x, node.saved_tensors[2] is y]
    assert_equal(is_same, [True, True], call="saved_tensors are x and y themselves", hint=hint)
    first, second = gradients_at(lambda t: t + y, x.data)
    assert_differs(
        second, first, call="x.grad of x + y, after a gradient that is twice as large", hint="See AddBackward."
    )
    assert_equal(node.saved_tensors[1], 3.0, call="Function(x, 3.0, y).saved_tensors[1]", hint=hint)
    u, v = (x * y)._grad_fn.saved_tensors
    assert_equal(
        [u is x, v is y], [True, True], call="(x * y)._grad_fn.saved_tensors are x and y themselves", hint=hint
    )


@number("5.13")
@weight(1)
@visibility("hidden")
def test_a_node_knows_the_nodes_before_it(rng):
    """next_functions lists the nodes of the inputs that require gradients; leaves and constants have none."""
    x, constant = Tensor(whole(rng, 3), requires_grad=True), Tensor(whole(rng, 3))
    u, v = x * 2, x + 1
    first, second = gradients_at(lambda t: t + 1, x.data)
    assert_differs(
        second, first, call="x.grad of x + 1, after a gradient that is twice as large", hint="See AddBackward."
    )
    hint = "Collect the _grad_fn of every argument that is a Tensor, requires gradients and has one."
    nodes = Function(u, 5.0, constant, x, v).next_functions
    assert_equal(len(nodes), 2, call="len(Function(u, 5.0, constant, x, v).next_functions)", hint=hint)
    is_same = [nodes[0] is u._grad_fn, nodes[1] is v._grad_fn]
    assert_equal(is_same, [True, True], call="next_functions are u._grad_fn and v._grad_fn", hint=hint)
    assert_equal(len(u._grad_fn.next_functions), 0, call="next_functions of a node with leaves only", hint=hint)
    out = u + constant
    is_same = [node is u._grad_fn for node in out._grad_fn.next_functions]
    assert_equal(is_same, [True], call="next_functions of u + constant are [u._grad_fn]", hint=hint)


@number("5.13")
@weight(0.5)
def test_the_base_class_has_no_derivative(rng):
    """Function.apply raises NotImplementedError; a subclass such as AddBackward has its own."""
    g = whole(rng, 2)
    x = Tensor(whole(rng, 2), requires_grad=True)
    parts = AddBackward(x, x).apply(g)
    hint = "apply returns a tuple with one gradient for each saved tensor."
    assert_equal([isinstance(parts, tuple), len(parts)], [True, 2], call="AddBackward(x, x).apply(g)", hint=hint)
    for part in parts:
        assert_close(part, g, **EXACT, call="AddBackward(x, x).apply(g)", hint=hint)
    with pytest.raises(NotImplementedError):
        Function(x).apply(g)


@in_candidate
def square_with_a_node_of_our_own(a, weights):
    class SquareBackward(Function):
        def apply(self, grad_output):
            (x,) = self.saved_tensors
            return (2.0 * x.data * grad_output,)

    x = Tensor(a, requires_grad=True)
    u = x * 3.0
    out = Tensor(u.data * u.data, requires_grad=True)
    out._grad_fn = SquareBackward(u)
    backward_from(out + x, weights)
    return u.grad, x.grad


@number("5.13")
@weight(1.5)
@visibility("hidden")
def test_a_node_of_our_own_takes_part(rng):
    """A new subclass of Function, attached as _grad_fn, takes part in backward as module 09 needs it."""
    a, weights = whole(rng, 4), whole(rng, 4)
    inner, outer = square_with_a_node_of_our_own(a, weights)
    hint = (
        "backward asks each tensor's _grad_fn.apply(g) and hands the parts to its saved_tensors, whatever class it is."
    )
    assert_close(inner, 6 * a * weights, **EXACT, call="u.grad of a square of u = 3 x", hint=hint)
    assert_close(outer, 18 * a * weights + weights, **EXACT, call="x.grad of a square of 3 x, plus x", hint=hint)


@in_candidate
def enable_again(a):
    names = ["__add__", "__sub__", "__mul__", "__truediv__", "matmul", "transpose", "reshape", "__getitem__", "sum"]
    before = [getattr(Tensor, name) for name in names]
    results = [enable_autograd(), enable_autograd(quiet=True)]
    after = [getattr(Tensor, name) for name in names]
    x = Tensor(a, requires_grad=True)
    (x * Tensor(a)).sum().backward()
    return results, [first is second for first, second in zip(before, after, strict=True)], x.grad


@number("5.15")
@weight(0.5)
def test_enabling_twice_changes_nothing(rng):
    """enable_autograd() on top of the import replaces nothing a second time."""
    a = whole(rng, 3)
    results, is_same, gradient = enable_again(a)
    hint = "Return at once when Tensor._autograd_enabled is set already."
    assert_equal(results, [None, None], call="enable_autograd()", hint=hint)
    assert_equal(is_same, [True] * 9, call="Tensor's methods before and after", hint=hint)
    assert_close(gradient, a, **EXACT, call="x.grad after (x * c).sum().backward()", hint=hint)


@number("5.15")
@weight(0.75)
@visibility("hidden")
def test_the_forward_pass_stays_the_same(rng):
    """Results, shapes and errors of the tracked operations are those of module 01."""
    a, b = ordinary(rng, 2, 3), positive(rng, 2, 3)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    hint = "Call the operation you replaced for the result, then add requires_grad and _grad_fn to it."
    outputs = {
        "x + y": (x + y, a + b),
        "x - 2": (x - 2, a - 2),
        "x * [1, 2, 3]": (x * [1.0, 2.0, 3.0], a * np.array([1, 2, 3])),
        "x / y": (x / y, a / b),
        "x @ y.transpose()": (x @ y.transpose(), a @ b.T),
        "x.reshape(3, -1)": (x.reshape(3, -1), a.reshape(3, -1)),
        "x[:, 1:]": (x[:, 1:], a[:, 1:]),
        "x.sum(axis=1, keepdims=True)": (x.sum(axis=1, keepdims=True), a.sum(axis=1, keepdims=True)),
    }
    for call, (out, want) in outputs.items():
        assert_shape(out.shape, want.shape, call=call, hint=hint)
        assert_close(out.data, want, dtype=np.float32, call=call, hint=hint)
    with pytest.raises(ValueError):  # noqa: PT011 (its text is a matter of module 01)
        x @ y
    backward_from(x * y, b)
    assert_close(x.grad, b * b, call="x.grad after (x * y).backward(b)", hint=hint)
