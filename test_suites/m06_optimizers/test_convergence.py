"""Optimizers with real gradients: the minimum of a bowl is found with the help of module 05.

Always true: autograd is loaded inside the workload, because importing it changes earlier modules.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import gradient_as_read
from marks import in_candidate
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor


@in_candidate
def minimise(kind, start):
    from tinytorch.core.autograd import enable_autograd

    enable_autograd(quiet=True)
    x = Tensor(start, requires_grad=True)
    optimizer = {
        "SGD": lambda: SGD([x], lr=0.1),
        "SGD with momentum": lambda: SGD([x], lr=0.05, momentum=0.9),
        "Adam": lambda: Adam([x], lr=0.2),
        "AdamW": lambda: AdamW([x], lr=0.2),
    }[kind]()
    losses = []
    for _ in range(200):
        loss = (x * x).sum()
        loss.backward()
        x.grad = x.grad if isinstance(x.grad, Tensor) else gradient_as_read(optimizer, x.grad)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.data))
    return {"x": x.data, "first": losses[0], "last": losses[-1], "steps": optimizer.step_count}


@pytest.mark.parametrize("kind", ["SGD", "SGD with momentum", "Adam", "AdamW"])
@number("16.1")
@weight(4)
@visibility("hidden")
def test_finds_the_minimum_of_a_bowl(kind, rng):
    """200 steps with autograd bring sum(x^2) close to its minimum at 0."""
    start = rng.uniform(1.0, 3.0, 4).astype(np.float32) * np.array([1, -1, 1, -1], dtype=np.float32)
    got = minimise(kind, start)
    call = f"200 steps of {kind} on sum(x^2)"
    hint = "Each step should use this step's gradient alone: zero_grad() between steps must work."
    assert_close(got["first"], float((start**2).sum()), rtol=1e-5, call="sum(x^2) at the start", hint=hint)
    assert_close(got["x"], np.zeros(4), rtol=0, atol=0.1, call=call, hint=hint)
    assert_equal(got["steps"], 200, call=f"step_count after {call}", hint=hint)
