"""The reference's autograd, node by node: each gradient against central differences in NumPy's float64.

What the graph does as a whole is in test_autograd_graph.py.
"""

import numpy as np
import pytest
from tinytorch.core import autograd, losses  # from here on, operations record their gradients
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss
from tinytorch.core.tensor import Tensor


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def central_differences(function, arrays, which, weights, step=1e-5):
    """Return d sum(weights * function(*arrays)) / d arrays[which], element by element."""
    gradient = np.zeros(arrays[which].shape)
    for index in np.ndindex(gradient.shape):
        sides = []
        for sign in (1, -1):
            moved = [a.copy() for a in arrays]
            moved[which][index] += sign * step
            sides.append((weights * function(*moved)).sum())
        gradient[index] = (sides[0] - sides[1]) / (2 * step)
    return gradient


def check(rng, on_tensors, on_arrays, *arrays):
    """Compare the gradients of every operand with central differences, for a random gradient that arrives."""
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    weights = rng.standard_normal(np.shape(on_arrays(*arrays)))
    out = on_tensors(*tensors)
    assert out.requires_grad
    out.backward(weights)
    for which, tensor in enumerate(tensors):
        assert type(tensor.grad) is np.ndarray
        assert tensor.grad.dtype == np.float32
        assert tensor.grad.shape == arrays[which].shape
        want = central_differences(on_arrays, [np.asarray(a, dtype=np.float64) for a in arrays], which, weights)
        np.testing.assert_allclose(tensor.grad, want, rtol=1e-3, atol=1e-4)


ARITHMETIC = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b]
SHAPES = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((4,), (3, 4)),
    ((3, 1), (4,)),
    ((3, 4), (1, 4)),
    ((), (2, 3)),
    ((2, 3), ()),
]
SHAPES += [((2, 3, 4), (4,)), ((2, 1, 4), (3, 1)), ((1,), (1, 1)), ((), ()), ((0, 3), (3,))]


@pytest.mark.parametrize("operation", ARITHMETIC, ids="+-*/")
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_arithmetic_with_broadcasting(operation, shapes, rng):
    check(rng, operation, operation, *(rng.uniform(0.5, 2, shape) for shape in shapes))


@pytest.mark.parametrize("operation", ARITHMETIC, ids="+-*/")
@pytest.mark.parametrize("constant", [3, 2.5, np.float64(0.5), [1.0, 2.0], np.array([4.0, 5.0])], ids=repr)
def test_constants_on_the_right(operation, constant, rng):
    b = np.asarray(constant)
    check(rng, lambda x: operation(x, constant), lambda a: operation(a, b), rng.uniform(1, 2, (3, 2)))


def test_a_constant_may_change_after_the_forward_pass():
    x, factors = Tensor([1.0, 1.0], requires_grad=True), np.array([2.0, 3.0])
    out = x * factors
    factors[:] = 0
    out.backward(np.ones(2))
    assert x.grad.tolist() == [2, 3]


def test_division_by_a_small_number_keeps_its_gradient():
    """b^2 would be 0 in float32, and a / b^2 infinite."""
    x, y = Tensor([1e-30], requires_grad=True), Tensor([1e-25], requires_grad=True)
    (x / y).backward(np.array([1e-20]))
    assert y.grad == pytest.approx(-1.0)


MATMULS = [((3, 4), (4, 2)), ((3, 3), (3, 3)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5))]
MATMULS += [((2, 2, 3, 4), (2, 2, 4, 3)), ((1, 3, 4), (5, 4, 2)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,))]
MATMULS += [((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((2, 0), (0, 2))]


@pytest.mark.parametrize("shapes", MATMULS, ids=str)
def test_matmul(shapes, rng):
    check(rng, lambda a, b: a @ b, lambda a, b: a @ b, *(rng.standard_normal(shape) for shape in shapes))


@pytest.mark.parametrize("shapes", [((), (2, 3)), ((2, 3), ()), ((), ())], ids=str)
def test_matmul_by_a_number_is_a_product(shapes, rng):
    check(rng, lambda a, b: a.matmul(b), lambda a, b: a * b, *(rng.standard_normal(shape) for shape in shapes))


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (-1, 0), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(name, axis, keepdims, rng):
    def reduce(x):
        return getattr(x, name)(axis=axis, keepdims=keepdims)

    check(rng, reduce, reduce, rng.permutation(np.arange(24.0)).reshape(2, 3, 4))


def test_equal_maxima_share_the_gradient():
    x = Tensor([[1.0, 5.0, 5.0], [0.0, 2.0, 1.0]], requires_grad=True)
    x.max(axis=1).backward(np.array([4.0, 3.0]))
    assert x.grad.tolist() == [[0, 2, 2], [0, 3, 0]]


REARRANGEMENTS = {
    "reshape": (lambda x: x.reshape(6, -1), lambda a: a.reshape(6, 4)),
    "reshape_tuple": (lambda x: x.reshape((4, 3, 2)), lambda a: a.reshape(4, 3, 2)),
    "reshape_list": (lambda x: x.reshape([24]), lambda a: a.reshape(24)),
    "transpose": (lambda x: x.transpose(), lambda a: a.swapaxes(-1, -2)),
    "transpose_chosen": (lambda x: x.transpose(0, 2), lambda a: a.swapaxes(0, 2)),
    "transpose_named": (lambda x: x.transpose(dim0=-3, dim1=1), lambda a: a.swapaxes(0, 1)),
    "transpose_vector": (lambda x: x.reshape(24).transpose(), lambda a: a.reshape(24)),
}
KEYS = [
    1,
    slice(None, None, 2),
    (slice(None), 1),
    (..., 0),
    (None, 1),
    [1, 0, 1],
    (1, 2, 3),
    np.array([[0, 1], [1, 1]]),
]
KEYS += [(slice(None), [2, 2, 0]), np.array([True, False])]


@pytest.mark.parametrize("case", REARRANGEMENTS)
def test_rearrangements(case, rng):
    check(rng, *REARRANGEMENTS[case], rng.standard_normal((2, 3, 4)))


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_selections(key, rng):
    check(rng, lambda x: x[key], lambda a: a[key], rng.standard_normal((2, 3, 4)))


def softmax(a, dim=-1):
    exponentials = np.exp(a - a.max(axis=dim, keepdims=True))
    return exponentials / exponentials.sum(axis=dim, keepdims=True)


ACTIVATIONS = {
    "relu": (lambda x: ReLU()(x), lambda a: np.maximum(a, 0)),
    "sigmoid": (lambda x: Sigmoid()(x), lambda a: 1 / (1 + np.exp(-a))),
    "tanh": (lambda x: Tanh()(x), np.tanh),
    "gelu": (lambda x: GELU()(x), lambda a: a / (1 + np.exp(-1.702 * a))),
    "softmax": (lambda x: Softmax()(x), softmax),
    "softmax_of_columns": (lambda x: Softmax()(x, dim=0), lambda a: softmax(a, 0)),
    "softmax_named": (lambda x: Softmax().forward(x=x, dim=-2), lambda a: softmax(a, 0)),
    "log_softmax": (lambda x: losses.log_softmax(x), lambda a: np.log(softmax(a))),
    "log_softmax_of_columns": (lambda x: losses.log_softmax(x, dim=0), lambda a: np.log(softmax(a, 0))),
}


@pytest.mark.parametrize("case", ACTIVATIONS)
def test_activations(case, rng):
    check(rng, *ACTIVATIONS[case], 2 * rng.standard_normal((4, 5)))


def test_relu_stops_at_zero_and_no_activation_overflows():
    x = Tensor([-1.0, 0.0, 1e-30], requires_grad=True)
    ReLU()(x).backward(np.ones(3))
    assert x.grad.tolist() == [0, 0, 1]
    for kind in (Sigmoid, Tanh, GELU, Softmax):
        x = Tensor([-1e4, 0.0, 1e4], requires_grad=True)
        kind()(x).backward(np.ones(3))
        assert np.isfinite(x.grad).all()


Y = np.array([[0.0, 1, 0.3], [1, 0, 1]])
LOSSES = {
    "mse": (MSELoss, Y, lambda p: np.mean((p - Y) ** 2)),
    "bce": (BinaryCrossEntropyLoss, Y, lambda p: -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))),
    "ce": (CrossEntropyLoss, np.array([2, 0]), lambda p: -np.log(softmax(p))[[0, 1], [2, 0]].mean()),
}


@pytest.mark.parametrize("case", LOSSES)
def test_losses(case, rng):
    kind, targets, on_arrays = LOSSES[case]
    y = Tensor(targets)
    p = rng.uniform(0.2, 0.8, (2, 3))
    check(rng, lambda x: kind()(x, y), on_arrays, p)
    check(rng, lambda x: kind()(x, targets=y) * 3, lambda a: on_arrays(a) * 3, p)
    assert y.grad is None


def test_bce_of_a_certain_mistake_has_a_finite_gradient():
    x = Tensor([0.0, 1.0], requires_grad=True)
    BinaryCrossEntropyLoss()(x, Tensor([1.0, 0.0])).backward()
    assert x.grad == pytest.approx([-0.5e7, 0.5 / 2**-23], rel=1e-3)  # float32 has no number between 1 - 2**-24 and 1


#: Every tracked operation with all its arguments by name: called on x, the Tensor that wants a gradient, and compared with
#: the same call by position.
BY_NAME = {
    "__add__": (lambda x: Tensor([1.0, 2.0]).__add__(other=x), lambda x: Tensor([1.0, 2.0]) + x),
    "__sub__": (lambda x: Tensor([1.0, 2.0]).__sub__(other=x), lambda x: Tensor([1.0, 2.0]) - x),
    "__mul__": (lambda x: x.__mul__(other=[3.0, 4.0]), lambda x: x * [3.0, 4.0]),
    "__truediv__": (lambda x: Tensor([1.0, 2.0]).__truediv__(other=x), lambda x: Tensor([1.0, 2.0]) / x),
    "matmul": (lambda x: Tensor([[1.0, 2.0]]).matmul(other=x), lambda x: Tensor([[1.0, 2.0]]) @ x),
    "transpose": (lambda x: x.transpose(dim0=0, dim1=1), lambda x: x.transpose(0, 1)),
    "__getitem__": (lambda x: x.__getitem__(key=1), lambda x: x[1]),
    "sum": (lambda x: x.sum(keepdims=True, axis=1), lambda x: x.sum(1, True)),
    "mean": (lambda x: x.mean(keepdims=True, axis=1), lambda x: x.mean(1, True)),
    "max": (lambda x: x.max(keepdims=True, axis=1), lambda x: x.max(1, True)),
    "ReLU": (lambda x: ReLU().forward(x=x), lambda x: ReLU().forward(x)),
    "Sigmoid": (lambda x: Sigmoid().forward(x=x), lambda x: Sigmoid().forward(x)),
    "Tanh": (lambda x: Tanh().forward(x=x), lambda x: Tanh().forward(x)),
    "GELU": (lambda x: GELU().forward(x=x), lambda x: GELU().forward(x)),
    "Softmax": (lambda x: Softmax().forward(dim=0, x=x), lambda x: Softmax().forward(x, 0)),
    "log_softmax": (lambda x: losses.log_softmax(dim=0, x=x), lambda x: losses.log_softmax(x, 0)),
    "MSELoss": (lambda x: MSELoss().forward(targets=Y2, predictions=x), lambda x: MSELoss().forward(x, Y2)),
    "BinaryCrossEntropyLoss": (
        lambda x: BinaryCrossEntropyLoss()(targets=Y2, predictions=x),
        lambda x: BinaryCrossEntropyLoss()(x, Y2),
    ),
    "CrossEntropyLoss": (
        lambda x: CrossEntropyLoss().forward(targets=Tensor([1, 0]), logits=x),
        lambda x: CrossEntropyLoss().forward(x, Tensor([1, 0])),
    ),
}
Y2 = Tensor([[0.0, 1.0], [1.0, 0.0]])


@pytest.mark.parametrize("name", BY_NAME)
def test_arguments_may_be_named(name):
    by_name, by_position = BY_NAME[name]
    gradients = []
    for call in (by_name, by_position):
        x = Tensor([[0.2, 0.4], [0.7, 0.3]], requires_grad=True)
        out = call(x)
        out.backward(np.arange(1.0, 1 + out.size).reshape(out.shape))
        gradients.append(x.grad)
    assert gradients[0].any()
    assert np.array_equal(*gradients)


def test_every_tracked_operation_is_called_by_name():
    """Except reshape, whose lengths have no names; `self` may be named, too."""
    tracked = {operation if operation != "forward" else owner for _, owner, operation, _ in autograd.TRACKED}
    assert tracked == BY_NAME.keys() | {"reshape"}
    x = Tensor([1.0, 2.0], requires_grad=True)
    Tensor.__mul__(self=x, other=3).sum().backward()
    ReLU.forward(self=ReLU(), x=x).sum().backward()
    assert x.grad.tolist() == [4, 4]
