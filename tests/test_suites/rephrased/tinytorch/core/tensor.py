"""Tensor, written another way: attributes fixed at construction, operations made by a factory, products by einsum."""

import operator
from functools import reduce

import numpy

KB_TO_BYTES, BYTES_PER_FLOAT32 = 2**10, 4
MB_TO_BYTES = KB_TO_BYTES**2
FLOAT = numpy.dtype("float32")


def _arithmetic(operation):
    def method(self, other):
        right = getattr(other, "data", other) if isinstance(other, Tensor) else numpy.asarray(other)
        return Tensor(operation(self.data, right))

    return method


def _reduction(function):
    def method(self, axis=None, keepdims=False):
        return Tensor(function(self.data, axis=axis, keepdims=keepdims))

    return method


class Tensor:
    dtype = FLOAT

    def __init__(self, data, requires_grad=False):
        if isinstance(data, numpy.ndarray):
            numbers = data.astype(FLOAT, order="C", copy=True)
        else:
            numbers = numpy.asarray(data).astype("f4")
        vars(self).update(data=numbers, requires_grad=requires_grad, grad=None)
        self.shape = tuple(map(int, numbers.shape))
        self.size = reduce(operator.mul, self.shape, 1)

    __add__, __sub__ = _arithmetic(numpy.add), _arithmetic(numpy.subtract)
    __mul__, __truediv__ = _arithmetic(operator.mul), _arithmetic(numpy.true_divide)
    sum, mean, max = _reduction(numpy.sum), _reduction(numpy.mean), _reduction(numpy.amax)

    def __matmul__(self, other):
        return self.matmul(other)

    def matmul(self, other):
        if type(other) is not Tensor and not isinstance(other, Tensor):
            raise TypeError("a Tensor multiplies a Tensor")
        a, b = self.data, other.data
        if 0 in (a.ndim, b.ndim):
            return self * other
        is_row, is_column = a.ndim == 1, b.ndim == 1
        a, b = numpy.atleast_2d(a), b.reshape(-1, 1) if is_column else b
        if a.shape[-1] != b.shape[-2]:
            raise ValueError(f"Inner dimensions must match: {a.shape[-1]} ≠ {b.shape[-2]}")
        if a.ndim == b.ndim == 2:
            out = numpy.einsum("ik,kj->ij", a, b, optimize=True)
        else:
            lead = numpy.broadcast_shapes(a.shape[:-2], b.shape[:-2])
            count = reduce(operator.mul, lead, 1)
            left = numpy.broadcast_to(a, lead + a.shape[-2:]).reshape(count, *a.shape[-2:])
            right = numpy.broadcast_to(b, lead + b.shape[-2:]).reshape(count, *b.shape[-2:])
            out = numpy.empty((len(left), a.shape[-2], b.shape[-1]), FLOAT)
            for place, (x, y) in enumerate(zip(left, right)):
                out[place] = x.dot(y)
            out = out.reshape(lead + out.shape[1:])
        out = out[..., 0, :] if is_row else out
        return Tensor(out[..., 0] if is_column else out)

    def __getitem__(self, key):
        picked = Tensor(self.data.__getitem__(key))
        picked.requires_grad = self.requires_grad
        return picked

    def reshape(self, *shape):
        lengths = list(shape[0]) if shape and hasattr(shape[0], "__iter__") else list(shape)
        unknown = [place for place, n in enumerate(lengths) if n == -1]
        if len(unknown) >= 2:
            raise ValueError("only one length can be inferred")
        if unknown:
            others = reduce(operator.mul, (n for n in lengths if n != -1), 1)
            lengths[unknown[0]] = self.size // others if others else 0
        target = reduce(operator.mul, lengths, 1)
        if target != self.size:
            raise ValueError(f"Total elements must match: {self.size} ≠ {target}")
        return Tensor(numpy.array(self.data.flat).reshape(lengths), self.requires_grad)

    def transpose(self, dim0=None, dim1=None):
        given = [dim for dim in (dim0, dim1) if dim is not None]
        if len(given) == 1:
            raise ValueError("transpose takes two axes or none")
        order = list(range(self.data.ndim))
        if not given and len(order) > 1:
            given = [-1, -2]
        if given:
            first, second = given
            order[first], order[second] = order[second], order[first]
        return Tensor(numpy.ascontiguousarray(self.data.transpose(order)) if order else self.data, self.requires_grad)

    def numpy(self):
        return self.data

    def backward(self):
        return None

    def __repr__(self):
        tail = ["", ", requires_grad=True"][bool(self.requires_grad)]
        return f"Tensor(data={self.data}, shape={self.shape}{tail})"

    def __str__(self):
        return "Tensor(%s)" % (self.data,)
