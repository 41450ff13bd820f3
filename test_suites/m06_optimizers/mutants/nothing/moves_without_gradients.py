"""Steps that look at no gradient: SGD wanders, Adam shrinks what has one; names, settings, refusals and counts are right."""

import numpy as np
DEFAULT_LEARNING_RATE_SGD, DEFAULT_LEARNING_RATE_ADAM, DEFAULT_MOMENTUM = 0.01, 0.001, 0.9
DEFAULT_BETA1, DEFAULT_BETA2, DEFAULT_EPS, DEFAULT_WEIGHT_DECAY_ADAMW = 0.9, 0.999, 1e-8, 0.01
class Optimizer:
    def __init__(self, params, **kw):
        self.params = list(params); self.step_count = 0
        for p in self.params:
            if not p.requires_grad: raise ValueError("does not require gradients")
    def zero_grad(self):
        for p in self.params: p.grad = None
    def step(self): raise NotImplementedError
class SGD(Optimizer):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params); self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.momentum_buffers = [None] * len(self.params)
    def has_momentum(self): return self.momentum > 0
    def get_momentum_state(self): return list(self.momentum_buffers) if self.momentum > 0 else None
    def set_momentum_state(self, s): self.momentum_buffers = list(s)
    def step(self):
        self.step_count += 1
        for p in self.params: p.data = p.data - self.lr * np.random.uniform(.5, 1.5, p.data.shape).astype(np.float32)
class Adam(SGD):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, 0.0, weight_decay); self.betas = betas; self.beta1, self.beta2 = betas; self.eps = eps
        self.m_buffers = [None] * len(self.params); self.v_buffers = [None] * len(self.params)
    def step(self):
        self.step_count += 1
        self.m_buffers = [np.zeros_like(p.data) for p in self.params]; self.v_buffers = list(self.m_buffers)
        for p in self.params:
            if p.grad is not None: p.data = p.data * (1 - self.lr)
class AdamW(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)
