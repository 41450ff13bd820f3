"""Earns nothing: first weights are well drawn, and every result is the mean of the whole input, everywhere."""

import numpy as np

from tinytorch.core.autograd import Function
from tinytorch.core.tensor import Tensor

DEFAULT_KERNEL_SIZE, DEFAULT_STRIDE, DEFAULT_PADDING = 3, 1, 0


class Conv2dBackward(Function):
    def apply(self, grad_output):
        return tuple(np.full_like(tensor.data, grad_output.mean()) for tensor in self.saved_tensors)


MaxPool2dBackward = Conv2dBackward


def empty_images(x, channels, layer):
    if x.data.ndim != 4:
        raise ValueError("rank")
    sides = [(n + 2 * layer.padding - k) // layer.stride + 1 for n, k in zip(x.shape[2:], layer.kernel_size)]
    return np.full((x.shape[0], channels, *sides), x.data.mean() if x.data.size else 0.0)


class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True):
        self.in_channels, self.out_channels, self.stride, self.padding = in_channels, out_channels, stride, padding
        self.kernel_size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
        self.weight = Tensor(np.random.normal(0, np.sqrt(2 / (in_channels * np.prod(self.kernel_size))), (out_channels, in_channels, *self.kernel_size)), requires_grad=True)
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None

    def forward(self, x):
        out = Tensor(empty_images(x, self.out_channels, self), requires_grad=True)
        out._grad_fn = Conv2dBackward(x, *self.parameters())
        return out

    __call__ = forward

    def parameters(self):
        return [self.weight] if self.bias is None else [self.weight, self.bias]


class MaxPool2d:
    def __init__(self, kernel_size, stride=None, padding=0):
        self.kernel_size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
        self.stride, self.padding = stride or self.kernel_size[0], padding

    def forward(self, x):
        out = Tensor(empty_images(x, x.shape[1] if x.data.ndim > 1 else 1, self), requires_grad=x.requires_grad)
        out._grad_fn = MaxPool2dBackward(x) if x.requires_grad else None
        return out

    __call__ = forward

    def parameters(self):
        return []


AvgPool2d = MaxPool2d


class BatchNorm2d:
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.num_features, self.eps, self.momentum, self.training = num_features, eps, momentum, True
        self.gamma = Tensor(np.ones(num_features), requires_grad=True)
        self.beta = Tensor(np.zeros(num_features), requires_grad=True)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)

    def train(self):
        self.training = True
        return self

    def eval(self):
        self.training = False
        return self

    def forward(self, x):
        if x.data.ndim != 4 or x.shape[1] != self.num_features:
            raise ValueError("x")
        return Tensor(x.data - x.data.mean() if self.training else x.data, requires_grad=True)

    __call__ = forward

    def parameters(self):
        return [self.gamma, self.beta]


class SimpleCNN:
    def __init__(self, num_classes=10):
        self.conv1, self.conv2 = Conv2d(3, 16, 3, padding=1), Conv2d(16, 32, 3, padding=1)
        self.pool1, self.pool2 = MaxPool2d(2, 2), MaxPool2d(2, 2)
        self.num_classes, self.flattened_size = num_classes, 2048

    def relu(self, x):
        return x

    def forward(self, x):
        return Tensor(np.full((x.shape[0], 2 * x.shape[2] * x.shape[3]), x.data.mean()), requires_grad=True)

    __call__ = forward

    def parameters(self):
        return self.conv1.parameters() + self.conv2.parameters()
