"""What the losses may cost, as a multiple of the reference's cost on the same machine.

A loop over samples costs 25 to 110 times the reference and a careful vectorised version 1 to 1.5 times, so the budgets
leave room on both sides. Building the input tensors is never part of what is measured.
"""

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss, log_softmax
from tinytorch.core.tensor import Tensor


def draw_scores(n, c):
    """Return a function that draws fresh logits (n, c) and targets (n,), as `measure` wants them."""
    return lambda rng: (2 * rng.standard_normal((n, c), dtype=np.float32), rng.integers(0, c, n).astype(np.float32))


def draw_pair(size):
    return lambda rng: (rng.standard_normal(size, dtype=np.float32), rng.standard_normal(size, dtype=np.float32))


def draw_probabilities(rng):
    return rng.uniform(0.01, 0.99, 200_000).astype(np.float32), rng.integers(0, 2, 200_000).astype(np.float32)


def expected_log_softmax(x, targets):
    x = x.astype(np.float64)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def expected_cross_entropy(x, targets):
    return -expected_log_softmax(x, targets)[np.arange(len(x)), targets.astype(int)].mean()


def expected_mse(p, y):
    return np.mean((p.astype(np.float64) - y) ** 2)


def expected_bce(p, y):
    return -np.mean(np.log(np.where(y == 1, p, 1 - p.astype(np.float64))))


@in_candidate
def make_tensors(a, b):
    return Tensor(a), Tensor(b)


@in_candidate
def make_tensors_and_factor(a, b):
    """Add by how much a squared error of 4 comes out too large: a half that was forgotten is charged elsewhere."""
    loss = MSELoss()(Tensor([3.0]), Tensor([1.0]))
    got = float(np.ravel(loss.data if isinstance(loss, Tensor) else loss)[0])
    return Tensor(a), Tensor(b), got / 4 if 0 < got < np.inf else 1.0


@in_candidate
def run_log_softmax(tensors):
    return log_softmax(tensors[0]).data


@in_candidate
def run_cross_entropy(tensors):
    return abs(CrossEntropyLoss()(tensors[0], tensors[1]).data)  # a wrong sign is charged elsewhere


@in_candidate
def run_mse(tensors):
    return MSELoss()(tensors[0], tensors[1]).data / tensors[2]


@in_candidate
def run_bce(tensors):
    return BinaryCrossEntropyLoss()(tensors[0], tensors[1]).data


@number("4.14")
@weight(4)
@budget(cpu=5.0)
def test_cross_entropy_of_many_samples(measure):
    """Cross-entropy of 20,000 samples and 10 classes takes at most 5 times the reference's CPU time."""
    # Many short rows: with long ones a loop over samples is only twice as slow, and would not be told apart.
    inputs = draw_scores(20_000, 10)
    measure(run_cross_entropy, setup=make_tensors, inputs=inputs, answer=expected_cross_entropy)


@number("4.14")
@weight(2)
@budget(cpu=4.0)
@visibility("hidden")
def test_cross_entropy_of_many_classes(measure):
    """Cross-entropy of 1,024 samples and 1,000 classes takes at most 4 times the reference's CPU time."""
    inputs = draw_scores(1024, 1000)
    measure(run_cross_entropy, setup=make_tensors, inputs=inputs, answer=expected_cross_entropy)


@number("4.14")
@weight(3)
@budget(cpu=5.0)
@visibility("hidden")
def test_log_softmax_is_vectorised(measure):
    """log_softmax of 20,000 rows of 10 takes at most 5 times the reference's CPU time."""
    measure(run_log_softmax, setup=make_tensors, inputs=draw_scores(20_000, 10), answer=expected_log_softmax)


@number("4.14")
@weight(2)
@budget(cpu=4.0)
def test_mse_is_vectorised(measure):
    """MSE of a million numbers takes at most 4 times the reference's CPU time."""
    measure(run_mse, setup=make_tensors_and_factor, inputs=draw_pair(1_000_000), answer=expected_mse)


@number("4.14")
@weight(2)
@budget(cpu=4.0)
@visibility("hidden")
def test_bce_is_vectorised(measure):
    """BCE of 200,000 numbers takes at most 4 times the reference's CPU time."""
    measure(run_bce, setup=make_tensors, inputs=draw_probabilities, answer=expected_bce)


# Memory: at its peak the reference holds 3 arrays of the logits' size for cross-entropy and 2 of one input's size for
# MSE; the course allows 6 and 4. The factor is the quotient.


@number("4.14")
@weight(1)
@budget(memory=6 / 3)
def test_cross_entropy_memory(measure):
    """Cross-entropy of 1,024 samples and 1,000 classes needs at most 6 times the memory of its logits."""
    inputs = draw_scores(1024, 1000)
    measure(run_cross_entropy, setup=make_tensors, inputs=inputs, answer=expected_cross_entropy)


@number("4.14")
@weight(1)
@budget(memory=4 / 2)
@visibility("hidden")
def test_mse_memory(measure):
    """MSE of a million numbers needs at most 4 times the memory of its predictions."""
    measure(run_mse, setup=make_tensors_and_factor, inputs=draw_pair(1_000_000), answer=expected_mse)
