"""The graph of a computation: how a result remembers the node that made it, and how gradients walk back over the nodes.

Part of module 05. What the derivative of an operation is, only its node knows (autograd.py); here gradients are added up
where a tensor was used more than once, summed to the shape that broadcasting stretched, and stored.
Source: Griewank and Walther 2008, chapter 3 (reverse accumulation).
"""

import numpy as np

from tinytorch.core.tensor import Tensor


def requires_grad(value):
    """Tell whether value is a Tensor that wants a gradient; a constant wants none."""
    return isinstance(value, Tensor) and value.requires_grad


def as_tensor(value):
    """Return a Tensor as it is, and of a number, list or array a copy: the caller may change his own."""
    return value if isinstance(value, Tensor) else Tensor(value)


def wanted(tensors, *gradients):
    """Return the gradients, one for each of the tensors, with None in the place of a constant's."""
    return tuple(g if requires_grad(t) else None for t, g in zip(tensors, gradients, strict=True))


def tracked(operation, node_of):
    """Return operation, except that a result of inputs which require gradients remembers its node."""

    def remembering(*args, **kwargs):
        result = operation(*args, **kwargs)
        if any(requires_grad(value) for value in (*args, *kwargs.values())):
            result.requires_grad = True
            result._grad_fn = node_of(result, *args, **kwargs)
        return result

    return remembering


def unbroadcast(gradient, shape):
    """Sum gradient over the axes that broadcasting put before shape, or stretched from size 1."""
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return gradient.sum(axis=stretched, keepdims=True)


def ordered_graph(root):
    """Return the tensors that root was computed from, each once and after all it depends on; root is the last.

    The stack is a list, so that the depth of a graph has no limit; True marks a tensor whose inputs are in the list.
    """
    ordered, seen, stack = [], set(), [(root, False)]
    while stack:
        tensor, is_ready = stack.pop()
        if is_ready:
            ordered.append(tensor)
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            if tensor._grad_fn is not None:
                stack.extend((t, False) for t in tensor._grad_fn.saved_tensors if requires_grad(t))
    return ordered


def backward(self, gradient=None):
    """Add to the `grad` of each tensor behind self the derivative of sum(gradient * self).

    gradient: an array of self's shape; None means 1 and is for a single number only. Raises ValueError otherwise.
    """
    if not self.requires_grad:
        return
    shape = self.data.shape
    if gradient is None and self.data.size != 1:
        raise ValueError(f"backward() without a gradient needs a single number, this tensor has shape {shape}")
    seed = np.ones(shape) if gradient is None else np.asarray(gradient)
    if seed.shape != shape:
        raise ValueError(f"backward() needs a gradient of shape {shape}, got {seed.shape}")
    arriving = {id(self): seed.astype(np.float32)}
    for tensor in reversed(ordered_graph(self)):
        if id(tensor) not in arriving:
            continue
        # Complete, for whatever uses this tensor came earlier; an array again, where a sum of 0-d arrays was a number.
        incoming = np.asarray(arriving.pop(id(tensor)))
        tensor.grad = incoming.copy() if tensor.grad is None else np.asarray(tensor.grad + incoming)
        if tensor._grad_fn is None:
            continue
        # Not strict: the node of a convolution without bias answers None for it as well (module 09).
        for source, part in zip(tensor._grad_fn.saved_tensors, tensor._grad_fn.apply(incoming), strict=False):
            if part is not None and requires_grad(source):
                part = unbroadcast(np.asarray(part, dtype=np.float32), source.data.shape)
                arriving[id(source)] = arriving[id(source)] + part if id(source) in arriving else part


def zero_grad(self):
    """Forget the gradient."""
    self.grad = None
