"""What all five activations promise: shapes, types, untouched inputs, the same call; and a chain of three of them.

Every check also looks at values, so that a function that returns its input, or nothing, earns no point.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_dtype, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.activations import GELU, ReLU, Sigmoid, Softmax, Tanh
from tinytorch.core.tensor import Tensor


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


# name: (class, definition); inputs stay small here, so that the plain formulas are safe
CURVES = {
    "Sigmoid": (Sigmoid, sigmoid),
    "ReLU": (ReLU, lambda x: np.maximum(x, 0)),
    "Tanh": (Tanh, np.tanh),
    "GELU": (GELU, lambda x: x * sigmoid(1.702 * x)),
    "Softmax": (Softmax, softmax),
}
each_activation = pytest.mark.parametrize("name", list(CURVES))


def draw(rng, *shape):
    """Draw inputs of moderate size; an element is negative unless its index is a multiple of three."""
    sizes = rng.uniform(0.5, 2.5, shape).astype(np.float32)
    signs = np.where(np.arange(sizes.size) % 3 == 0, 1, -1).reshape(shape)
    return np.asarray(sizes * signs, dtype=np.float32)


def draw_any(rng, name):
    """Draw a matrix, or a vector for Softmax: what it makes of a matrix is the matter of its own checks."""
    return draw(rng, 12) if name == "Softmax" else draw(rng, 3, 4)


def require(name, x, out, call, hint="", values=""):
    """Require `out` (an array) to be the named activation of x; 1e-4 leaves room for any sound formula.

    hint: for a wrong shape. values: for wrong values; without it, that the activation's own checks come first.
    """
    want = CURVES[name][1](np.asarray(x, dtype=np.float64))
    assert_shape(np.shape(out), want.shape, call=f"{call}, its shape", given={"x": x}, hint=hint)
    values = values or f"The values themselves are wrong: mend what {name}'s own checks say first, if they fail, too."
    assert_close(out, want, rtol=1e-4, atol=1e-4, call=call, given={"x": x}, hint=values)


@number("11.1")
@weight(1.5)
@each_activation
def test_a_single_number(name):
    """An activation takes a 0-d tensor and returns a 0-d tensor."""
    x = np.float32(-1.5)
    out = CURVES[name][0]()(Tensor(float(x)))
    hint = "0-d arrays turn into NumPy scalars in most operations: write formulas without x[mask] = ... or out=."
    assert_shape(out.shape, (), call=f"{name}()(Tensor(-1.5)).shape", hint=hint)
    require(name, x, out.data, f"{name}()(Tensor(-1.5))", hint)


@number("11.2")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("name", ["Sigmoid", "ReLU", "Tanh", "GELU"])
def test_no_number_at_all(rng, name):
    """An activation takes an empty tensor and returns one, as it takes a full one."""
    for x in (draw(rng, 4), np.zeros(0, dtype=np.float32)):
        out = CURVES[name][0]()(Tensor(x))
        hint = "An empty array needs no special case; avoid reductions such as x.max() here."
        require(name, x, out.data, f"{name}()(x), x of shape {x.shape}", hint)


@number("11.3")
@weight(1.5)
@visibility("hidden")
@each_activation
@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 1, 3, 2)], ids=["3d", "4d"])
def test_many_axes(rng, name, shape):
    """An activation keeps the shape of 3-D and 4-D tensors."""
    x = draw(rng, *shape)
    out = CURVES[name][0]()(Tensor(x))
    hint = "Apply the formula to the whole array; neither flatten it nor loop over its axes."
    assert_shape(out.shape, shape, call=f"{name}()(x).shape", given={"x": x}, hint=hint)
    require(name, x, out.data, f"{name}()(x)", hint)


@number("11.4")
@weight(2)
@each_activation
def test_the_result_is_a_tensor(rng, name):
    """An activation returns a Tensor of float32, not a bare array or number."""
    x = draw_any(rng, name)
    out = CURVES[name][0]()(Tensor(x))
    assert isinstance(out, Tensor), f"{name}()(x) must be a Tensor, got {type(out).__name__}. Wrap it: Tensor(result)."
    hint = "Let Tensor(...) build the result: it casts to float32."
    assert_dtype(out.data, np.float32, call=f"{name}()(x).data", given={"x": x}, hint=hint)
    require(name, x, out.data, f"{name}()(x)")


@number("12.1")
@weight(3)
@each_activation
def test_the_input_is_left_alone(rng, name):
    """An activation does not change its input."""
    a = draw_any(rng, name)
    x = Tensor(a)
    out = CURVES[name][0]()(x)
    hint = "Compute into a new array; x.data[mask] = 0, out=x.data and -= write into the caller's numbers."
    assert_equal(x.data, a, call=f"x.data after {name}()(x)", given={"x": a}, hint=hint)
    require(name, a, out.data, f"{name}()(x)")


@in_candidate
def overwrite_result(activation, a):
    x = Tensor(a)
    out = activation(x)
    result = out.data.copy()
    out.data[...] = 7.0
    return result, x.data.copy()


@number("12.2")
@weight(3)
@visibility("hidden")
@each_activation
def test_the_result_has_memory_of_its_own(rng, name):
    """Writing into the result does not change the input."""
    a = draw_any(rng, name)
    result, input_after = overwrite_result(CURVES[name][0](), a)
    hint = "The result must be a new array, not the input's own array or a view of it."
    require(name, a, result, f"{name}()(x)")
    call = f"x.data after writing into {name}()(x).data"
    assert_equal(input_after, a, call=call, given={"x": a}, hint=hint)


@number("13.1")
@weight(1)
@each_activation
def test_forward_and_call_agree(rng, name):
    """activation.forward(x) and activation(x) give the same, on one instance used twice."""
    first, second = draw_any(rng, name), draw(rng, 5)
    activation = CURVES[name][0]()
    hint = "__call__ returns self.forward(x); nothing is remembered from one call to the next."
    require(name, first, activation.forward(Tensor(first)).data, f"{name}().forward(x)")
    require(name, second, activation(Tensor(second)).data, f"{name}()(x)", values=hint)


@in_candidate
def call_with_replaced_forward(activation, a):
    kind = type(activation)
    original = kind.forward
    kind.forward = lambda self, x, *rest, **named: Tensor(x.data + 1.0)
    try:
        return activation(Tensor(a)).data
    finally:
        kind.forward = original


@number("13.2")
@weight(0.5)
@visibility("hidden")
@each_activation
def test_call_goes_through_forward(rng, name):
    """activation(x) calls self.forward, which module 05 will replace."""
    a = draw(rng, 3)
    hint = "__call__ must return self.forward(...), not repeat the formula: autograd swaps forward for its own."
    require(name, a, CURVES[name][0]()(Tensor(a)).data, f"{name}()(x)")
    got = call_with_replaced_forward(CURVES[name][0](), a)
    assert_close(got, a + 1, call=f"{name}()(x) with forward replaced by x + 1", given={"x": a}, hint=hint)


@number("13.3")
@weight(1)
@visibility("hidden")
@each_activation
def test_there_is_nothing_to_learn(rng, name):
    """An activation has no parameters, and its backward does nothing yet."""
    activation = CURVES[name][0]()
    x = draw(rng, 3)
    require(name, x, activation(Tensor(x)).data, f"{name}()(x)")
    hint = "parameters() returns an empty list."
    assert_equal(activation.parameters(), [], call=f"{name}().parameters()", hint=hint)
    grad = Tensor([1.0, 1.0, 1.0])
    hint = "backward is a stub that returns None; gradients come with module 05."
    assert_equal(activation.backward(grad), None, call=f"{name}().backward(grad)", hint=hint)


@number("13.4")
@weight(0.5)
@visibility("hidden")
@each_activation
def test_a_list_is_refused(rng, name):
    """An activation takes a Tensor; a plain list is an error."""
    x = draw(rng, 3)
    activation = CURVES[name][0]()
    require(name, x, activation(Tensor(x)).data, f"{name}()(Tensor(x))")
    with pytest.raises((AttributeError, TypeError)):
        activation([1.0, -2.0, 3.0])


@number("14")
@weight(2)
def test_a_chain_of_three(rng):
    """ReLU, then Sigmoid, then Softmax: shapes are kept, and the last numbers sum to 1."""
    x = draw(rng, 8)
    hidden = ReLU()(Tensor(x))
    gates = Sigmoid()(hidden)
    shares = Softmax()(gates)
    hint = "Every activation must return a Tensor that the next one can take."
    for call, out in {"ReLU": hidden, "Sigmoid": gates, "Softmax": shares}.items():
        assert_shape(out.shape, (8,), call=f"{call} in the chain", given={"x": x}, hint=hint)
    want = softmax(sigmoid(np.maximum(x, 0).astype(np.float64)))
    assert_close(shares.data, want, rtol=1e-4, call="Softmax()(Sigmoid()(ReLU()(x)))", given={"x": x}, hint=hint)
    assert_close(shares.data.sum(), np.float64(1), call="sum at the end of the chain", given={"x": x}, hint=hint)
