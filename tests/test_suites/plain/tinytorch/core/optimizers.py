"""Optimizers as a beginner writes them: float64 buffers made at the first step, gradients read by a branch."""

import numpy as np
from tinytorch.core.tensor import Tensor

DEFAULT_LEARNING_RATE_SGD = 0.01
DEFAULT_LEARNING_RATE_ADAM = 0.001
DEFAULT_MOMENTUM = 0.9
DEFAULT_BETA1 = 0.9
DEFAULT_BETA2 = 0.999
DEFAULT_EPS = 1e-8
DEFAULT_WEIGHT_DECAY_ADAMW = 0.01


class Optimizer:
    def __init__(self, params):
        if not isinstance(params, list):
            params = list(params)
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError("Optimizer parameters must be Tensors")
            if not param.requires_grad:
                raise ValueError("Parameter does not require gradients")
        self.params = params
        self.step_count = 0

    def zero_grad(self):
        for param in self.params:
            param.grad = None

    def step(self):
        raise NotImplementedError("Subclasses must implement step()")

    def _numbers(self, grad):
        return grad.data if isinstance(grad, Tensor) else grad


class SGD(Optimizer):
    def __init__(self, params, lr=DEFAULT_LEARNING_RATE_SGD, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.momentum_buffers = [None for _ in self.params]

    def has_momentum(self):
        return self.momentum > 0

    def get_momentum_state(self):
        if not self.has_momentum():
            return None
        return [buf.copy() if buf is not None else None for buf in self.momentum_buffers]

    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        if len(state) != len(self.momentum_buffers):
            raise ValueError("State length mismatch")
        for i, buf in enumerate(state):
            self.momentum_buffers[i] = buf.copy() if buf is not None else None

    def step(self):
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            grad = self._numbers(param.grad)
            if self.weight_decay != 0:
                grad = grad + self.weight_decay * param.data
            if self.momentum != 0:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = np.zeros_like(param.data)
                self.momentum_buffers[i] = self.momentum * self.momentum_buffers[i] + grad
                grad = self.momentum_buffers[i]
            param.data = param.data - self.lr * grad
        self.step_count += 1


class Adam(Optimizer):
    def __init__(self, params, lr=DEFAULT_LEARNING_RATE_ADAM, betas=(0.9, 0.999), eps=DEFAULT_EPS, weight_decay=0.0):
        super().__init__(params)
        self.lr = lr
        self.betas = betas
        self.beta1, self.beta2 = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.m_buffers = [None for _ in self.params]
        self.v_buffers = [None for _ in self.params]

    def _moved(self, i, param, grad):
        if self.m_buffers[i] is None:
            self.m_buffers[i] = np.zeros_like(param.data)
            self.v_buffers[i] = np.zeros_like(param.data)
        self.m_buffers[i] = self.beta1 * self.m_buffers[i] + (1 - self.beta1) * grad
        self.v_buffers[i] = self.beta2 * self.v_buffers[i] + (1 - self.beta2) * np.square(grad)
        m_hat = self.m_buffers[i] / (1 - self.beta1**self.step_count)
        v_hat = self.v_buffers[i] / (1 - self.beta2**self.step_count)
        return param.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            grad = self._numbers(param.grad)
            if self.weight_decay != 0:
                grad = grad + self.weight_decay * param.data
            param.data = self._moved(i, param, grad)


class AdamW(Adam):
    def __init__(self, params, lr=DEFAULT_LEARNING_RATE_ADAM, betas=(0.9, 0.999), eps=DEFAULT_EPS, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)

    def step(self):
        self.step_count += 1
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            param.data = self._moved(i, param, self._numbers(param.grad))
            if self.weight_decay != 0:
                param.data = param.data * (1 - self.lr * self.weight_decay)
