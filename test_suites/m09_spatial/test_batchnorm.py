"""BatchNorm2d: batches are levelled while training, and by running statistics afterwards (12 points)."""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.spatial import BatchNorm2d
from tinytorch.core.tensor import Tensor

CLOSE = {"rtol": 1e-3, "atol": 1e-3}  # means and variances of float32 numbers of size 10
HINT = "Mean and variance of each channel, over axes 0, 2 and 3: over all images and all pixels."


def array_of(statistic):
    """Return a statistic's numbers, whether it is an array or a Tensor."""
    return statistic.data if isinstance(statistic, Tensor) else statistic


def batch(rng, *shape):
    """Draw images whose channels differ in mean and spread."""
    scales, means = rng.uniform(0.5, 4, shape[1]), rng.uniform(-8, 8, shape[1])
    return (rng.standard_normal(shape) * scales[:, None, None] + means[:, None, None]).astype(np.float32)


def per_channel(values):
    return np.asarray(values, dtype=np.float64)[:, None, None]


@number("14.1")
@weight(2)
@pytest.mark.parametrize("shape", [(4, 3, 5, 6), (1, 2, 7, 4)], ids=["batch", "one_image"])
def test_training_levels_every_channel(rng, shape):
    """While training, every channel of the result has mean 0 and biased variance 1."""
    x = batch(rng, *shape)
    layer, t = BatchNorm2d(shape[1]), Tensor(x)
    found = layer(t).data
    call, given = f"BatchNorm2d({shape[1]})(x)", {"x": x}
    assert_equal(found.shape, shape, call=f"shape of {call}", given=given)
    means, variances = found.mean(axis=(0, 2, 3)), found.var(axis=(0, 2, 3))
    assert_close(means, np.zeros(shape[1]), **CLOSE, call=f"means of the channels of {call}", given=given, hint=HINT)
    hint = "Divide by the square root of the biased variance: the mean of the squares, over n and not n - 1."
    assert_close(
        variances, np.ones(shape[1]), **CLOSE, call=f"variances of the channels of {call}", given=given, hint=hint
    )
    centred = x - x.mean(axis=(0, 2, 3), keepdims=True)
    want = centred / centred.std(axis=(0, 2, 3), keepdims=True)
    assert_close(found, want, **CLOSE, dtype=np.float32, call=call, given=given, hint=HINT)
    assert_equal(t.data, x, call=f"x.data after {call}", hint="Work on new arrays.")


@number("14.2")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_gamma_and_beta_are_applied(rng, eps):
    """The levelled numbers are multiplied by gamma and moved by beta, each channel by its own; eps is added to the variance."""
    x, gamma, beta = batch(rng, 3, 4, 4, 3), ordinary(rng, 4), ordinary(rng, 4)
    layer = BatchNorm2d(4, eps=eps)
    initial, learning = [layer.gamma.data, layer.beta.data], [layer.gamma.requires_grad, layer.beta.requires_grad]
    layer.gamma.data, layer.beta.data = gamma, beta
    mean, variance = x.mean(axis=(0, 2, 3), dtype=np.float64), x.var(axis=(0, 2, 3), dtype=np.float64)
    want = (x - per_channel(mean)) / np.sqrt(per_channel(variance) + eps) * per_channel(gamma) + per_channel(beta)
    given = {"x": x, "gamma": gamma, "beta": beta, "eps": eps}
    hint = "gamma * (x - mean) / sqrt(var + eps) + beta, with gamma and beta of shape (C, 1, 1)."
    assert_close(layer(Tensor(x)).data, want, **CLOSE, call="BatchNorm2d(4, eps)(x)", given=given, hint=hint)
    hint = "gamma starts with ones, beta with zeros."
    assert_close(initial, [np.ones(4), np.zeros(4)], call="gamma and beta of a new layer", hint=hint)
    hint = "Both are learnt: Tensor(..., requires_grad=True)."
    assert_equal(learning, [True, True], call="requires_grad of gamma and beta", hint=hint)
    hint = "return [self.gamma, self.beta]"
    parameters = layer.parameters()
    assert_equal(len(parameters), 2, call="len(layer.parameters())", hint=hint)
    same = [parameters[0] is layer.gamma, parameters[1] is layer.beta]
    assert_equal(same, [True, True], call="whether parameters() holds gamma and beta themselves", hint=hint)


@number("15")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("momentum", [None, 0.4, 0.9], ids=["default", "0.4", "0.9"])
def test_running_statistics_follow(rng, momentum):
    """After each batch: (1 - momentum) * old + momentum * new, for the mean and the biased variance; momentum is 0.1."""
    batches = [batch(rng, 3, 2, 4, 5), batch(rng, 2, 2, 3, 3)]
    layer = BatchNorm2d(2) if momentum is None else BatchNorm2d(2, momentum=momentum)
    share, mean, variance = 0.1 if momentum is None else momentum, np.zeros(2), np.ones(2)
    for x in batches:
        layer(Tensor(x))
        mean = (1 - share) * mean + share * x.mean(axis=(0, 2, 3), dtype=np.float64)
        variance = (1 - share) * variance + share * x.var(axis=(0, 2, 3), dtype=np.float64)
    hint = "Start with zeros and ones; momentum is the share of the new batch, 1 - momentum that of the old value."
    found = array_of(layer.running_mean)
    assert_close(found, mean, **CLOSE, call="running_mean after two batches", given={"momentum": share}, hint=hint)
    hint = "The same for the variance: the biased one goes in, as it was used for the batch."
    found = array_of(layer.running_var)
    assert_close(found, variance, **CLOSE, call="running_var after two batches", given={"momentum": share}, hint=hint)


@number("16")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("images", [1, 4])
def test_evaluation_uses_what_was_learnt(rng, images):
    """While evaluating, the running statistics are used and stay as they are; one image is enough."""
    x, gamma, beta = batch(rng, images, 3, 3, 4), ordinary(rng, 3), ordinary(rng, 3)
    layer = BatchNorm2d(3)
    layer.gamma.data, layer.beta.data = gamma, beta
    mean, variance = rng.uniform(-2, 2, 3), rng.uniform(0.5, 4, 3)
    layer.running_mean, layer.running_var = mean, variance
    layer.training = False
    want = (x - per_channel(mean)) / np.sqrt(per_channel(variance) + 1e-5) * per_channel(gamma) + per_channel(beta)
    hint = "With training False use running_mean and running_var instead of the batch's own statistics."
    given = {"x": x, "running_mean": mean, "running_var": variance}
    assert_close(layer(Tensor(x)).data, want, **CLOSE, call="layer(x), evaluating", given=given, hint=hint)
    found = [array_of(layer.running_mean), array_of(layer.running_var)]
    hint = "Only training changes them."
    assert_close(found, [mean, variance], rtol=1e-6, atol=0, call="running_mean and running_var afterwards", hint=hint)


@in_candidate
def switch(a):
    """Return the flag at first and after each switch, whether a switch gives the layer back, and what it gives each time."""
    layer = BatchNorm2d(2)
    flags, outputs = [layer.training], [layer(Tensor(a)).data]
    same = []
    for method in (layer.eval, layer.train):
        same.append(method() is layer)
        flags.append(layer.training)
        outputs.append(layer(Tensor(a)).data)
    return flags, same, outputs


@number("17")
@weight(1)
def test_train_and_eval_switch(rng):
    """training is True at first; eval() and train() set it and return the layer itself, which then works accordingly."""
    x = batch(rng, 3, 2, 4, 4)
    flags, same, outputs = switch(x)
    levelled = (x - x.mean(axis=(0, 2, 3), keepdims=True)) / x.std(axis=(0, 2, 3), keepdims=True)
    assert_close(outputs[0], levelled, **CLOSE, call="layer(x) of a new layer", given={"x": x}, hint=HINT)
    assert_close(outputs[2], levelled, **CLOSE, call="layer(x) after layer.eval() and layer.train()", hint=HINT)
    different = bool(np.abs(outputs[1] - outputs[0]).max() > 0.01)
    assert_equal(
        different, True, call="whether layer(x) differs after layer.eval()", hint="Evaluation uses other numbers."
    )
    hint = "eval() sets self.training = False, train() sets it to True, and both return self."
    assert_equal(
        [bool(flag) for flag in flags], [True, False, True], call="training at first, after eval(), train()", hint=hint
    )
    assert_equal(same, [True, True], call="layer.eval() is layer, layer.train() is layer", hint=hint)
