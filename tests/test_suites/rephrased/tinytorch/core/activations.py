"""Activations, written another way: one base that applies a curve to an array, stable curves by logaddexp and tanh."""

import numpy as np

from .tensor import Tensor

TOLERANCE = 1e-10


class Curve:
    curve = None

    def forward(self, x):
        with np.errstate(all="ignore"):
            return Tensor(type(self).curve(np.array(x.data)))

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def parameters(self):
        return list()

    def backward(self, grad):
        pass


def _logistic(z):
    return np.exp(-np.logaddexp(0, -z))


class Sigmoid(Curve):
    curve = staticmethod(_logistic)


class ReLU(Curve):
    def forward(self, x):
        out = x.data.copy()
        out[out < 0] = 0
        return Tensor(out)


class Tanh(Curve):
    curve = staticmethod(np.tanh)


class GELU(Curve):
    @staticmethod
    def curve(z):
        out = z * _logistic(1.702 * z)
        return np.where(np.isneginf(z), 0.0, out)


class Softmax(Curve):
    def forward(self, x, dim=-1):
        numbers = x.data if x.data.ndim else x.data.reshape(1)
        moved = np.moveaxis(numbers, dim, 0).astype(float)
        if not len(moved):
            raise ValueError("an axis without elements has no softmax")
        logs = moved - np.logaddexp.reduce(moved, axis=0)
        return Tensor(np.moveaxis(np.exp(logs), 0, dim).reshape(x.data.shape))
