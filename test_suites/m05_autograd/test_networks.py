"""A whole network: every parameter of Linear-ReLU-Linear-CrossEntropy gets its gradient, and Dropout its mask.

Gradients are compared with central differences of the same network in NumPy's float64. N samples, F features, C classes.
"""

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  importing it switches autograd on
from arrays import away_from_zero, ordinary
from asserts import assert_close, assert_equal, assert_gradient
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import backward_from
from right_arithmetic import arithmetic_is_right  # noqa: F401  of every test here
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Dropout, Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.tensor import Tensor

PARAMETERS = ["first.weight", "first.bias", "second.weight", "second.bias"]


def draw_network(rng):
    """Draw inputs (5, 4), targets (5,) of 3 classes, and parameters that keep every hidden unit away from ReLU's kink."""
    while True:
        x, arrays = ordinary(rng, 5, 4), (ordinary(rng, 4, 6), ordinary(rng, 6), ordinary(rng, 6, 3), ordinary(rng, 3))
        if np.abs(x @ arrays[0] + arrays[1]).min() > 0.01:
            return x, rng.integers(0, 3, 5), dict(zip(PARAMETERS, arrays, strict=True))


def network_loss(x, targets, arrays):
    hidden = np.maximum(x @ arrays["first.weight"] + arrays["first.bias"], 0)
    logits = hidden @ arrays["second.weight"] + arrays["second.bias"]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_probabilities[np.arange(len(x)), targets].mean()


@number("5.10")
@weight(4)
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_trains_all_its_parameters(rng, name):
    """Linear, ReLU, Linear, cross-entropy: each weight and bias gets its gradient."""
    x, targets, arrays = draw_network(rng)
    first, second = Linear(4, 6), Linear(6, 3)
    parameters = dict(zip(PARAMETERS, [first.weight, first.bias, second.weight, second.bias], strict=True))
    for key, parameter in parameters.items():
        parameter.data = arrays[key]
    # Inputs that require gradients as well: what comes of a constant on the left is the matter of test_arithmetic.py.
    logits = second(ReLU()(first(Tensor(x, requires_grad=True))))
    CrossEntropyLoss()(logits, Tensor(targets)).backward()
    exact = {key: array.astype(np.float64) for key, array in arrays.items()}
    x = x.astype(np.float64)
    assert_gradient(
        parameters[name].grad,
        lambda v: network_loss(x, targets, {**exact, name: v}),
        exact[name],
        step=1e-5,
        rtol=2e-3,  # float32 sums over a few dozen products
        atol=1e-4,
        call=f"gradient of {name}",
        hint="Follow the chain backwards: every operation on the way must keep its _grad_fn, bias and matmul included.",
    )


@number("5.10")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("p", [0.3, 0.6])
def test_dropout_passes_gradients_where_it_passed_inputs(rng, p):
    """Dropout's gradient is 1/(1-p) for the elements it kept, and 0 for the others."""
    a, weights = away_from_zero(rng, 20, 10), ordinary(rng, 20, 10)
    x = Tensor(a, requires_grad=True)
    out = Dropout(p)(x)
    kept = out.data != 0
    scale = np.where(kept, 1 / (1 - p), 0)
    hint = "Dropout multiplies by its mask: the gradient is g times the same mask, 1/(1-p) included."
    assert_close(out.data, a * scale, rtol=1e-5, call=f"Dropout({p})(x)", given={"x": a}, hint=hint)
    backward_from(out, weights)
    assert_equal(bool(0 < kept.sum() < kept.size), True, call="some elements kept, some dropped", hint=hint)
    assert_close(x.grad, weights * scale, rtol=1e-5, call=f"gradient of Dropout({p})", hint=hint)
