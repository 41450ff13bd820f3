"""What a step makes of `param.grad`: None, an array or a Tensor, and that it only reads it.

Always true: a step is compared with a control, the same optimizer in an ordinary situation, and is seen to go downhill;
how far it must go is the matter of test_trajectories.py. Parameters are small beside the gradients, so that weight decay
never decides the direction.
"""

import numpy as np
import pytest
from arrays import away_from_zero
from asserts import assert_close, assert_dtype, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import gradient_as_read
from marks import in_candidate
from tinytorch.core.optimizers import SGD, Adam, AdamW
from tinytorch.core.tensor import Tensor


@in_candidate
def make(kind, params, weight_decay=0.5):
    if kind in ("SGD", "momentum"):
        return SGD(params, lr=0.1, momentum=0.0 if kind == "SGD" else 0.9, weight_decay=weight_decay)
    return {"Adam": Adam, "AdamW": AdamW}[kind](params, lr=0.1, weight_decay=weight_decay)


def small(rng, *shape):
    return away_from_zero(rng, *shape) * np.float32(0.1)


def strong(rng, *shape):
    return away_from_zero(rng, *shape, gap=2.0)


def assert_downhill(movement, gradient, call):
    __tracebackhide__ = True
    hint = "A step moves every element against the sign of its gradient."
    assert_close(np.sign(movement), -np.sign(gradient), rtol=0, atol=0, call=f"direction of {call}", hint=hint)


def assert_same(got, control, call, hint):
    """The same operations in the same order: only a rounding is forgiven."""
    __tracebackhide__ = True
    assert_close(got, control, rtol=1e-6, atol=1e-7, call=call, hint=hint)


@pytest.mark.parametrize("kind", ["SGD", "momentum", "Adam", "AdamW"])
@number("11.1")
@weight(2)
def test_parameter_without_gradient_is_passed_over(kind, rng):
    """A first parameter without a gradient stays exactly as it is, and the second one is still trained."""
    start, gradient = small(rng, 3), strong(rng, 3)
    idle, busy, alone = (Tensor(start, requires_grad=True) for _ in range(3))
    behind, control = make(kind, [idle, busy]), make(kind, [alone])
    for param in (busy, alone):
        param.grad = gradient_as_read(control, gradient.copy())
    behind.step()
    control.step()
    hint = "Skip a parameter whose grad is None with `continue`, decay included; `return` would end the whole step."
    assert_downhill(busy.data - start, gradient, f"a {kind} step behind a parameter without gradient")
    assert_same(busy.data, alone.data, f"{kind} step behind a parameter without gradient", hint)
    assert_close(idle.data, start, rtol=0, atol=0, call=f"{kind} step on a parameter without gradient", hint=hint)


@pytest.mark.parametrize("kind", ["SGD", "momentum", "Adam", "AdamW"])
@number("11.2")
@weight(2)
@visibility("hidden")
def test_gradient_that_disappears_stops_the_parameter(kind, rng):
    """A parameter whose gradient is None at the second step stays where the first step left it."""
    start, gradient = small(rng, 3), strong(rng, 3)
    param = Tensor(start, requires_grad=True)
    optimizer = make(kind, [param])
    param.grad = gradient_as_read(optimizer, gradient.copy())
    optimizer.step()
    assert_downhill(param.data - start, gradient, f"the first {kind} step")
    there = param.data.copy()
    param.grad = None
    optimizer.step()
    hint = "None means: not now. It is not a gradient of zeros, so neither momentum nor decay moves the parameter."
    assert_close(param.data, there, rtol=0, atol=0, call=f"{kind} step after the gradient was set to None", hint=hint)


@number("11.3")
@weight(1)
@visibility("hidden")
def test_adam_counts_steps_for_all_parameters_together(rng):
    """Adam corrects with its own step_count, also for a parameter that had no gradient at first."""
    gradient = strong(rng, 3)
    late, control = Tensor(np.zeros(3), requires_grad=True), Tensor(np.zeros(3), requires_grad=True)
    optimizer = Adam([late, control], lr=0.1)
    control.grad = gradient_as_read(
        optimizer, np.zeros(3, dtype=np.float32)
    )  # leaves both moments at zero, as None does
    optimizer.step()
    for param in (late, control):
        param.grad = gradient_as_read(optimizer, gradient.copy())
    optimizer.step()
    hint = "One counter, step_count, serves all parameters: at the second step t = 2 for each of them."
    assert_downhill(late.data, gradient, "Adam's second step")
    assert_same(late.data, control.data, "first gradient at the second step, against zeros before it", hint)


@in_candidate
def step_by_array(kind, start, gradient):
    """Return where a step with an ndarray as gradient leads; None where it takes the array's raw memory for numbers."""
    param = Tensor(start, requires_grad=True)
    param.grad = gradient.copy()
    optimizer = make(kind, [param], weight_decay=0.0)
    try:
        optimizer.step()
    except TypeError as error:
        if "memoryview" in str(error):
            return None
        raise
    return param.data


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@number("12.1")
@weight(4)
def test_array_and_tensor_gradients_count_the_same(kind, rng):
    """A gradient may be a NumPy array or a Tensor: both give the same step."""
    start, gradient = small(rng, 3), strong(rng, 3)
    by_array, by_tensor = step_by_array(kind, start, gradient), Tensor(start, requires_grad=True)
    hint = "Ask isinstance(grad, Tensor): only then is grad.data the array. An ndarray has a .data too, its raw memory."
    assert by_array is not None, f"A {kind} step reads .data of a gradient that is an ndarray, not the array. {hint}"
    by_tensor.grad = Tensor(gradient)
    make(kind, [by_tensor], weight_decay=0.0).step()
    assert_downhill(by_array - start, gradient, f"a {kind} step with an ndarray as gradient")
    assert_same(by_tensor.data, by_array, f"{kind} step with a Tensor as gradient, against an ndarray", hint)


@in_candidate
def two_steps(kind, start, gradients):
    param = Tensor(start, requires_grad=True)
    optimizer = make(kind, [param])
    held, positions = [], []
    for gradient in gradients:
        param.grad = gradient_as_read(optimizer, gradient.copy())
        held.append(param.grad.data if isinstance(param.grad, Tensor) else param.grad)
        optimizer.step()
        positions.append(param.data.copy())
    return {"gradients": np.array(held), "first": positions[0], "last": positions[1]}


@pytest.mark.parametrize("kind", ["momentum", "Adam", "AdamW"])
@number("13.1")
@weight(3)
def test_gradients_are_only_read(kind, rng):
    """Steps with momentum and weight decay leave the gradients as they were."""
    start, gradient = small(rng, 3), strong(rng, 3)
    gradients = np.stack([gradient, 2 * gradient])
    got = two_steps(kind, start, gradients)
    hint = "Write g = grad + weight_decay * p; `grad += ...` changes the caller's gradient."
    assert_close(got["gradients"], gradients, rtol=0, atol=0, call=f"gradients after two {kind} steps", hint=hint)
    assert_downhill(got["last"] - start, gradient, f"two {kind} steps")


@pytest.mark.parametrize("kind", ["momentum", "Adam", "AdamW"])
@number("13.2")
@weight(1)
@visibility("hidden")
def test_parameters_stay_float32_and_in_shape(kind, rng):
    """With float32 gradients a parameter keeps its shape and stays float32."""
    start, gradient = small(rng, 2, 3), strong(rng, 2, 3)
    param = Tensor(start, requires_grad=True)
    optimizer = make(kind, [param])
    param.grad = gradient_as_read(optimizer, gradient.copy())
    optimizer.step()
    optimizer.step()
    call = f"param.data after two {kind} steps"
    assert_shape(param.data, (2, 3), call=call, hint="Work on whole arrays.")
    assert_dtype(param.data, np.float32, call=call, hint="Python floats keep float32; float64 arrays do not.")
    assert_downhill(param.data - start, gradient, f"two {kind} steps")
