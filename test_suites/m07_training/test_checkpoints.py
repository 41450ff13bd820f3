"""Checkpoints: what is saved comes back, and training goes on as if it had never stopped.

Always true: checkpoints are judged by the round trip alone, beside the student's code; the judge never opens a file that
a student's code wrote. Expected values are the saved trainer's own. All that is known about a training is in its file: it is
loaded from a copied folder, after a later checkpoint was written to the first, and by modules that were imported anew.
"""

import importlib
import os
import shutil
import sys
import tempfile

import numpy as np
import pytest
from arrays import away_from_zero, ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import as_float
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
    parts = {
        "Tensor": Tensor,
        "Linear": Linear,
        "MSELoss": MSELoss,
        "SGD": SGD,
        "Adam": Adam,
        "CosineSchedule": CosineSchedule,
        "Trainer": Trainer,
    }
    return assemble(parts, W, kind, lr, total_epochs)


@in_candidate
def assemble(parts, W, kind, lr, total_epochs):
    model = parts["Linear"](3, 2)
    model.weight.data = W.copy()
    params = model.parameters()
    momentum = kind == "momentum"
    optimizer = parts["SGD"](params, lr=lr, momentum=0.9) if momentum else parts["Adam"](params, lr=lr)
    schedule = parts["CosineSchedule"](lr, lr / 5, total_epochs)
    return parts["Trainer"](model, optimizer, parts["MSELoss"](), scheduler=schedule)


@in_candidate
def as_batches(tensor, inputs, targets):
    return [(tensor(x), tensor(y)) for x, y in zip(inputs, targets, strict=True)]


@in_candidate
def take_modules():
    """Take the course's modules out of Python's table of modules, and return them."""
    names = [name for name in sys.modules if name.partition(".")[0] == "tinytorch"]
    return {name: sys.modules.pop(name) for name in names}


@in_candidate
def import_anew():
    """Import the course's modules once more, as the next run of Python would; they know nothing of this one."""
    sources = {
        "tinytorch.core.tensor": ["Tensor"],
        "tinytorch.core.layers": ["Linear"],
        "tinytorch.core.losses": ["MSELoss"],
        "tinytorch.core.optimizers": ["SGD", "Adam"],
        "tinytorch.core.training": ["CosineSchedule", "Trainer"],
    }
    parts = {
        name: getattr(importlib.import_module(source), name) for source, names in sources.items() for name in names
    }
    importlib.import_module("tinytorch.core.autograd").enable_autograd(quiet=True)
    return parts


@in_candidate
def describe(trainer):
    schedule = trainer.scheduler
    return {
        "weight": trainer.model.weight.data.copy(),
        "bias": trainer.model.bias.data.copy(),
        "counts": [trainer.epoch, trainer.step],
        "history": {name: [as_float(value) for value in values] for name, values in trainer.history.items()},
        "training_mode": trainer.training_mode,
        "lr": float(trainer.optimizer.lr),
        "schedule": [float(schedule.max_lr), float(schedule.min_lr), float(schedule.total_epochs)],
    }


@in_candidate
def forget_gradients(trainer):
    """Let no gradient be left over, as there is none where a checkpoint is loaded: that is the matter of test_train_epoch.py."""
    for param in trainer.model.parameters():
        param.grad = None


@in_candidate
def round_trip(W, inputs, targets, kind, same):
    """Train, save, train on and save again; load a copy of the first checkpoint into the same trainer, or in another run.

    The same trainer saves after every epoch, to the same place.
    """
    batches = as_batches(Tensor, inputs, targets)
    first = build(W, kind, 0.05, 8)
    found = {"fresh": describe(first), "written": False}
    with tempfile.TemporaryDirectory() as folder:
        monday, copied = os.path.join(folder, "runs", "monday"), os.path.join(folder, "copied")
        path, elsewhere = os.path.join(monday, "model.pkl"), os.path.join(copied, "model.pkl")
        for _ in range(3):
            first.train_epoch(batches)
            if same:
                first.save_checkpoint(path)
        first.training_mode = False
        first.history["eval_loss"].append(0.25)
        first.save_checkpoint(path)
        found["saved"] = describe(first)
        if not os.path.isdir(monday) or not os.listdir(monday):
            return found
        os.mkdir(copied)
        for name in os.listdir(monday):
            shutil.copyfile(os.path.join(monday, name), os.path.join(copied, name))
        forget_gradients(first)
        first.train_epoch(batches)
        found["further"] = describe(first)
        first.save_checkpoint(path)
        forget_gradients(first)
        found |= load_in_another_run(elsewhere, W, inputs, targets, kind)
        if same:
            first.load_checkpoint(elsewhere)
            found["loaded"] = describe(first)
            first.train_epoch(batches)
            found["resumed"] = describe(first)
    return found | {"written": True}


@in_candidate
def load_in_another_run(path, W, inputs, targets, kind):
    """Load a checkpoint into a trainer of modules that were imported anew, and train on."""
    modules = take_modules()
    try:
        parts = import_anew()
        second = assemble(parts, 0 * W, kind, 0.3, 2)
        second.load_checkpoint(path)
        loaded = describe(second)
        second.train_epoch(as_batches(parts["Tensor"], inputs, targets))
        return {"anew": loaded, "loaded": loaded, "resumed": describe(second)}
    finally:
        take_modules()
        sys.modules.update(modules)


def draw(rng):
    inputs = [ordinary(rng, 4, 3) for _ in range(3)]
    return ordinary(rng, 3, 2), inputs, [away_from_zero(rng, 4, 2, gap=2.0) for _ in inputs]


def assert_trained(before, after):
    """Require that training changed the weights: without that a round trip shows nothing."""
    __tracebackhide__ = True
    moved = np.sign(np.abs(after["weight"] - before["weight"]))
    assert_close(moved, np.ones((3, 2)), rtol=0, atol=0, call="whether train_epoch moves every weight")


def assert_written(got):
    """Require that a checkpoint's file holds it: another run of Python, which has nothing else, finds the weights there."""
    __tracebackhide__ = True
    hint = "Write everything into the file at path: the next run of Python has nothing but that file."
    assert_equal(got["written"], True, call="whether save_checkpoint(path) wrote a file", hint=hint)
    call = "model.weight after load_checkpoint in another run of Python"
    assert_close(got["anew"]["weight"], got["saved"]["weight"], rtol=0, atol=0, call=call, hint=hint)


@pytest.mark.parametrize("same", [False, True], ids=["another trainer", "the same trainer"])
@number("13.1")
@weight(2)
def test_checkpoint_restores_parameters(same, rng):
    """load_checkpoint restores the parameters, in a new trainer and in one that trained on."""
    got = round_trip(*draw(rng), "momentum", same)
    assert_written(got)
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
    assert_written(got)
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
    assert_written(got)
    assert_trained(got["fresh"], got["saved"])
    hint = "Save optimizer.lr and the scheduler's max_lr, min_lr and total_epochs."
    assert_close(got["loaded"]["lr"], got["saved"]["lr"], call="optimizer.lr after load_checkpoint", hint=hint)
    call = "the scheduler's max_lr, min_lr, total_epochs after load_checkpoint"
    assert_close(got["loaded"]["schedule"], got["saved"]["schedule"], call=call, hint=hint)


def assert_resumed(got, kind):
    __tracebackhide__ = True
    assert_written(got)
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
    assert_written(got)
    assert_equal(got["loaded"]["counts"], got["saved"]["counts"], call="[epoch, step] after load_checkpoint")
    assert_equal(got["saved"]["counts"][0], 3, call="epoch after 3 epochs")


@number("13.6 (S)")
@weight(0)
def test_adam_goes_on_as_if_never_stopped(rng):
    """Not graded: one more epoch after load_checkpoint gives the weights of a training never stopped, with Adam."""
    assert_resumed(round_trip(*draw(rng), "Adam", False), "Adam")
