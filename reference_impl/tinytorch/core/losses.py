"""Losses: how wrong a batch of predictions is, as one number of shape ().

Each class compares predictions with targets and averages; gradients arrive with module 05, which replaces `forward`.
Logarithms are taken only where they are finite: in log space for classes, clipped away from 0 and 1 for probabilities.
Shapes: N samples, C classes.
"""

import numpy as np

from tinytorch.core.tensor import Tensor

EPSILON = 1e-7


def log_softmax(x, dim=-1):
    """Return log(softmax(x)) along dim, same shape as x: x - m - log(sum(e^(x-m))), m the maximum along dim.

    Without m, e^x overflows float32 beyond 88; the log of a finished softmax would be -inf where it underflows to 0.
    """
    shifted = x.data - x.data.max(axis=dim, keepdims=True)
    return Tensor(shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True)))


class Loss:
    """What the three have in common: no state, calling is `forward`."""

    def forward(self, predictions, targets):
        raise NotImplementedError(f"{type(self).__name__}.forward is not written")

    def __call__(self, predictions, targets):
        return self.forward(predictions, targets)

    def backward(self):
        """Do nothing: gradients are the work of module 05."""


class MSELoss(Loss):
    """Mean squared error over all elements: mean((p - y)^2)."""

    def forward(self, predictions, targets):
        return Tensor(np.mean((predictions.data - targets.data) ** 2))


class CrossEntropyLoss(Loss):
    """Mean surprise at the right class: -mean(log_softmax(logits)[n, targets[n]])."""

    def forward(self, logits, targets):
        """logits: (N, C) raw scores; targets: (N,) class indices. Raises IndexError for an index of C or more."""
        classes = targets.data.astype(int)  # (N,), a Tensor keeps them as float32
        log_probabilities = log_softmax(logits).data  # (N, C)
        return Tensor(-log_probabilities[np.arange(len(log_probabilities)), classes].mean())


class BinaryCrossEntropyLoss(Loss):
    """Mean surprise at a yes or no: -mean(y log p + (1-y) log(1-p)), p a probability and y in [0, 1]."""

    def forward(self, predictions, targets):
        # log 0 is -inf: one certain mistake would hide every other sample.
        p, y = np.clip(predictions.data, EPSILON, 1 - EPSILON), targets.data
        return Tensor(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
