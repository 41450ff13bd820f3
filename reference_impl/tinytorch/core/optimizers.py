"""Optimizers: SGD, Adam and AdamW over a flat list of parameters.

A gradient g, which loss.backward() leaves, says how the loss grows with a parameter p, so a step moves p a little the
other way. The optimizers differ in what they remember of earlier gradients:

    SGD     v = momentum * v + g                              p = p - lr * v
    Adam    m = b1 * m + (1 - b1) * g                         p = p - lr * m_hat / (sqrt(v_hat) + eps)
            v = b2 * v + (1 - b2) * g^2                       where m_hat = m / (1 - b1^t), v_hat = v / (1 - b2^t)
    AdamW   Adam, and then                                    p = p - lr * weight_decay * p

Arrays are float32 of any shape. A step binds a new array to `param.data`, never changes the gradient, and passes over
parameters whose gradient is None.
Sources: Kingma and Ba 2015, algorithm 1 (Adam); Loshchilov and Hutter 2019, algorithm 2 (AdamW).
"""

import numpy as np

from tinytorch.core.tensor import Tensor

DEFAULT_LEARNING_RATE_SGD = 0.01
DEFAULT_LEARNING_RATE_ADAM = 0.001
DEFAULT_MOMENTUM = 0.9
DEFAULT_BETA1 = 0.9
DEFAULT_BETA2 = 0.999
DEFAULT_EPS = 1e-8
DEFAULT_WEIGHT_DECAY_ADAMW = 0.01
DEFAULT_BETAS = (DEFAULT_BETA1, DEFAULT_BETA2)


class Optimizer:
    """What all optimizers share: the parameters, and how many steps were taken."""

    def __init__(self, params):
        """Raises ValueError if a parameter does not require gradients: it could never be trained."""
        self.params = params if isinstance(params, list) else list(params)
        for i, param in enumerate(self.params):
            if not param.requires_grad:
                raise ValueError(f"Parameter {i} of shape {param.shape} does not require gradients")
        self.step_count = 0

    def zero_grad(self):
        """Forget all gradients (None, not zeros); buffers and step_count stay."""
        for param in self.params:
            param.grad = None

    def step(self):
        """Move every parameter that has a gradient."""
        raise NotImplementedError(f"{type(self).__name__} does not implement step()")

    def _gradients(self):
        """Yield (index, parameter, gradient as array) for every parameter that has a gradient."""
        for i, param in enumerate(self.params):
            if param.grad is not None:
                yield i, param, param.grad.data if isinstance(param.grad, Tensor) else param.grad


def _assign(param, value):
    """Bind a new value as float32, also when the learning rate or the gradient came in float64."""
    param.data = np.asarray(value, dtype=np.float32)


class SGD(Optimizer):
    """Gradient descent, with optional momentum and L2 weight decay."""

    def __init__(self, params, lr=DEFAULT_LEARNING_RATE_SGD, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.momentum_buffers = [None] * len(self.params)

    def has_momentum(self):
        """True if steps remember earlier gradients."""
        return self.momentum > 0

    def get_momentum_state(self):
        """Return copies of the momentum buffers, None for those not used yet; None without momentum."""
        if self.has_momentum():
            return [None if v is None else v.copy() for v in self.momentum_buffers]
        return None

    def set_momentum_state(self, state):
        """Take over copies of what get_momentum_state gave. Raises ValueError if its length is not ours."""
        if state is None or not self.has_momentum():
            return
        if len(state) != len(self.momentum_buffers):
            raise ValueError(f"Momentum state has {len(state)} entries for {len(self.momentum_buffers)} parameters")
        self.momentum_buffers = [None if v is None else v.copy() for v in state]

    def step(self):
        for i, param, grad in self._gradients():
            update = grad + self.weight_decay * param.data if self.weight_decay else grad
            if self.has_momentum():
                v = self.momentum_buffers[i]
                update = self.momentum * (0.0 if v is None else v) + update
                self.momentum_buffers[i] = update
            _assign(param, param.data - self.lr * update)
        self.step_count += 1


class Adam(Optimizer):
    """Steps of about lr whatever the size of the gradient; weight decay goes into the gradient."""

    def __init__(self, params, lr=DEFAULT_LEARNING_RATE_ADAM, betas=DEFAULT_BETAS, eps=DEFAULT_EPS, weight_decay=0.0):
        super().__init__(params)
        self.lr = lr
        self.beta1, self.beta2 = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.m_buffers = [None] * len(self.params)
        self.v_buffers = [None] * len(self.params)

    def _direction(self, i, grad):
        """Take in a gradient and return m_hat / (sqrt(v_hat) + eps).

        Both means start at zero and are too small at first: by step t they have gathered a weight of 1 - beta^t, and
        dividing by it corrects that. eps stands outside the root, where it bounds the step itself.
        """
        m, v = (0.0, 0.0) if self.m_buffers[i] is None else (self.m_buffers[i], self.v_buffers[i])
        self.m_buffers[i] = m = self.beta1 * m + (1 - self.beta1) * grad
        self.v_buffers[i] = v = self.beta2 * v + (1 - self.beta2) * grad**2
        m_hat = m / (1 - self.beta1**self.step_count)
        v_hat = v / (1 - self.beta2**self.step_count)
        return m_hat / (np.sqrt(v_hat) + self.eps)

    def step(self):
        self.step_count += 1  # before the update: at t = 0 the correction would divide by zero
        for i, param, grad in self._gradients():
            coupled = grad + self.weight_decay * param.data if self.weight_decay else grad
            _assign(param, param.data - self.lr * self._direction(i, coupled))


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter itself, out of reach of the division by sqrt(v_hat)."""

    def __init__(
        self,
        params,
        lr=DEFAULT_LEARNING_RATE_ADAM,
        betas=DEFAULT_BETAS,
        eps=DEFAULT_EPS,
        weight_decay=DEFAULT_WEIGHT_DECAY_ADAMW,
    ):
        super().__init__(params, lr, betas, eps, weight_decay)

    def step(self):
        self.step_count += 1
        for i, param, grad in self._gradients():
            moved = param.data - self.lr * self._direction(i, grad)
            _assign(param, moved * (1 - self.lr * self.weight_decay))
