"""What training may cost, against the reference's trainer on the reference's earlier modules.

Always true: the network has layers of 20, 32 and 3 features and learns 3 classes; workloads repeat what they measure so
that it lasts some milliseconds, never on the same numbers; expected losses and weights come from the same training in
NumPy, in float64.
"""

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import as_float
from marks import budget, in_candidate
from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer, clip_grad_norm

LR = 0.05
EPOCHS = 3


@in_candidate
def build(x, labels, W1, b1, W2, b2):
    enable_autograd(quiet=True)  # without it backward() does nothing

    class Network:
        def __init__(self):
            self.first, self.relu, self.second = Linear(*W1.shape), ReLU(), Linear(*W2.shape)
            self.first.weight.data, self.first.bias.data = W1.copy(), b1.copy()
            self.second.weight.data, self.second.bias.data = W2.copy(), b2.copy()

        def forward(self, inputs):
            return self.second(self.relu(self.first(inputs)))

        def __call__(self, inputs):
            return self.forward(inputs)

        def parameters(self):
            return self.first.parameters() + self.second.parameters()

    model = Network()
    trainer = Trainer(model, SGD(model.parameters(), lr=0.05), CrossEntropyLoss())
    return trainer, [(Tensor(inputs), Tensor(targets)) for inputs, targets in zip(x, labels, strict=True)]


@in_candidate
def train_three_epochs(state):
    trainer, batches = state
    losses = [as_float(trainer.train_epoch(batches)) for _ in range(3)]
    return np.concatenate([losses, *(param.data.ravel() for param in trainer.model.parameters())])


@in_candidate
def train_and_evaluate_ten_times(state):
    trainer, batches = state
    rows = [[as_float(trainer.train_epoch(batches)), *map(as_float, trainer.evaluate(batches))] for _ in range(10)]
    return np.concatenate([np.ravel(rows), *(param.data.ravel() for param in trainer.model.parameters())])


@in_candidate
def build_with_six_networks(x, labels, networks):
    return *build(x, labels, *networks[0]), networks


@in_candidate
def evaluate_six_networks(state):
    """Evaluate the same model six times, each time with other weights."""
    trainer, batches, networks = state
    found = []
    for network in networks:
        for param, array in zip(trainer.model.parameters(), network, strict=True):
            param.data = array
        found.append(trainer.evaluate(batches))
    return np.array(found, dtype=float)


@in_candidate
def gradients_ready(gradients, scales, limits, left, right):
    """Make, unmeasured, five lists of parameters; the columns of their gradients have scales of their own."""
    lists = []
    for scale in scales:
        params = [Tensor(np.zeros(gradient.shape), requires_grad=True) for gradient in gradients]
        for param, gradient in zip(params, gradients, strict=True):
            param.grad = gradient * scale
        lists.append(params)
    return lists, limits, left, right


@in_candidate
def clip_five_lists(state):
    """Clip five lists of gradients; return their norms, and each gradient with its rows and columns summed up by weights."""
    lists, limits, left, right = state
    norms = [clip_grad_norm(params, limit) for params, limit in zip(lists, limits, strict=True)]
    return np.array([*norms, *(left @ param.grad @ right for params in lists for param in params)], dtype=float)


def draw_network(rng):
    W1, W2 = ordinary(rng, 20, 32) * np.float32(0.2), ordinary(rng, 32, 3) * np.float32(0.2)
    return W1, ordinary(rng, 32) * np.float32(0.1), W2, np.zeros(3, dtype=np.float32)


def draw_batches(rng, batches, size):
    return ordinary(rng, batches, size, 20), rng.integers(0, 3, (batches, size)).astype(np.float32)


def data(batches, size):
    """Inputs of a workload: batches of samples with labels, and the parameters to start from."""
    return lambda rng: (*draw_batches(rng, batches, size), *draw_network(rng))


def forward(x, W1, b1, W2, b2):
    hidden = np.maximum(x @ W1 + b1, 0)
    logits = hidden @ W2 + b2
    shifted = logits - logits.max(axis=1, keepdims=True)
    return hidden, shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def after_epoch(x, labels, params):
    """The mean loss of one epoch, and the parameters after it."""
    W1, b1, W2, b2 = (param.astype(np.float64) for param in params)
    losses = []
    for inputs, targets in zip(x, labels.astype(int), strict=True):
        hidden, log_probabilities = forward(inputs, W1, b1, W2, b2)
        right = np.eye(3)[targets]
        losses.append(-(log_probabilities * right).sum(axis=1).mean())
        error = (np.exp(log_probabilities) - right) / len(right)  # (N, 3)
        error_hidden = (error @ W2.T) * (hidden > 0)  # (N, 32)
        W2, b2 = W2 - LR * hidden.T @ error, b2 - LR * error.sum(axis=0)
        W1, b1 = W1 - LR * inputs.T @ error_hidden, b1 - LR * error_hidden.sum(axis=0)
    return np.mean(losses), (W1, b1, W2, b2)


def trained(x, labels, *params):
    """Losses of EPOCHS epochs and the parameters after them."""
    losses = []
    for _ in range(EPOCHS):
        loss, params = after_epoch(x, labels, params)
        losses.append(loss)
    return np.concatenate([losses, *(param.ravel() for param in params)])


def evaluated(x, labels, params):
    """Mean loss and accuracy."""
    losses, right = [], []
    for inputs, targets in zip(x, labels.astype(int), strict=True):
        log_probabilities = forward(inputs, *params)[1]
        losses.append(-log_probabilities[np.arange(len(targets)), targets].mean())
        right.append(log_probabilities.argmax(axis=1) == targets)
    return np.mean(losses), np.mean(right)


def six_evaluated(x, labels, networks):
    return np.array([evaluated(x, labels, network) for network in networks])


def trained_and_evaluated(x, labels, *params):
    """Training loss, then loss and accuracy of an evaluation, for ten epochs, and the parameters after them."""
    found = []
    for _ in range(10):
        loss, params = after_epoch(x, labels, params)
        found += [loss, *evaluated(x, labels, params)]
    return np.concatenate([found, *(param.ravel() for param in params)])


def clipped(gradients, scales, limits, left, right):
    """Five norms, and 100 sums for each of the five lists."""
    each = np.square(gradients.astype(np.float64)).sum(axis=(0, 1))  # of a column
    norms = np.sqrt(np.square(scales.astype(np.float64)) @ each)
    sums = (scales * right) @ (left @ gradients).T  # (5, 100)
    return np.concatenate([norms, (sums * (limits / norms)[:, np.newaxis]).ravel()])


@number("17.1")
@weight(4)
@budget(cpu=3.0)
def test_train_epoch_budget(measure):
    """Epochs of 20 batches of 32 samples cost at most 3 times the reference."""
    measure(train_three_epochs, setup=build, inputs=data(20, 32), answer=trained, rtol=1e-3, atol=1e-4)


@number("17.2")
@weight(2)
@budget(cpu=3.0)
def test_evaluate_budget(measure):
    """Evaluating 20 batches of 32 samples costs at most 3 times the reference."""
    # One of the 640 samples may be so close between two classes that float32 decides it.

    def draw(rng):
        return *draw_batches(rng, 20, 32), [draw_network(rng) for _ in range(6)]

    tolerance = {"rtol": 1e-4, "atol": 2e-3}
    measure(evaluate_six_networks, setup=build_with_six_networks, inputs=draw, answer=six_evaluated, **tolerance)


@number("17.3")
@weight(2)
@visibility("hidden")
@budget(cpu=4.0)
def test_clip_budget(measure):
    """Clipping 100 gradients of 100x100 costs at most 4 times the reference."""

    def draw(rng):
        scales, limits = rng.uniform(0.5, 2.0, (5, 100)).astype(np.float32), rng.uniform(1.0, 16.0, 5).tolist()
        return ordinary(rng, 100, 100, 100), scales, limits, ordinary(rng, 100), ordinary(rng, 100)

    measure(clip_five_lists, setup=gradients_ready, inputs=draw, answer=clipped, rtol=1e-3, atol=1e-5)


@number("17.4")
@weight(1)
@visibility("hidden")
@budget(memory=3.0)
def test_training_memory_budget(measure):
    """Three epochs on batches of 2000 samples need at most 3 times the reference's memory."""
    measure(train_three_epochs, setup=build, inputs=data(8, 2000), answer=trained, rtol=1e-3, atol=1e-4)


@number("17.5")
@weight(1)
@budget(memory=3.0)
def test_no_epoch_leaves_tensors_behind(measure):
    """Ten epochs and evaluations need at most 3 times the reference's memory: no loss keeps its graph."""
    # A loss Tensor holds every Tensor it was computed from, here 1.5 MB; one that is kept from each batch makes 240 MB.
    measure(
        train_and_evaluate_ten_times,
        setup=build,
        inputs=data(8, 2000),
        answer=trained_and_evaluated,
        rtol=1e-3,
        atol=2e-3,
    )
