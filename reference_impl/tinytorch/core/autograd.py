"""Autograd: every operation leaves a node that knows its derivative, and `backward` walks the nodes in reverse.

`enable_autograd()`, called on import, wraps the operations of modules 01, 02 and 04: what is computed from a Tensor that
requires gradients requires them too, and holds in `_grad_fn` the node that made it. A node's docstring is its formula:
G is the gradient that arrives, s the result. Source: Griewank and Walther 2008, chapter 3 (reverse accumulation).
"""

from importlib import import_module

import numpy as np

from tinytorch.core.graph import as_tensor, backward, requires_grad, tracked, wanted, zero_grad
from tinytorch.core.tensor import Tensor

EPSILON = 1e-7


class Function:
    """One step of the graph: what went in, saved_tensors, and the steps before it, next_functions.

    The latter is the list of the `_grad_fn` of those saved tensors that have one and require gradients.
    """

    def __init__(self, *tensors):
        self.saved_tensors = tensors
        self.next_functions = [t._grad_fn for t in tensors if requires_grad(t) and t._grad_fn is not None]

    def apply(self, grad_output):
        """Map the array G to a tuple of arrays, one for each saved tensor: None where no gradient is wanted."""
        raise NotImplementedError(f"{type(self).__name__}.apply is not written")


class AddBackward(Function):
    """(G, G), like all of arithmetic in the shape of the result: `backward` undoes the broadcasting."""

    def apply(self, grad_output):
        return wanted(self.saved_tensors, grad_output, grad_output)


class SubBackward(Function):
    """(G, -G)"""

    def apply(self, grad_output):
        return wanted(self.saved_tensors, grad_output, -grad_output)


class MulBackward(Function):
    """(G b, G a)"""

    def apply(self, grad_output):
        a, b = (as_tensor(value).data for value in self.saved_tensors)
        return wanted(self.saved_tensors, grad_output * b, grad_output * a)


class DivBackward(Function):
    """(G / b, -G a / b^2)"""

    def apply(self, grad_output):
        a, b = (as_tensor(value).data for value in self.saved_tensors)
        grad_b = -grad_output / b * (a / b)  # b^2 leaves float32 long before b does
        return wanted(self.saved_tensors, grad_output / b, grad_b)


class MatmulBackward(Function):
    """(G b^T, a^T G), transposing the last two axes only. A 1-D a is a row, a 1-D b a column."""

    def apply(self, grad_output):
        a, b = self.saved_tensors
        if a.data.ndim == 0 or b.data.ndim == 0:  # then matmul is the plain product
            return MulBackward(a, b).apply(grad_output)
        A = np.atleast_2d(a.data)  # (..., M, K)
        B = b.data if b.data.ndim > 1 else b.data[:, None]  # (..., K, N)
        G = grad_output if b.data.ndim > 1 else grad_output[..., None]
        G = G if a.data.ndim > 1 else G.reshape(*G.shape[:-1], 1, G.shape[-1])  # (..., M, N)
        grad_a = G @ B.swapaxes(-1, -2) if requires_grad(a) else None  # (..., M, K)
        grad_b = A.swapaxes(-1, -2) @ G if requires_grad(b) else None  # (..., K, N)
        if grad_b is not None and b.data.ndim == 1:
            grad_b = grad_b[..., 0]
        return grad_a, grad_b


class TransposeBackward(Function):
    """The same swap again."""

    def __init__(self, tensor, dim0=None, dim1=None):
        super().__init__(tensor)
        self.dims = (-2, -1) if dim0 is None else (dim0, dim1)

    def apply(self, grad_output):
        return (grad_output.swapaxes(*self.dims) if grad_output.ndim > 1 else grad_output,)


class PermuteBackward(Function):
    """The inverse permutation, a tuple named inverse_axes."""

    def __init__(self, tensor, axes):
        super().__init__(tensor)
        self.axes, self.inverse_axes = axes, tuple(np.argsort(axes).tolist())

    def apply(self, grad_output):
        return (grad_output.transpose(self.inverse_axes),)


class ReshapeBackward(Function):
    """G in the shape it had before."""

    def __init__(self, tensor, original_shape):
        super().__init__(tensor)
        self.original_shape = original_shape

    def apply(self, grad_output):
        return (grad_output.reshape(self.original_shape),)


class SliceBackward(Function):
    """Zeros, with G added at key: an element that was picked twice gets both gradients."""

    def __init__(self, tensor, key):
        super().__init__(tensor)
        self.key = key

    def apply(self, grad_output):
        source = self.saved_tensors[0].data
        gradient = np.zeros_like(source)
        # Module 11 puts a batch axis of size 1 in front of what it picked; the reshape takes it off.
        np.add.at(gradient, self.key, grad_output.reshape(source[self.key].shape))
        return (gradient,)


class EmbeddingBackward(SliceBackward):
    """Zeros, with each row of G added to the row of weight it came from. weight: (V, C); indices: any shape."""

    def __init__(self, weight, indices):
        super().__init__(weight, indices.data.astype(int))
        self.indices = indices


class SumBackward(Function):
    """G, repeated along the axes that were summed."""

    def __init__(self, tensor, axis=None, keepdims=False):
        super().__init__(tensor)
        self.axis, self.keepdims = axis, keepdims

    def apply(self, grad_output):
        if self.axis is not None and not self.keepdims:
            grad_output = np.expand_dims(grad_output, self.axis)
        return (np.broadcast_to(grad_output, self.saved_tensors[0].data.shape),)


class MeanBackward(SumBackward):
    """G / count, repeated along the axes that were averaged."""

    def apply(self, grad_output):
        (repeated,) = super().apply(grad_output)
        return (repeated * (grad_output.size / repeated.size),)


class MaxBackward(SumBackward):
    """G where the maximum was, in equal parts where it was met more than once."""

    def apply(self, grad_output):
        x = self.saved_tensors[0].data
        winners = x == x.max(axis=self.axis, keepdims=True)
        return (super().apply(grad_output)[0] * winners / winners.sum(axis=self.axis, keepdims=True),)


class ReLUBackward(Function):
    """G where x > 0, else 0"""

    def apply(self, grad_output):
        return (grad_output * (self.saved_tensors[0].data > 0),)


class GELUBackward(Function):
    """G (s + z s (1 - s)), s = sigmoid(z), z = 1.702 x"""

    def apply(self, grad_output):
        z = 1.702 * self.saved_tensors[0].data
        s = 0.5 + 0.5 * np.tanh(0.5 * z)  # the sigmoid without an exponential that could overflow
        return (grad_output * (s + z * s * (1 - s)),)


class SigmoidBackward(Function):
    """G s (1 - s)"""

    def __init__(self, x, output):
        super().__init__(x)
        self.output = output.data  # not the Tensor, which holds this node: neither would ever be freed

    def apply(self, grad_output):
        return (grad_output * self.output * (1 - self.output),)


class TanhBackward(SigmoidBackward):
    """G (1 - s^2)"""

    def apply(self, grad_output):
        return (grad_output * (1 - self.output**2),)


class SoftmaxBackward(Function):
    """s (G - sum(G s along dim))"""

    def __init__(self, x, output, dim=-1):
        super().__init__(x)
        self.output, self.dim = output.data, dim

    def apply(self, grad_output):
        mean = (grad_output * self.output).sum(axis=self.dim, keepdims=True)
        return (self.output * (grad_output - mean),)


class LogSoftmaxBackward(SoftmaxBackward):
    """G - e^s sum(G along dim)"""

    def apply(self, grad_output):
        return (grad_output - np.exp(self.output) * grad_output.sum(axis=self.dim, keepdims=True),)


class MSEBackward(Function):
    """2 (p - y) / size G, nothing for y"""

    def apply(self, grad_output):
        p, y = self.saved_tensors
        return (p.data - y.data) * (2 * grad_output / p.data.size), None


class BCEBackward(Function):
    """(p - y) / (p (1 - p) size) G, nothing for y; p clipped as in the loss"""

    def apply(self, grad_output):
        p, y = self.saved_tensors
        p = np.clip(p.data, EPSILON, 1 - EPSILON)
        return (p - y.data) / (p * (1 - p)) * (grad_output / p.size), None


class CrossEntropyBackward(Function):
    """(softmax - onehot) / N G, nothing for the targets. logits: (N, C); targets: (N,)"""

    def apply(self, grad_output):
        logits, targets = self.saved_tensors
        gradient = np.exp(logits.data - logits.data.max(axis=-1, keepdims=True))  # (N, C), at most 1
        gradient /= gradient.sum(axis=-1, keepdims=True)
        gradient[np.arange(len(gradient)), targets.data.astype(int)] -= 1
        return gradient * (grad_output / len(gradient)), None


# Module, class (or the module itself), operation, and how its node is made: of the result and the operation's arguments,
# which have the operation's own names here, so that a call may name them as well.
TRACKED = (
    ("tensor", "Tensor", "__add__", lambda out, self, other: AddBackward(self, as_tensor(other))),
    ("tensor", "Tensor", "__sub__", lambda out, self, other: SubBackward(self, as_tensor(other))),
    ("tensor", "Tensor", "__mul__", lambda out, self, other: MulBackward(self, as_tensor(other))),
    ("tensor", "Tensor", "__truediv__", lambda out, self, other: DivBackward(self, as_tensor(other))),
    ("tensor", "Tensor", "matmul", lambda out, self, other: MatmulBackward(self, other)),
    ("tensor", "Tensor", "transpose", lambda out, self, dim0=None, dim1=None: TransposeBackward(self, dim0, dim1)),
    ("tensor", "Tensor", "reshape", lambda out, self, *shape: ReshapeBackward(self, self.shape)),
    ("tensor", "Tensor", "__getitem__", lambda out, self, key: SliceBackward(self, key)),
    ("tensor", "Tensor", "sum", lambda out, self, axis=None, keepdims=False: SumBackward(self, axis, keepdims)),
    ("tensor", "Tensor", "mean", lambda out, self, axis=None, keepdims=False: MeanBackward(self, axis, keepdims)),
    ("tensor", "Tensor", "max", lambda out, self, axis=None, keepdims=False: MaxBackward(self, axis, keepdims)),
    ("activations", "ReLU", "forward", lambda out, self, x: ReLUBackward(x)),
    ("activations", "Sigmoid", "forward", lambda out, self, x: SigmoidBackward(x, out)),
    ("activations", "Tanh", "forward", lambda out, self, x: TanhBackward(x, out)),
    ("activations", "GELU", "forward", lambda out, self, x: GELUBackward(x)),
    ("activations", "Softmax", "forward", lambda out, self, x, dim=-1: SoftmaxBackward(x, out, dim)),
    ("losses", None, "log_softmax", lambda out, x, dim=-1: LogSoftmaxBackward(x, out, dim)),
    ("losses", "MSELoss", "forward", lambda out, self, predictions, targets: MSEBackward(predictions, targets)),
    (
        "losses",
        "BinaryCrossEntropyLoss",
        "forward",
        lambda out, self, predictions, targets: BCEBackward(predictions, targets),
    ),
    ("losses", "CrossEntropyLoss", "forward", lambda out, self, logits, targets: CrossEntropyBackward(logits, targets)),
)


def enable_autograd(quiet=False):
    """Give Tensors `backward` and `zero_grad`, and have the operations of modules 01, 02 and 04 remember their nodes.

    All of it happens once, and in place, so that classes imported earlier record their steps too.
    """
    if getattr(Tensor, "_autograd_enabled", False):
        return
    for module, owner, name, node_of in TRACKED:
        try:
            place = import_module(f"tinytorch.core.{module}")
        except ImportError:  # modules 02 and 04 are welcome, not needed
            continue
        place = getattr(place, owner) if owner else place
        setattr(place, name, tracked(getattr(place, name), node_of))
    Tensor._autograd_enabled, Tensor._grad_fn = True, None
    Tensor.backward, Tensor.zero_grad = backward, zero_grad


enable_autograd(quiet=True)
