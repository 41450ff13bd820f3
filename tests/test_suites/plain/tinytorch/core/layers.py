"""Layers as a beginner writes them: weights drawn and then scaled, a bias of zeros, a mask of ones and zeros."""

import numpy as np
from tinytorch.core.tensor import Tensor

XAVIER_SCALE_FACTOR = 1.0
HE_SCALE_FACTOR = 2.0
DROPOUT_MIN_PROB = 0.0
DROPOUT_MAX_PROB = 1.0


class Layer:
    def forward(self, x):
        raise NotImplementedError("Subclasses must implement forward()")

    def __call__(self, x, *args, **kwargs):
        return self.forward(x, *args, **kwargs)

    def parameters(self):
        return []

    def __repr__(self):
        return f"{self.__class__.__name__}()"


class Linear(Layer):
    def __init__(self, in_features, out_features, bias=True):
        self.in_features = in_features
        self.out_features = out_features
        scale = np.sqrt(XAVIER_SCALE_FACTOR / in_features)
        self.weight = Tensor(np.random.randn(in_features, out_features) * scale, requires_grad=True)
        if bias:
            self.bias = Tensor(np.zeros(out_features), requires_grad=True)
        else:
            self.bias = None

    def forward(self, x):
        output = x.matmul(self.weight)
        if self.bias is not None:
            output = output + self.bias
        return output

    def parameters(self):
        params = [self.weight]
        if self.bias is not None:
            params.append(self.bias)
        return params

    def __repr__(self):
        bias_str = f", bias={self.bias is not None}"
        return f"Linear(in_features={self.in_features}, out_features={self.out_features}{bias_str})"


class Dropout(Layer):
    def __init__(self, p=0.5):
        if not (DROPOUT_MIN_PROB <= p <= DROPOUT_MAX_PROB):
            raise ValueError(f"Dropout probability must be between 0 and 1, got {p}")
        self.p = p

    def forward(self, x, training=True):
        if not training or self.p == 0.0:
            return x
        if self.p == 1.0:
            return Tensor(np.zeros_like(x.data), requires_grad=x.requires_grad)
        keep_prob = 1.0 - self.p
        mask = np.random.binomial(1, keep_prob, x.data.shape)
        return x * Tensor(mask.astype(np.float32)) * Tensor(np.array(1.0 / keep_prob))

    def __repr__(self):
        return f"Dropout(p={self.p})"
