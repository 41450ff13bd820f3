"""The reference's training: schedule and clipping by hand-worked numbers, the Trainer by scripted parts and by learning.

Scripted parts are plain objects that note what is asked of them; they show the order of calls, which arithmetic cannot.
"""

import math

import numpy as np
import pytest
import tinytorch.core.autograd  # noqa: F401  without it backward() does nothing
from tinytorch.core import losses, training
from tinytorch.core.layers import Linear
from tinytorch.core.losses import CrossEntropyLoss, MSELoss
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import CosineSchedule, Trainer, clip_grad_norm


def with_gradients(*gradients):
    params = [Tensor(np.zeros(2), requires_grad=True) for _ in gradients]
    for param, gradient in zip(params, gradients, strict=True):
        param.grad = gradient if gradient is None or isinstance(gradient, Tensor) else np.array(gradient, np.float32)
    return params


def line(seed=0, batches=4, size=8):
    """Batches of y = 2 x1 - x2 + 0.5."""
    rng = np.random.default_rng(seed)
    inputs = [rng.standard_normal((size, 2)) for _ in range(batches)]
    return [(Tensor(x), Tensor(x @ [[2.0], [-1.0]] + 0.5)) for x in inputs]


def linear_trainer(optimizer, **options):
    model = Linear(2, 1)
    model.weight.data = np.array([[0.3], [-0.7]], dtype=np.float32)
    return Trainer(model, optimizer(model.parameters()), MSELoss(), **options)


def state(trainer):
    return [param.data.tolist() for param in trainer.model.parameters()]


class Scripted:
    """A model, an optimizer and a loss in one: notes every call, with the values it needs to be useful."""

    def __init__(self):
        self.log = []
        self.training = None
        self.lr = 0.5
        self.weight = Tensor([1.0], requires_grad=True)

    def parameters(self):
        return [self.weight]

    def forward(self, *args):
        if len(args) == 1:
            self.log.append(f"forward, training {self.training}")
            return args[0]
        self.log.append("loss")
        return Loss(self, args[0])

    def step(self):
        self.log.append(f"step with {self.weight.grad.tolist()}")

    def zero_grad(self):
        self.log.append("zero_grad")

    def get_lr(self, epoch):
        self.log.append(f"rate of epoch {epoch}")
        return 0.25


class Loss:
    def __init__(self, script, value):
        self.script, self.data = script, np.array(value.data)

    def backward(self):
        self.script.log.append("backward")
        self.script.weight.grad = np.array([3.0], dtype=np.float32)


@pytest.mark.parametrize(
    ("epoch", "share"), [(0, 1.0), (2, (2 + math.sqrt(2)) / 4), (4, 0.5), (6, (2 - math.sqrt(2)) / 4)]
)
def test_schedule_by_hand(epoch, share):
    assert CosineSchedule(3.0, 1.0, 8).get_lr(epoch) == pytest.approx(1 + 2 * share)


def test_schedule_ends_at_its_minimum():
    assert [CosineSchedule(3.0, 1.0, 8).get_lr(epoch) for epoch in (8, 9, 16, 800)] == [1.0] * 4
    assert CosineSchedule(3.0, 1.0, 0).get_lr(0) == 1.0
    default = CosineSchedule()
    assert (default.max_lr, default.min_lr, default.total_epochs) == (0.1, 0.01, 100)
    assert training.DEFAULT_TOTAL_EPOCHS == 100


def test_clipping_scales_all_gradients_together():
    params = with_gradients([3.0, 0.0], None, Tensor([0.0, -4.0]))
    kept = params[2].grad
    norm = clip_grad_norm(params, max_norm=2.5)
    assert norm == 5.0
    assert type(norm) is float
    assert params[0].grad.tolist() == [1.5, 0.0]
    assert params[1].grad is None
    assert params[2].grad is kept
    assert kept.data.tolist() == [0.0, -2.0]
    assert params[0].grad.dtype == np.float32


@pytest.mark.parametrize("max_norm", [5.0, 6.0])
def test_clipping_leaves_small_gradients_alone(max_norm):
    params = with_gradients([3.0, 4.0])
    kept = params[0].grad
    assert clip_grad_norm(params, max_norm) == 5.0
    assert params[0].grad is kept


def test_clipping_of_nothing():
    assert [clip_grad_norm([]), clip_grad_norm(with_gradients(None)), clip_grad_norm(with_gradients([0, 0]))] == [
        0.0
    ] * 3
    assert type(clip_grad_norm([])) is float


def test_one_epoch_in_order():
    script = Scripted()
    trainer = Trainer(script, script, script, scheduler=script, grad_clip_norm=1.5)
    loss = trainer.train_epoch([(Tensor(2.0), None), (Tensor(4.0), None), (Tensor(10.0), None)], accumulation_steps=2)
    batch = ["forward, training True", "loss", "backward"]
    update = ["step with [1.5]", "zero_grad"]
    assert script.log == [*batch, *batch, *update, *batch, *update, "rate of epoch 0"]
    assert loss == ((2 + 4) / 2 + 10 / 2) / 2
    assert (trainer.step, trainer.epoch, script.lr) == (1, 1, 0.25)
    assert trainer.history == {"train_loss": [loss], "eval_loss": [], "learning_rates": [0.25]}


def test_without_limit_nothing_is_clipped():
    script = Scripted()
    Trainer(script, script, script).train_epoch([(Tensor(2.0), None)])
    assert script.log[-2:] == ["step with [3.0]", "zero_grad"]
    assert script.lr == 0.5


def test_evaluation_in_order():
    script = Scripted()
    trainer = Trainer(script, script, script)
    assert trainer.evaluate([(Tensor(2.0), None), (Tensor(5.0), None)]) == (3.5, 0.0)
    assert script.log == ["forward, training False", "loss"] * 2
    assert trainer.history["eval_loss"] == [3.5]
    assert (trainer.training_mode, script.training) == (False, False)


def test_without_batches():
    trainer = linear_trainer(SGD)
    assert trainer.train_epoch(iter([])) == 0.0
    assert trainer.evaluate([]) == (0.0, 0.0)
    assert trainer.epoch == 1


@pytest.mark.parametrize("targets", [[0, 2, 2], np.eye(3)[[0, 2, 2]]], ids=["indices", "rows"])
def test_accuracy_is_counted_over_samples(targets):
    identity = Linear(3, 3, bias=False)
    identity.weight.data = np.eye(3, dtype=np.float32)
    loss = CrossEntropyLoss() if np.ndim(targets) == 1 else MSELoss()
    trainer = Trainer(identity, SGD([]), loss)
    right, wrong = [[9, 0, 0], [0, 1, 5], [0, 0, 1]], [[0, 1, 0]]
    batches = [(Tensor(right), Tensor(targets)), (Tensor(wrong), Tensor(targets[:1]))]
    assert trainer.evaluate(batches)[1] == 3 / 4


@pytest.mark.parametrize("optimizer", [lambda p: SGD(p, lr=0.1), lambda p: Adam(p, lr=0.1), lambda p: AdamW(p, lr=0.1)])
def test_training_finds_a_line(optimizer):
    trainer = linear_trainer(optimizer)
    for _ in range(60):
        trainer.train_epoch(line())
    weight, bias = trainer.model.parameters()
    assert weight.data.ravel().tolist() == pytest.approx([2.0, -1.0], abs=0.05)
    assert bias.data.tolist() == pytest.approx([0.5], abs=0.05)
    assert trainer.history["train_loss"][-1] < 0.01
    assert all(type(loss) is float for loss in trainer.history["train_loss"])
    assert weight.grad is None


def test_gradients_are_clipped_while_training():
    trainer = linear_trainer(lambda params: SGD(params, lr=1.0), grad_clip_norm=1e-3)
    before = np.concatenate([param.data.ravel() for param in trainer.model.parameters()])
    trainer.train_epoch(line(batches=1))
    after = np.concatenate([param.data.ravel() for param in trainer.model.parameters()])
    assert np.linalg.norm(after - before) == pytest.approx(1e-3, rel=1e-3)


OPTIMIZERS = {
    "SGD": lambda params: SGD(params, lr=0.05),
    "momentum": lambda params: SGD(params, lr=0.05, momentum=0.9),
    "Adam": lambda params: Adam(params, lr=0.05),
    "AdamW": lambda params: AdamW(params, lr=0.05),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_checkpoint_goes_on_as_if_never_stopped(name, tmp_path):
    first = linear_trainer(OPTIMIZERS[name], scheduler=CosineSchedule(0.05, 0.01, 9))
    for _ in range(3):
        first.train_epoch(line())
    first.evaluate(line())
    path = tmp_path / "deep" / "er" / "model.checkpoint"
    first.save_checkpoint(path)
    assert [file.name for file in path.parent.iterdir()] == ["model.checkpoint"]
    second = linear_trainer(OPTIMIZERS[name], scheduler=CosineSchedule(9.0, 8.0, 7))
    tensors = second.model.parameters()
    second.load_checkpoint(str(path))
    assert [a is b for a, b in zip(second.model.parameters(), tensors, strict=True)] == [True, True]
    assert state(second) == state(first)
    assert (second.epoch, second.step, second.training_mode) == (3, 12, False)
    assert second.history == first.history
    assert vars(second.scheduler) == vars(first.scheduler)
    assert second.train_epoch(line()) == first.train_epoch(line())
    assert state(second) == state(first)


def test_a_checkpoint_rolls_a_trainer_back(tmp_path):
    trainer = linear_trainer(OPTIMIZERS["momentum"])
    trainer.train_epoch(line())
    trainer.save_checkpoint(tmp_path / "checkpoint")
    then = state(trainer)
    loss = trainer.train_epoch(line())
    trainer.load_checkpoint(tmp_path / "checkpoint")
    assert state(trainer) == then
    assert len(trainer.history["train_loss"]) == trainer.epoch == 1
    assert trainer.train_epoch(line()) == loss


def test_a_checkpoint_serves_a_trainer_with_fewer_parts(tmp_path):
    first = linear_trainer(OPTIMIZERS["momentum"])
    first.train_epoch(line())
    first.save_checkpoint(tmp_path / "checkpoint")
    second = linear_trainer(OPTIMIZERS["SGD"], scheduler=CosineSchedule())
    second.load_checkpoint(tmp_path / "checkpoint")
    assert state(second) == state(first)
    assert second.scheduler.max_lr == 0.1


def test_a_missing_checkpoint_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        linear_trainer(SGD).load_checkpoint(tmp_path / "none")


def test_losses_are_offered_here_too():
    assert training.MSELoss is losses.MSELoss
    assert training.CrossEntropyLoss is losses.CrossEntropyLoss
