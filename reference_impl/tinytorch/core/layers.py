"""Layers: the parts a network is assembled from, each a callable with a list of parameters.

`Linear` multiplies by a weight matrix and adds a bias; `Dropout` silences a random part of its input while training.
Both work through Tensor operations only, so that module 05 sees every step. Shapes: N samples, F features.
Sources: LeCun et al. 1998, "Efficient BackProp", section 4.6, for the scale; Srivastava et al. 2014, section 10, for
inverted dropout.
"""

import numpy as np

from tinytorch.core.activations import ReLU, Sigmoid  # noqa: F401  course scripts import them from here
from tinytorch.core.tensor import Tensor

XAVIER_SCALE_FACTOR = 1.0
HE_SCALE_FACTOR = 2.0
DROPOUT_MIN_PROB = 0.0
DROPOUT_MAX_PROB = 1.0


class Layer:
    """One step of a network: subclasses write `forward`, and `parameters` if they learn.

    There is no constructor, so that a subclass need not call one.
    """

    def forward(self, x):
        raise NotImplementedError(f"{type(self).__name__}.forward is not written")

    def __call__(self, x, *args, **kwargs):
        return self.forward(x, *args, **kwargs)

    def parameters(self):
        return []

    def __repr__(self):
        return f"{type(self).__name__}()"


class Linear(Layer):
    """x @ weight + bias: every output is a weighted sum of all inputs.

    weight: (in_features, out_features); bias: (out_features,) or None. Both are Tensors with requires_grad=True,
    whose grad is None at first.
    """

    def __init__(self, in_features, out_features, bias=True):
        self.in_features, self.out_features = in_features, out_features
        # A sum of F products has F times their variance; this scale hands it on unchanged. The draw is NumPy's
        # global one, because the course repeats a network by np.random.seed.
        scale = np.sqrt(XAVIER_SCALE_FACTOR / in_features)
        self.weight = Tensor(np.random.randn(in_features, out_features) * scale, requires_grad=True)
        self.bias = Tensor(np.zeros(out_features), requires_grad=True) if bias else None

    def forward(self, x):
        """Map (..., in_features) to (..., out_features)."""
        out = x.matmul(self.weight)  # (..., out_features)
        return out if self.bias is None else out + self.bias

    def parameters(self):
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def __repr__(self):
        return f"Linear(in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None})"


class Dropout(Layer):
    """Zero each element with probability p while training; scale the others by 1/(1-p), so that the mean stays.

    With p = 1 the result is zeros with the requires_grad of x.
    """

    def __init__(self, p=0.5):
        if not DROPOUT_MIN_PROB <= p <= DROPOUT_MAX_PROB:  # NaN compares false, so it is refused too
            raise ValueError(f"Dropout needs p between {DROPOUT_MIN_PROB} and {DROPOUT_MAX_PROB}, got {p}")
        self.p = p

    def forward(self, x, training=True):
        if not training or self.p == 0:
            return x
        if self.p == 1:
            return self._drop_all(x)
        kept = np.random.random(x.data.shape) < 1 - self.p
        return x * Tensor(kept / (1 - self.p))

    def _drop_all(self, x):
        """Return zeros that hang on x, so that a zero gradient reaches it; x * 0 alone would turn inf into NaN."""
        nothing = x * 0.0
        nothing.data = np.zeros_like(x.data)
        nothing.requires_grad = x.requires_grad
        return nothing

    def __repr__(self):
        return f"Dropout(p={self.p})"
