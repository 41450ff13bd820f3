"""Layers for images: convolution and pooling slide a window over the picture, batch normalisation levels its channels.

Images are (B, C, H, W); O counts output channels, kh and kw are the sides of a kernel or window, s is the stride. A side of
length H becomes H' = (H + 2 padding - kh) // s + 1. What is not 4-D is refused, as is a window larger than the padded
image. Results are new Tensors, no input is changed, and each layer's node stands above it, its docstring the formula:
G is the gradient that arrives. Sources: LeCun et al. 1998, section II; He et al. 2015, section 2.2, for the first weights;
Ioffe and Szegedy 2015, algorithm 1.
"""

import math

import numpy as np

from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import Function
from tinytorch.core.tensor import Tensor
from tinytorch.core.windows import as_pair, crop, pad, require_images, windows

DEFAULT_KERNEL_SIZE = 3
DEFAULT_STRIDE = 1
DEFAULT_PADDING = 0


class WindowFunction(Function):
    """The node of a layer that slides a window; subclasses share a window's G out among what the window saw."""

    def __init__(self, *tensors, kernel_size, stride, padding):
        super().__init__(*tensors)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def places(self, grad_output):
        """Yield every place (i, j) in the window with the pixels that all windows see there, as an index of padded images."""
        rows, columns = (self.stride * n for n in grad_output.shape[2:])
        for i, j in np.ndindex(self.kernel_size):
            yield (i, j), (..., slice(i, i + rows, self.stride), slice(j, j + columns, self.stride))


class Conv2dBackward(WindowFunction):
    """For x: every place of a window gets G times the weight there, and overlaps add up. For the weight: G times what was
    seen there, summed over images and windows. For the bias: G, summed over images and windows.
    """

    def __init__(self, x, weight, bias, stride, padding, kernel_size, padded_shape):
        tensors = (x, weight) if bias is None else (x, weight, bias)
        super().__init__(*tensors, kernel_size=kernel_size, stride=stride, padding=padding)
        self.padded_shape = padded_shape

    def apply(self, grad_output):
        """Map (B, O, H', W') to the gradients of x, weight and bias (None without a bias)."""
        x, weight = self.saved_tensors[:2]
        padded, grad_padded = pad(x.data, self.padding), np.zeros(self.padded_shape, dtype=np.float32)
        grad_weight = np.zeros(weight.shape, dtype=np.float32)
        for (i, j), pixels in self.places(grad_output):
            grad_weight[:, :, i, j] = np.tensordot(grad_output, padded[pixels], axes=((0, 2, 3), (0, 2, 3)))  # (O, C)
            part = np.tensordot(grad_output, weight.data[:, :, i, j], axes=(1, 0))  # (B, H', W', C)
            grad_padded[pixels] += part.transpose(0, 3, 1, 2)
        grad_bias = grad_output.sum(axis=(0, 2, 3)) if len(self.saved_tensors) == 3 else None
        return crop(grad_padded, self.padding), grad_weight, grad_bias


class Conv2d:
    """Every output is one weighted sum of a window through all channels: cross-correlation, the kernel is not flipped.

    kernel_size: an int or (kh, kw), stored as a pair. stride, padding: ints; the frame is of zeros, on all four sides.
    weight: (O, C, kh, kw), normal numbers of standard deviation sqrt(2 / (C kh kw)). bias: (O,) zeros, or None.
    Both require gradients.
    """

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=DEFAULT_STRIDE, padding=DEFAULT_PADDING, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = as_pair(kernel_size), stride, padding
        shape = (out_channels, in_channels, *self.kernel_size)
        scale = math.sqrt(2.0 / math.prod(shape[1:]))  # ReLU halves the variance of what follows: hence the 2
        self.weight = Tensor(np.random.normal(0.0, scale, shape), requires_grad=True)
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None

    def forward(self, x):
        """Map (B, C, H, W) to (B, O, H', W'), with weight and bias as they are now; B may be 0.

        Raises ValueError if x is not 4-D, has other channels than in_channels, or is smaller than the kernel when padded.
        The result requires gradients if x or the weight does, and then holds a Conv2dBackward in `_grad_fn`.
        """
        require_images(x, "Conv2d", self.in_channels)
        padded = pad(x.data, self.padding)
        seen = windows(padded, self.kernel_size, self.stride).transpose(0, 2, 3, 1, 4, 5)  # (B, H', W', C, kh, kw)
        weight = self.weight.data.reshape(self.out_channels, -1)  # (O, C kh kw)
        places = seen.shape[:3]
        sums = seen.reshape(math.prod(places), weight.shape[1]) @ weight.T  # (B H' W', O): one product for all windows
        if self.bias is not None:
            sums = sums + self.bias.data
        images = sums.reshape(*places, self.out_channels).transpose(0, 3, 1, 2)  # (B, O, H', W')
        out = Tensor(images, requires_grad=x.requires_grad or self.weight.requires_grad)
        if out.requires_grad:
            window = (self.stride, self.padding, self.kernel_size)
            out._grad_fn = Conv2dBackward(x, self.weight, self.bias, *window, padded.shape)
        return out

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        """Return [weight, bias], or [weight] without a bias: the very Tensors."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]


class Pooling:
    """What both pooling layers are: one number of each window, in every channel by itself, and nothing to learn.

    kernel_size: an int or (kh, kw), stored as a pair. stride: an int; None means kernel_size[0], for oblong windows too.
    padding: an int, the width of the frame.
    """

    def __init__(self, kernel_size, stride=None, padding=DEFAULT_PADDING):
        self.kernel_size = as_pair(kernel_size)
        self.stride = self.kernel_size[0] if stride is None else stride
        self.padding = padding

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        """Return an empty list."""
        return []


class MaxPool2dBackward(WindowFunction):
    """All of a window's G for its maximum, the first in row-major order where several are equal; overlaps add up."""

    def __init__(self, x, output_shape, kernel_size, stride, padding):
        super().__init__(x, kernel_size=kernel_size, stride=stride, padding=padding)
        self.output_shape = output_shape

    def apply(self, grad_output):
        """Map (B, C, H', W') to the gradient of x."""
        padded = pad(self.saved_tensors[0].data, self.padding, -np.inf)
        highest = np.full(self.output_shape, -np.inf)
        for _, pixels in self.places(grad_output):
            highest = np.maximum(highest, padded[pixels])
        grad_padded, is_open = np.zeros(padded.shape, dtype=np.float32), np.full(self.output_shape, True)
        for _, pixels in self.places(grad_output):
            wins = is_open & (padded[pixels] == highest)
            grad_padded[pixels] += grad_output * wins
            is_open = is_open & ~wins
        return (crop(grad_padded, self.padding),)


class MaxPool2d(Pooling):
    """The largest number of each window. The frame is of minus infinity, so that it never wins."""

    def forward(self, x):
        """Map (B, C, H, W) to (B, C, H', W'). Raises ValueError if x is not 4-D or smaller than the window when padded.

        The result requires gradients if x does, and then holds a MaxPool2dBackward in `_grad_fn`.
        """
        require_images(x, "MaxPool2d")
        seen = windows(pad(x.data, self.padding, -np.inf), self.kernel_size, self.stride)  # (B, C, H', W', kh, kw)
        highest = seen[..., 0, 0]
        for i, j in np.ndindex(self.kernel_size):  # whole pictures, far faster than asking every window for its maximum
            highest = np.maximum(highest, seen[..., i, j])
        out = Tensor(highest, requires_grad=x.requires_grad)  # (B, C, H', W')
        if out.requires_grad:
            out._grad_fn = MaxPool2dBackward(x, out.shape, self.kernel_size, self.stride, self.padding)
        return out


class AvgPool2dBackward(WindowFunction):
    """G / (kh kw) for every place of a window; overlaps add up."""

    def apply(self, grad_output):
        """Map (B, C, H', W') to the gradient of x."""
        grad_padded = np.zeros_like(pad(self.saved_tensors[0].data, self.padding))
        for _, pixels in self.places(grad_output):
            grad_padded[pixels] += grad_output / math.prod(self.kernel_size)
        return (crop(grad_padded, self.padding),)


class AvgPool2d(Pooling):
    """The average of each window. The frame is of zeros, and they count: every sum is divided by kh kw."""

    def forward(self, x):
        """Map (B, C, H, W) to (B, C, H', W'). Raises ValueError if x is not 4-D or smaller than the window when padded.

        The result requires gradients if x does: each place of a window gets an equal share.
        """
        require_images(x, "AvgPool2d")
        seen = windows(pad(x.data, self.padding), self.kernel_size, self.stride)  # (B, C, H', W', kh, kw)
        total = sum(seen[..., i, j] for i, j in np.ndindex(self.kernel_size))
        out = Tensor(total / math.prod(self.kernel_size), requires_grad=x.requires_grad)  # (B, C, H', W')
        if out.requires_grad:
            window = {"kernel_size": self.kernel_size, "stride": self.stride, "padding": self.padding}
            out._grad_fn = AvgPool2dBackward(x, **window)
        return out


class BatchNorm2dBackward(Function):
    """With n = (x - mean) / deviation and g = gamma G: for x, (g - mean(g) - n mean(g n)) / deviation, where mean and
    deviation came from x itself, and g / deviation where they were fixed; for gamma, the sum of G n; for beta, that of G.
    """

    def __init__(self, x, gamma, beta, normalized, deviation, training):
        super().__init__(x, gamma, beta)
        self.normalized, self.deviation, self.training = normalized, deviation, training

    def apply(self, grad_output):
        axes = (0, 2, 3)
        g = grad_output * self.saved_tensors[1].data[:, None, None]  # (B, C, H, W)
        if self.training:
            along = (g * self.normalized).mean(axis=axes, keepdims=True)  # (1, C, 1, 1)
            g = g - g.mean(axis=axes, keepdims=True) - self.normalized * along
        return g / self.deviation, (grad_output * self.normalized).sum(axis=axes), grad_output.sum(axis=axes)


class BatchNorm2d:
    """Shift and scale each channel to mean 0 and variance 1, then by what is learnt: gamma n + beta.

    gamma: (C,) ones and beta: (C,) zeros, Tensors that require gradients. running_mean: (C,) zeros and running_var: (C,)
    ones, arrays that follow the batches seen in training and stand in for them afterwards. training is True at first.
    """

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.gamma = Tensor(np.ones(num_features), requires_grad=True)
        self.beta = Tensor(np.zeros(num_features), requires_grad=True)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.training = True

    def train(self):
        """Use the batch's own statistics from now on, and return the layer itself."""
        self.training = True
        return self

    def eval(self):
        """Use the running statistics from now on, and return the layer itself."""
        self.training = False
        return self

    def forward(self, x):
        """Return gamma (x - mean) / sqrt(var + eps) + beta, in the shape of x. Raises ValueError if x is not 4-D or has
        other channels than num_features.

        Training: mean and biased variance of the batch, over axes 0, 2 and 3, and each running value becomes
        (1 - momentum) old + momentum new, of that same variance. Evaluating: the running values, which stay as they are.
        Gradients reach x, gamma and beta; in training they also pass through mean and variance.
        """
        require_images(x, "BatchNorm2d", self.num_features)
        if self.training:
            mean, variance = x.data.mean(axis=(0, 2, 3)), x.data.var(axis=(0, 2, 3))  # (C,)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * variance
        else:
            mean, variance = self.running_mean, self.running_var
        deviation = np.sqrt(variance + self.eps)[:, None, None]  # (C, 1, 1)
        normalized = (x.data - mean[:, None, None]) / deviation  # (B, C, H, W)
        out = normalized * self.gamma.data[:, None, None] + self.beta.data[:, None, None]
        out = Tensor(out, x.requires_grad or self.gamma.requires_grad or self.beta.requires_grad)
        if out.requires_grad:
            out._grad_fn = BatchNorm2dBackward(x, self.gamma, self.beta, normalized, deviation, self.training)
        return out

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        """Return [gamma, beta]: the very Tensors."""
        return [self.gamma, self.beta]


class SimpleCNN:
    """Twice convolution, ReLU, pooling; then every image's numbers in one row. A classifier's first half: no linear layer.

    conv1 (3 to 16 channels) and conv2 (16 to 32): kernel 3, padding 1. pool1, pool2: MaxPool2d(2, 2). flattened_size: what
    an image of 32 x 32 becomes.
    """

    def __init__(self, num_classes=10):
        self.num_classes = num_classes
        self.conv1, self.pool1 = Conv2d(3, 16, DEFAULT_KERNEL_SIZE, padding=1), MaxPool2d(2, 2)
        self.conv2, self.pool2 = Conv2d(16, 32, DEFAULT_KERNEL_SIZE, padding=1), MaxPool2d(2, 2)
        self.flattened_size = 32 * 8 * 8

    def relu(self, x):
        return ReLU()(x)

    def forward(self, x):
        """Map (B, 3, H, W) to (B, 32 (H // 4) (W // 4)); gradients reach both convolutions."""
        x = self.pool1(self.relu(self.conv1(x)))  # (B, 16, H // 2, W // 2)
        x = self.pool2(self.relu(self.conv2(x)))  # (B, 32, H // 4, W // 4)
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        """Return the weight and bias of conv1, then those of conv2."""
        return self.conv1.parameters() + self.conv2.parameters()
