"""Checkpoints: what is saved comes back, and training goes on as if it had never stopped.

Always true: checkpoints are judged by the round trip alone, beside the student's code; the judge never opens a file that
a student's code wrote. Expected values are the saved trainer's own.
"""

import os
import tempfile

import numpy as np
import pytest
from arrays import away_from_zero, ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import CosineSchedule, Trainer


@pytest.fixture(autouse=True)
def autograd():
    """Load autograd: without it backward() does nothing and no model learns."""
    enable_autograd(quiet=True)


@in_candidate
def build(W, kind, lr, total_epochs):
    model = Linear(3, 2)
    model.weight.data = W.copy()
    params = model.parameters()
    optimizer = SGD(params, lr=lr, momentum=0.9) if kind == "momentum" else Adam(params, lr=lr)
    return Trainer(model, optimizer, MSELoss(), scheduler=CosineSchedule(lr, lr / 5, total_epochs))


@in_candidate
def describe(trainer):
    schedule = trainer.scheduler
    return {
        "weight": trainer.model.weight.data.copy(),
        "bias": trainer.model.bias.data.copy(),
        "counts": [trainer.epoch, trainer.step],
        "history": {name: [float(value) for value in values] for name, values in trainer.history.items()},
        "training_mode": trainer.training_mode,
        "lr": float(trainer.optimizer.lr),
        "schedule": [float(schedule.max_lr), float(schedule.min_lr), float(schedule.total_epochs)],
    }


@in_candidate
def round_trip(W, inputs, targets, kind, same):
    """Train, save, train on; load into another trainer, or into the same one, and train that on too.

    The same trainer saves after every epoch, to the same place.
    """
    batches = [(Tensor(x), Tensor(y)) for x, y in zip(inputs, targets, strict=True)]
    first = build(W, kind, 0.05, 8)
    found = {"fresh": describe(first)}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "runs", "monday", "model.pkl")
        for _ in range(3):
            first.train_epoch(batches)
            if same:
                first.save_checkpoint(path)
        first.training_mode = False
        first.history["eval_loss"].append(0.25)
        first.save_checkpoint(path)
        found["saved"] = describe(first)
        if same:
            first.train_epoch(batches)
            found["further"] = describe(first)
        second = first if same else build(0 * W, kind, 0.3, 2)
        second.load_checkpoint(path)
    found["loaded"] = describe(second)
    second.train_epoch(batches)
    found["resumed"] = describe(second)
    if not same:
        first.train_epoch(batches)
        found["further"] = describe(first)
    return found


def draw(rng):
    inputs = [ordinary(rng, 4, 3) for _ in range(3)]
    return ordinary(rng, 3, 2), inputs, [away_from_zero(rng, 4, 2, gap=2.0) for _ in inputs]


def assert_trained(before, after):
    """Require that training changed the weights: without that a round trip shows nothing."""
    __tracebackhide__ = True
    moved = np.sign(np.abs(after["weight"] - before["weight"]))
    assert_close(moved, np.ones((3, 2)), rtol=0, atol=0, call="whether train_epoch moves every weight")


@pytest.mark.parametrize("same", [False, True], ids=["another trainer", "the same trainer"])
@number("13.1")
@weight(2)
def test_checkpoint_restores_parameters(same, rng):
    """load_checkpoint restores the parameters, in a new trainer and in one that trained on."""
    got = round_trip(*draw(rng), "momentum", same)
    assert_trained(got["fresh"], got["saved"])
    hint = "Save copies of the arrays in model.parameters() order, and assign them to param.data again."
    for name in ("weight", "bias"):
        call = f"model.{name} after load_checkpoint"
        assert_close(got["loaded"][name], got["saved"][name], rtol=0, atol=0, call=call, hint=hint)


@pytest.mark.parametrize("same", [False, True], ids=["another trainer", "the same trainer"])
@number("13.2")
@weight(2)
def test_checkpoint_restores_progress(same, rng):
    """load_checkpoint restores epoch, step, history and training_mode."""
    got = round_trip(*draw(rng), "momentum", same)
    assert_equal(got["saved"]["counts"][0], 3, call="epoch after 3 epochs")
    for name in ("counts", "history", "training_mode"):
        label = "[epoch, step]" if name == "counts" else name
        hint = "Save it as it is now: a history that goes on growing must not grow in the checkpoint."
        assert_equal(got["loaded"][name], got["saved"][name], call=f"{label} after load_checkpoint", hint=hint)


@number("13.3")
@weight(1)
@visibility("hidden")
def test_checkpoint_restores_rates(rng):
    """load_checkpoint restores the optimizer's learning rate and the scheduler's settings."""
    got = round_trip(*draw(rng), "momentum", False)
    assert_trained(got["fresh"], got["saved"])
    hint = "Save optimizer.lr and the scheduler's max_lr, min_lr and total_epochs."
    assert_close(got["loaded"]["lr"], got["saved"]["lr"], call="optimizer.lr after load_checkpoint", hint=hint)
    call = "the scheduler's max_lr, min_lr, total_epochs after load_checkpoint"
    assert_close(got["loaded"]["schedule"], got["saved"]["schedule"], call=call, hint=hint)


def assert_resumed(got, kind):
    __tracebackhide__ = True
    assert_trained(got["saved"], got["further"])
    hint = "The optimizer's memory belongs to the checkpoint, and the parameters must stay the Tensors it trains."
    for name in ("weight", "bias"):
        call = f"model.{name} after one more epoch with {kind}, loaded against never stopped"
        assert_close(got["resumed"][name], got["further"][name], rtol=1e-5, atol=1e-6, call=call, hint=hint)


@pytest.mark.parametrize("same", [False, True], ids=["another trainer", "the same trainer"])
@number("13.4")
@weight(4)
def test_training_goes_on_as_if_never_stopped(same, rng):
    """One more epoch after load_checkpoint gives the weights of a training that was never stopped: SGD with momentum."""
    assert_resumed(round_trip(*draw(rng), "momentum", same), "SGD(momentum=0.9)")


@number("13.5")
@weight(1)
@visibility("hidden")
def test_missing_checkpoint_is_reported(rng):
    """Loading a checkpoint that does not exist raises FileNotFoundError; one that exists is loaded."""
    W, inputs, targets = draw(rng)
    trainer = build(W, "momentum", 0.05, 8)
    with pytest.raises(FileNotFoundError):
        trainer.load_checkpoint("no_such_folder/no_such_checkpoint.pkl")
    got = round_trip(W, inputs, targets, "momentum", False)
    assert_equal(got["loaded"]["counts"], got["saved"]["counts"], call="[epoch, step] after load_checkpoint")
    assert_equal(got["saved"]["counts"][0], 3, call="epoch after 3 epochs")


@number("13.6 (S)")
@weight(0)
def test_adam_goes_on_as_if_never_stopped(rng):
    """Not graded: one more epoch after load_checkpoint gives the weights of a training never stopped, with Adam."""
    assert_resumed(round_trip(*draw(rng), "Adam", False), "Adam")
