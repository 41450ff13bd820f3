"""1969, XOR: one layer cannot do it, and two layers with a ReLU between them can.

Answers are scored by the judge. The hidden layer is drawn anew up to three times: a ReLU can die, and that is no mistake.
"""

import itertools

import numpy as np
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import in_candidate
from milestones import seed_everything
from tinytorch.core.activations import ReLU, Sigmoid
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import BinaryCrossEntropyLoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
XOR = np.array([[0], [1], [1], [0]], dtype=np.float32)
OR = np.array([[0], [1], [1], [1]], dtype=np.float32)


@in_candidate
def make_network(seed, sizes):
    """Return layers of these sizes, with a ReLU between each two of them and a sigmoid at the end."""
    enable_autograd(quiet=True)
    seed_everything(seed)
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [Linear(inputs, outputs), ReLU()]
    return [*layers[:-1], Sigmoid()]


@in_candidate
def answer(layers, x):
    out = Tensor(x)
    for layer in layers:
        out = layer(out)
    return out.data


@in_candidate
def train(layers, x, y, lr, epochs):
    optimizer = SGD([param for layer in layers for param in layer.parameters()], lr=lr)
    loss, inputs, targets = BinaryCrossEntropyLoss(), Tensor(x), Tensor(y)
    for _ in range(epochs):
        out = inputs
        for layer in layers:
            out = layer(out)
        loss(out, targets).backward()
        optimizer.step()
        optimizer.zero_grad()


def judge_answers(answers, targets):
    """Return how many corners are right, and the cross-entropy."""
    p = np.clip(answers.astype(np.float64), 1e-7, 1 - 1e-7)
    loss = float(-np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)))
    return int(((answers > 0.5) == (targets > 0.5)).sum()), loss


@number("1")
@weight(30)
def test_one_layer_is_not_enough(rng):
    """A single layer learns OR, and stays at a loss of 0.69 and at most 3 of 4 right on XOR after 500 epochs."""
    order = rng.permutation(4)
    found = {}
    for name, targets in (("OR", OR), ("XOR", XOR)):
        network = make_network(int(rng.integers(1 << 30)), [2, 1])
        train(network, CORNERS[order], targets[order], 0.5, 500)
        found[name] = judge_answers(answer(network, CORNERS), targets)
    hint = "Each step: forward, loss, backward, step, zero_grad. See modules 04 to 06."
    assert_equal(
        found["OR"][0], 4, call="how many of 4 a layer gets right on OR", given={"loss": found["OR"][1]}, hint=hint
    )
    assert_close(found["XOR"][1], 0.693, rtol=0, atol=0.011, call="the loss of one layer on XOR", hint=hint)
    assert_equal(found["XOR"][0] <= 3, True, call="whether one layer gets at most 3 of 4 right on XOR")


@number("2")
@weight(70)
def test_two_layers_solve_it(rng):
    """2-8-1 with a ReLU, SGD 0.5 and 1000 epochs gets 4 of 4 right with a loss below 0.1, in one of three starts."""
    found = []
    for _ in range(3):
        network = make_network(int(rng.integers(1 << 30)), [2, 8, 1])
        order = rng.permutation(4)
        train(network, CORNERS[order], XOR[order], 0.5, 1000)
        near = CORNERS + 0.02 * ordinary(rng, 4, 2)  # not the very corners that were learnt
        found.append((judge_answers(answer(network, CORNERS), XOR), judge_answers(answer(network, near), XOR)[0]))
        if found[-1][0][0] == 4 and found[-1][0][1] < 0.1 and found[-1][1] == 4:
            return
    hint = "The hidden layer learns through the ReLU: its gradient is that of module 05, 0 below zero."
    given = {"right": [right for (right, _), _ in found], "loss": [loss for (_, loss), _ in found]}
    solved = any(right == 4 and loss < 0.1 for (right, loss), _ in found)
    assert_equal(solved, True, call="whether one of three starts solves XOR", given=given, hint=hint)
