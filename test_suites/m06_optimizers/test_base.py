"""What all optimizers share: the list of parameters, its checks, step_count and zero_grad.

Always true: parameters have three elements or a few more, and whatever raises for bad input is also seen to work.
"""

import numpy as np
import pytest
from arrays import away_from_zero, ordinary
from asserts import assert_close, assert_differs, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import gradient_as_read, require_it_follows_gradients
from marks import in_candidate
from tinytorch.core.optimizers import SGD, Adam, AdamW, Optimizer
from tinytorch.core.tensor import Tensor

KINDS = ["SGD", "Adam", "AdamW"]


@in_candidate
def make(kind, params):
    return {"SGD": SGD, "Adam": Adam, "AdamW": AdamW}[kind](params)


def require_it_moves(kind, param):
    """Require that a step changes a parameter that has a gradient, so that names and counts alone are not enough."""
    before = np.array(param.data)
    optimizer = make(kind, [param])
    param.grad = gradient_as_read(optimizer, np.arange(1.0, 1 + before.size, dtype=np.float32))
    optimizer.step()
    hint = "step moves every parameter that has a gradient."
    assert_differs(param.data, before, call=f"param.data after a step of {kind}", hint=hint)
    require_it_follows_gradients(lambda params: make(kind, params), Tensor, f"a step of {kind}")


@number("1.1")
@weight(1)
def test_keeps_the_parameters():
    """An optimizer keeps its parameters in `params`, in order, and starts with step_count 0."""
    first, second = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0], requires_grad=True)
    optimizer = Optimizer([first, second])
    hint = "Store the list in self.params, and set self.step_count = 0."
    assert_equal(len(optimizer.params), 2, call="len(Optimizer([a, b]).params)", hint=hint)
    assert optimizer.params[0] is first, "params[0] should be the very Tensor that was passed first, not a copy."
    assert optimizer.params[1] is second, "params[1] should be the very Tensor that was passed second, not a copy."
    assert_equal(optimizer.step_count, 0, call="Optimizer([a, b]).step_count", hint=hint)
    require_it_moves("SGD", first)


@in_candidate
def step_over(container, start, gradient):
    tensors = [Tensor(row, requires_grad=True) for row in start]
    containers = {
        "list": lambda: tensors,
        "generator": lambda: (tensor for tensor in tensors),
        "tuple": lambda: tuple(tensors),
        "dict values": lambda: dict(enumerate(tensors)).values(),
    }
    optimizer = SGD(containers[container](), lr=0.5)
    for tensor, row in zip(tensors, gradient, strict=True):
        tensor.grad = gradient_as_read(optimizer, row.copy())
    optimizer.step()
    return [tensor.data for tensor in tensors]


@pytest.mark.parametrize("container", ["generator", "tuple", "dict values"])
@number("1.2")
@weight(1)
@visibility("hidden")
def test_accepts_any_iterable(container, rng):
    """Parameters may come from any iterable, a generator included, and all of them are trained."""
    start, gradient = ordinary(rng, 2, 3), away_from_zero(rng, 2, 3)
    got, want = np.array(step_over(container, start, gradient)), np.array(step_over("list", start, gradient))
    hint = "A generator can be read only once: make a list of it first, then check and keep that list."
    moved = np.sign(np.abs(got - start))
    assert_close(moved, np.ones((2, 3)), rtol=0, atol=0, call=f"whether SGD(a {container}) moves all", hint=hint)
    assert_close(got, want, call=f"one step of SGD(a {container}), against a list", hint=hint)


@pytest.mark.parametrize("kind", KINDS)
@number("1.3")
@weight(1)
def test_refuses_parameters_without_requires_grad(kind):
    """A parameter that does not require gradients is refused with a ValueError that says so."""
    trained = Tensor([1.0, -1.0], requires_grad=True)
    with pytest.raises(ValueError, match="does not require gradients"):
        make(kind, [trained, Tensor([2.0])])
    optimizer = make(kind, [trained])
    trained.grad = gradient_as_read(optimizer, np.array([1.0, -1.0], dtype=np.float32))
    optimizer.step()
    hint = "Raise only for parameters whose requires_grad is False; the others must train."
    signs = np.sign(trained.data - np.array([1.0, -1.0]))
    assert_close(signs, [-1, 1], rtol=0, atol=0, call=f"direction of a {kind} step on an accepted parameter", hint=hint)
    require_it_follows_gradients(lambda params: make(kind, params), Tensor, f"a step of {kind}")


@number("1.4")
@weight(1)
@visibility("hidden")
def test_refuses_what_is_no_list_of_tensors(rng):
    """None or plain arrays instead of Tensors are refused; an empty list is legal and steps are counted."""
    with pytest.raises(TypeError):
        SGD(None)
    with pytest.raises((AttributeError, TypeError)):
        SGD([np.ones(3, dtype=np.float32)])
    empty = SGD([])
    empty.step()
    assert_equal(empty.step_count, 1, call="SGD([]).step(); step_count", hint="An empty list needs no special case.")
    require_it_moves("SGD", Tensor(ordinary(rng, 3), requires_grad=True))


@number("1.5")
@weight(1)
def test_base_class_leaves_step_to_subclasses(rng):
    """`Optimizer.step()` raises NotImplementedError; the base class still forgets gradients."""
    param = Tensor(ordinary(rng, 3), requires_grad=True)
    base = Optimizer([param])
    param.grad = away_from_zero(rng, 3)
    with pytest.raises(NotImplementedError):
        base.step()
    base.zero_grad()
    assert param.grad is None, "Optimizer.zero_grad() should set param.grad to None in the base class already."
    require_it_moves("SGD", param)


@pytest.mark.parametrize("kind", KINDS)
@number("2.1")
@weight(2)
def test_zero_grad_sets_none(kind, rng):
    """zero_grad() sets the gradient of every parameter to None, not to zeros."""
    params = [Tensor(ordinary(rng, 3), requires_grad=True) for _ in range(3)]
    require_it_moves(kind, params[1])
    optimizer = make(kind, params)
    params[0].grad = away_from_zero(rng, 3)
    params[2].grad = away_from_zero(rng, 3)
    optimizer.zero_grad()
    for i, param in enumerate(params):
        assert param.grad is None, f"zero_grad() should set the gradient of every parameter to None, see number {i}."


@in_candidate
def state_around_zero_grad(kind, start, gradient):
    param = Tensor(start, requires_grad=True)
    optimizer = SGD([param], lr=0.1, momentum=0.9) if kind == "momentum" else make(kind, [param])
    names = ["momentum_buffers"] if kind == "momentum" else ["m_buffers", "v_buffers"]
    param.grad = gradient_as_read(optimizer, gradient.copy())
    optimizer.step()
    before = [getattr(optimizer, name)[0].copy() for name in names]
    steps = [optimizer.step_count]
    optimizer.zero_grad()
    after = [None if getattr(optimizer, name)[0] is None else getattr(optimizer, name)[0].copy() for name in names]
    steps.append(optimizer.step_count)
    return {"before": before, "after": after, "steps": steps, "cleared": param.grad is None}


@pytest.mark.parametrize("kind", ["momentum", "Adam"])
@number("2.2")
@weight(2)
@visibility("hidden")
def test_zero_grad_keeps_the_state(kind, rng):
    """zero_grad() forgets gradients only: momentum, moments and step_count stay."""
    got = state_around_zero_grad(kind, ordinary(rng, 3), away_from_zero(rng, 3))
    hint = "Only gradients are forgotten between steps; what the optimizer remembers of them must stay."
    assert_equal(got["cleared"], True, call="param.grad is None after zero_grad()", hint=hint)
    assert_equal(got["steps"][1], got["steps"][0], call="step_count after zero_grad(), against before", hint=hint)
    assert_equal(got["after"], got["before"], call=f"buffers of {kind} after zero_grad()", hint=hint)
    filled = [bool(np.abs(buffer).min() > 0) for buffer in got["before"]]
    assert_equal(filled, [True] * len(filled), call=f"buffers of {kind} are filled by a step", hint=hint)
