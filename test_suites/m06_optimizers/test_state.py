"""What an optimizer shows of itself: settings, step_count, buffers, and SGD's momentum state.

Always true: settings are read back as attributes and seen to act; buffers are None until a gradient came.
"""

import numpy as np
import pytest
import tinytorch.core.optimizers as optimizers
from arrays import away_from_zero, ordinary
from asserts import assert_close, assert_differs, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import gradient_as_read, require_it_follows_gradients
from marks import in_candidate
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor

SGD_DEFAULTS = {"lr": 0.01, "momentum": 0.0, "weight_decay": 0.0}
ADAM_DEFAULTS = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0}
ADAMW_DEFAULTS = ADAM_DEFAULTS | {"weight_decay": 0.01}
CONSTANTS = {
    "DEFAULT_LEARNING_RATE_SGD": 0.01,
    "DEFAULT_LEARNING_RATE_ADAM": 0.001,
    "DEFAULT_MOMENTUM": 0.9,
    "DEFAULT_BETA1": 0.9,
    "DEFAULT_BETA2": 0.999,
    "DEFAULT_EPS": 1e-8,
    "DEFAULT_WEIGHT_DECAY_ADAMW": 0.01,
}


@in_candidate
def make(kind, params):
    return {"SGD": SGD, "Adam": Adam, "AdamW": AdamW}[kind](params)


@pytest.mark.parametrize(
    ("kind", "defaults"), [("SGD", SGD_DEFAULTS), ("Adam", ADAM_DEFAULTS), ("AdamW", ADAMW_DEFAULTS)]
)
@number("10.1")
@weight(3)
def test_default_settings(kind, defaults, rng):
    """Without further arguments the settings are the course's defaults, kept as attributes, and a step moves."""
    before = ordinary(rng, 3)
    param = Tensor(before, requires_grad=True)
    optimizer = make(kind, [param])
    param.grad = gradient_as_read(optimizer, away_from_zero(rng, 3))
    optimizer.step()
    hint = "step moves every parameter that has a gradient, whatever the settings are."
    assert_differs(param.data, before, call=f"param.data after a step of {kind}(params)", hint=hint)
    require_it_follows_gradients(lambda params: make(kind, params), Tensor, f"a step of {kind}(params)")
    got = {name: getattr(optimizer, name) for name in defaults}
    assert_equal(got, defaults, call=f"the settings of {kind}(params)", hint="betas are kept as beta1 and beta2.")


@number("10.2")
@weight(1)
@visibility("hidden")
def test_default_constants(rng):
    """The defaults are named by constants of the module, and a step with them has the default size."""
    got = {name: getattr(optimizers, name) for name in CONSTANTS}
    assert_equal(got, CONSTANTS, call="the constants of tinytorch.core.optimizers", hint="Name each default once.")
    gradient = away_from_zero(rng, 3)
    param = Tensor(np.zeros(3), requires_grad=True)
    optimizer = SGD([param])
    param.grad = gradient_as_read(optimizer, gradient.copy())
    optimizer.step()
    assert_close(param.data, -0.01 * gradient, call="one step of SGD(params)", hint="The default lr is 0.01.")


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
@number("14.1")
@weight(1)
def test_step_count_rises_by_one(kind, rng):
    """step_count rises by one with each step, also while no parameter has a gradient; step() returns None."""
    param = Tensor(ordinary(rng, 3), requires_grad=True)
    optimizer = make(kind, [param, Tensor(ordinary(rng, 2), requires_grad=True)])
    counts, before = [], np.array(param.data)
    for gradient in (None, away_from_zero(rng, 3), None):
        param.grad = None if gradient is None else gradient_as_read(optimizer, gradient)
        assert optimizer.step() is None, "step() changes the parameters and returns nothing."
        counts.append(optimizer.step_count)
    hint = "Raise step_count once for each call of step(), outside the loop over parameters."
    assert_equal(counts, [1, 2, 3], call=f"step_count of {kind} over three steps", hint=hint)
    assert_differs(
        param.data, before, call=f"param.data after three steps of {kind}", hint="One of them had a gradient."
    )
    require_it_follows_gradients(lambda params: make(kind, params), Tensor, f"a step of {kind}")


@number("14.2")
@weight(1)
@visibility("hidden")
def test_momentum_buffers_appear_with_the_first_gradient(rng):
    """momentum_buffers holds None for each parameter until it had a gradient, and stays so without momentum."""
    params = [Tensor(ordinary(rng, 2, 3), requires_grad=True), Tensor(ordinary(rng, 4), requires_grad=True)]
    rolling, plain = SGD(params, momentum=0.9), SGD(params)
    assert_equal(list(rolling.momentum_buffers), [None, None], call="momentum_buffers before the first step")
    params[0].grad = gradient_as_read(rolling, away_from_zero(rng, 2, 3))
    rolling.step()
    plain.step()
    buffers = list(rolling.momentum_buffers)
    hint = "One entry for each parameter: None at first, an array of the parameter's shape after its first gradient."
    assert_shape(buffers[0], (2, 3), call="momentum_buffers[0] after the first step", hint=hint)
    assert_equal(buffers[1:], [None], call="momentum_buffers[1:], a parameter without gradient", hint=hint)
    assert_equal(list(plain.momentum_buffers), [None, None], call="momentum_buffers with momentum 0", hint=hint)


@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
@number("14.3")
@weight(1)
def test_moments_appear_with_the_first_gradient(kind, rng):
    """m_buffers and v_buffers hold None for each parameter until it had a gradient, then arrays of its shape."""
    params = [Tensor(ordinary(rng, 2, 3), requires_grad=True), Tensor(ordinary(rng, 4), requires_grad=True)]
    optimizer = make(kind, params)
    before = [list(optimizer.m_buffers), list(optimizer.v_buffers)]
    assert_equal(before, [[None, None], [None, None]], call=f"m_buffers, v_buffers of {kind} before the first step")
    params[0].grad = gradient_as_read(optimizer, away_from_zero(rng, 2, 3))
    optimizer.step()
    for name, buffers in (("m_buffers", list(optimizer.m_buffers)), ("v_buffers", list(optimizer.v_buffers))):
        hint = "Create a buffer when its parameter has its first gradient."
        assert_shape(buffers[0], (2, 3), call=f"{name}[0] after the first step", hint=hint)
        assert_equal(buffers[1:], [None], call=f"{name}[1:], a parameter without gradient", hint=hint)


@in_candidate
def positions(kind, gradient, rates):
    param = Tensor(np.zeros(gradient.shape), requires_grad=True)
    optimizer = make(kind, [param])
    found = []
    for rate in rates:
        optimizer.lr = rate
        param.grad = gradient_as_read(optimizer, gradient.copy())
        optimizer.step()
        found.append(param.data.copy())
    return np.array(found)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@number("14.4")
@weight(1)
@visibility("hidden")
def test_lr_is_read_at_each_step(kind, rng):
    """A learning rate that is changed between steps takes effect at the next step."""
    gradient = away_from_zero(rng, 3, gap=1.0)
    steady, slower = positions(kind, gradient, [0.1, 0.1]), positions(kind, gradient, [0.1, 0.02])
    hint = "Read self.lr inside step(): schedulers change it."
    moved = np.sign(np.abs(steady[0]))
    assert_close(moved, np.ones(3), rtol=0, atol=0, call=f"whether a {kind} step moves", hint=hint)
    assert_close(slower[0], steady[0], call=f"first {kind} step, lr 0.1 in both runs", hint=hint)
    got, want = slower[1] - slower[0], 0.2 * (steady[1] - steady[0])
    assert_close(got, want, rtol=1e-3, atol=1e-6, call=f"second {kind} step with lr 0.02, against 0.1", hint=hint)


@number("15.1")
@weight(1)
def test_has_momentum(rng):
    """has_momentum() tells whether momentum is above 0; without momentum there is no state to get."""
    params = [Tensor(ordinary(rng, 3), requires_grad=True)]
    got = [SGD(params, momentum=0.9).has_momentum(), SGD(params).has_momentum(), SGD(params).get_momentum_state()]
    assert_equal(got, [True, False, None], call="has_momentum() with 0.9 and with 0, get_momentum_state() with 0")
    require_it_follows_gradients(
        lambda params: SGD(params, momentum=0.9), Tensor, "a step of SGD(params, momentum=0.9)"
    )


@in_candidate
def state_after_tampering(start, gradient):
    params = [Tensor(start, requires_grad=True), Tensor(start, requires_grad=True)]
    optimizer = SGD(params, lr=0.1, momentum=0.9)
    params[0].grad = gradient_as_read(optimizer, gradient.copy())
    optimizer.step()
    buffer = optimizer.momentum_buffers[0].copy()
    state = optimizer.get_momentum_state()
    taken = [None if entry is None else entry.copy() for entry in state]
    state[0][:] = 100.0
    return {"buffer": buffer, "state": taken, "later": optimizer.momentum_buffers[0].copy()}


@number("15.2")
@weight(1)
@visibility("hidden")
def test_momentum_state_is_a_copy(rng):
    """get_momentum_state() gives copies: changing them does not change the optimizer."""
    gradient = away_from_zero(rng, 3)
    got = state_after_tampering(ordinary(rng, 3), gradient)
    hint = "Copy each buffer that is not None."
    assert_close(np.sign(got["state"][0]), np.sign(gradient), call="signs of get_momentum_state()[0]", hint=hint)
    assert_close(got["state"][0], got["buffer"], rtol=0, atol=0, call="get_momentum_state()[0]", hint=hint)
    assert_equal(got["state"][1:], [None], call="get_momentum_state()[1:], a parameter without gradient", hint=hint)
    assert_close(got["later"], got["buffer"], rtol=0, atol=0, call="momentum_buffers[0], state overwritten", hint=hint)


@in_candidate
def second_steps(start, first, second):
    """Step with `second` after `first`, after taking over the state that `first` left, and without any past."""
    past, heir, fresh = (Tensor(start, requires_grad=True) for _ in range(3))
    optimizers_of = [SGD([param], lr=0.1, momentum=0.9) for param in (past, heir, fresh)]
    past.grad = gradient_as_read(optimizers_of[0], first.copy())
    optimizers_of[0].step()
    past.data = start.copy()
    state = [optimizers_of[0].momentum_buffers[0].copy()]
    optimizers_of[1].set_momentum_state(state)
    state[0][:] = 100.0
    for param, optimizer in zip((past, heir, fresh), optimizers_of, strict=True):
        param.grad = gradient_as_read(optimizer, second.copy())
        optimizer.step()
    return {"past": past.data, "heir": heir.data, "fresh": fresh.data}


@number("15.3")
@weight(1)
def test_momentum_state_can_be_set(rng):
    """set_momentum_state() takes over copies, and the next step goes on from there."""
    start, first, second = ordinary(rng, 3), away_from_zero(rng, 3, gap=1.0), away_from_zero(rng, 3, gap=1.0)
    got = second_steps(start, first, second)
    hint = "Keep copies of the entries as momentum_buffers, not the caller's arrays."
    differs = np.sign(np.abs(got["past"] - got["fresh"]))
    assert_close(
        differs, np.ones(3), rtol=0, atol=0, call="whether the past matters to a step with momentum", hint=hint
    )
    assert_close(got["heir"], got["past"], call="step after set_momentum_state(state), state overwritten", hint=hint)


@in_candidate
def step_after_setting(start, gradient, momentum, state):
    param = Tensor(start, requires_grad=True)
    optimizer = SGD([param], lr=0.1, momentum=momentum)
    if state is not None:
        optimizer.set_momentum_state(state[0])
    param.grad = gradient_as_read(optimizer, gradient.copy())
    optimizer.step()
    return param.data


@pytest.mark.parametrize(("momentum", "given"), [(0.9, False), (0.0, True)], ids=["None", "momentum 0"])
@number("15.4")
@weight(0.5)
@visibility("hidden")
def test_momentum_state_is_ignored_where_there_is_none(momentum, given, rng):
    """set_momentum_state() does nothing for None, and nothing for an optimizer without momentum."""
    start, gradient, velocity = ordinary(rng, 3), away_from_zero(rng, 3), away_from_zero(rng, 3, gap=1.0)
    got = step_after_setting(start, gradient, momentum, [[velocity] if given else None])
    want = step_after_setting(start, gradient, momentum, None)
    call = f"step of SGD(momentum={momentum}) after set_momentum_state({'[v]' if given else None})"
    assert_close(got, want, call=call, hint="Return early if there is nothing to take over.")
    moved = np.sign(np.abs(want - start))
    assert_close(moved, np.ones(3), rtol=0, atol=0, call=f"whether SGD(momentum={momentum}) moves")


@number("15.5")
@weight(0.5)
@visibility("hidden")
def test_momentum_state_of_wrong_length_is_refused(rng):
    """A momentum state with too few or too many entries raises ValueError; one with the right number is kept."""
    params = [Tensor(ordinary(rng, 3), requires_grad=True) for _ in range(2)]
    optimizer = SGD(params, momentum=0.9)
    velocity = away_from_zero(rng, 3)
    for wrong in ([velocity], [velocity, velocity, velocity]):
        with pytest.raises(ValueError):  # noqa: PT011  the contract promises no message
            optimizer.set_momentum_state(wrong)
    optimizer.set_momentum_state([None, velocity])
    got = optimizer.get_momentum_state()
    hint = "Compare len(state) with the number of parameters."
    assert_equal(got[0], None, call="get_momentum_state()[0] after set_momentum_state([None, v])", hint=hint)
    assert_close(got[1], velocity, call="get_momentum_state()[1] after set_momentum_state([None, v])", hint=hint)
