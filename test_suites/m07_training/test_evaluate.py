"""Evaluation: the mean loss, the accuracy, and that nothing changes.

Always true: accuracies are measured on a linear model with the identity as weight, so that outputs equal inputs.
"""

import numpy as np
import pytest
from arrays import away_from_zero, one_hot, ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss, MSELoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer


@pytest.fixture(autouse=True)
def autograd():
    """Load autograd, so that a backward() in evaluate would show."""
    enable_autograd(quiet=True)


def trainer_for(W, loss):
    model = Linear(*W.shape, bias=False)
    model.weight.data = W.copy()
    return Trainer(model, SGD(model.parameters(), lr=0.1), loss)


def draw(rng, sizes):
    """Draw batches of so many samples of 3 numbers, with 2 targets each.

    With two samples a batch is as high as it is wide: what an argmax over the wrong axis makes of others is charged by the
    mean loss and the accuracies.
    """
    return [ordinary(rng, size, 3) for size in sizes], [ordinary(rng, size, 2) for size in sizes]


def in_tensors(inputs, targets):
    return [(Tensor(x), Tensor(y)) for x, y in zip(inputs, targets, strict=True)]


@number("11.1")
@weight(3)
def test_evaluate_returns_the_mean_loss(rng):
    """evaluate returns the mean of the batch losses, here of three batches."""
    W, (inputs, targets) = ordinary(rng, 3, 2), draw(rng, [4, 2, 5])
    got = trainer_for(W, MSELoss()).evaluate(in_tensors(inputs, targets))[0]
    want = np.mean([((x @ W - y) ** 2).mean() for x, y in zip(inputs, targets, strict=True)])
    hint = "Add up the batch losses and divide by the number of batches."
    assert_close(got, want, rtol=1e-4, call="evaluate(3 batches)[0]", hint=hint)


@number("11.2")
@weight(1)
def test_evaluate_keeps_history(rng):
    """Each evaluation appends its loss to history["eval_loss"], as a plain number."""
    trainer = trainer_for(ordinary(rng, 3, 2), MSELoss())
    returned = [trainer.evaluate(in_tensors(*draw(rng, [2])))[0] for _ in range(2)]
    assert_close(trainer.history["eval_loss"], returned, call='history["eval_loss"] after two evaluations')
    assert_equal([loss > 0 for loss in returned], [True, True], call="two mean squared errors are above 0")
    kinds = [type(value).__name__ in ("float", "float32", "float64") for value in returned]
    assert_equal(kinds, [True, True], call="evaluate returns numbers", hint="float(loss.data), not the Tensor.")
    assert_equal(trainer.history["train_loss"], [], call='history["train_loss"] after two evaluations')


@number("11.3")
@weight(2)
@visibility("hidden")
def test_evaluate_changes_no_parameter(rng):
    """Evaluating leaves weights and gradients exactly as they were."""
    W, gradient = ordinary(rng, 3, 2), away_from_zero(rng, 3, 2)
    trainer = trainer_for(W, MSELoss())
    trainer.model.weight.grad = gradient.copy()
    loss = trainer.evaluate(in_tensors(*draw(rng, [2, 2])))[0]
    hint = "No backward(), no step() and no zero_grad() in evaluate."
    assert_close(np.sign(loss), 1.0, rtol=0, atol=0, call="sign of the loss of evaluate(2 batches)", hint=hint)
    assert_close(trainer.model.weight.data, W, rtol=0, atol=0, call="weight after evaluate", hint=hint)
    assert_close(trainer.model.weight.grad, gradient, rtol=0, atol=0, call="weight.grad after evaluate", hint=hint)


@number("11.4")
@weight(1)
@visibility("hidden")
def test_evaluate_counts_nothing(rng):
    """Evaluating is neither an epoch nor a step, for the Trainer and for the optimizer."""
    trainer = trainer_for(ordinary(rng, 3, 2), MSELoss())
    loss = trainer.evaluate(in_tensors(*draw(rng, [2, 2])))[0]
    assert_close(np.sign(loss), 1.0, rtol=0, atol=0, call="sign of the loss of evaluate(2 batches)")
    counts = [trainer.epoch, trainer.step, trainer.optimizer.step_count]
    assert_equal(counts, [0, 0, 0], call="epoch, step, optimizer.step_count after evaluate", hint="Count in training.")


def scored(right):
    """One row of three outputs for each sample, with the largest at class 0 or, if the sample is wrong, at class 1.

    Every target is class 0, and there are more samples than classes, so an argmax over the wrong axis cannot agree.
    """
    best = np.where(right, 0, 1)
    return np.float32(2) * one_hot(best, 3) + np.array([0.0, 0.3, 0.1], dtype=np.float32)


@pytest.mark.parametrize("one_hot_targets", [False, True], ids=["indices", "one-hot"])
@number("12.1")
@weight(4)
def test_accuracy_counts_samples(one_hot_targets):
    """Accuracy is right samples by all samples, over batches of unequal size; targets are indices or one-hot rows."""
    first, second = np.array([True] * 5 + [False]), np.array([False, False])
    batches = []
    for right in (first, second):
        labels = np.zeros(len(right), dtype=np.float32)
        target = one_hot(labels.astype(int), 3) if one_hot_targets else labels
        batches.append((Tensor(scored(right)), Tensor(target)))
    loss = MSELoss() if one_hot_targets else CrossEntropyLoss()
    got = trainer_for(np.eye(3, dtype=np.float32), loss).evaluate(batches)[1]
    hint = (
        "Compare argmax over axis 1 with the targets; add up right answers and samples over all batches, then divide."
    )
    assert_close(got, 5 / 8, call="accuracy of 5 right of 6, then 0 right of 2", hint=hint)


@number("12.2")
@weight(1)
@visibility("hidden")
def test_accuracy_needs_classes(rng):
    """Outputs without an axis of classes have accuracy 0.0, and outputs with one are counted."""
    trainer = trainer_for(np.eye(3, dtype=np.float32), MSELoss())
    x = ordinary(rng, 3)
    flat = trainer.evaluate([(Tensor(x), Tensor(x + 1))])
    hint = "Look at outputs.data.ndim: accuracy is for 2-D outputs only."
    assert_close(flat, (1.0, 0.0), rtol=1e-5, atol=1e-6, call="evaluate with 1-D outputs that are 1 off", hint=hint)
    rows = trainer.evaluate([(Tensor(scored(np.array([True, True]))), Tensor(one_hot([0, 0], 3)))])
    assert_close(rows[1], 1.0, call="accuracy of two right samples", hint=hint)
