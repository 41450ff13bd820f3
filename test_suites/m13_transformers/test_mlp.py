"""MLP: two Linear layers with GELU between them, for every position alike.

Always true: what is not about GELU is asked where all hidden units are above 30. There GELU hands its input on, and so does
any curve that a student might have taken for it. B sequences, T positions, C features.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import MLP

# Two matrix products in float32.
TOLERANCE = {"rtol": 1e-3, "atol": 1e-3}
LIFT = 40.0


def set_weights(mlp, arrays):
    params = (mlp.linear1.weight, mlp.linear1.bias, mlp.linear2.weight, mlp.linear2.bias)
    for param, array in zip(params, arrays, strict=True):
        param.data = array


def require_two_layers(rng, mlp, width, hidden):
    """Require linear2(linear1(x)) where GELU changes nothing; the sizes of the layers are part of it."""
    __tracebackhide__ = True
    x, W1, W2 = ordinary(rng, 2, 3, width), ordinary(rng, width, hidden), ordinary(rng, hidden, width)
    b1, b2 = ordinary(rng, hidden) + np.float32(LIFT), ordinary(rng, width)
    set_weights(mlp, (W1, b1, W2, b2))
    want = (x.astype(np.float64) @ W1 + b1) @ W2 + b2
    call = f"MLP({width}, ...)(x), all hidden units above 30"
    assert_close(mlp(Tensor(x)).data, want, **TOLERANCE, call=call, given={"x": x}, hint="linear2(gelu(linear1(x)))")


@number("7")
@weight(2)
@pytest.mark.parametrize(("width", "hidden"), [(6, None), (5, 7)], ids=["by_default", "given"])
def test_hidden_width(rng, width, hidden):
    """The hidden layer is 4 times as wide as the input, or as wide as was asked for; parameters() lists w1, b1, w2, b2."""
    mlp, wide = MLP(width, hidden), hidden or 4 * width
    shapes = [tuple(p.shape) for p in mlp.parameters()]
    call = f"shapes of MLP({width}, {hidden}).parameters()"
    want = [(width, wide), (wide,), (wide, width), (width,)]
    assert_equal(shapes, want, call=call, hint="hidden_dim is 4 * embed_dim if it is None.")
    require_two_layers(rng, mlp, width, wide)


@number("8")
@weight(4)
@pytest.mark.parametrize("shape", [(4, 6), (2, 3, 6)], ids=["matrix", "batch"])
def test_values(rng, shape):
    """The result is linear2(gelu(linear1(x))), gelu(z) being z * sigmoid(1.702 z) of module 02."""
    mlp, x = MLP(6, 9), ordinary(rng, *shape)
    W1, b1, W2, b2 = ordinary(rng, 6, 9), ordinary(rng, 9), ordinary(rng, 9, 6), ordinary(rng, 6)
    set_weights(mlp, (W1, b1, W2, b2))
    hidden = x.astype(np.float64) @ W1 + b1
    want = hidden / (1 + np.exp(-1.702 * hidden)) @ W2 + b2
    hint = "GELU of module 02 between the two layers, and nothing after the second."
    assert_close(mlp(Tensor(x)).data, want, **TOLERANCE, call="MLP(6, 9)(x)", given={"x": x}, hint=hint)


@number("9")
@weight(2)
@visibility("hidden")
def test_gradients(rng):
    """x and all four parameters get their gradients."""
    mlp, x, arriving = MLP(6, 9), ordinary(rng, 2, 3, 6), ordinary(rng, 2, 3, 6)
    W1, b1, W2, b2 = ordinary(rng, 6, 9), ordinary(rng, 9) + np.float32(LIFT), ordinary(rng, 9, 6), ordinary(rng, 6)
    set_weights(mlp, (W1, b1, W2, b2))
    tensor = Tensor(x, requires_grad=True)
    mlp(tensor).backward(arriving)
    # Far above 0 the derivative of GELU is 1, in whatever form module 05 has it.
    g, hidden = arriving.astype(np.float64), x.astype(np.float64) @ W1 + b1
    wanted = {
        "x": (tensor, g @ W2.T @ W1.T),
        "linear1.weight": (mlp.linear1.weight, np.einsum("bti,btj->ij", x, g @ W2.T)),
        "linear1.bias": (mlp.linear1.bias, (g @ W2.T).sum(axis=(0, 1))),
        "linear2.weight": (mlp.linear2.weight, np.einsum("bti,btj->ij", hidden, g)),
        "linear2.bias": (mlp.linear2.bias, g.sum(axis=(0, 1))),
    }
    for name, (param, want) in wanted.items():
        call = f"{name}.grad of MLP(6, 9)"
        assert param.grad is not None, f"{call} is None after backward(): use Tensor operations all the way."
        gradient = param.grad.data if isinstance(param.grad, Tensor) else param.grad
        assert_close(gradient, want, rtol=1e-2, atol=1e-2, call=call, hint="Use Tensor operations all the way.")
