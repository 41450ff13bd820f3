"""LayerNorm: mean 0 and variance 1 along the last axis, then gamma and beta, and their gradients.

Always true: only the tests of the formula know what is divided by what; the others ask for what holds besides, of a norm
that was seen to ignore shifts and sizes of its input. B sequences, T positions, C features.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_gradient
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor
from tinytorch.core.transformer import LayerNorm

# Means over a few features in float32.
TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}
# Central differences of a float32 forward pass: rounding leaves 2e-5 at the step of 2**-7, the step itself 1e-4.
DIFFERENCES = {"rtol": 5e-3, "atol": 1e-3}
HINT = "(x - mean) / sqrt(variance + eps) * gamma + beta, mean and variance along the last axis alone."


def normalise(x, eps=1e-5):
    x = x.astype(np.float64)
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + eps)


def latin(rng, size, batch=1):
    """Draw (batch, size, size) numbers, every row and every column of one entry holding the same ones in another order."""
    values = ordinary(rng, batch, size)
    return values[:, np.add.outer(np.arange(size), np.arange(size)) % size]


def require_norm(rng):
    """Require that a LayerNorm takes shift and size of its input away, and leaves something."""
    __tracebackhide__ = True
    x, layer = latin(rng, 6), LayerNorm(6)
    out, other = layer(Tensor(x)).data, layer(Tensor(3 * x + 2)).data
    hint = "A norm takes the mean away and divides by the deviation: what was 3 x + 2 looks like x."
    assert_close(other, out, rtol=1e-2, atol=1e-2, call="LayerNorm(6)(3 * x + 2), beside LayerNorm(6)(x)", hint=hint)
    signs = np.sign(np.where(np.abs(out) > 0.05, out, 0))
    assert_equal(
        signs, np.sign(x - x.mean()) * np.abs(signs), call="signs of LayerNorm(6)(x), beside those of x - mean"
    )
    assert out.std() > 0.5, f"LayerNorm(6)(x) must have a deviation of about 1, got {out.std():.3g}."


@number("2")
@weight(2)
def test_parameters(rng):
    """gamma holds ones and beta zeros, both require gradients, and parameters() lists them in this order; eps is kept."""
    layer = LayerNorm(5, eps=0.25)
    gamma, beta = layer.parameters()
    assert_close(gamma.data, np.ones(5), rtol=0, atol=0, call="LayerNorm(5).parameters()[0].data", hint="gamma: ones")
    assert_close(beta.data, np.zeros(5), rtol=0, atol=0, call="LayerNorm(5).parameters()[1].data", hint="beta: zeros")
    got = [gamma.requires_grad, beta.requires_grad, gamma is layer.gamma, beta is layer.beta]
    call = "[gamma, beta require gradients, parameters() holds gamma, and beta]"
    assert_equal(got, [True] * 4, call=call, hint="Tensor(..., requires_grad=True), and [self.gamma, self.beta].")
    assert_equal([layer.eps, LayerNorm(5).eps], [0.25, 1e-5], call="[LayerNorm(5, eps=0.25).eps, LayerNorm(5).eps]")
    require_norm(rng)


@number("3.1")
@weight(4)
@pytest.mark.parametrize("shape", [(4, 6), (2, 3, 6)], ids=["matrix", "batch"])
def test_rows_have_mean_0_and_variance_1(rng, shape):
    """Along the last axis the mean is 0 and the biased variance is 1, whatever the rank."""
    x = 3 * ordinary(rng, *shape) + ordinary(rng, *shape[:-1], 1)
    out = LayerNorm(6)(Tensor(x)).data
    given = {"x": x}
    assert_close(out, normalise(x), dtype=np.float32, **TOLERANCE, call="LayerNorm(6)(x)", given=given, hint=HINT)


@number("3.2")
@weight(1)
@visibility("hidden")
def test_eps_is_added_to_the_variance(rng):
    """eps is added to the variance, under the root."""
    x = latin(rng, 6)
    out = LayerNorm(6, eps=0.5)(Tensor(x)).data
    assert_close(out, normalise(x, 0.5), **TOLERANCE, call="LayerNorm(6, eps=0.5)(x)", given={"x": x}, hint=HINT)


@number("4")
@weight(2)
def test_gamma_and_beta_belong_to_features(rng):
    """Each feature is multiplied by its own gamma, and its own beta is added."""
    require_norm(rng)
    x, gamma, beta = ordinary(rng, 2, 4, 6), ordinary(rng, 6), ordinary(rng, 6)
    layer = LayerNorm(6)
    plain = layer(Tensor(x)).data
    layer.gamma.data, layer.beta.data = gamma, beta
    hint = "normalised * gamma + beta, both of the length of the last axis."
    call = "LayerNorm(6)(x) with gamma and beta"
    assert_close(layer(Tensor(x)).data, plain * gamma + beta, **TOLERANCE, call=call, given={"x": x}, hint=hint)


@number("5.1")
@weight(0.5)
def test_constant_rows_give_beta(rng):
    """Rows without any variance give beta, not NaN."""
    require_norm(rng)
    layer, beta = LayerNorm(6), ordinary(rng, 6)
    layer.beta.data = beta
    out = layer(Tensor(np.full((2, 6), 7.0))).data
    hint = "eps keeps the root above 0."
    assert_close(out, np.tile(beta, (2, 1)), rtol=0, atol=1e-3, call="LayerNorm(6) of sevens", hint=hint)


@number("5.2")
@weight(1)
@visibility("hidden")
def test_a_large_mean_does_not_spoil_the_variance(rng):
    """Numbers around 10,000 are normalised as accurately as numbers around 0."""
    x = latin(rng, 64)
    shifted = (x + np.float32(1e4)).astype(np.float32)
    out = LayerNorm(64)(Tensor(shifted)).data
    hint = "Subtract the mean before squaring: mean(x**2) - mean(x)**2 loses everything in float32."
    # float32 numbers around 1e4 are 1e-3 apart.
    assert_close(out, normalise(shifted), rtol=0, atol=5e-2, call="LayerNorm(64)(x + 10000)", hint=hint)


@number("5.3")
@weight(0.5)
@visibility("hidden")
def test_positions_are_independent(rng):
    """What one position holds changes no other."""
    require_norm(rng)
    x, layer = ordinary(rng, 1, 4, 6), LayerNorm(6)
    other = x.copy()
    other[:, 3] = 5 * ordinary(rng, 6)
    before, after = layer(Tensor(x)).data, layer(Tensor(other)).data
    call = "LayerNorm(6)(x) at positions 0 to 2 after position 3 was changed"
    assert_close(after[:, :3], before[:, :3], **TOLERANCE, call=call, hint=HINT)


def gradient_of(tensor, call):
    """Return the gradient's numbers, also of an implementation that keeps Tensors there."""
    __tracebackhide__ = True
    hint = "Every step from x to the result must remember how it was made."
    assert tensor.grad is not None, f"{call} is None after backward(). {hint}"
    return tensor.grad.data if isinstance(tensor.grad, Tensor) else tensor.grad


@number("6.1")
@weight(3)
@pytest.mark.parametrize("name", ["gamma", "beta"])
def test_gradients_of_gamma_and_beta(rng, name):
    """gamma and beta get their gradients, summed over all positions."""
    require_norm(rng)
    layer, x, arriving = LayerNorm(6), ordinary(rng, 2, 4, 6), ordinary(rng, 2, 4, 6)
    layer(Tensor(x)).backward(arriving)
    param = getattr(layer, name)

    def forward(values):
        param.data = values
        return layer(Tensor(x)).data

    start = param.data
    hint = "gamma: what arrives times the normalised rows; beta: what arrives; both summed over batch and positions."
    call = f"{name}.grad of LayerNorm(6)"
    assert_gradient(gradient_of(param, call), forward, start, weights=arriving, **DIFFERENCES, call=call, hint=hint)


@number("6.2 (S)")
@weight(0)
@visibility("hidden")
def test_gradient_of_the_input(rng):
    """Not graded: x gets its whole gradient, in which mean and variance are no constants."""
    layer, x, arriving = LayerNorm(6), ordinary(rng, 2, 3, 6), ordinary(rng, 2, 3, 6)
    layer.gamma.data = ordinary(rng, 6)
    tensor = Tensor(x, requires_grad=True)
    layer(tensor).backward(arriving)
    hint = "With n the normalised row and g = G * gamma: (g - mean(g) - n * mean(g * n)) / std."
    call = "x.grad of LayerNorm(6)"
    assert_gradient(
        gradient_of(tensor, call),
        lambda a: layer(Tensor(a)).data,
        x,
        weights=arriving,
        rtol=5e-3,
        atol=5e-3,
        call=call,
        hint=hint,
    )


@number("6.3")
@weight(0)
@visibility("hidden")
def test_another_width_is_refused(rng):
    """Without points: an input whose last axis is not normalized_shape is a ValueError."""
    require_norm(rng)
    layer = LayerNorm(6)
    for width in (5, 1):
        try:
            layer(Tensor(ordinary(rng, 2, width)))
        except ValueError:
            continue
        raise AssertionError(f"LayerNorm(6)(x) with x of shape (2, {width}) must raise ValueError.")
