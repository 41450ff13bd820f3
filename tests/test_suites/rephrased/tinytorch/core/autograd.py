"""Autograd, written another way: nodes made from a table of rules, counted uses instead of an order, in-place sums."""

import functools
import importlib
from collections import Counter, deque

import numpy as np
from tinytorch.core.tensor import Tensor

EPSILON = 1e-7


def _wants(value):
    return isinstance(value, Tensor) and bool(value.requires_grad)


def _number(value):
    return value.data if isinstance(value, Tensor) else np.asarray(value, dtype=np.float32)


class Function:
    extra = ()

    def __init__(self, *tensors):
        self.saved_tensors = tuple(tensors)
        self.next_functions = []
        for tensor in self.saved_tensors:
            node = getattr(tensor, "_grad_fn", None)
            if _wants(tensor) and node is not None:
                self.next_functions.append(node)

    def apply(self, grad_output):
        raise NotImplementedError(type(self).__name__)


def _node(name, rule):
    """Make a class whose `apply` asks a rule for one array per saved tensor, and leaves out what nobody wants."""

    def apply(self, grad_output):
        found = rule(grad_output, *map(_number, self.saved_tensors))
        return tuple(part if _wants(t) else None for part, t in zip(found, self.saved_tensors))

    return type(name, (Function,), {"apply": apply, "__module__": __name__})


def _sigmoid(z):
    return np.exp(-np.logaddexp(np.float32(0), -z))


def _matmul_rule(g, a, b):
    if a.ndim == 0 or b.ndim == 0:
        return g * b, g * a
    A, B = (a[None, :] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    if b.ndim == 1:
        g = np.expand_dims(g, -1)
    if a.ndim == 1:
        g = np.expand_dims(g, -2)
    left = np.matmul(g, np.swapaxes(B, -2, -1))
    right = np.matmul(np.swapaxes(A, -2, -1), g)
    return left, right[..., 0] if b.ndim == 1 else right


def _cross_entropy_rule(g, logits, targets):
    z = np.exp(logits - np.amax(logits, axis=1, keepdims=True))
    z /= z.sum(axis=1)[:, None]
    np.subtract.at(z, (np.arange(len(z)), targets.astype(np.intp)), 1)
    z *= g / np.float32(len(z))
    return z, None


def _bce_rule(g, p, y):
    q = p.clip(EPSILON, 1 - EPSILON)
    return ((1 - y) / (1 - q) - y / q) * (g / np.float32(p.size)), None


AddBackward = _node("AddBackward", lambda g, a, b: (g, g))
SubBackward = _node("SubBackward", lambda g, a, b: (g, -g))
MulBackward = _node("MulBackward", lambda g, a, b: (b * g, a * g))
DivBackward = _node("DivBackward", lambda g, a, b: (g / b, -(g / b) * (a / b)))
MatmulBackward = _node("MatmulBackward", _matmul_rule)
ReLUBackward = _node("ReLUBackward", lambda g, x: (np.where(x > 0, g, np.float32(0)),))
MSEBackward = _node("MSEBackward", lambda g, p, y: ((2 / p.size) * g * (p - y), None))
BCEBackward = _node("BCEBackward", _bce_rule)
CrossEntropyBackward = _node("CrossEntropyBackward", _cross_entropy_rule)


class _OneInput(Function):
    """A node of one tensor, whose rule needs more than the arrays; the first argument is the tensor."""

    def __init__(self, tensor):
        Function.__init__(self, tensor)
        self.x = tensor.data

    def apply(self, grad_output):
        return (self.rule(grad_output),)


class GELUBackward(_OneInput):
    def rule(self, g):
        s = _sigmoid(1.702 * self.x)
        return g * s * (1 + 1.702 * self.x * (1 - s))


class TransposeBackward(_OneInput):
    def __init__(self, tensor, dim0=None, dim1=None):
        super().__init__(tensor)
        self.dim0, self.dim1 = dim0, dim1

    def rule(self, g):
        if self.dim0 is None:
            return np.moveaxis(g, -1, -2) if g.ndim > 1 else g
        return np.swapaxes(g, self.dim0, self.dim1)


class PermuteBackward(_OneInput):
    def __init__(self, tensor, axes):
        super().__init__(tensor)
        back = [0] * len(axes)
        for place, axis in enumerate(axes):
            back[axis] = place
        self.axes, self.inverse_axes = axes, tuple(back)

    def rule(self, g):
        return np.transpose(g, self.inverse_axes)


class ReshapeBackward(_OneInput):
    def __init__(self, tensor, original_shape):
        super().__init__(tensor)
        self.original_shape = tuple(original_shape)

    def rule(self, g):
        return np.reshape(g, self.original_shape)


class SliceBackward(_OneInput):
    def __init__(self, tensor, key):
        super().__init__(tensor)
        self.key = key

    def rule(self, g):
        places = np.arange(self.x.size).reshape(self.x.shape)[self.key]
        sums = np.bincount(np.ravel(places), weights=np.ravel(g), minlength=self.x.size)
        return sums.reshape(self.x.shape).astype(np.float32)


class EmbeddingBackward(Function):
    def __init__(self, weight, indices):
        super().__init__(weight, indices)
        self.indices = indices

    def apply(self, grad_output):
        weight = self.saved_tensors[0]
        rows = self.indices.data.astype(np.intp).ravel()
        out = np.zeros(weight.data.shape, dtype=np.float32)
        np.add.at(out, rows, np.reshape(grad_output, (rows.size, out.shape[-1])))
        return out, None


class SumBackward(_OneInput):
    def __init__(self, tensor, axis=None, keepdims=False):
        super().__init__(tensor)
        axes = range(self.x.ndim) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
        gone = {a % max(self.x.ndim, 1) for a in axes}
        self.kept = tuple(1 if a in gone else n for a, n in enumerate(self.x.shape))

    def rule(self, g):
        return g.reshape(self.kept) * np.ones(self.x.shape, dtype=np.float32)


class _OfOutput(Function):
    def __init__(self, input, output, dim=-1):
        super().__init__(input)
        self.s, self.dim = output.data, dim


class SigmoidBackward(_OfOutput):
    def apply(self, grad_output):
        return (grad_output * (self.s - self.s * self.s),)


class SoftmaxBackward(_OfOutput):
    def apply(self, grad_output):
        weighed = grad_output * self.s
        return (weighed - self.s * weighed.sum(self.dim, keepdims=True),)


def _fit(part, shape):
    part = np.asarray(part, dtype=np.float32)
    while part.ndim > len(shape):
        part = np.add.reduce(part, axis=0)
    for axis, length in enumerate(shape):
        if length == 1 and part.shape[axis] != 1:
            part = np.add.reduce(part, axis=axis, keepdims=True)
    return part


def _sources(tensor):
    node = getattr(tensor, "_grad_fn", None)
    return [] if node is None else [t for t in node.saved_tensors if _wants(t)]


def backward(self, gradient=None):
    if not self.requires_grad:
        return None
    if gradient is None:
        if self.data.size != 1:
            raise ValueError("backward() of more than one number needs a gradient")
        gradient = np.ones_like(self.data)
    uses, waiting, met = Counter(), [self], {id(self)}
    while waiting:
        for source in _sources(waiting.pop()):
            uses[id(source)] += 1
            if id(source) not in met:
                met.add(id(source))
                waiting.append(source)
    gradients = {id(self): np.array(gradient, dtype=np.float32).reshape(self.data.shape)}
    ready = deque([self])
    while ready:
        tensor = ready.popleft()
        incoming = gradients.pop(id(tensor), None)
        if incoming is not None:
            tensor.grad = incoming.copy() if tensor.grad is None else tensor.grad + incoming
            tensor.grad = np.asarray(tensor.grad, dtype=np.float32)
        node = getattr(tensor, "_grad_fn", None)
        if node is None:
            continue
        parts = node.apply(incoming) if incoming is not None else [None] * len(node.saved_tensors)
        for source, part in zip(node.saved_tensors, parts):
            if part is not None and _wants(source):
                fitted = _fit(part, source.data.shape)
                known = gradients.get(id(source))
                gradients[id(source)] = fitted if known is None else known + fitted
        for source in _sources(tensor):
            uses[id(source)] -= 1
            if not uses[id(source)]:
                ready.append(source)


def zero_grad(self):
    self.grad = None


def _recording(owner, name, make):
    plain = getattr(owner, name)

    @functools.wraps(plain)
    def wrapper(*args, **kwargs):
        out = plain(*args, **kwargs)
        if any(_wants(value) for value in [*args, *kwargs.values()]):
            out._grad_fn = make(out, *args, **kwargs)
            out.requires_grad = True
        return out

    setattr(owner, name, wrapper)


def _constant(value):
    return value if isinstance(value, Tensor) else Tensor(value)


def enable_autograd(quiet=False):
    if vars(Tensor).get("_autograd_enabled"):
        return
    Tensor._autograd_enabled = True
    Tensor._grad_fn = None
    for name, node in dict(add=AddBackward, sub=SubBackward, mul=MulBackward, truediv=DivBackward).items():
        _recording(Tensor, f"__{name}__", lambda out, self, other, node=node: node(self, _constant(other)))
    _recording(Tensor, "matmul", lambda out, self, other: MatmulBackward(self, other))
    _recording(Tensor, "transpose", lambda out, self, dim0=None, dim1=None: TransposeBackward(self, dim0, dim1))
    _recording(Tensor, "reshape", lambda out, self, *shape: ReshapeBackward(self, self.data.shape))
    _recording(Tensor, "__getitem__", lambda out, self, key: SliceBackward(self, key))
    _recording(Tensor, "sum", lambda out, self, axis=None, keepdims=False: SumBackward(self, axis, keepdims))
    Tensor.backward = backward
    Tensor.zero_grad = zero_grad
    try:
        activations = importlib.import_module("tinytorch.core.activations")
        losses = importlib.import_module("tinytorch.core.losses")
    except ImportError:
        return
    _recording(activations.ReLU, "forward", lambda out, self, x: ReLUBackward(x))
    _recording(activations.GELU, "forward", lambda out, self, x: GELUBackward(x))
    _recording(activations.Sigmoid, "forward", lambda out, self, x: SigmoidBackward(x, out))
    _recording(activations.Softmax, "forward", lambda out, self, x, dim=-1: SoftmaxBackward(x, out, dim))
    for name, node in dict(MSE=MSEBackward, BinaryCrossEntropy=BCEBackward, CrossEntropy=CrossEntropyBackward).items():
        _recording(
            getattr(losses, name + "Loss"),
            "forward",
            lambda out, self, *two, node=node, **named: node(*two, *named.values()),
        )


enable_autograd(quiet=True)
