"""What a step may cost, against the reference's optimizers running the same steps.

Always true: for time the first step, which creates the buffers, is set-up; a workload repeats its step so that it lasts some
milliseconds; every step has another gradient, the same numbers moved along by so many places, and a step only reads it.
Every position counts: they are summed up by hundreds, with random weights. Expected values come from the same steps in NumPy.
"""

import numpy as np
import pytest
from arrays import away_from_zero, ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import gradient_as_read
from marks import budget, in_candidate
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor

MILLION = 1_000_000
MANY = 200

# Sums of up to a thousand float32 positions, some 0.5 from where they began: a single wrong one changes its sum by 0.1.
LONG_SUMS = {"rtol": 1e-4, "atol": 5e-3}


@in_candidate
def prepare(kind, starts, gradients, shifts, weights):
    """Make the optimizer, and a list of gradients for each of its steps; `weights` are handed on."""
    params = [Tensor(start, requires_grad=True) for start in starts]
    optimizer = {
        "SGD": lambda: SGD(params, lr=0.1),
        "momentum": lambda: SGD(params, lr=0.1, momentum=0.9),
        "Adam": lambda: Adam(params, lr=0.1),
        "AdamW": lambda: AdamW(params, lr=0.1, weight_decay=0.0),
    }[kind]()
    moved = [[gradient_as_read(optimizer, row) for row in np.roll(gradients, shift, axis=1)] for shift in shifts]
    return optimizer, moved, weights


@in_candidate
def ready(kind, starts, gradients, shifts, weights):
    """Prepare and take the first step."""
    optimizer, moved, weights = prepare(kind, starts, gradients, shifts, weights)
    step_along(optimizer, moved[:1])
    return optimizer, moved[1:], weights


@in_candidate
def step_along(optimizer, moved):
    for gradients in moved:
        for param, gradient in zip(optimizer.params, gradients, strict=True):
            param.grad = gradient
        optimizer.step()


@in_candidate
def take_steps(state):
    """Take one step for every list of gradients, and sum up all positions."""
    optimizer, moved, weights = state
    step_along(optimizer, moved)
    return [param.data.reshape(-1, len(weights)) @ weights for param in optimizer.params]


@in_candidate
def take_steps_five_times(state):
    """Go through the list of gradients five times."""
    optimizer, moved, weights = state
    return take_steps((optimizer, moved * 5, weights))


def drawn(kind, count, size, steps):
    """Inputs: `count` parameters of `size` elements, gradients well away from zero, and how far each step moves them."""
    row = min(size, 1000)

    def inputs(rng):
        starts, gradients = away_from_zero(rng, count, size), away_from_zero(rng, count, size, gap=0.5)
        return kind, starts, gradients, rng.integers(0, size, steps).tolist(), ordinary(rng, row)

    return inputs


@in_candidate
def walk_along_ones(kind, steps):
    """Return where each of some steps with lr 1, along a gradient of 1, takes a parameter of 0."""
    param = Tensor(np.zeros(2), requires_grad=True)
    optimizer = {"Adam": Adam, "AdamW": AdamW}[kind]([param], lr=1.0, weight_decay=0.0)
    places = []
    for _ in range(steps):
        param.grad = gradient_as_read(optimizer, np.ones(2, dtype=np.float32))
        optimizer.step()
        places.append(float(np.asarray(param.data)[0]))
    return places


def corrections(kind, steps):
    """Return by what Adam multiplies m / sqrt(v) in each of some steps: sqrt(1 - 0.999^t) / (1 - 0.9^t), or what the student does.

    Another bias correction, or none, costs as much time as the right one: what is wrong in it is the matter of
    test_trajectories.py. Along a gradient of 1 the moments are 1 - 0.9^t and 1 - 0.999^t themselves.
    """
    t = np.arange(1, steps + 1)
    m, v = 1 - 0.9**t, 1 - 0.999**t
    own = -np.diff(walk_along_ones(kind, steps), prepend=0.0) / (m / np.sqrt(v))
    right = np.sqrt(v) / m
    return right if np.allclose(own, right, rtol=1e-3) or not np.all(own > 0) else own


def answer_of(kind, steps, rounds=1):
    """Return what tells the sums after all rounds of so many steps."""
    factors = corrections(kind, steps * rounds) if kind in ("Adam", "AdamW") else None

    def answer(kind, starts, gradients, shifts, weights):
        return after_steps(kind, starts, gradients, shifts * rounds, weights, factors)

    return answer


def after_steps(kind, starts, gradients, shifts, weights, factors):
    """The sums of the positions after a step for every shift; this is the module's recurrence, in float32."""
    rate = np.float32(0.1)
    position, velocity, square = starts, np.float32(0), np.float32(0)
    for t, shift in enumerate(shifts):
        g = np.roll(gradients, shift, axis=1)
        if kind in ("SGD", "momentum"):
            velocity = g if kind == "SGD" else np.float32(0.9) * velocity + g
            position = position - rate * velocity
        else:
            velocity = np.float32(0.9) * velocity + np.float32(0.1) * g
            square = np.float32(0.999) * square + np.float32(0.001) * g * g
            position = position - rate * np.float32(factors[t]) * velocity / np.sqrt(square)
    return position.reshape(len(starts), -1, len(weights)) @ weights


@pytest.mark.parametrize("kind", ["SGD", "momentum"])
@number("17.1")
@weight(2)
@budget(cpu=3.0)
def test_sgd_step_budget(kind, measure):
    """SGD steps on a million parameters cost at most 3 times the reference."""
    measure(take_steps, setup=ready, inputs=drawn(kind, 1, MILLION, 5), answer=answer_of(kind, 5), **LONG_SUMS)


@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
@number("17.2")
@weight(4)
@budget(cpu=4.0)
def test_adam_step_budget(kind, measure):
    """Adam steps on a million parameters cost at most 4 times the reference."""
    measure(take_steps, setup=ready, inputs=drawn(kind, 1, MILLION, 5), answer=answer_of(kind, 5), **LONG_SUMS)


@number("17.3")
@weight(2)
@visibility("hidden")
@budget(cpu=4.0)
def test_many_small_parameters_budget(measure):
    """Adam steps on 200 parameters of 10 elements cost at most 4 times the reference."""
    measure(take_steps, setup=ready, inputs=drawn("Adam", MANY, 10, 21), answer=answer_of("Adam", 21), **LONG_SUMS)


@number("17.4")
@weight(1)
@visibility("hidden")
@budget(memory=2.5)
def test_adam_memory_budget(measure):
    """Twenty Adam steps on a million parameters need at most 2.5 times the reference's memory."""
    inputs = drawn("Adam", 1, MILLION, 4)
    measure(take_steps_five_times, setup=prepare, inputs=inputs, answer=answer_of("Adam", 4, rounds=5), **LONG_SUMS)


@pytest.mark.parametrize("kind", ["momentum", "Adam"])
@number("17.5")
@weight(1)
@budget(memory=2.5)
def test_state_does_not_grow(kind, measure):
    """Forty steps need at most 2.5 times the reference's memory: one array a parameter is kept (SGD), or two (Adam)."""
    # The reference's peak is less than ten arrays. One kept from every step makes forty more; float64 buffers, which are
    # slow and not wrong, at most double it.
    inputs = drawn(kind, 1, MILLION // 4, 8)
    measure(take_steps_five_times, setup=prepare, inputs=inputs, answer=answer_of(kind, 8, rounds=5), **LONG_SUMS)
