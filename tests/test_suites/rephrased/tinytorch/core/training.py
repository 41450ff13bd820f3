"""Training, written another way: checkpoints pickled as one dictionary, updates collected by chunks, NumPy's own means."""

import itertools
import os
import pickle

import numpy as np
from tinytorch.core.losses import CrossEntropyLoss, MSELoss  # noqa: F401
from tinytorch.core.tensor import Tensor

DEFAULT_MAX_LR, DEFAULT_MIN_LR, DEFAULT_TOTAL_EPOCHS = 0.1, 0.01, 100


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.__dict__ |= {"max_lr": max_lr, "min_lr": min_lr, "total_epochs": total_epochs}

    def get_lr(self, epoch):
        if epoch < self.total_epochs:
            share = np.cos(np.pi * epoch / (2 * self.total_epochs)) ** 2
            return self.min_lr + (self.max_lr - self.min_lr) * share
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad.data if isinstance(p.grad, Tensor) else p.grad for p in parameters if p.grad is not None]
    total = 0.0
    for grad in grads:
        total += float(np.vdot(grad.astype(np.float64), grad.astype(np.float64)))
    norm = total**0.5
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is None:
            continue
        if isinstance(p.grad, Tensor):
            p.grad.data = p.grad.data * np.float32(max_norm / norm)
        else:
            p.grad = p.grad * np.float32(max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.training_mode = True
        self.history = dict(train_loss=[], eval_loss=[], learning_rates=[])

    def _mode(self, training):
        self.training_mode = self.model.training = training

    def train_epoch(self, dataloader, accumulation_steps=1):
        self._mode(True)
        batches, means = iter(dataloader), []
        while chunk := list(itertools.islice(batches, accumulation_steps)):
            total = 0.0
            for inputs, targets in chunk:
                loss = self.loss_fn.forward(self.model.forward(inputs), targets)
                loss.backward()
                total += float(loss.data)
            if self.grad_clip_norm is not None:
                clip_grad_norm(list(self.model.parameters()), max_norm=self.grad_clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.step += int(len(chunk) == accumulation_steps)
            means.append(total / accumulation_steps)
        mean = np.float64(np.mean(means)) if means else 0.0
        self.history["train_loss"] += [mean]
        if self.scheduler is not None:
            rate = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = rate
            self.history["learning_rates"] += [rate]
        self.epoch += 1
        return mean

    def evaluate(self, dataloader):
        self._mode(False)
        losses, hits = [], []
        for inputs, targets in dataloader:
            outputs = self.model.forward(inputs)
            losses += [float(self.loss_fn.forward(outputs, targets).data)]
            if outputs.data.ndim >= 2:
                wanted = targets.data
                if wanted.ndim == 2:
                    wanted = np.argmax(wanted, axis=1)
                hits.extend(np.equal(np.argmax(outputs.data, axis=1), wanted))
        mean = float(np.mean(losses)) if losses else 0.0
        self.history["eval_loss"] += [mean]
        return mean, float(np.mean(hits)) if hits else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        keep = {name: getattr(self, name) for name in ("epoch", "step", "history", "training_mode")}
        keep["data"] = [np.array(param.data) for param in self.model.parameters()]
        keep["optimizer"] = {k: v for k, v in vars(self.optimizer).items() if k != "params"}
        keep["scheduler"] = None if self.scheduler is None else dict(vars(self.scheduler))
        with open(path, "wb") as file:
            pickle.dump(keep, file)

    def load_checkpoint(self, path):
        with open(path, "rb") as file:
            keep = pickle.load(file)
        for param, numbers in zip(self.model.parameters(), keep.pop("data")):
            param.data = numbers
        vars(self.optimizer).update(keep.pop("optimizer"))
        scheduler = keep.pop("scheduler")
        if self.scheduler is not None and scheduler is not None:
            vars(self.scheduler).update(scheduler)
        vars(self).update(keep)
