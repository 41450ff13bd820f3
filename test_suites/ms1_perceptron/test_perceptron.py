"""1957, the perceptron: one layer and a sigmoid tell two clouds of points apart.

The judge draws the points, keeps the labels of fresh ones, and scores the answers itself. Weights are drawn by the
student's code; whatever they are, 200 epochs are enough.
"""

import numpy as np
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import in_candidate
from milestones import seed_everything
from tinytorch.core.activations import Sigmoid
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import BinaryCrossEntropyLoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor

LOOP_HINT = "Each step: forward, loss, loss.backward(), optimizer.step(), optimizer.zero_grad(). See modules 04 to 06."


@in_candidate
def make_layer(seed):
    enable_autograd(quiet=True)
    seed_everything(seed)
    return Linear(2, 1)


@in_candidate
def answer(layer, x):
    return Sigmoid()(layer(Tensor(x))).data


@in_candidate
def train(layer, x, y, lr, epochs):
    optimizer, loss = SGD(layer.parameters(), lr=lr), BinaryCrossEntropyLoss()
    inputs, targets = Tensor(x), Tensor(y)
    for _ in range(epochs):
        loss(Sigmoid()(layer(inputs)), targets).backward()
        optimizer.step()
        optimizer.zero_grad()


def draw_points(rng, count):
    """Return points around (3, 3), labelled 1, and around (1, 1), labelled 0, in drawn order."""
    labels = rng.permutation(np.arange(count) % 2).reshape(-1, 1).astype(np.float32)
    return (1 + 2 * labels + 0.5 * ordinary(rng, count, 2)).astype(np.float32), labels


def cross_entropy(answers, labels):
    p = np.clip(answers.astype(np.float64), 1e-7, 1 - 1e-7)
    return float(-np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p)))


@number("1")
@weight(30)
def test_answers_before_training(rng):
    """Before training the perceptron answers one number a row in (0, 1): the sigmoid of x @ weight + bias."""
    x, _ = draw_points(rng, 20)
    layer = make_layer(int(rng.integers(1 << 30)))
    W, b = ordinary(rng, 2, 1), ordinary(rng, 1)
    layer.weight.data, layer.bias.data = W, b
    want = 1 / (1 + np.exp(-(x.astype(np.float64) @ W + b)))
    hint = "Sigmoid()(layer(x)), modules 02 and 03"
    assert_close(
        answer(layer, x), want, rtol=1e-4, atol=1e-5, call="the perceptron's answers", given={"x": x}, hint=hint
    )


@number("2")
@weight(50)
def test_fresh_points_are_told_apart(rng):
    """After 200 epochs with SGD 0.5 at least 95 of 100 fresh points are on the right side."""
    x, y = draw_points(rng, 100)
    layer = make_layer(int(rng.integers(1 << 30)))
    train(layer, x, y, 0.5, 200)
    fresh, labels = draw_points(rng, 100)
    answers = answer(layer, fresh)
    assert_equal(answers.shape, (100, 1), call="shape of the answers")
    right = int(((answers > 0.5) == (labels > 0.5)).sum())
    call = "whether at least 95 of 100 fresh points are right"
    assert_equal(right >= 95, True, call=call, given={"right": right}, hint=LOOP_HINT)


@number("3")
@weight(20)
def test_loss_is_halved(rng):
    """Training brings the loss of fresh points below half of what it was, and below 0.25."""
    x, y = draw_points(rng, 100)
    fresh, labels = draw_points(rng, 100)
    layer = make_layer(int(rng.integers(1 << 30)))
    layer.weight.data = np.array([[-0.5], [0.25]], dtype=np.float32)  # a start from which there is something to learn
    before = cross_entropy(answer(layer, fresh), labels)
    train(layer, x, y, 0.5, 200)
    after = cross_entropy(answer(layer, fresh), labels)
    given = {"loss before": before, "loss after": after}
    call = "whether the loss fell below half of its start, and below 0.25"
    assert_equal(after < before / 2 and after < 0.25, True, call=call, given=given, hint=LOOP_HINT)
