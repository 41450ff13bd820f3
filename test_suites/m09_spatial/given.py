"""What students are handed complete: the two nodes that know how a convolution and a maximum pass gradients back.

Unlike the reference's they need no helper outside the class; they give the same gradients.
"""

import numpy as np
from tinytorch.core.autograd import Function


class WindowFunction(Function):
    """Given, nothing to write: what the nodes of layers that slide a window have in common."""

    def __init__(self, *tensors, kernel_size, stride, padding):
        super().__init__(*tensors)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def places(self, grad_output):
        """Yield every place (i, j) in the window with the pixels that all windows see there, as an index of padded images."""
        rows, columns = (self.stride * n for n in grad_output.shape[2:])
        for i, j in np.ndindex(self.kernel_size):
            yield (i, j), (..., slice(i, i + rows, self.stride), slice(j, j + columns, self.stride))

    def pad(self, images, value=0.0):
        """Put a frame of `value` around each image: (B, C, H, W) -> (B, C, H + 2 padding, W + 2 padding)."""
        frame = (self.padding, self.padding)
        return np.pad(images, ((0, 0), (0, 0), frame, frame), constant_values=value)

    def cut(self, padded):
        """Take the frame off again."""
        H, W = (n - 2 * self.padding for n in padded.shape[2:])
        return padded[:, :, self.padding : self.padding + H, self.padding : self.padding + W]


class Conv2dBackward(WindowFunction):
    """Given, nothing to write: put Conv2dBackward(x, weight, bias, stride, padding, kernel_size, padded_shape) into the
    `_grad_fn` of what Conv2d.forward returns, and gradients reach x, weight and bias (None if there is no bias).
    kernel_size is the pair (kh, kw), padded_shape the shape of the zero-padded images.
    """

    def __init__(self, x, weight, bias, stride, padding, kernel_size, padded_shape):
        tensors = (x, weight) if bias is None else (x, weight, bias)
        super().__init__(*tensors, kernel_size=kernel_size, stride=stride, padding=padding)
        self.padded_shape = padded_shape

    def apply(self, grad_output):
        """Map (B, O, H', W') to the gradients of x, weight and bias (None without a bias)."""
        x, weight = self.saved_tensors[:2]
        padded, grad_padded = self.pad(x.data), np.zeros(self.padded_shape, dtype=np.float32)
        grad_weight = np.zeros(weight.shape, dtype=np.float32)
        for (i, j), pixels in self.places(grad_output):
            grad_weight[:, :, i, j] = np.tensordot(grad_output, padded[pixels], axes=((0, 2, 3), (0, 2, 3)))  # (O, C)
            part = np.tensordot(grad_output, weight.data[:, :, i, j], axes=(1, 0))  # (B, H', W', C)
            grad_padded[pixels] += part.transpose(0, 3, 1, 2)
        grad_bias = grad_output.sum(axis=(0, 2, 3)) if len(self.saved_tensors) == 3 else None
        return self.cut(grad_padded), grad_weight, grad_bias


class MaxPool2dBackward(WindowFunction):
    """Given, nothing to write: put MaxPool2dBackward(x, output_shape, kernel_size, stride, padding) into the `_grad_fn` of
    what MaxPool2d.forward returns. Each window's gradient goes to its maximum, the first in row-major order where several
    are equal. kernel_size is the pair (kh, kw).
    """

    def __init__(self, x, output_shape, kernel_size, stride, padding):
        super().__init__(x, kernel_size=kernel_size, stride=stride, padding=padding)
        self.output_shape = output_shape

    def apply(self, grad_output):
        """Map (B, C, H', W') to the gradient of x."""
        padded = self.pad(self.saved_tensors[0].data, -np.inf)
        highest = np.full(self.output_shape, -np.inf)
        for _, pixels in self.places(grad_output):
            highest = np.maximum(highest, padded[pixels])
        grad_padded, is_open = np.zeros(padded.shape, dtype=np.float32), np.full(self.output_shape, True)
        for _, pixels in self.places(grad_output):
            wins = is_open & (padded[pixels] == highest)
            grad_padded[pixels] += grad_output * wins
            is_open = is_open & ~wins
        return (self.cut(grad_padded),)
