"""Gradients of the activations and of the three losses.

Every gradient is compared with central differences of the same formula in NumPy's float64, or with its derivative; what
arrives is random. N samples, C classes.
"""

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  importing it switches autograd on
from arrays import ordinary, positive, whole
from asserts import assert_close, assert_equal, assert_gradient
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import backward_from
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax
from tinytorch.core.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss
from tinytorch.core.tensor import Tensor

# In float64 a step of 1e-5 leaves an error of about 1e-10; the tolerance is for the student's float32 formulas.
GRADIENT = {"step": 1e-5, "rtol": 2e-3, "atol": 1e-4}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis):
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


@number("5.8")
@weight(1)
def test_relu_lets_positive_inputs_through(rng):
    """ReLU passes the gradient where x > 0, however small x is, and 0 elsewhere; at 0 it is 0."""
    a = np.array([[-2.0, -0.5, -1e-3, 0.0], [1e-3, 0.5, 2.0, 0.0]], dtype=np.float32)
    weights = whole(rng, 2, 4, low=1)
    x = Tensor(a, requires_grad=True)
    backward_from(ReLU()(x), weights)
    hint = "The gradient is g * (x > 0): at exactly 0 nothing passes."
    call = "gradient of ReLU"
    assert_close(x.grad, weights * (a > 0), rtol=0, atol=0, call=call, given={"x": a}, hint=hint)


@number("5.8")
@weight(1)
def test_sigmoid(rng):
    """Sigmoid's gradient is g * s * (1 - s), s being its result."""
    a, weights = 2 * ordinary(rng, 3, 4), ordinary(rng, 3, 4)
    x = Tensor(a, requires_grad=True)
    backward_from(Sigmoid()(x), weights)
    hint = "Use the result s of the forward pass, not x: s * (1 - s)."
    assert_gradient(
        x.grad, sigmoid, a.astype(np.float64), weights=weights, **GRADIENT, call="gradient of Sigmoid", hint=hint
    )


SOFTMAX_HINT = "With s the result: s * (g - sum of g * s along dim). Every output depends on every input of its slice."


@number("5.8")
@weight(1.5)
@pytest.mark.parametrize("shape", [(6,), (4, 4), (2, 3, 5)], ids=["vector", "square", "three_axes"])
def test_softmax_of_the_last_axis(rng, shape):
    """Softmax mixes the gradients of all elements of a row."""
    a, weights = ordinary(rng, *shape), ordinary(rng, *shape)
    x = Tensor(a, requires_grad=True)
    backward_from(Softmax().forward(x), weights)
    call = "gradient of Softmax().forward(x)"
    a = a.astype(np.float64)
    assert_gradient(x.grad, lambda v: softmax(v, -1), a, weights=weights, **GRADIENT, call=call, hint=SOFTMAX_HINT)


@number("5.8")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize(
    ("shape", "dim"), [((3, 5), 0), ((4, 4), 0), ((2, 3, 4), 1)], ids=["oblong", "square", "middle"]
)
def test_softmax_of_another_axis(rng, shape, dim):
    """Softmax(dim) sums its gradient along the same dim."""
    a, weights = ordinary(rng, *shape), ordinary(rng, *shape)
    x = Tensor(a, requires_grad=True)
    backward_from(Softmax()(x, dim=dim), weights)
    call = f"gradient of Softmax()(x, dim={dim})"
    a = a.astype(np.float64)
    assert_gradient(x.grad, lambda v: softmax(v, dim), a, weights=weights, **GRADIENT, call=call, hint=SOFTMAX_HINT)


@number("5.8")
@weight(1)
@visibility("hidden")
def test_gelu_roughly(rng):
    """GELU's gradient is right to within 0.05."""
    a, weights = 1.5 * ordinary(rng, 4, 5), rng.uniform(0.5, 1.25, (4, 5)).astype(np.float32)
    x = Tensor(a, requires_grad=True)
    backward_from(GELU()(x), weights)
    hint = "For z = 1.702 x and s = sigmoid(z): s + z * s * (1 - s). The tanh form is accepted too."
    # The derivative of the tanh form, which the course's notes use, differs from this one by up to 0.03.
    loose = {**GRADIENT, "rtol": 0, "atol": 0.05}
    a = a.astype(np.float64)
    assert_gradient(
        x.grad, lambda v: v * sigmoid(1.702 * v), a, weights=weights, **loose, call="gradient of GELU", hint=hint
    )


def draw_mse(rng):
    return ordinary(rng, 4, 3), ordinary(rng, 4, 3)


def draw_bce(rng):
    """Draw probabilities (4, 3) and targets that hold zeros and ones."""
    return rng.uniform(0.1, 0.9, (4, 3)).astype(np.float32), rng.permutation(np.arange(12.0) % 2).reshape(4, 3)


def draw_cross_entropy(rng):
    """Draw logits (6, 4) and targets (6,)."""
    return 2 * ordinary(rng, 6, 4), rng.permutation(np.arange(6.0) % 4)


def mse(p, y):
    return np.mean((p - y) ** 2)


def bce(p, y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def cross_entropy(x, y):
    return -np.mean(np.log(softmax(x, 1))[np.arange(len(x)), y.astype(int)])


# name: (class, inputs, definition, what the gradient is)
LOSSES = {
    "MSELoss": (MSELoss, draw_mse, mse, "2 (p - y) / (number of elements)"),
    "BinaryCrossEntropyLoss": (BinaryCrossEntropyLoss, draw_bce, bce, "(p - y) / (p (1 - p)) / (number of elements)"),
    "CrossEntropyLoss": (
        CrossEntropyLoss,
        draw_cross_entropy,
        cross_entropy,
        "(softmax - one-hot) / (number of samples)",
    ),
}


def require_loss(x, name, a, y, call, factor=1.0):
    _, _, definition, formula = LOSSES[name]
    hint = f"The gradient is {formula}, times the gradient that arrives."
    # A gradient of a mean is small; 1e-5 is still a hundred roundings of it.
    tight = {**GRADIENT, "atol": 1e-5}
    y = y.astype(np.float64)
    assert_gradient(x.grad, lambda v: factor * definition(v, y), a.astype(np.float64), **tight, call=call, hint=hint)


def require_plain(rng, name):
    a, y = LOSSES[name][1](rng)
    x, targets = Tensor(a, requires_grad=True), Tensor(y)
    LOSSES[name][0]()(x, targets).backward()
    require_loss(x, name, a, y, f"gradient of {name}()(x, targets)")
    hint = "Targets are given: only the first argument of a loss gets a gradient."
    assert_equal(targets.grad, None, call="targets.grad", hint=hint)


@number("5.9")
@weight(2)
def test_mse_loss(rng):
    """MSELoss of a matrix gives its predictions their gradient."""
    require_plain(rng, "MSELoss")


@number("5.9")
@weight(2)
@visibility("hidden")
def test_cross_entropy_loss(rng):
    """CrossEntropyLoss gives its logits their gradient."""
    require_plain(rng, "CrossEntropyLoss")


@number("5.9")
@weight(1)
def test_bce_loss(rng):
    """BinaryCrossEntropyLoss gives its probabilities their gradient."""
    require_plain(rng, "BinaryCrossEntropyLoss")


@number("5.9")
@weight(0.5)
@visibility("hidden")
def test_bce_of_a_sure_mistake(rng):
    """A probability of exactly 0 or 1 on the wrong side gets a large gradient, about 1e7 / size, but a finite one."""
    targets = rng.permutation([0.0, 1.0, 1.0, 0.0])
    x = Tensor(1 - targets, requires_grad=True)
    BinaryCrossEntropyLoss()(x, Tensor(targets)).backward()
    hint = "Clip p to [1e-7, 1 - 1e-7] in the backward pass too, before dividing by p (1 - p)."
    call = "gradient of BinaryCrossEntropyLoss()(1 - targets, targets)"
    # Near 1, float32 rounds 1 - 1e-7 to 1 - 1.2e-7, which takes a sixth away.
    assert_close(x.grad, (1 - 2 * targets) * 1e7 / 4, rtol=0.25, call=call, hint=hint)


@number("5.9")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize("name", list(LOSSES))
def test_a_scaled_loss_scales_the_gradient(rng, name):
    """(loss * factor).backward() multiplies the gradient by the factor."""
    a, y = LOSSES[name][1](rng)
    factor = float(positive(rng, 1, low=2.0, high=4.0)[0])
    x = Tensor(a, requires_grad=True)
    (LOSSES[name][0]()(x, Tensor(y)) * factor).backward()
    require_loss(x, name, a, y, f"gradient of {name}()(x, targets) * {factor:.3f}", factor)
