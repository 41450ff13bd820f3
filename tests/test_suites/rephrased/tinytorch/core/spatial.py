"""Layers for images, written another way: columns of windows by stride tricks, one einsum each way, gradients by scatter-add."""

import numpy as np
from numpy.lib.stride_tricks import as_strided
from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import Function
from tinytorch.core.tensor import Tensor

DEFAULT_KERNEL_SIZE, DEFAULT_STRIDE, DEFAULT_PADDING = 3, 1, 0


def _pair(size):
    return tuple(size) if hasattr(size, "__len__") else (size,) * 2


def _framed(images, p, value=0.0):
    B, C, H, W = images.shape
    out = np.full((B, C, H + 2 * p, W + 2 * p), value, dtype=np.float32)
    out[:, :, p : p + H, p : p + W] = images
    return out


def _seen(images, kernel, stride):
    """(B, C, H', W', kh, kw), a view."""
    (kh, kw), (B, C, H, W) = kernel, images.shape
    if kh > H or kw > W:
        raise ValueError("the window is larger than the padded image")
    b, c, h, w = images.strides
    shape = (B, C, (H - kh) // stride + 1, (W - kw) // stride + 1, kh, kw)
    return as_strided(images, shape, (b, c, h * stride, w * stride, h, w), writeable=False)


def _require(x, channels=None):
    if len(x.shape) != 4:
        raise ValueError("four axes are needed")
    if channels not in (None, x.shape[1]):
        raise ValueError(f"{x.shape[1]} channels instead of {channels}")


def _unframed(images, p):
    return images[:, :, p:-p, p:-p] if p else images


class _Sliding:
    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        return []


class Conv2dBackward(Function):
    def __init__(self, x, weight, bias, stride, padding, kernel_size, padded_shape):
        super().__init__(*[t for t in (x, weight, bias) if t is not None])
        self.has_bias, self.stride, self.padding = bias is not None, stride, padding
        self.kernel_size, self.padded_shape = kernel_size, padded_shape

    def apply(self, grad_output):
        x, weight = self.saved_tensors[0], self.saved_tensors[1]
        seen = _seen(_framed(x.data, self.padding), self.kernel_size, self.stride)
        grad_weight = np.einsum("bohw,bchwij->ocij", grad_output, seen, optimize=True)
        grad_x = np.zeros(self.padded_shape, dtype=np.float32)
        s, (rows, columns) = self.stride, grad_output.shape[2:]
        for i in range(self.kernel_size[0]):
            for j in range(self.kernel_size[1]):
                part = np.einsum("bohw,oc->bchw", grad_output, weight.data[:, :, i, j], optimize=True)
                grad_x[:, :, i : i + s * rows : s, j : j + s * columns : s] += part
        grad_bias = np.einsum("bohw->o", grad_output) if self.has_bias else None
        return _unframed(grad_x, self.padding), grad_weight, grad_bias


class Conv2d(_Sliding):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True):
        vars(self).update(in_channels=in_channels, out_channels=out_channels, stride=stride, padding=padding)
        self.kernel_size = _pair(kernel_size)
        fan = in_channels * self.kernel_size[0] * self.kernel_size[1]
        drawn = np.random.normal(scale=(2 / fan) ** 0.5, size=(out_channels, in_channels) + self.kernel_size)
        self.weight, self.bias = Tensor(drawn, requires_grad=True), None
        if bias:
            self.bias = Tensor(np.zeros((out_channels,)), requires_grad=True)

    def forward(self, x):
        _require(x, self.in_channels)
        framed = _framed(x.data, self.padding)
        seen = _seen(framed, self.kernel_size, self.stride)
        B, C, H, W, kh, kw = seen.shape
        columns = np.ascontiguousarray(np.moveaxis(seen, (1, 4, 5), (0, 1, 2))).reshape(C * kh * kw, B * H * W)
        out = self.weight.data.reshape(-1, C * kh * kw).dot(columns)
        if self.bias is not None:
            out = out + self.bias.data[:, np.newaxis]
        result = Tensor(np.moveaxis(out.reshape(len(out), B, H, W), 0, 1))
        result.requires_grad = bool(x.requires_grad or self.weight.requires_grad)
        if result.requires_grad:
            result._grad_fn = Conv2dBackward(
                x, self.weight, self.bias, self.stride, self.padding, self.kernel_size, framed.shape
            )
        return result

    def parameters(self):
        return [p for p in (self.weight, self.bias) if p is not None]


class _Pool(_Sliding):
    def __init__(self, kernel_size, stride=None, padding=0):
        self.kernel_size, self.padding = _pair(kernel_size), padding
        self.stride = stride if stride is not None else self.kernel_size[0]

    def forward(self, x):
        _require(x)
        seen = _seen(_framed(x.data, self.padding, self.frame), self.kernel_size, self.stride)
        out = Tensor(self.of_windows(seen))
        if x.requires_grad:
            out.requires_grad = True
            out._grad_fn = self.node(x, out.shape, self.kernel_size, self.stride, self.padding)
        return out


class _PoolBackward(Function):
    def __init__(self, x, output_shape, kernel_size, stride, padding):
        super().__init__(x)
        self.output_shape, self.kernel_size, self.stride, self.padding = output_shape, kernel_size, stride, padding


class MaxPool2dBackward(_PoolBackward):
    def apply(self, grad_output):
        framed = _framed(self.saved_tensors[0].data, self.padding, -np.inf)
        seen = _seen(framed, self.kernel_size, self.stride)
        first = np.argmax(seen.reshape(*seen.shape[:4], -1), axis=-1)
        i, j = np.divmod(first, self.kernel_size[1])
        b, c, h, w = np.ogrid[tuple(slice(n) for n in first.shape)]
        out = np.zeros(framed.shape, dtype=np.float32)
        np.add.at(out, (b, c, h * self.stride + i, w * self.stride + j), grad_output)
        return (_unframed(out, self.padding),)


class _AvgPool2dBackward(_PoolBackward):
    def apply(self, grad_output):
        out = _framed(np.zeros_like(self.saved_tensors[0].data), self.padding)
        share = grad_output / (self.kernel_size[0] * self.kernel_size[1])
        for h in range(grad_output.shape[2]):
            for w in range(grad_output.shape[3]):
                rows = slice(h * self.stride, h * self.stride + self.kernel_size[0])
                columns = slice(w * self.stride, w * self.stride + self.kernel_size[1])
                out[:, :, rows, columns] += share[:, :, h, w, None, None]
        return (_unframed(out, self.padding),)


class MaxPool2d(_Pool):
    node, frame = MaxPool2dBackward, -np.inf

    def of_windows(self, seen):
        rows = seen[..., 0, :]
        for i in range(1, seen.shape[-2]):
            rows = np.maximum(rows, seen[..., i, :])
        best = rows[..., 0]
        for j in range(1, rows.shape[-1]):
            best = np.maximum(best, rows[..., j])
        return best


class AvgPool2d(_Pool):
    node, frame = _AvgPool2dBackward, 0.0

    def of_windows(self, seen):
        return np.einsum("...ij->...", seen) / (seen.shape[-1] * seen.shape[-2])


class _BatchNormBackward(Function):
    def __init__(self, layer, x, normal, std):
        super().__init__(x, layer.gamma, layer.beta)
        self.normal, self.std, self.in_training = normal, std, layer.training

    def apply(self, grad_output):
        n, g = self.normal, grad_output.astype(np.float64)
        sums = g.sum((0, 2, 3)), (g * n).sum((0, 2, 3))
        scaled = g * self.saved_tensors[1].data.reshape(1, -1, 1, 1)
        if self.in_training:
            count = n.size / n.shape[1]
            scaled -= scaled.sum((0, 2, 3), keepdims=True) / count
            scaled -= n * ((scaled * n).sum((0, 2, 3), keepdims=True) / count)
        return (scaled / self.std).astype(np.float32), sums[1].astype(np.float32), sums[0].astype(np.float32)


class BatchNorm2d(_Sliding):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        vars(self).update(num_features=num_features, eps=eps, momentum=momentum, training=True)
        self.gamma = Tensor([1.0] * num_features, requires_grad=True)
        self.beta = Tensor([0.0] * num_features, requires_grad=True)
        self.running_mean = np.zeros(num_features, dtype=np.float32)
        self.running_var = np.ones(num_features, dtype=np.float32)

    def train(self):
        self.training = True
        return self

    def eval(self):
        self.training = False
        return self

    def parameters(self):
        return [self.gamma, self.beta]

    def forward(self, x):
        _require(x, self.num_features)
        mean, var = self.running_mean, self.running_var
        if self.training:
            by_channel = np.swapaxes(x.data, 0, 1).reshape(self.num_features, -1).astype(np.float64)
            mean, var = by_channel.mean(1), by_channel.var(1)
            self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
            self.running_var = self.running_var + self.momentum * (var - self.running_var)
        wide = lambda values: np.asarray(values, dtype=np.float64).reshape(1, -1, 1, 1)  # noqa: E731
        std = np.sqrt(wide(var) + self.eps)
        normal = (x.data - wide(mean)) / std
        out = Tensor(wide(self.gamma.data) * normal + wide(self.beta.data), requires_grad=True)
        out._grad_fn = _BatchNormBackward(self, x, normal, std)
        return out


class SimpleCNN(_Sliding):
    def __init__(self, num_classes=10):
        self.num_classes, self.flattened_size = num_classes, 2048
        for number, (into, out) in enumerate([(3, 16), (16, 32)], 1):
            setattr(self, f"conv{number}", Conv2d(into, out, kernel_size=(3, 3), padding=1))
            setattr(self, f"pool{number}", MaxPool2d((2, 2)))

    def relu(self, x):
        return ReLU().forward(x)

    def forward(self, x):
        for conv, pool in ((self.conv1, self.pool1), (self.conv2, self.pool2)):
            x = pool.forward(self.relu(conv.forward(x)))
        return x.reshape([x.shape[0], int(np.prod(x.shape[1:]))])

    def parameters(self):
        return [*self.conv1.parameters(), *self.conv2.parameters()]
