# ruff: noqa
"""Module 01: Tensor."""

import numpy as np

BYTES_PER_FLOAT32 = 4
KB_TO_BYTES = 1024
MB_TO_BYTES = 1024 * 1024


class Tensor:
    """A float32 array."""

    def __init__(self, data, requires_grad=False):
        self.data = np.array(data, dtype=np.float32)
        self.shape = self.data.shape
        self.size = self.data.size
        self.dtype = self.data.dtype
        self.requires_grad = requires_grad
        self.grad = None

    def numpy(self):
        return self.data

    def __repr__(self):
        suffix = ", requires_grad=True" if self.requires_grad else ""
        return f"Tensor(data={self.data}, shape={self.shape}{suffix})"

    def __str__(self):
        return f"Tensor({self.data})"

    def _other(self, other):
        return other.data if isinstance(other, Tensor) else other

    def __add__(self, other):
        return Tensor(self.data + self._other(other))

    def __sub__(self, other):
        return Tensor(self._other(other) - self.data)

    def __mul__(self, other):
        return Tensor(self.data * self._other(other))

    def __truediv__(self, other):
        return Tensor(self.data / self._other(other))

    def matmul(self, other):
        if not isinstance(other, Tensor):
            raise TypeError(f"expected a Tensor, got {type(other).__name__}")
        if not self.shape or not other.shape:
            return Tensor(self.data * other.data)
        inner = other.shape[-2] if len(other.shape) > 1 else other.shape[0]
        if self.shape[-1] != inner:
            raise ValueError(f"Inner dimensions must match: {self.shape[-1]} ≠ {inner}")
        return Tensor(np.matmul(self.data, other.data))

    def __matmul__(self, other):
        return self.matmul(other)

    def __getitem__(self, key):
        return Tensor(self.data[key], requires_grad=self.requires_grad)

    def reshape(self, *shape):
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        if list(shape).count(-1) > 1:
            raise ValueError("only one dimension may be -1")
        known = int(np.prod([n for n in shape if n != -1]))
        shape = tuple(self.data.size // known if n == -1 and known else n for n in shape)
        total = int(np.prod(shape))
        if total != self.data.size:
            raise ValueError(f"Total elements must match: {self.data.size} ≠ {total}")
        return Tensor(self.data.reshape(shape), requires_grad=self.requires_grad)

    def transpose(self, dim0=None, dim1=None):
        if (dim0 is None) != (dim1 is None):
            raise ValueError("transpose needs two axes")
        if dim0 is None:
            return Tensor(self.data.T, requires_grad=self.requires_grad)
        return Tensor(np.swapaxes(self.data, dim0, dim1), requires_grad=self.requires_grad)

    def sum(self, axis=None, keepdims=False):
        return Tensor(self.data.sum(axis=axis, keepdims=keepdims))

    def mean(self, axis=None, keepdims=False):
        return Tensor(self.data.mean(axis=axis, keepdims=keepdims))

    def max(self, axis=None, keepdims=False):
        return Tensor(self.data.max(axis=axis, keepdims=keepdims, initial=0))

    def backward(self):
        return None
