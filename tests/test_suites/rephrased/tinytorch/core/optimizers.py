"""Optimizers, written another way: the update is a formula of its own, the loop stands once, all of it in place."""

import numpy as np
from tinytorch.core.tensor import Tensor

DEFAULT_LEARNING_RATE_SGD, DEFAULT_LEARNING_RATE_ADAM = 0.01, 0.001
DEFAULT_MOMENTUM, DEFAULT_BETA1, DEFAULT_BETA2 = 0.9, 0.9, 0.999
DEFAULT_EPS, DEFAULT_WEIGHT_DECAY_ADAMW = 1e-8, 0.01


class Optimizer:
    def __init__(self, params):
        if not isinstance(params, list):
            params = [param for param in params]
        if not all(param.requires_grad for param in params):
            raise ValueError("a parameter does not require gradients")
        self.params, self.step_count = params, 0

    def zero_grad(self):
        for param in self.params:
            param.grad = None

    def step(self):
        raise NotImplementedError("step")

    def _each(self):
        for place, param in enumerate(self.params):
            grad = param.grad.data if isinstance(param.grad, Tensor) else param.grad
            if grad is not None:
                yield place, param, np.asarray(grad, dtype=np.float32)


class SGD(Optimizer):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.__dict__.update(lr=lr, momentum=momentum, weight_decay=weight_decay)
        self.momentum_buffers = [None for _ in self.params]

    def has_momentum(self):
        return bool(self.momentum > 0)

    def get_momentum_state(self):
        if not self.has_momentum():
            return None
        return [buffer if buffer is None else np.array(buffer) for buffer in self.momentum_buffers]

    def set_momentum_state(self, state):
        if state is None or not self.has_momentum():
            return
        if len(self.momentum_buffers) - len(state):
            raise ValueError("another number of parameters")
        self.momentum_buffers[:] = [None if buffer is None else np.array(buffer) for buffer in state]

    def step(self):
        for place, param, grad in self._each():
            pull = grad if not self.weight_decay else grad + np.float32(self.weight_decay) * param.data
            if self.has_momentum():
                if self.momentum_buffers[place] is None:
                    self.momentum_buffers[place] = np.zeros_like(param.data)
                buffer = self.momentum_buffers[place]
                np.multiply(buffer, np.float32(self.momentum), out=buffer)
                np.add(buffer, pull, out=buffer)
                pull = buffer
            param.data = np.asarray(param.data - np.float32(self.lr) * pull, dtype=np.float32)
        self.step_count += 1


class Adam(Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        Optimizer.__init__(self, params)
        self.lr, self.eps, self.weight_decay = lr, eps, weight_decay
        self.beta1 = betas[0]
        self.beta2 = betas[1]
        self.m_buffers, self.v_buffers = ([None] * len(self.params) for _ in range(2))

    def _moved(self, place, param, grad):
        """Lower the variance's correction into the step's size, as the paper's efficient form does."""
        m, v = self.m_buffers[place], self.v_buffers[place]
        if m is None:
            m, v = np.zeros_like(param.data), np.zeros_like(param.data)
        m = m + np.float32(1 - self.beta1) * (grad - m)
        v = v + np.float32(1 - self.beta2) * (grad * grad - v)
        self.m_buffers[place], self.v_buffers[place] = m, v
        root = np.float32((1 - self.beta2**self.step_count) ** 0.5)
        size = np.float32(self.lr * float(root) / (1 - self.beta1**self.step_count))
        return param.data - size * m / (np.sqrt(v) + np.float32(self.eps) * root)

    def step(self):
        self.step_count = self.step_count + 1
        for place, param, grad in self._each():
            grad = grad + np.float32(self.weight_decay) * param.data
            param.data = np.asarray(self._moved(place, param, grad), dtype=np.float32)


class AdamW(Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params)
        self.lr, (self.beta1, self.beta2), self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.m_buffers, self.v_buffers = [None] * len(self.params), [None] * len(self.params)

    _moved = Adam._moved

    def step(self):
        self.step_count += 1
        for place, param, grad in self._each():
            keep = np.float32(1 - self.lr * self.weight_decay)
            param.data = np.asarray(keep * self._moved(place, param, grad), dtype=np.float32)
