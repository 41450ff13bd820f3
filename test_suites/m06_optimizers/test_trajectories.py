"""Whole trajectories: six steps with gradients that change sign and size, against the recurrences in float64.

Always true: what is compared is the movement, position minus start, because a position near 1 would hide a wrong step of
0.001. rtol 1e-3 leaves room for buffers and corrections kept in float32; the mistakes looked for are far larger.
"""

import numpy as np
import pytest
from arrays import away_from_zero
from asserts import assert_close, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import gradient_as_read, require_it_follows_gradients
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor

SIZES = np.array([1.0, 0.1, 3.0, 0.5, 2.0, 0.2], dtype=np.float32)


def gradients_for(rng, scale=1.0):
    """Six gradients of three elements: both signs, sizes from 0.01 to 3 times the scale."""
    return (away_from_zero(rng, 6, 3) * SIZES[:, None] * np.float32(scale)).astype(np.float32)


def movement(optimizer, param, gradients):
    """Return where each step takes the parameter, relative to its start: one row for each step."""
    start = param.data.copy()
    rows = []
    for gradient in gradients:
        param.grad = gradient_as_read(optimizer, gradient.copy())
        optimizer.step()
        assert_shape(param.data, start.shape, call="param.data after step()", hint="A step keeps the shape.")
        rows.append(param.data - start)
    return np.array(rows)


def sgd(start, gradients, lr, momentum=0.0, weight_decay=0.0):
    """The movement that SGD promises, in float64."""
    p, v, rows = start.astype(np.float64), np.zeros(start.shape), []
    for gradient in gradients.astype(np.float64):
        v = momentum * v + gradient + weight_decay * p
        p = p - lr * v
        rows.append(p - start)
    return np.array(rows)


def adam(start, gradients, lr=0.001, betas=(0.9, 0.999), eps=1e-8, coupled=0.0, before=0.0, after=0.0):
    """The movement that Adam promises, in float64; decay enters the gradient, or acts before or after the update."""
    p, m, v, rows = start.astype(np.float64), 0.0, 0.0, []
    for t, gradient in enumerate(gradients.astype(np.float64), start=1):
        gradient = gradient + coupled * p
        m = betas[0] * m + (1 - betas[0]) * gradient
        v = betas[1] * v + (1 - betas[1]) * gradient**2
        step = m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        p = (p * (1 - lr * before) - lr * step) * (1 - lr * after)
        rows.append(p - start)
    return np.array(rows)


def assert_movement(got, want, call, hint):
    __tracebackhide__ = True
    assert_close(got, want, rtol=1e-3, atol=1e-5, call=f"movement of p over six steps of {call}", hint=hint)


def assert_moves(got, call):
    __tracebackhide__ = True
    moves = np.abs(got) > 1e-6
    hint = "A step binds a new value to param.data."
    assert_close(moves, np.ones_like(moves), rtol=0, atol=0, call=f"whether {call} moves each element", hint=hint)


@number("3.1")
@weight(5)
def test_sgd_trajectory(rng):
    """Plain SGD moves each parameter by -lr * gradient, step after step."""
    start, gradients = away_from_zero(rng, 3), gradients_for(rng)
    param = Tensor(start, requires_grad=True)
    got = movement(SGD([param], lr=0.1), param, gradients)
    assert_movement(got, sgd(start, gradients, 0.1), "SGD(lr=0.1)", "p = p - lr * grad, and nothing else.")


@number("3.2")
@weight(1)
def test_sgd_goes_downhill(rng):
    """SGD moves against the sign of the gradient."""
    gradient = away_from_zero(rng, 1, 5)
    param = Tensor(np.zeros(5), requires_grad=True)
    got = movement(SGD([param], lr=0.1), param, gradient)
    hint = "The gradient points uphill, so a step subtracts it."
    assert_close(np.sign(got), -np.sign(gradient), rtol=0, atol=0, call="sign of one SGD step", hint=hint)


@number("3.3")
@weight(2)
@visibility("hidden")
def test_sgd_is_linear_in_lr(rng):
    """Three times the learning rate moves a matrix of parameters three times as far."""
    gradients = away_from_zero(rng, 2, 3, 4)
    slow, fast = (Tensor(np.zeros((3, 4)), requires_grad=True) for _ in range(2))
    near, far = movement(SGD([slow], lr=0.1), slow, gradients), movement(SGD([fast], lr=0.3), fast, gradients)
    hint = "A step is proportional to lr."
    assert_close(near[0], -0.1 * gradients[0], call="one step of SGD(lr=0.1) on a 3x4 parameter", hint=hint)
    assert_close(far, 3 * near, rtol=1e-3, atol=1e-5, call="steps of SGD(lr=0.3) against SGD(lr=0.1)", hint=hint)


@pytest.mark.parametrize("momentum", [0.9, 0.5])
@number("4.1")
@weight(6)
def test_sgd_momentum_trajectory(momentum, rng):
    """SGD with momentum follows v = momentum * v + grad, p = p - lr * v."""
    start, gradients = away_from_zero(rng, 3), gradients_for(rng)
    param = Tensor(start, requires_grad=True)
    got = movement(SGD([param], lr=0.1, momentum=momentum), param, gradients)
    hint = "The new gradient enters v with factor 1, not 1 - momentum, and from the first step on."
    assert_movement(got, sgd(start, gradients, 0.1, momentum), f"SGD(lr=0.1, momentum={momentum})", hint)


@number("4.2")
@weight(2)
@visibility("hidden")
def test_momentum_keeps_rolling(rng):
    """With momentum a parameter keeps moving, ever slower, while its gradient is zero."""
    push = away_from_zero(rng, 3)
    gradients = np.stack([push, *np.zeros((3, 3), dtype=np.float32)])
    param = Tensor(np.zeros(3), requires_grad=True)
    got = movement(SGD([param], lr=0.1, momentum=0.8), param, gradients)
    want = -0.1 * np.outer([1, 1.8, 2.44, 2.952], push)
    assert_close(got, want, call="one push, then zero gradients", hint="v shrinks by the factor momentum at each step.")


@number("5.1")
@weight(2)
def test_sgd_weight_decay_trajectory(rng):
    """SGD with weight decay adds weight_decay * p to the gradient."""
    start, gradients = away_from_zero(rng, 3), gradients_for(rng)
    param = Tensor(start, requires_grad=True)
    got = movement(SGD([param], lr=0.1, weight_decay=0.2), param, gradients)
    hint = "g = grad + weight_decay * p: decay pulls p towards zero."
    assert_movement(got, sgd(start, gradients, 0.1, 0.0, 0.2), "SGD(lr=0.1, weight_decay=0.2)", hint)


@number("5.2")
@weight(4)
@visibility("hidden")
def test_sgd_decay_with_momentum_trajectory(rng):
    """Weight decay enters the gradient before momentum sees it."""
    start, gradients = away_from_zero(rng, 3), gradients_for(rng)
    param = Tensor(start, requires_grad=True)
    got = movement(SGD([param], lr=0.1, momentum=0.9, weight_decay=0.2), param, gradients)
    hint = "First g = grad + weight_decay * p, then v = momentum * v + g."
    want = sgd(start, gradients, 0.1, 0.9, 0.2)
    assert_movement(got, want, "SGD(lr=0.1, momentum=0.9, weight_decay=0.2)", hint)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@number("6.1")
@weight(5)
@visibility("hidden")
def test_parameters_of_one_shape_share_nothing(kind, rng):
    """Two parameters of the same shape, trained together, move as each does alone."""
    require_it_follows_gradients(SGD if kind == "SGD" else Adam, Tensor, f"a step of {kind}")
    starts, gradients = away_from_zero(rng, 2, 3), [gradients_for(rng), gradients_for(rng)]
    together = [Tensor(start, requires_grad=True) for start in starts]
    optimizer = SGD(together, lr=0.1, momentum=0.9) if kind == "SGD" else Adam(together, lr=0.1)
    for first, second in zip(*gradients, strict=True):
        together[0].grad = gradient_as_read(optimizer, first.copy())
        together[1].grad = gradient_as_read(optimizer, second.copy())
        optimizer.step()
    for i, start in enumerate(starts):
        lone = Tensor(start, requires_grad=True)
        lonely = SGD([lone], lr=0.1, momentum=0.9) if kind == "SGD" else Adam([lone], lr=0.1)
        want = movement(lonely, lone, gradients[i])
        hint = "Keep one buffer for each parameter, by its position in the list."
        assert_moves(want[-1], f"{kind} on one parameter")
        assert_close(together[i].data - start, want[-1], call=f"{kind} on two parameters, number {i}", hint=hint)


@number("7.1")
@weight(6)
def test_adam_trajectory_with_defaults(rng):
    """Adam with its default settings follows the published recurrence."""
    start, gradients = away_from_zero(rng, 3), gradients_for(rng)
    param = Tensor(start, requires_grad=True)
    hint = "Check in turn: m, v with the squared gradient, t from 1, m / (1 - b1^t) and v / (1 - b2^t)."
    assert_movement(movement(Adam([param]), param, gradients), adam(start, gradients), "Adam()", hint)


@number("7.2")
@weight(4)
@visibility("hidden")
def test_adam_trajectory_with_own_settings(rng):
    """Adam uses its betas, eps and weight decay: betas (0.8, 0.95), eps 1e-3, weight_decay 0.1."""
    start, gradients = away_from_zero(rng, 3, gap=0.3) * np.float32(0.1), gradients_for(rng, scale=0.01)
    settings = {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3}
    param = Tensor(start, requires_grad=True)
    got = movement(Adam([param], weight_decay=0.1, **settings), param, gradients)
    hint = "eps is added after the root: m_hat / (sqrt(v_hat) + eps); decay enters the gradient first."
    assert_movement(got, adam(start, gradients, coupled=0.1, **settings), "Adam with own settings", hint)


@number("7.3")
@weight(2)
@visibility("hidden")
def test_adam_eps_stands_outside_the_root(rng):
    """With gradients of the size of eps, eps is added to what Adam's first step divides by."""
    gradient = away_from_zero(rng, 1, 4, gap=0.5) * np.float32(1e-3)
    steps = []
    for eps in (1e-8, 1e-3, 2e-3):
        param = Tensor(np.zeros(4), requires_grad=True)
        steps.append(movement(Adam([param], lr=0.1, eps=eps), param, gradient).astype(np.float64))
    none, once, twice = steps
    assert_moves(none, "Adam")
    shrinks = np.abs(once) < 0.995 * np.abs(none)
    hint = "Add eps to sqrt(v_hat), not to v_hat."
    call = "whether eps=1e-3 makes the first step of Adam(lr=0.1) shorter"
    assert_close(shrinks, np.ones_like(shrinks), rtol=0, atol=0, call=call, hint=hint)
    # Whatever the moments are: what they are divided by, one over the step, grows as much by the second 1e-3 as by the first.
    want = 1 / (2 / once - 1 / none)
    call = "first step of Adam(lr=0.1, eps=2e-3), by what eps=1e-3 changes"
    assert_close(twice, want, rtol=5e-3, atol=1e-6, call=call, hint=hint)


@pytest.mark.parametrize("kind", ["Adam", "AdamW"])
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
@number("8.1")
@weight(4)
def test_first_adam_step_has_size_lr(scale, kind, rng):
    """The first step of Adam has size lr whatever the scale of the gradient."""
    gradient = away_from_zero(rng, 1, 5, gap=0.5) * np.float32(scale)
    param = Tensor(np.zeros(5), requires_grad=True)
    optimizer = Adam([param], lr=0.02) if kind == "Adam" else AdamW([param], lr=0.02, weight_decay=0.0)
    got = movement(optimizer, param, gradient)
    hint = "Bias correction makes m_hat = g and v_hat = g^2 at t = 1."
    want = -0.02 * np.sign(gradient)
    assert_close(
        got, want, rtol=1e-3, atol=1e-6, call=f"first step of {kind}(lr=0.02), gradients near {scale}", hint=hint
    )


def own_adam_with_decay(start, gradients, lr, weight_decay):
    """The movements that follow from the steps of the student's Adam, with decay after each and before each; none if it rests.

    Adam's steps without weight decay hang on the gradients alone, not on where the parameter is.
    """
    param = Tensor(np.zeros(start.shape), requires_grad=True)
    steps = np.diff(movement(Adam([param], lr=lr), param, gradients), axis=0, prepend=0.0)
    if not np.all(np.abs(steps) > 1e-6):
        return []
    movements = []
    for before, after in ((0.0, lr * weight_decay), (lr * weight_decay, 0.0)):
        position, rows = start.astype(np.float64), []
        for step in steps:
            position = (position * (1 - before) + step) * (1 - after)
            rows.append(position - start)
        movements.append(np.array(rows))
    return movements


@pytest.mark.parametrize("weight_decay", [0.01, 0.3])
@number("9.1")
@weight(6)
def test_adamw_trajectory(weight_decay, rng):
    """AdamW follows Adam and shrinks each parameter by the factor 1 - lr * weight_decay."""
    start, gradients = away_from_zero(rng, 3, gap=0.5), gradients_for(rng)
    param = Tensor(start, requires_grad=True)
    got = movement(AdamW([param], lr=0.1, weight_decay=weight_decay), param, gradients)
    after = adam(start, gradients, lr=0.1, after=weight_decay)
    before = adam(start, gradients, lr=0.1, before=weight_decay)  # the order of PyTorch is accepted too
    own = own_adam_with_decay(
        start, gradients, 0.1, weight_decay
    )  # what is wrong in Adam is the matter of its own checks
    want = min((after, before, *own), key=lambda rows: np.abs(got[-1] - rows[-1]).max())
    rests = np.abs(got[-1] - adam(start, gradients, lr=0.1)[-1]).max() < 1e-4  # the smallest decay moves further
    hint = "The moments see the gradient alone; after the Adam update, p = p * (1 - lr * weight_decay)."
    hint = "It moves as without decay: after the Adam update, p = p * (1 - lr * weight_decay)." if rests else hint
    assert_movement(got, want, f"AdamW(lr=0.1, weight_decay={weight_decay})", hint)


@number("9.2")
@weight(2)
@visibility("hidden")
def test_adamw_without_decay_is_adam(rng):
    """AdamW with weight_decay 0 follows Adam, with own betas too."""
    start, gradients = away_from_zero(rng, 3), gradients_for(rng)
    settings = {"lr": 0.1, "betas": (0.8, 0.95)}
    param = Tensor(start, requires_grad=True)
    got = movement(AdamW([param], weight_decay=0.0, **settings), param, gradients)
    control = Tensor(start, requires_grad=True)
    own, promised = movement(Adam([control], **settings), control, gradients), adam(start, gradients, **settings)
    assert_moves(got, "AdamW(weight_decay=0)")
    require_it_follows_gradients(AdamW, Tensor, "a step of AdamW")
    want = min((promised, own), key=lambda rows: np.abs(got[-1] - rows[-1]).max())
    assert_movement(got, want, "AdamW(weight_decay=0)", "Without decay it moves as Adam does.")


@number("9.3")
@weight(1)
@visibility("hidden")
def test_adamw_decay_is_not_in_the_moments(rng):
    """Weight decay changes where AdamW takes a parameter, and leaves its moments alone."""
    start, gradient = away_from_zero(rng, 3, gap=0.5), away_from_zero(rng, 1, 3, gap=0.5)
    decayed, free = Tensor(start, requires_grad=True), Tensor(start, requires_grad=True)
    with_decay, without = AdamW([decayed], lr=0.1, weight_decay=0.5), AdamW([free], lr=0.1, weight_decay=0.0)
    got, want = movement(with_decay, decayed, gradient), movement(without, free, gradient)
    hint = "Do not add weight_decay * p to the gradient: that is Adam's way."
    assert_moves(want, "AdamW without decay")
    assert_moves(got - want, "the decay of AdamW")
    for name in ("m_buffers", "v_buffers"):
        buffers = getattr(with_decay, name)[0], getattr(without, name)[0]
        assert_close(*buffers, rtol=1e-6, atol=0, call=f"{name}[0] with decay, against without", hint=hint)
