"""1998, the convolutional network: a convolution of 3x3, a ReLU and a pooling find where a digit's strokes are.

Digits are drawn by the judge, which keeps the labels of fresh ones. The gradient must reach the kernel: x.reshape(...) keeps
it, Tensor(x.data...) cuts it.
"""

import numpy as np
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import in_candidate
from milestones import draw_digits, seed_everything
from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import Adam
from tinytorch.core.spatial import Conv2d, MaxPool2d
from tinytorch.core.tensor import Tensor

HINT = "Forward, loss, backward, step, zero_grad; convolution and pooling hand the gradient on: module 09."


@in_candidate
def make_network(seed):
    enable_autograd(quiet=True)
    seed_everything(seed)
    return Conv2d(1, 8, kernel_size=3), Linear(72, 10)


@in_candidate
def forward(conv, linear, x):
    """(N, 1, 8, 8) to (N, 10): convolution, ReLU, pooling, a row for each picture, and a layer."""
    out = MaxPool2d(2)(ReLU()(conv(x)))
    return linear(out.reshape(x.shape[0], 72))


@in_candidate
def read(network, x):
    return forward(*network, Tensor(x)).data


@in_candidate
def train(network, x, labels, epochs):
    """Train with Adam 0.01 on batches of 20; return how far the kernel and the layer's weight moved."""
    conv, linear = network
    starts = [np.array(conv.weight.data), np.array(linear.weight.data)]
    optimizer, loss = Adam(conv.parameters() + linear.parameters(), lr=0.01), CrossEntropyLoss()
    for _ in range(epochs):
        for start in range(0, len(x), 20):
            logits = forward(conv, linear, Tensor(x[start : start + 20]))
            loss(logits, Tensor(labels[start : start + 20])).backward()
            optimizer.step()
            optimizer.zero_grad()
    return [np.array(part.weight.data) - old for part, old in zip(network, starts, strict=True)]


def draw(rng, count):
    pictures, labels = draw_digits(rng, count, 0.1)
    return pictures[:, np.newaxis], labels


def train_and_read(rng, epochs):
    """Return how many of 100 fresh digits are right after training on 200, and how far the two weights moved."""
    network = make_network(int(rng.integers(1 << 30)))
    x, labels = draw(rng, 200)
    moved = train(network, x, labels.astype(np.float32), epochs)
    fresh, answers = draw(rng, 100)
    logits = read(network, fresh)
    assert_equal(logits.shape, (100, 10), call="shape of the logits")
    return int((logits.argmax(axis=1) == answers).sum()), moved


@number("1")
@weight(55)
def test_fresh_digits_are_read(rng):
    """After 12 epochs on 200 digits, at least 85 of 100 fresh ones are read rightly."""
    right, _ = train_and_read(rng, 12)
    assert_equal(right >= 85, True, call="whether at least 85 of 100 are right", given={"right": right}, hint=HINT)


@number("2")
@weight(45)
def test_kernel_learns(rng):
    """Training moves the kernel by more than 0.01, while the network learns to read."""
    right, (kernel, matrix) = train_and_read(rng, 5)
    call = "whether more than 30 of 100 are right after 5 epochs, and the layer's weight moved"
    learns = right > 30 and float(np.abs(matrix).max()) > 0.01
    assert_equal(learns, True, call=call, given={"right": right}, hint=HINT)
    far = float(np.abs(kernel).max())
    call = "whether the kernel moved by more than 0.01"
    hint = "The gradient must reach the convolution: through the layer, reshape, the pooling and the ReLU."
    assert_equal(far > 0.01, True, call=call, given={"moved by": far}, hint=hint)
