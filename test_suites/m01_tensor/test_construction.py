"""A tensor holds its own float32 copy of whatever numbers it is given."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from arrays import ordinary, whole
from asserts import assert_close, assert_dtype, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor

SOURCES: dict[str, Callable[[np.random.Generator], list[Any]]] = {
    "numbers": lambda rng: [float(ordinary(rng)), int(rng.integers(2, 9)), True],
    "lists": lambda rng: [ordinary(rng, 2, 3).tolist(), [True, False], ((1, 2), (3, 4), (5, 6))],
    "int_array": lambda rng: [whole(rng, 3, 2).astype(np.int64)],
    "float64_array": lambda rng: [rng.standard_normal((2, 1, 3))],
}


@weight(4)
@number("1")
@pytest.mark.parametrize("kind", SOURCES)
def test_holds_the_numbers_as_float32(kind, rng):
    """Tensor(data) holds the numbers it is given, as float32, and knows their shape, size and dtype."""
    hint = "Convert once, in __init__: np.array(data, dtype=np.float32)."
    for data in SOURCES[kind](rng):
        t, want, given = Tensor(data), np.array(data, dtype=np.float32), {"data": data}
        assert_close(t.data, want, rtol=0, atol=0, dtype=np.float32, call="Tensor(data).data", given=given, hint=hint)
        assert_equal(t.shape, want.shape, call="Tensor(data).shape", given=given)
        assert_equal(t.size, want.size, call="Tensor(data).size", given=given)
        assert_dtype(t.dtype, np.float32, call="Tensor(data).dtype", given=given, hint=hint)


@weight(1.5)
@number("2.1")
@visibility("hidden")
def test_keeps_0d_and_empty_shapes(rng):
    """A single number has shape (), and an axis of length 0 stays."""
    value = float(ordinary(rng))
    hint = "Leave the shape to np.array; a single number needs no brackets around it."
    assert_close(Tensor(value).data, value, call="Tensor(5.0).data", hint=hint)
    assert_shape(Tensor(value).shape, (), call="Tensor(5.0).shape", hint=hint)
    assert_shape(Tensor([]).shape, (0,), call="Tensor([]).shape", hint=hint)
    assert_shape(Tensor(np.zeros((0, 3))).data, (0, 3), call="Tensor(np.zeros((0, 3))).data", hint=hint)
    assert_equal(Tensor(np.zeros((0, 3))).size, 0, call="Tensor(np.zeros((0, 3))).size", hint=hint)


@weight(1.5)
@number("2.2")
def test_gradient_fields_start_empty(rng):
    """requires_grad is False unless asked for, and there is no gradient yet."""
    data = ordinary(rng, 3)
    assert_close(Tensor(data, requires_grad=True).data, data, call="Tensor(data, requires_grad=True).data")
    assert_equal(Tensor(data).requires_grad, False, call="Tensor(data).requires_grad")
    assert_equal(Tensor(data, requires_grad=True).requires_grad, True, call="Tensor(data, requires_grad=True)")
    hint = "Gradients come in module 05; until then grad is None, not zeros."
    assert_equal(Tensor(data, True).grad, None, call="Tensor(data, True).grad", hint=hint)


@in_candidate
def write_to_the_source(source):
    t = Tensor(source)
    source[...] = 99.0
    return t.data


@weight(2)
@number("3.1")
@visibility("hidden")
def test_copies_its_input(rng):
    """Writing to an array afterwards does not change the tensor that was made from it."""
    source = ordinary(rng, 2, 3)
    want = source.copy()
    hint = "np.array copies, np.asarray does not."
    assert_close(write_to_the_source(source), want, call="Tensor(a).data after a[...] = 99", hint=hint)


@weight(2)
@number("3.2")
@visibility("hidden")
def test_refuses_ragged_rows_and_text(rng):
    """Rows of different length and text raise ValueError; proper rows do not."""
    rows = ordinary(rng, 2, 3)
    assert_close(Tensor(rows.tolist()).data, rows, call="Tensor([[...], [...]]).data")
    with pytest.raises(ValueError):  # noqa: PT011 (the contract promises the type only)
        Tensor([[1.0, 2.0], [3.0]])
    with pytest.raises(ValueError):  # noqa: PT011
        Tensor(["one", "two"])
