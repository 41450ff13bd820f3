"""Training: a cosine schedule, gradient clipping, and a Trainer that runs epochs, evaluates and keeps checkpoints.

One step of training is always forward, loss, backward, (clip,) step, zero_grad. The Trainer asks little of its parts:

    model      forward(x), parameters(); its attribute `training` is set      optimizer  step(), zero_grad(), lr
    loss_fn    forward(outputs, targets) -> scalar Tensor                     scheduler  get_lr(epoch)

Nothing is learned unless tinytorch.core.autograd was imported: without it `loss.backward()` does nothing.
Sources: Loshchilov and Hutter 2017, equation 5 (cosine); Pascanu et al. 2013, algorithm 1 (clipping).
"""

import json
import math
from pathlib import Path

import numpy as np

from tinytorch.core.losses import CrossEntropyLoss, MSELoss  # noqa: F401 (callers import both losses from here)
from tinytorch.core.tensor import Tensor

DEFAULT_MAX_LR = 0.1
DEFAULT_MIN_LR = 0.01
DEFAULT_TOTAL_EPOCHS = 100

# What a checkpoint keeps, as far as a part has it: plain values, and lists of one array (or None) per parameter.
CHECKPOINT_VALUES = {
    "trainer": ("epoch", "step", "history", "training_mode"),
    "optimizer": ("lr", "step_count"),
    "scheduler": ("max_lr", "min_lr", "total_epochs"),
}
CHECKPOINT_BUFFERS = ("momentum_buffers", "m_buffers", "v_buffers")


class CosineSchedule:
    """A learning rate that falls from max_lr to min_lr along half a cosine wave: slowly, fast, slowly."""

    def __init__(self, max_lr=DEFAULT_MAX_LR, min_lr=DEFAULT_MIN_LR, total_epochs=DEFAULT_TOTAL_EPOCHS):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        """Return the rate of an epoch, counted from 0; min_lr from total_epochs on."""
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    """Scale all gradients by one factor so that their joint L2 norm is at most max_norm; the direction stays.

    Gradients are arrays, Tensors or None, which is passed over. Returns the norm before clipping as a float.
    """
    trained = [param for param in parameters if param.grad is not None]
    norm = math.hypot(*(np.linalg.norm(_array(param.grad)) for param in trained))  # norm of norms = joint norm
    if norm > max_norm:
        for param in trained:
            clipped = _array(param.grad) * (max_norm / norm)
            if isinstance(param.grad, Tensor):
                param.grad.data = clipped
            else:
                param.grad = clipped
    return norm


def _array(grad):
    return grad.data if isinstance(grad, Tensor) else grad


class Trainer:
    """Runs a model over data: train_epoch changes it, evaluate only looks, checkpoints let both go on later."""

    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.training_mode = True
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        """Train once over an iterable of (inputs, targets) and return the mean loss of an update.

        Each update sums the gradients of accumulation_steps batches. Batches left over at the end make one more
        update, which `self.step` does not count. The scheduler then sets the rate of the next epoch.
        """
        self._set_training(True)
        losses = []  # one per update
        waiting = []  # of the batches since the last update
        for inputs, targets in dataloader:
            loss = self.loss_fn.forward(self.model.forward(inputs), targets)
            loss.backward()
            waiting.append(loss.data.item())  # a number: the Tensor would keep its whole graph alive
            if len(waiting) == accumulation_steps:
                self._update()
                self.step += 1
                losses.append(sum(waiting) / accumulation_steps)
                waiting = []
        if waiting:
            self._update()
            losses.append(sum(waiting) / accumulation_steps)
        self.history["train_loss"].append(_mean(losses))
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.epoch += 1
        return self.history["train_loss"][-1]

    def _set_training(self, training):
        self.model.training = training
        self.training_mode = training

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def evaluate(self, dataloader):
        """Return (mean loss of a batch, fraction of samples whose largest output is at the target).

        Targets are class indices (N,) or one row per sample (N, C); outputs without a class axis score 0.0.
        """
        self._set_training(False)
        losses, correct, samples = [], 0, 0
        for inputs, targets in dataloader:
            outputs = self.model.forward(inputs)
            losses.append(self.loss_fn.forward(outputs, targets).data.item())
            if outputs.data.ndim > 1:
                classes = targets.data if targets.data.ndim == 1 else targets.data.argmax(axis=1)
                correct += int((outputs.data.argmax(axis=1) == classes).sum())
                samples += len(classes)
        self.history["eval_loss"].append(_mean(losses))
        return self.history["eval_loss"][-1], correct / samples if samples else 0.0

    def save_checkpoint(self, path):
        """Write all that training needs to go on as if never stopped; missing folders are made.

        The file (.npz inside, whatever its name) holds arrays and one JSON text, so reading it runs nobody's code.
        """
        arrays = {f"parameters.{i}": param.data for i, param in enumerate(self.model.parameters())}
        for name in CHECKPOINT_BUFFERS:
            for i, buffer in enumerate(getattr(self.optimizer, name, [])):
                if buffer is not None:
                    arrays[f"{name}.{i}"] = buffer
        values = {
            part: {name: getattr(owner, name) for name in CHECKPOINT_VALUES[part] if hasattr(owner, name)}
            for part, owner in self._parts()
        }
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            np.savez(file, values=np.array(json.dumps(values, default=float)), **arrays)

    def load_checkpoint(self, path):
        """Take over what save_checkpoint wrote. Raises FileNotFoundError if there is no such file."""
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            for i, param in enumerate(self.model.parameters()):
                param.data = arrays[f"parameters.{i}"]
            for name in CHECKPOINT_BUFFERS:
                if hasattr(self.optimizer, name):
                    count = len(getattr(self.optimizer, name))
                    setattr(self.optimizer, name, [arrays.get(f"{name}.{i}") for i in range(count)])
            values = json.loads(arrays["values"].item())
        for part, owner in self._parts():
            for name, value in values.get(part, {}).items():
                setattr(owner, name, value)

    def _parts(self):
        owners = {"trainer": self, "optimizer": self.optimizer, "scheduler": self.scheduler}
        return [(part, owner) for part, owner in owners.items() if owner is not None]


def _mean(losses):
    return sum(losses) / len(losses) if losses else 0.0
