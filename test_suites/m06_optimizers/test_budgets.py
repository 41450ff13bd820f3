"""What a step may cost, against the reference's optimizers running the same steps.

Always true: for time the first step, which creates the buffers, is set-up; a workload repeats its step so that it lasts some
milliseconds; gradients are set once, because a step only reads them. Expected values follow from one recurrence.
"""

import numpy as np
import pytest
from arrays import away_from_zero
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor

MILLION = 1_000_000
MANY = 200


@in_candidate
def prepare(kind, starts, gradients):
    params = [Tensor(start, requires_grad=True) for start in starts]
    optimizer = {
        "SGD": lambda: SGD(params, lr=0.1),
        "momentum": lambda: SGD(params, lr=0.1, momentum=0.9),
        "Adam": lambda: Adam(params, lr=0.1),
        "AdamW": lambda: AdamW(params, lr=0.1, weight_decay=0.0),
    }[kind]()
    for param, gradient in zip(params, gradients, strict=True):
        param.grad = gradient
    return optimizer


@in_candidate
def ready(kind, starts, gradients):
    optimizer = prepare(kind, starts, gradients)
    optimizer.step()
    return optimizer


@in_candidate
def four_steps(optimizer):
    for _ in range(4):
        optimizer.step()
    return np.array([param.data for param in optimizer.params])


@in_candidate
def twenty_steps(optimizer):
    for _ in range(20):
        optimizer.step()
    return np.array([param.data for param in optimizer.params])


def drawn(kind, count, size):
    """Inputs: `count` parameters of `size` elements, with gradients well away from zero."""
    return lambda rng: (kind, away_from_zero(rng, count, size), away_from_zero(rng, count, size, gap=0.5))


def after(steps):
    """The positions after so many steps, set-up included, all with the same gradient."""

    def position(kind, starts, gradients):
        if kind in ("Adam", "AdamW"):
            return starts - 0.1 * steps * np.sign(gradients)  # a constant gradient: steps of size lr
        if kind == "SGD":
            return starts - 0.1 * steps * gradients
        velocities = [10 * (1 - 0.9**t) for t in range(1, steps + 1)]  # 1 + 0.9 + 0.81 + ...
        return starts - 0.1 * sum(velocities) * gradients

    return position


@pytest.mark.parametrize("kind", ["SGD", "momentum"])
@number("17.1")
@weight(2)
@budget(cpu=3.0)
def test_sgd_step_budget(kind, measure):
    """SGD steps on a million parameters cost at most 3 times the reference."""
    measure(four_steps, setup=ready, inputs=drawn(kind, 1, MILLION), answer=after(5), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
@number("17.2")
@weight(4)
@budget(cpu=4.0)
def test_adam_step_budget(kind, measure):
    """Adam steps on a million parameters cost at most 4 times the reference."""
    measure(four_steps, setup=ready, inputs=drawn(kind, 1, MILLION), answer=after(5), rtol=1e-3, atol=1e-4)


@number("17.3")
@weight(2)
@visibility("hidden")
@budget(cpu=4.0)
def test_many_small_parameters_budget(measure):
    """Adam steps on 200 parameters of 10 elements cost at most 4 times the reference."""
    measure(twenty_steps, setup=ready, inputs=drawn("Adam", MANY, 10), answer=after(21), rtol=1e-3, atol=1e-4)


@number("17.4")
@weight(1)
@visibility("hidden")
@budget(memory=2.5)
def test_adam_memory_budget(measure):
    """Twenty Adam steps on a million parameters need at most 2.5 times the reference's memory."""
    measure(twenty_steps, setup=prepare, inputs=drawn("Adam", 1, MILLION), answer=after(20), rtol=1e-3, atol=1e-4)


@in_candidate
def held_bytes(optimizer):
    """Count the bytes of all arrays that the optimizer holds, apart from parameters and their gradients."""
    seen, total, waiting = set(), 0, list(vars(optimizer).values())
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, Tensor):
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            total += value.nbytes
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple, set)):
            waiting.extend(value)
    return total


@pytest.mark.parametrize(("kind", "arrays"), [("momentum", 1), ("Adam", 2)])
@number("17.5")
@weight(1)
def test_state_does_not_grow(kind, arrays, rng):
    """The state of an optimizer is as large after 20 steps as after 2: one array a parameter (SGD) or two (Adam)."""
    starts, gradients = away_from_zero(rng, 3, 50), away_from_zero(rng, 3, 50)
    optimizer = ready(kind, starts, gradients)
    optimizer.step()
    early = held_bytes(optimizer)
    for _ in range(18):
        optimizer.step()
    late = held_bytes(optimizer)
    hint = "Replace the buffers at each step; a list of earlier gradients is not needed."
    assert_equal(late, early, call=f"bytes held by {kind} after 20 steps, against after 2", hint=hint)
    within = 0 < late <= arrays * starts.nbytes * 2  # float64 buffers are slow, not wrong
    assert_equal(within, True, call=f"{kind} holds {late} bytes for {starts.nbytes} bytes of parameters", hint=hint)
