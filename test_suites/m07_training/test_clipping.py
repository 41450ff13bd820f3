"""Gradient clipping: one norm over all gradients, one factor for all of them.

Always true: gradients of norm 3 and 4 have the joint norm 5, exactly; None is no gradient.
"""

import numpy as np
import pytest
from arrays import away_from_zero, ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import clip_grad_norm

THREE = np.array([[1.0, 2.0], [-2.0, 0.0]], dtype=np.float32)  # norm 3
FOUR = np.array([0.0, -4.0, 0.0], dtype=np.float32)  # norm 4


@in_candidate
def clip_or_none(params, max_norm):
    """Clip; return None where the raw memory of an ndarray is taken for its numbers."""
    try:
        return clip_grad_norm(params, max_norm)
    except TypeError as error:
        if "memoryview" not in str(error):
            raise
        return None


@in_candidate
def clips_arrays(gradient):
    """Whether a gradient that is an array can be clipped, or one that is a Tensor cannot be either."""
    for form in (np.array, Tensor):
        param = Tensor(np.ones(3), requires_grad=True)
        param.grad = form(gradient)
        try:
            clip_grad_norm([param], 1.0)
        except Exception:  # whatever clipping makes of what it cannot read
            continue
        return form is not Tensor
    return True


def numbers(gradient):
    return gradient.data if isinstance(gradient, Tensor) else gradient


def with_gradients(*gradients):
    """One parameter for each gradient; None stands for a parameter without one.

    Gradients are arrays; they are Tensors where those alone can be clipped: test_clips_tensor_gradients charges that.
    """
    params, form = [], np.copy if clips_arrays(FOUR) else Tensor
    for gradient in gradients:
        shape = (2,) if gradient is None else gradient.shape
        params.append(Tensor(np.ones(shape), requires_grad=True))
        params[-1].grad = None if gradient is None else form(gradient)
    return params


@number("2.1")
@weight(3)
def test_returns_the_joint_norm_before_clipping():
    """clip_grad_norm returns the joint norm that all gradients had before clipping."""
    got = clip_grad_norm(with_gradients(THREE, None, FOUR), max_norm=1.0)
    hint = "Square all elements of all gradients, add them up, take one root; work it out before scaling."
    assert_close(got, 5.0, call="clip_grad_norm of gradients with norms 3 and 4", hint=hint)


@pytest.mark.parametrize("max_norm", [1.0, 2.5])
@number("2.2")
@weight(4)
def test_scales_all_gradients_by_one_factor(max_norm):
    """Gradients of joint norm 5 are all scaled by max_norm / 5; a missing one stays None."""
    params = with_gradients(THREE, None, FOUR)
    clip_grad_norm(params, max_norm=max_norm)
    hint = "One factor, max_norm / norm, for all gradients, whatever their own size."
    call = f"gradient {{}} after clip_grad_norm(params, {max_norm})"
    assert_close(params[0].grad, THREE * max_norm / 5, call=call.format(0), hint=hint)
    assert_close(params[2].grad, FOUR * max_norm / 5, call=call.format(2), hint=hint)
    assert params[1].grad is None, "A parameter whose grad is None takes no part: leave its grad None."


@number("2.3")
@weight(2)
@visibility("hidden")
def test_keeps_the_direction(rng):
    """Clipped gradients point where they did and have exactly the joint norm max_norm."""
    gradients = [ordinary(rng, 3, 4), ordinary(rng, 4) * np.float32(10), ordinary(rng, 2, 2, 2)]
    params = with_gradients(*gradients)
    clip_grad_norm(params, 0.5)
    before = np.concatenate([gradient.ravel() for gradient in gradients])
    after = np.concatenate([np.ravel(numbers(param.grad)) for param in params])
    hint = "Multiply; cutting single values off at a limit turns the direction."
    assert_close(np.linalg.norm(after), 0.5, call="joint norm after clip_grad_norm(params, 0.5)", hint=hint)
    want = before / np.linalg.norm(before)
    assert_close(after / 0.5, want, call="direction after clip_grad_norm(params, 0.5)", hint=hint)


@pytest.mark.parametrize("max_norm", [5.0, 7.0])
@number("3.1")
@weight(2)
def test_leaves_small_gradients_alone(max_norm):
    """Gradients whose joint norm is at most max_norm stay exactly as they are."""
    params = with_gradients(THREE, FOUR)
    got = clip_grad_norm(params, max_norm=max_norm)
    hint = "Scale only if the norm is greater than max_norm."
    assert_close(got, 5.0, call=f"clip_grad_norm(params, {max_norm})", hint="Return the norm in any case.")
    for i, gradient in enumerate((THREE, FOUR)):
        call = f"gradient {i} of joint norm 5 after clip_grad_norm(params, {max_norm})"
        assert_close(params[i].grad, gradient, rtol=0, atol=0, call=call, hint=hint)


@number("3.2")
@weight(1)
@visibility("hidden")
def test_nothing_to_clip():
    """Without parameters, without gradients or with zeros only, the norm is 0.0 and nothing becomes NaN."""
    assert_close(clip_grad_norm(with_gradients(FOUR), 10.0), 4.0, call="clip_grad_norm of one gradient of norm 4")
    zeros = with_gradients(np.zeros((2, 2), dtype=np.float32))
    got = [clip_grad_norm([]), clip_grad_norm(with_gradients(None, None)), clip_grad_norm(zeros)]
    hint = "The sum of no squares is 0."
    assert_close(got, [0.0, 0.0, 0.0], rtol=0, atol=0, call="norms of nothing, of None, of zeros", hint=hint)
    assert_close(zeros[0].grad, np.zeros((2, 2)), rtol=0, atol=0, call="zeros after clip_grad_norm", hint=hint)


@number("3.3")
@weight(1)
@visibility("hidden")
def test_returns_a_python_float():
    """The norm is a Python float, also when it is 0.0."""
    got = {"clipped": clip_grad_norm(with_gradients(THREE), 1.0), "empty": clip_grad_norm([])}
    names = {case: type(value).__name__ for case, value in got.items()}
    hint = "Wrap the result in float(...)."
    assert_equal(names, {"clipped": "float", "empty": "float"}, call="type of clip_grad_norm(...)", hint=hint)
    assert_close(got["clipped"], 3.0, call="clip_grad_norm of one gradient of norm 3", hint=hint)


@number("3.4")
@weight(1)
def test_default_limit():
    """Without max_norm gradients are clipped to a joint norm of 1."""
    params = with_gradients(THREE, FOUR)
    clip_grad_norm(params)
    after = np.concatenate([np.ravel(numbers(param.grad)) for param in params])
    assert_close(np.linalg.norm(after), 1.0, call="joint norm after clip_grad_norm(params)", hint="max_norm=1.0")


@pytest.mark.parametrize("max_norm", [1.0, 100.0])
@number("4.1")
@weight(3)
def test_clips_tensor_gradients(max_norm, rng):
    """Gradients that are Tensors are clipped like arrays, and mixtures of both too."""
    wrapped, plain = away_from_zero(rng, 2, 3, gap=2.0), away_from_zero(rng, 4)
    params = with_gradients(wrapped, plain)
    params[0].grad, params[1].grad = Tensor(wrapped), plain.copy()
    got = clip_or_none(params, max_norm)
    hint = "Ask isinstance(grad, Tensor): the numbers of a Tensor are in grad.data, an ndarray is the numbers itself."
    assert got is not None, f"clip_grad_norm takes .data of an ndarray, its raw memory, for its numbers. {hint}"
    norms = np.linalg.norm(wrapped), np.linalg.norm(plain)
    is_sum = isinstance(got, float) and np.isclose(got, sum(norms))  # which test_returns_the_joint_norm charges
    norm = sum(norms) if is_sum else np.hypot(*norms)
    factor = min(1.0, max_norm / norm)
    assert_close(got, norm, call=f"clip_grad_norm([Tensor, ndarray], {max_norm})", hint=hint)
    assert isinstance(params[0].grad, Tensor), "A gradient that is a Tensor should stay one: bind its .data."
    assert_close(
        params[0].grad.data, wrapped * factor, call=f"Tensor gradient after clip_grad_norm(..., {max_norm})", hint=hint
    )
    assert_close(params[1].grad, plain * factor, call=f"ndarray after clip_grad_norm(..., {max_norm})", hint=hint)
