"""What all three losses promise: one float32 number of shape (), untouched inputs, the same call, no surprises.

Every check also looks at the value, so that a loss that returns its input, a constant or nothing earns no point.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_dtype, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import one_number
from marks import in_candidate
from right_log_softmax import log_softmax_is_right  # noqa: F401  of every test here
from tinytorch.core.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss
from tinytorch.core.tensor import Tensor

VALUE_HINT = "The value itself is wrong: mend what this loss's own checks say first, if they fail, too."


def draw_mse(rng):
    return rng.standard_normal((4, 3), dtype=np.float32), rng.standard_normal((4, 3), dtype=np.float32)


def draw_cross_entropy(rng):
    return rng.standard_normal((4, 3), dtype=np.float32), rng.permutation([0, 1, 2, 1]).astype(np.float32)


def draw_bce(rng):
    """Draw probabilities of what is true, and two that are exactly 0 and 1 and right: of labels 0, checks of just those ask."""
    p, y = rng.uniform(0.1, 0.9, (4, 3)).astype(np.float32), np.ones((4, 3), dtype=np.float32)
    p[0, 0], y[0, 0], p[2, 1] = 0, 0, 1
    return p, y


def mse(p, y):
    return np.mean((p - y) ** 2)


def cross_entropy(x, y):
    return np.mean(np.log(np.exp(x).sum(axis=1)) - x[np.arange(len(x)), y.astype(int)])


def bce(p, y):
    return -np.mean(np.log(np.where(y == 1, p, 1 - p)))


# name: (class, inputs, definition)
LOSSES = {
    "MSELoss": (MSELoss, draw_mse, mse),
    "CrossEntropyLoss": (CrossEntropyLoss, draw_cross_entropy, cross_entropy),
    "BinaryCrossEntropyLoss": (BinaryCrossEntropyLoss, draw_bce, bce),
}
each_loss = pytest.mark.parametrize("name", list(LOSSES))


def require(name, a, b, value, call, hint=VALUE_HINT):
    """Require `value` (an array) to be the named loss of a and b, or that times the factor which another loss has, too.

    A loss that sums instead of averaging is charged by its own checks. 1e-4 leaves room for any sound formula.
    """
    want = LOSSES[name][2](a.astype(np.float64), b.astype(np.float64))
    other = a / 2  # other numbers, and probabilities again where a holds any
    seen = one_number(LOSSES[name][0]()(Tensor(other), Tensor(b)))
    factor = np.ones(())
    if isinstance(seen, float | np.ndarray | np.floating) and np.ndim(seen) == 0 and np.isfinite(seen) and seen != 0:
        factor = seen / LOSSES[name][2](other.astype(np.float64), b.astype(np.float64))
    given = {"first": a, "targets": b}
    assert_close(value, factor * want, rtol=1e-4, atol=1e-5, call=call, given=given, hint=hint)


def tensor_of(name, a, b, call):
    """Return the Tensor that a loss gives; say so where it is none."""
    out = LOSSES[name][0]()(Tensor(a), Tensor(b))
    assert isinstance(out, Tensor), f"{call} must be a Tensor, got {type(out).__name__}. Wrap it: Tensor(mean)."
    return out


@number("4.11")
@weight(3)
@each_loss
def test_a_loss_is_a_tensor_of_shape_nothing(rng, name):
    """A loss is a Tensor of shape (), not a plain number and not a row of one."""
    a, b = LOSSES[name][1](rng)
    call = f"{name}()(first, targets)"
    out = tensor_of(name, a, b, call)
    assert_shape(
        out.shape, (), call=f"{call}.shape", hint="One number has shape (): average over every axis, keep none."
    )
    require(name, a, b, out.data, f"{call}.data")


@number("4.11")
@weight(3)
@visibility("hidden")
@each_loss
def test_the_data_of_a_loss_is_a_float32_array(rng, name):
    """A loss keeps its number in a float32 array, which float() can read."""
    a, b = LOSSES[name][1](rng)
    data = tensor_of(name, a, b, f"{name}()(first, targets)").data
    call = f"{name}()(first, targets).data"
    hint = "Let Tensor(...) build the result: it makes an array of float32 even from a single number."
    assert_equal(type(data).__name__, "ndarray", call=f"type({call}).__name__", hint=hint)
    assert_dtype(data, np.float32, call=call, hint=hint)
    require(name, a, b, float(data), f"float({call})")


@number("4.12")
@weight(1.5)
@visibility("hidden")
@each_loss
def test_the_inputs_are_left_alone(rng, name):
    """A loss changes neither the predictions, zeros and ones included, nor the targets."""
    a, b = LOSSES[name][1](rng)
    first, targets = Tensor(a), Tensor(b)
    out = LOSSES[name][0]()(first, targets)
    hint = "Compute into new arrays: out=x.data, -= and x.data[...] = write into the caller's numbers."
    assert_equal(first.data, a, call=f"first.data after {name}()(first, targets)", given={"first": a}, hint=hint)
    assert_equal(targets.data, b, call=f"targets.data after {name}()(first, targets)", given={"targets": b}, hint=hint)
    require(name, a, b, one_number(out), f"{name}()(first, targets)")


@number("4.12")
@weight(1.5)
@each_loss
def test_forward_and_call_agree(rng, name):
    """loss.forward(a, b) and loss(a, b) give the same, on one instance used twice; backward() returns None."""
    loss = LOSSES[name][0]()
    hint = "__call__ returns self.forward(first, targets); nothing is remembered from one call to the next."
    a, b = LOSSES[name][1](rng)
    require(name, a, b, one_number(loss.forward(Tensor(a), Tensor(b))), f"{name}().forward(first, targets)")
    assert_equal(loss.backward(), None, call=f"{name}().backward()", hint="backward is a stub until module 05.")
    a, b = LOSSES[name][1](rng)
    require(name, a, b, one_number(loss(Tensor(a), Tensor(b))), f"{name}()(first, targets)", hint)


@in_candidate
def call_with_replaced_forward(loss, a, b):
    kind = type(loss)
    original = kind.forward
    kind.forward = lambda self, first, targets: Tensor(first.data + 1.0)
    try:
        return loss(Tensor(a), Tensor(b)).data
    finally:
        kind.forward = original


@number("4.12")
@weight(1)
@visibility("hidden")
def test_call_goes_through_forward(rng):
    """loss(a, b) calls self.forward, which module 05 will replace."""
    hint = "__call__ must return self.forward(...), not repeat the formula: autograd swaps forward for its own."
    for name, (kind, draw, _) in LOSSES.items():
        a, b = draw(rng)
        require(name, a, b, one_number(kind()(Tensor(a), Tensor(b))), f"{name}()(first, targets)")
        got = call_with_replaced_forward(kind(), a, b)
        assert_close(got, a + 1, call=f"{name}()(first, targets) with forward replaced by first + 1", hint=hint)


@number("4.13")
@weight(1.5)
@visibility("hidden")
@each_loss
def test_a_loss_is_never_negative(rng, name):
    """A loss on random data is 0 or more: it measures a distance."""
    for batch in range(5):
        a, b = LOSSES[name][1](rng)
        value = one_number(LOSSES[name][0]()(Tensor(a), Tensor(b)))
        call = f"{name}()(first, targets), batch {batch}"
        require(name, a, b, value, call)
        assert value >= 0, f"{call} must not be negative, got {value}. Check the sign in front of the mean."


@number("4.13")
@weight(1.5)
@visibility("hidden")
@each_loss
def test_the_precision_of_the_source_does_not_matter(rng, name):
    """Tensors made from float64 arrays and from float32 arrays give the same float32 loss."""
    a, b = LOSSES[name][1](rng)
    hint = "A Tensor holds float32 whatever it was made from; compute with its data and wrap the result in Tensor(...)."
    for kind in (np.float32, np.float64):
        call = f"{name}()(first, targets) from {kind.__name__} arrays"
        data = tensor_of(name, a.astype(kind), b.astype(kind), call).data
        assert_dtype(data, np.float32, call=call, hint=hint)
        require(name, a, b, data, call)
