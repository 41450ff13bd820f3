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
def minimise(kind, start, lowest):
    from tinytorch.core.autograd import enable_autograd

    enable_autograd(quiet=True)
    x, bottom = Tensor(start, requires_grad=True), Tensor(lowest)
    optimizer = {
        "SGD": lambda: SGD([x], lr=0.1),
        "SGD with momentum": lambda: SGD([x], lr=0.05, momentum=0.9),
        "Adam": lambda: Adam([x], lr=0.2),
        "AdamW": lambda: AdamW([x], lr=0.2),
    }[kind]()
    losses = []
    for _ in range(200):
        loss = ((x - bottom) * (x - bottom)).sum()
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
    """200 steps with autograd bring sum((x - c)^2) close to its minimum at c."""
    signs = np.array([1, -1, 1, -1], dtype=np.float32)
    lowest = rng.uniform(0.5, 1.0, 4).astype(np.float32) * signs  # not 0, where decay alone would lead
    start = lowest + rng.uniform(1.0, 2.0, 4).astype(np.float32) * signs
    got = minimise(kind, start, lowest)
    call = f"200 steps of {kind} on sum((x - c)^2)"
    hint = "Each step should use this step's gradient alone: zero_grad() between steps must work."
    first = float(((start - lowest) ** 2).sum())
    assert_close(got["first"], first, rtol=1e-5, call="sum((x - c)^2) at the start", hint=hint)
    assert_close(got["x"], lowest, rtol=0, atol=0.1, call=call, hint=hint)
    assert_equal(got["steps"], 200, call=f"step_count after {call}", hint=hint)
