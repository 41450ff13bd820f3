"""A log_softmax that is right, whatever the student's is: for tests of the cross-entropy.

Always true: a right one is left alone; what is wrong in one is charged by test_log_softmax.py.
"""

import numpy as np
import pytest
from marks import in_candidate
from tinytorch.core import losses
from tinytorch.core.tensor import Tensor


@in_candidate
def own_log_softmax(x):
    """Return what log_softmax gives: its numbers, "raises" if it does, None where no Tensor comes back."""
    try:
        out = losses.log_softmax(Tensor(x))
    except Exception:
        return "raises"
    return out.data if isinstance(out, Tensor) else None


@in_candidate
def right_log_softmax(x, dim=-1):
    shifted = x.data - x.data.max(axis=dim, keepdims=True)
    return Tensor(shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True)))


@pytest.fixture(autouse=True)
def log_softmax_is_right(monkeypatch):
    """A wrong log_softmax is charged by its own checks: here CrossEntropyLoss finds a right one under that name."""
    x = np.array([[1.0, 2.0, 4.0], [1000.0, 0.0, -1000.0]])
    got = own_log_softmax(x)
    shifted = x - x.max(axis=1, keepdims=True)
    want = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    is_right = isinstance(got, np.ndarray) and got.shape == want.shape and np.allclose(got, want, rtol=1e-4, atol=1e-4)
    if got is not None and not is_right:
        monkeypatch.setattr(losses, "log_softmax", right_log_softmax)
