"""Keeps all settings and counts its steps; no parameter ever moves."""

DEFAULT_LEARNING_RATE_SGD, DEFAULT_LEARNING_RATE_ADAM, DEFAULT_MOMENTUM = 0.01, 0.001, 0.9
DEFAULT_BETA1, DEFAULT_BETA2, DEFAULT_EPS, DEFAULT_WEIGHT_DECAY_ADAMW = 0.9, 0.999, 1e-8, 0.01


class Optimizer:
    def __init__(self, params):
        self.params = list(params)
        for param in self.params:
            if not param.requires_grad:
                raise ValueError("Parameter does not require gradients")
        self.step_count = 0

    def zero_grad(self):
        for param in self.params:
            param.grad = None

    def step(self):
        raise NotImplementedError


class SGD(Optimizer):
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.momentum_buffers = [None for _ in self.params]

    def step(self):
        self.step_count += 1

    def has_momentum(self):
        return self.momentum > 0

    def get_momentum_state(self):
        return None

    def set_momentum_state(self, state):
        pass


class Adam(Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.eps, self.weight_decay = lr, eps, weight_decay
        self.beta1, self.beta2 = betas
        self.m_buffers, self.v_buffers = [None for _ in self.params], [None for _ in self.params]

    def step(self):
        self.step_count += 1


class AdamW(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(params, lr, betas, eps, weight_decay)
