# ruff: noqa
"""My tensor, module 01. Everything by hand, so that I understand it."""

import numpy as np

BYTES_PER_FLOAT32 = 4
KB_TO_BYTES = 1024
MB_TO_BYTES = 1024 * 1024


class Tensor:
    """A tensor made with loops."""

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
        if self.requires_grad:
            return f"Tensor(data={self.data}, shape={self.shape}, requires_grad=True)"
        return f"Tensor(data={self.data}, shape={self.shape})"

    def __str__(self):
        return f"Tensor({self.data})"

    def _each(self, other, operation):
        """Go through all places of the broadcast shape and compute one number at a time."""
        right = other.data if isinstance(other, Tensor) else np.array(other, dtype=np.float32)
        shape = np.broadcast_shapes(self.data.shape, right.shape)
        left, right = np.broadcast_to(self.data, shape), np.broadcast_to(right, shape)
        numbers = [operation(a, b) for a, b in zip(left.flat, right.flat)]
        return Tensor(np.array(numbers, dtype=np.float32).reshape(shape))

    def __add__(self, other):
        return self._each(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._each(other, lambda a, b: a - b)

    def __mul__(self, other):
        return self._each(other, lambda a, b: a * b)

    def __truediv__(self, other):
        return self._each(other, lambda a, b: a / b)

    def matmul(self, other):
        if not isinstance(other, Tensor):
            raise TypeError("matmul needs a Tensor")
        if self.data.ndim == 0 or other.data.ndim == 0:
            return self * other
        inner = other.shape[0] if other.data.ndim == 1 else other.shape[-2]
        if self.shape[-1] != inner:
            raise ValueError(f"Inner dimensions must match: {self.shape[-1]} ≠ {inner}")
        left = self.data[None, :] if self.data.ndim == 1 else self.data
        right = other.data[:, None] if other.data.ndim == 1 else other.data
        batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        left = np.broadcast_to(left, batch + left.shape[-2:])
        right = np.broadcast_to(right, batch + right.shape[-2:])
        result = np.zeros((*batch, left.shape[-2], right.shape[-1]), dtype=np.float32)
        for place in np.ndindex(*batch):
            rows, columns = left[place].tolist(), right[place].T.tolist()
            for i, row in enumerate(rows):
                for j, column in enumerate(columns):
                    total = 0.0
                    for a, b in zip(row, column):
                        total += a * b
                    result[(*place, i, j)] = total
        if self.data.ndim == 1:
            result = result[..., 0, :]
        if other.data.ndim == 1:
            result = result[..., 0]
        return Tensor(result)

    def __matmul__(self, other):
        return self.matmul(other)

    def __getitem__(self, key):
        return Tensor(self.data[key], requires_grad=self.requires_grad)

    def reshape(self, *shape):
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        shape = list(shape)
        if shape.count(-1) > 1:
            raise ValueError("Only one -1 is possible")
        known = 1
        for length in shape:
            if length != -1:
                known *= length
        if -1 in shape:
            shape[shape.index(-1)] = self.data.size // known if known else 0
        total = 1
        for length in shape:
            total *= length
        if total != self.data.size:
            raise ValueError(f"Total elements must match: {self.data.size} ≠ {total}")
        flat = [float(number) for number in self.data.flatten()]
        return Tensor(np.array(flat, dtype=np.float32).reshape(shape), requires_grad=self.requires_grad)

    def transpose(self, dim0=None, dim1=None):
        if (dim0 is None) != (dim1 is None):
            raise ValueError("Give both axes or none")
        if dim0 is None:
            if self.data.ndim < 2:
                return Tensor(self.data, requires_grad=self.requires_grad)
            dim0, dim1 = -2, -1
        axes = list(range(self.data.ndim))
        axes[dim0], axes[dim1] = axes[dim1], axes[dim0]
        return Tensor(np.transpose(self.data, axes), requires_grad=self.requires_grad)

    def sum(self, axis=None, keepdims=False):
        if axis is None and not keepdims:
            total = 0.0
            for number in self.data.flatten():
                total += float(number)
            return Tensor(total)
        return Tensor(self.data.sum(axis=axis, keepdims=keepdims))

    def mean(self, axis=None, keepdims=False):
        if axis is None and not keepdims and self.data.size:
            return Tensor(self.sum().data / self.data.size)
        return Tensor(self.data.mean(axis=axis, keepdims=keepdims))

    def max(self, axis=None, keepdims=False):
        if axis is None and not keepdims and self.data.size:
            largest = -float("inf")
            for number in self.data.flatten():
                largest = max(largest, float(number))
            return Tensor(largest)
        return Tensor(self.data.max(axis=axis, keepdims=keepdims))

    def backward(self):
        pass
