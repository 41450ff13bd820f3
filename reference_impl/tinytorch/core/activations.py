"""Activations: the curves that keep a stack of linear layers from collapsing into one.

Five stateless callables. Each takes a Tensor of any shape and returns a new one of the same shape; four work element by
element, Softmax along one axis. `__call__` always goes through `self.forward`, because module 05 replaces `forward` to
record gradients. Exponentials are only ever taken of numbers that are not positive: e^x overflows float32 beyond 88.
Source: Hendrycks and Gimpel 2016, section 2, for the sigmoid form of GELU.
"""

import numpy as np

from tinytorch.core.tensor import Tensor

TOLERANCE = 1e-10
SATURATED = 100.0  # from here on sigmoid(1.702 x) is exactly 0 or 1 in float32


class Activation:
    """What the five have in common: no state, no parameters, calling is `forward`, which each writes below."""

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return []

    def backward(self, grad):
        """Do nothing: gradients are the work of module 05."""


def sigmoid(x):
    """Return 1 / (1 + e^-x) for an array of any shape, accurate on both tails."""
    decay = np.exp(-np.abs(x))  # in [0, 1]
    return np.where(x >= 0, 1.0, decay) / (1.0 + decay)  # e^x / (1 + e^x) is the same number, for x below zero


class Sigmoid(Activation):
    """Squash to (0, 1): 1 / (1 + e^-x)."""

    def forward(self, x):
        return Tensor(sigmoid(x.data))


class ReLU(Activation):
    """Cut off below zero: max(0, x). NaN stays NaN."""

    def forward(self, x):
        return Tensor(np.maximum(x.data, 0.0))


class Tanh(Activation):
    """Squash to (-1, 1): tanh x."""

    def forward(self, x):
        return Tensor(np.tanh(x.data))


class GELU(Activation):
    """Let x through in proportion to how large it is: x * sigmoid(1.702 x)."""

    def forward(self, x):
        # The first limit keeps 1.702 x finite, the second keeps -inf * 0 from becoming NaN; neither changes a value.
        gate = sigmoid(1.702 * np.clip(x.data, -SATURATED, SATURATED))
        return Tensor(np.maximum(x.data, -SATURATED) * gate)


class Softmax(Activation):
    """Turn the numbers along one axis into probabilities: e^(x-m) / sum e^(x-m), m their maximum."""

    def forward(self, x, dim=-1):
        # Taking the maximum away changes nothing in exact arithmetic, and the largest exponential becomes 1.
        exponentials = np.exp(x.data - x.data.max(axis=dim, keepdims=True))
        return Tensor(exponentials / exponentials.sum(axis=dim, keepdims=True))

    def __call__(self, x, dim=-1):
        return self.forward(x, dim)
