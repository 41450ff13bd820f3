"""1986, the multi-layer perceptron: 64-32-10 reads digits of 8x8 dots.

Digits are drawn by the judge at drawn places, with noise; it keeps the labels of fresh ones and scores the logits itself.
"""

import numpy as np
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import in_candidate
from milestones import draw_rows, seed_everything
from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor

HINT = "Each batch: forward, loss, backward, step, zero_grad. See modules 04 to 06, and 08 for batches that keep their labels."


@in_candidate
def make_network(seed):
    enable_autograd(quiet=True)
    seed_everything(seed)
    return [Linear(64, 32), ReLU(), Linear(32, 10)]


@in_candidate
def read(layers, x):
    out = Tensor(x)
    for layer in layers:
        out = layer(out)
    return out.data


@in_candidate
def parameters_of(layers):
    return [np.array(param.data) for layer in layers for param in layer.parameters()]


@in_candidate
def train(layers, x, labels, epochs):
    """Train with SGD 0.1 on shuffled batches of 32."""
    optimizer = SGD([param for layer in layers for param in layer.parameters()], lr=0.1)
    loss, loader = CrossEntropyLoss(), DataLoader(TensorDataset(Tensor(x), Tensor(labels)), batch_size=32, shuffle=True)
    for _ in range(epochs):
        for inputs, targets in loader:
            out = inputs
            for layer in layers:
                out = layer(out)
            loss(out, targets).backward()
            optimizer.step()
            optimizer.zero_grad()


def score(logits, labels):
    """Return how many are right, and the mean cross-entropy."""
    assert_equal(logits.shape, (len(labels), 10), call="shape of the logits")
    shifted = logits - logits.max(axis=1, keepdims=True).astype(np.float64)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_probabilities[np.arange(len(labels)), labels].mean()
    return int((logits.argmax(axis=1) == labels).sum()), float(loss)


@number("1")
@weight(60)
def test_fresh_digits_are_read(rng):
    """After 20 epochs on 1000 digits, at least 170 of 200 fresh ones are read rightly."""
    network = make_network(int(rng.integers(1 << 30)))
    x, labels = draw_rows(rng, 1000)
    train(network, x, labels.astype(np.float32), 20)
    fresh, answers = draw_rows(rng, 200)
    right, _ = score(read(network, fresh), answers)
    assert_equal(right >= 170, True, call="whether at least 170 of 200 are right", given={"right": right}, hint=HINT)


@number("2")
@weight(15)
def test_every_parameter_moves(rng):
    """Three epochs move both weights and both biases, and reading gets better than chance."""
    network = make_network(int(rng.integers(1 << 30)))
    before = parameters_of(network)
    x, labels = draw_rows(rng, 1000)
    train(network, x, labels.astype(np.float32), 3)
    fresh, answers = draw_rows(rng, 200)
    right, _ = score(read(network, fresh), answers)
    assert_equal(right >= 40, True, call="whether at least 40 of 200 are right", given={"right": right}, hint=HINT)
    moved = [bool(np.abs(new - old).max() > 1e-4) for new, old in zip(parameters_of(network), before, strict=True)]
    call = "whether weight, bias, weight, bias moved"
    assert_equal(moved, [True] * 4, call=call, hint="Every parameter needs a gradient of its own: module 05.")


@number("3")
@weight(25)
def test_loss_falls(rng):
    """After 20 epochs the loss of the training digits is below 0.35 of what it is after one."""
    x, labels = draw_rows(rng, 1000)
    network = make_network(int(rng.integers(1 << 30)))
    train(network, x, labels.astype(np.float32), 1)
    _, first = score(read(network, x), labels)
    train(network, x, labels.astype(np.float32), 19)
    _, last = score(read(network, x), labels)
    given = {"loss after 1 epoch": first, "loss after 20": last}
    call = "whether the loss fell below 0.35 of its first value, and below 0.7"
    assert_equal(last < 0.35 * first and last < 0.7, True, call=call, given=given, hint=HINT)
