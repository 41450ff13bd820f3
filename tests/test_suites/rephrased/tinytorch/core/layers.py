"""Layers, written another way: parameters by name, weights by normal(), a mask by choice of where."""

import numpy as np
from tinytorch.core.activations import ReLU, Sigmoid  # noqa: F401
from tinytorch.core.tensor import Tensor

XAVIER_SCALE_FACTOR, HE_SCALE_FACTOR = 1.0, 2.0
DROPOUT_MIN_PROB, DROPOUT_MAX_PROB = 0.0, 1.0


class Layer:
    names = ()

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def forward(self, x):
        raise NotImplementedError

    def parameters(self):
        return [value for value in map(self.__dict__.get, self.names) if value is not None]

    def _shown(self):
        return {}

    def __repr__(self):
        inner = ", ".join(f"{key}={value}" for key, value in self._shown().items())
        return self.__class__.__name__ + "(" + inner + ")"


class Linear(Layer):
    names = ("weight", "bias")

    def __init__(self, in_features, out_features, bias=True):
        self.__dict__.update(in_features=in_features, out_features=out_features)
        drawn = np.random.normal(0.0, in_features**-0.5, size=(in_features, out_features))
        self.weight = Tensor(drawn.astype(np.float32), requires_grad=True)
        self.bias = None
        if bias:
            self.bias = Tensor([0.0] * out_features, True)

    def forward(self, x):
        product = x @ self.weight
        if self.bias is not None:
            product = product + self.bias
        return product

    def _shown(self):
        return dict(in_features=self.in_features, out_features=self.out_features, bias=self.bias is not None)


class Dropout(Layer):
    def __init__(self, p=0.5):
        if not (p >= DROPOUT_MIN_PROB and p <= DROPOUT_MAX_PROB):
            raise ValueError("p is a probability")
        self.p = p

    def _shown(self):
        return {"p": self.p}

    def forward(self, x, training=True):
        if training is False or self.p == DROPOUT_MIN_PROB:
            return x * 1.0
        if self.p == DROPOUT_MAX_PROB:
            return Tensor(np.zeros(x.shape), requires_grad=x.requires_grad)
        factors = np.where(np.random.uniform(size=x.shape) >= self.p, 1 / (1 - self.p), 0.0)
        return x * Tensor(factors)
