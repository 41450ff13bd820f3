"""Adding, subtracting, multiplying and dividing, element by element, with NumPy's broadcasting."""

import operator

import numpy as np
import pytest
from arrays import away_from_zero, ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}

BROADCASTS = {
    "row_vector": ("-", (3, 4), (4,)),
    "column_and_row": ("*", (3, 1), (1, 4)),
    "0d_on_the_left": ("/", (), (2, 3)),
}


@weight(8)
@number("4")
@pytest.mark.parametrize("sign", OPERATIONS)
def test_operates_element_by_element(sign, rng):
    """A tensor and a tensor, an int or a float give a new float32 tensor, element by element."""
    operate = OPERATIONS[sign]
    a, b = ordinary(rng, 2, 3), away_from_zero(rng, 2, 3)
    whole, fraction = int(rng.integers(3, 8)), float(rng.uniform(0.3, 0.7))
    hint = f"Let NumPy do it: self.data {sign} other.data for a tensor, self.data {sign} other for a number."
    for right, values in ((Tensor(b), b), (whole, whole), (fraction, fraction)):
        got = operate(Tensor(a), right)
        call = f"Tensor(a) {sign} " + ("Tensor(b)" if values is b else repr(values))
        assert_close(got.data, operate(a, values), dtype=np.float32, call=call, given={"a": a}, hint=hint)


@weight(4.5)
@number("5.1")
@pytest.mark.parametrize("case", BROADCASTS)
def test_broadcasts(case, rng):
    """Shapes that differ are stretched as NumPy stretches them."""
    sign, left, right = BROADCASTS[case]
    a, b = ordinary(rng, *left), away_from_zero(rng, *right)
    got = OPERATIONS[sign](Tensor(a), Tensor(b))
    call, hint = f"Tensor(a) {sign} Tensor(b)", "NumPy broadcasts by itself; no loop and no reshaping is needed."
    assert_close(got.data, OPERATIONS[sign](a, b), call=call, given={"a": a, "b": b}, hint=hint)
    assert_equal(got.shape, np.broadcast_shapes(left, right), call=f"({call}).shape", given={"a": a, "b": b})


@weight(1.5)
@number("5.2")
@visibility("hidden")
def test_takes_arrays_and_lists_on_the_right(rng):
    """The right-hand side may be a NumPy array or a list; the result is still a float32 tensor."""
    a, b = ordinary(rng, 2, 3), rng.uniform(1.0, 2.0, 3)
    hint = "Anything that is not a Tensor can go to NumPy as it is; the new Tensor makes float32 of it."
    want = (a - b).astype(np.float32)
    assert_close((Tensor(a) - b).data, want, dtype=np.float32, call="Tensor(a) - array", given={"a": a}, hint=hint)
    assert_close((Tensor(a) / b.tolist()).data, a / b, dtype=np.float32, call="Tensor(a) / list", hint=hint)


@weight(1.5)
@number("6.1")
@visibility("hidden")
def test_refuses_shapes_that_do_not_fit(rng):
    """Shapes that cannot be stretched to each other raise ValueError; those that can do not."""
    a, b = ordinary(rng, 2, 3), ordinary(rng, 3)
    assert_close((Tensor(a) + Tensor(b)).data, a + b, call="Tensor(a) + Tensor(b)", given={"a": a, "b": b})
    with pytest.raises(ValueError):  # noqa: PT011 (the contract promises the type only)
        Tensor(a) + Tensor([1.0, 2.0])
    assert_close((Tensor(a) * Tensor(b)).data, a * b, call="Tensor(a) * Tensor(b)", given={"a": a, "b": b})
    with pytest.raises(ValueError):  # noqa: PT011
        Tensor(a) * Tensor(np.ones((4, 3)))


@weight(1.5)
@number("6.2")
@visibility("hidden")
def test_division_by_zero_gives_infinity_and_nan():
    """1 / 0 is infinity and 0 / 0 is NaN, as in NumPy; nothing is raised."""
    x, want = Tensor([1.0, -1.0, 0.0]), [np.inf, -np.inf, np.nan]
    hint = "Leave division by zero to NumPy; a check for it is not needed."
    assert_close((x / Tensor([0.0, 0.0, 0.0])).data, want, call="Tensor([1, -1, 0]) / Tensor([0, 0, 0])", hint=hint)
    assert_close((x / 0.0).data, want, call="Tensor([1, -1, 0]) / 0.0", hint=hint)


@in_candidate
def write_into_result(name, a, b):
    """Compute, then write 0 into all of the result; return the result as it was, and the operands before and after."""
    left, right = Tensor(a), Tensor(b)
    result = getattr(operator, name)(left, right)
    found = {"result": result.data.copy(), "left": left.data.copy(), "right": right.data.copy()}
    result.data[...] = 0
    return found | {"written": result.data, "left later": left.data, "right later": right.data}


@weight(4)
@number("7")
@visibility("hidden")
@pytest.mark.parametrize("names", [("add", "sub"), ("mul", "truediv"), ("matmul",)], ids="_".join)
def test_leaves_operands_alone(names, rng):
    """An operation changes neither operand, and its result shares no memory with them."""
    a, b = ordinary(rng, 3, 3), away_from_zero(rng, 3, 3)
    for name in names:
        found = write_into_result(name, a, b)
        call, hint = f"{name}(x, y)", "Make a new Tensor of the result; never write into self.data or return self."
        for operand, key, value in (("x", "left", a), ("y", "right", b)):
            assert_close(found[key], value, rtol=0, atol=0, call=f"{operand}.data after {call}", hint=hint)
            later = f"{operand}.data after z = {call} and z.data[...] = 0"
            assert_close(found[f"{key} later"], value, rtol=0, atol=0, call=later, hint=hint)
        assert_close(found["result"], getattr(operator, name)(a, b), atol=1e-5, call=f"{call}.data", hint=hint)
        assert_close(found["written"], np.zeros((3, 3)), rtol=0, atol=0, call=f"z = {call}; z.data[...] = 0; z.data")
