"""What a Trainer can be given: a scheduler, a limit for gradients, batches to accumulate.

Always true: the model is linear with a weight of shape (3, 1) and no bias, so that expected values are short formulas.
"""

import numpy as np
import pytest
from arrays import away_from_zero, ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer


@pytest.fixture(autouse=True)
def autograd():
    """Load autograd: without it backward() does nothing and no model learns."""
    enable_autograd(quiet=True)


RATES = [0.2, 0.05, 0.11]


def trainer_for(W, lr, **options):
    model = Linear(3, 1, bias=False)
    model.weight.data = W.copy()
    return Trainer(model, SGD(model.parameters(), lr=lr), MSELoss(), **options)


def draw(rng, batches, size=4):
    """Inputs and targets of some batches, far enough from a solution that every loss is large."""
    inputs = [ordinary(rng, size, 3) for _ in range(batches)]
    return inputs, [away_from_zero(rng, size, 1, gap=3.0) for _ in range(batches)]


def in_tensors(inputs, targets):
    return [(Tensor(x), Tensor(y)) for x, y in zip(inputs, targets, strict=True)]


def slope(x, y, W):
    """The gradient of the mean squared error of x @ W against y."""
    return 2 * x.T.astype(np.float64) @ (x @ W - y) / len(x)


@in_candidate
def train_with_table(start, inputs, targets, lr, rates):
    """Three epochs with a scheduler that looks rates up and notes the epochs it is asked for."""

    class Table:
        def __init__(self):
            self.asked = []

        def get_lr(self, epoch):
            self.asked.append(epoch)
            return rates[epoch]

    model = Linear(3, 1, bias=False)
    model.weight.data = start.copy()
    table = Table()
    trainer = Trainer(model, SGD(model.parameters(), lr=lr), MSELoss(), scheduler=table)
    batches = [(Tensor(x), Tensor(y)) for x, y in zip(inputs, targets, strict=True)]
    found = {"lr": [], "weight": []}
    for _ in rates:
        trainer.train_epoch(batches)
        found["lr"].append(trainer.optimizer.lr)
        found["weight"].append(trainer.model.weight.data.copy())
    return found | {"asked": table.asked, "history": trainer.history["learning_rates"]}


@number("8.1")
@weight(2)
def test_scheduler_sets_the_rate(rng):
    """After each epoch the optimizer has the scheduler's rate for that epoch, counted from 0."""
    got = train_with_table(ordinary(rng, 3, 1), *draw(rng, 2), 0.3, RATES)
    hint = "At the end of train_epoch: optimizer.lr = scheduler.get_lr(self.epoch), and only then self.epoch += 1."
    assert_close(got["lr"], RATES, rtol=0, atol=0, call="optimizer.lr after each of 3 epochs", hint=hint)
    assert_equal(got["asked"], [0, 1, 2], call="epochs that the scheduler was asked for", hint=hint)


@number("8.2")
@weight(2)
@visibility("hidden")
def test_rates_take_effect_one_epoch_later(rng):
    """The first epoch trains with the optimizer's own rate, the next with get_lr(0), then get_lr(1)."""
    inputs, targets = draw(rng, 1)
    W = ordinary(rng, 3, 1)
    got = train_with_table(W, inputs, targets, 0.03, RATES)
    steps = np.diff(np.array([W, *got["weight"]]), axis=0)
    slopes = np.array([slope(inputs[0], targets[0], before) for before in (W, *got["weight"][:-1])])
    rates = np.array([0.03, *RATES[:-1]])[:, None, None]
    kept = -rates * np.cumsum(slopes, axis=0)  # of gradients that are never forgotten, which other checks charge
    want = kept if np.allclose(steps, kept, rtol=1e-4, atol=1e-5) else -rates * slopes
    hint = "Ask the scheduler after the batches of the epoch, not before."
    call = "movement in each of 3 epochs of one batch"
    assert_close(steps, want, rtol=1e-4, atol=1e-5, call=call, hint=hint)


@number("8.3")
@weight(1)
def test_history_of_rates(rng):
    """history["learning_rates"] holds the rate that each epoch ended with."""
    got = train_with_table(ordinary(rng, 3, 1), *draw(rng, 2), 0.3, RATES)
    hint = "Append the rate when you set it."
    assert_close(got["history"], RATES, rtol=0, atol=0, call='history["learning_rates"] after 3 epochs', hint=hint)


@number("8.4")
@weight(1)
@visibility("hidden")
def test_without_scheduler_the_rate_stays(rng):
    """Without a scheduler the learning rate stays as it was and no rates are recorded."""
    W = ordinary(rng, 3, 1)
    trainer = trainer_for(W, 0.05)
    for _ in range(2):
        trainer.train_epoch(in_tensors(*draw(rng, 2)))
    assert_close(trainer.optimizer.lr, 0.05, rtol=0, atol=0, call="optimizer.lr after 2 epochs without scheduler")
    assert_equal(trainer.history["learning_rates"], [], call='history["learning_rates"] without scheduler')
    moved = np.sign(np.abs(trainer.model.weight.data - W))
    assert_close(moved, np.ones((3, 1)), rtol=0, atol=0, call="whether 2 epochs move every weight")


@in_candidate
def trains(trainer, batches):
    """Train for an epoch; return False where the raw memory of a gradient is taken for its numbers."""
    try:
        trainer.train_epoch(batches)
    except TypeError as error:
        if "memoryview" not in str(error):
            raise
        return False
    return True


@number("9.1")
@weight(4)
def test_gradients_are_clipped_before_the_step(rng):
    """With grad_clip_norm 1e-3 and lr 1, one batch moves the weight by no more than 1e-3."""
    W = ordinary(rng, 3, 1) * np.float32(0.1)
    trainer = trainer_for(W, 1.0, grad_clip_norm=1e-3)
    hint = "In clip_grad_norm ask isinstance(grad, Tensor): an ndarray is the numbers itself."
    reads = trains(trainer, in_tensors(*draw(rng, 1)))
    assert reads, f"Training with grad_clip_norm takes .data of a gradient that is an ndarray, its raw memory. {hint}"
    moved = np.linalg.norm(trainer.model.weight.data - W)
    hint = "After backward() and before step(): clip_grad_norm(self.model.parameters(), self.grad_clip_norm)."
    # The gradient is far above the limit, so the step has its length; 1 % leaves room for float32 positions near 0.3.
    assert_close(moved, 1e-3, rtol=0.01, atol=0, call="movement of the weight with grad_clip_norm=1e-3", hint=hint)


@number("9.2")
@weight(1)
@visibility("hidden")
def test_high_limit_changes_nothing(rng):
    """A limit above every gradient trains just like no limit."""
    W, data = ordinary(rng, 3, 1), draw(rng, 3)
    limited, free = trainer_for(W, 0.05, grad_clip_norm=1e6), trainer_for(W, 0.05)
    for trainer in (limited, free):
        trainer.train_epoch(in_tensors(*data))
    moved = np.sign(np.abs(limited.model.weight.data - W))
    assert_close(moved, np.ones((3, 1)), rtol=0, atol=0, call="whether an epoch with grad_clip_norm=1e6 moves all")
    assert_close(limited.model.weight.data, free.model.weight.data, call="grad_clip_norm=1e6, against None")


def accumulated(rng, batches):
    """Train with lr 0, so that losses do not depend on how accumulated gradients are scaled."""
    inputs, targets = draw(rng, batches)
    W = ordinary(rng, 3, 1)
    trainer = trainer_for(W, 0.0)
    loss = trainer.train_epoch(in_tensors(inputs, targets), accumulation_steps=2)
    losses = [float(((x @ W - y) ** 2).mean()) for x, y in zip(inputs, targets, strict=True)]
    return trainer.optimizer.step_count, loss, losses


@number("10.1")
@weight(2)
def test_accumulation_steps_after_every_second_batch(rng):
    """accumulation_steps=2 makes 2 optimizer steps of 4 batches, and 3 of 5: what is left over counts too."""
    steps = [accumulated(rng, batches)[0] for batches in (4, 5)]
    hint = "Step after every accumulation_steps batches, and once more if batches are left at the end."
    assert_equal(steps, [2, 3], call="optimizer.step_count after 4 and after 5 batches", hint=hint)


@number("10.2")
@weight(1)
@visibility("hidden")
def test_accumulated_loss(rng):
    """The reported loss is the mean over updates of the batch losses' sum divided by accumulation_steps."""
    _, loss, losses = accumulated(rng, 5)
    want = ((losses[0] + losses[1]) / 2 + (losses[2] + losses[3]) / 2 + losses[4] / 2) / 3
    hint = "Divide the sum of an update's losses by accumulation_steps, then average over the updates."
    assert_close(loss, want, rtol=1e-4, call="train_epoch(5 batches, accumulation_steps=2)", hint=hint)


@number("10.3")
@weight(1)
@visibility("hidden")
def test_accumulated_gradients_point_downhill(rng):
    """Two accumulated batches move the parameters along the sum of their gradients."""
    inputs, targets = draw(rng, 2)
    W = ordinary(rng, 3, 1)
    trainer = trainer_for(W, 0.01)
    trainer.train_epoch(in_tensors(inputs, targets), accumulation_steps=2)
    got = (trainer.model.weight.data - W).ravel().astype(np.float64)
    want = -sum(slope(x, y, W) for x, y in zip(inputs, targets, strict=True)).ravel()
    hint = "Do not forget gradients between the batches of one update."
    call = "direction of one update from 2 batches"
    assert_close(
        got / max(np.linalg.norm(got), 1e-12), want / np.linalg.norm(want), rtol=0, atol=1e-3, call=call, hint=hint
    )
