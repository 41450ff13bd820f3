"""What training may cost, against the reference's trainer on the reference's earlier modules.

Always true: the network has layers of 20, 32 and 3 features and learns 3 classes; workloads repeat what they measure so
that it lasts some milliseconds; expected losses and weights come from the same training in NumPy, in float64.
"""

import gc

import numpy as np
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
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
REPEATS = 6


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
    losses = [float(trainer.train_epoch(batches)) for _ in range(3)]
    return np.concatenate([losses, *(param.data.ravel() for param in trainer.model.parameters())])


@in_candidate
def evaluate_six_times(state):
    trainer, batches = state
    return np.array([trainer.evaluate(batches) for _ in range(6)], dtype=float)


@in_candidate
def gradients_ready(gradients):
    params = [Tensor(np.zeros(gradient.shape), requires_grad=True) for gradient in gradients]
    for param, gradient in zip(params, gradients, strict=True):
        param.grad = gradient
    return params


@in_candidate
def clip_five_times(params):
    norms = [clip_grad_norm(params, max_norm) for max_norm in (16.0, 8.0, 4.0, 2.0, 1.0)]
    return np.concatenate([norms, *(param.grad.ravel() for param in params)])


def data(batches, size):
    """Inputs of a workload: batches of samples with labels, and the parameters to start from."""

    def draw(rng):
        x, labels = ordinary(rng, batches, size, 20), rng.integers(0, 3, (batches, size)).astype(np.float32)
        W1, W2 = ordinary(rng, 20, 32) * np.float32(0.2), ordinary(rng, 32, 3) * np.float32(0.2)
        return x, labels, W1, ordinary(rng, 32) * np.float32(0.1), W2, np.zeros(3, dtype=np.float32)

    return draw


def forward(x, W1, b1, W2, b2):
    hidden = np.maximum(x @ W1 + b1, 0)
    logits = hidden @ W2 + b2
    shifted = logits - logits.max(axis=1, keepdims=True)
    return hidden, shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def trained(x, labels, *params):
    """Losses of EPOCHS epochs and the parameters after them."""
    W1, b1, W2, b2 = (param.astype(np.float64) for param in params)
    losses = np.zeros((EPOCHS, len(x)))
    for epoch, i in np.ndindex(losses.shape):
        hidden, log_probabilities = forward(x[i], W1, b1, W2, b2)
        right = np.eye(3)[labels[i].astype(int)]
        losses[epoch, i] = -(log_probabilities * right).sum(axis=1).mean()
        error = (np.exp(log_probabilities) - right) / len(right)  # (N, 3)
        error_hidden = (error @ W2.T) * (hidden > 0)  # (N, 32)
        W2, b2 = W2 - LR * hidden.T @ error, b2 - LR * error.sum(axis=0)
        W1, b1 = W1 - LR * x[i].T @ error_hidden, b1 - LR * error_hidden.sum(axis=0)
    return np.concatenate([losses.mean(axis=1), W1.ravel(), b1, W2.ravel(), b2])


def evaluated(x, labels, *params):
    """Mean loss and accuracy, REPEATS times."""
    losses, right = [], []
    for inputs, targets in zip(x, labels.astype(int), strict=True):
        log_probabilities = forward(inputs, *params)[1]
        losses.append(-log_probabilities[np.arange(len(targets)), targets].mean())
        right.append(log_probabilities.argmax(axis=1) == targets)
    return np.tile([np.mean(losses), np.mean(right)], (REPEATS, 1))


def clipped(gradients):
    norm = np.linalg.norm(gradients.astype(np.float64))
    return np.concatenate([[norm, 16.0, 8.0, 4.0, 2.0], gradients.ravel() / norm])


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
    measure(evaluate_six_times, setup=build, inputs=data(20, 32), answer=evaluated, rtol=1e-4, atol=2e-3)


@number("17.3")
@weight(2)
@visibility("hidden")
@budget(cpu=4.0)
def test_clip_budget(measure):
    """Clipping 100 gradients of 100x100 costs at most 4 times the reference."""

    def draw(rng):
        return (ordinary(rng, 100, 100, 100),)

    measure(clip_five_times, setup=gradients_ready, inputs=draw, answer=clipped, rtol=1e-3, atol=1e-6)


@number("17.4")
@weight(1)
@visibility("hidden")
@budget(memory=3.0)
def test_training_memory_budget(measure):
    """Three epochs on batches of 2000 samples need at most 3 times the reference's memory."""
    measure(train_three_epochs, setup=build, inputs=data(8, 2000), answer=trained, rtol=1e-3, atol=1e-4)


@in_candidate
def count_tensors():
    gc.collect()
    return sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())


@number("17.5")
@weight(1)
def test_no_epoch_leaves_tensors_behind(rng):
    """As many Tensors are alive after ten epochs and evaluations as after two: no loss keeps its graph."""
    trainer, batches = build(*data(3, 4)(rng))
    counts, losses = [], []
    for _ in range(10):
        losses.append(trainer.train_epoch(batches))
        trainer.evaluate(batches)
        counts.append(count_tensors())
    assert_equal(len(trainer.history["train_loss"]), 10, call='len(history["train_loss"]) after 10 epochs')
    assert_close(np.sign(losses), np.ones(10), rtol=0, atol=0, call="signs of the losses of 10 epochs")
    hint = "Keep float(loss.data): a loss Tensor holds every Tensor that it was computed from."
    assert_equal(counts[-1], counts[1], call="Tensors alive after 10 epochs, against after 2", hint=hint)
