"""Reshaping, transposing and indexing: the same numbers, laid out or picked anew, in a tensor of their own."""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}  # nothing is computed, so nothing may be rounded

KEYS = {
    "ints": [1, -1, (..., 1)],
    "slices": [slice(0, None, 2), (slice(1, 3), None, -1)],
    "lists_and_masks": [[2, 0], np.array([True, False, True])],
}


@weight(2)
@number("12.1")
def test_reshape_takes_ints_a_tuple_or_a_list(rng):
    """reshape(3, 2), reshape((3, 2)) and reshape([3, 2]) lay the numbers out row by row."""
    x, hint = ordinary(rng, 2, 3), "With *shape, a single tuple or list arrives as shape[0]."
    want = x.reshape(3, 2)
    assert_close(Tensor(x).reshape(3, 2).data, want, **EXACT, call="x.reshape(3, 2)", given={"x": x}, hint=hint)
    assert_close(Tensor(x).reshape((3, 2)).data, want, **EXACT, call="x.reshape((3, 2))", given={"x": x}, hint=hint)
    assert_close(Tensor(x).reshape([3, 2]).data, want, **EXACT, call="x.reshape([3, 2])", given={"x": x}, hint=hint)
    assert_shape(Tensor(x).reshape(3, 2).shape, (3, 2), call="x.reshape(3, 2).shape", given={"x": x}, hint=hint)


@weight(1)
@number("12.2")
def test_reshape_infers_one_length(rng):
    """One length may be -1: it becomes whatever makes the count fit."""
    x = ordinary(rng, 2, 6)
    hint = "The missing length is self.size divided by the product of the others."
    assert_close(Tensor(x).reshape(-1).data, x.reshape(-1), **EXACT, call="x.reshape(-1)", given={"x": x}, hint=hint)
    assert_close(Tensor(x).reshape(3, -1).data, x.reshape(3, 4), **EXACT, call="x.reshape(3, -1)", hint=hint)
    assert_close(Tensor(x).reshape((-1, 2)).data, x.reshape(6, 2), **EXACT, call="x.reshape((-1, 2))", hint=hint)


@weight(1)
@number("12.3")
@visibility("hidden")
def test_reshapes_numbers_and_empty_tensors(rng):
    """A single number reshapes to (1, 1), and an empty tensor to any shape without elements."""
    value = float(ordinary(rng))
    assert_close(Tensor(value).reshape(1, 1).data, [[value]], call="Tensor(5.0).reshape(1, 1)")
    assert_shape(Tensor(np.zeros((0, 3))).reshape(2, 0).data, (2, 0), call="Tensor(np.zeros((0, 3))).reshape(2, 0)")
    assert_shape(Tensor([[value]]).reshape(()).data, (), call="Tensor([[5.0]]).reshape(())")


@weight(1)
@number("12.4")
@visibility("hidden")
def test_reshape_refuses_two_unknown_lengths(rng):
    """Two lengths of -1 raise ValueError; one is inferred."""
    x = ordinary(rng, 2, 6)
    assert_close(Tensor(x).reshape(4, -1).data, x.reshape(4, 3), **EXACT, call="Tensor(x).reshape(4, -1)")
    with pytest.raises(ValueError):  # noqa: PT011 (the contract promises the type only)
        Tensor(x).reshape(-1, -1)
    with pytest.raises(ValueError):  # noqa: PT011 (here any length would fit)
        Tensor([[5.0]]).reshape(-1, -1)


@weight(1)
@number("12.5")
@visibility("hidden")
def test_reshape_names_the_counts_that_differ(rng):
    """A shape with another number of elements raises ValueError, which says both numbers."""
    x = ordinary(rng, 2, 3)
    assert_close(Tensor(x).reshape(6).data, x.reshape(6), **EXACT, call="Tensor(x).reshape(6)", given={"x": x})
    with pytest.raises(ValueError, match="Total elements must match") as caught:
        Tensor(x).reshape(2, 2)
    assert "6 ≠ 4" in str(caught.value)
    with pytest.raises(ValueError, match="Total elements must match"):
        Tensor(x).reshape(4, -1)


@in_candidate
def overwrite_result(method, x, arguments):
    t = Tensor(x)
    result = getattr(t, method)(*arguments)
    before = np.array(result.data)
    result.data[...] = 99.0
    return {"t": t.data, "result": before}


@weight(1)
@number("12.6")
@visibility("hidden")
def test_results_are_copies(rng):
    """Writing to what reshape, transpose or indexing returned leaves the original as it was."""
    x, hint = ordinary(rng, 2, 3), "NumPy returns a view here; Tensor(...) must copy it."
    cases = [("reshape", (3, 2), x.reshape(3, 2)), ("transpose", (0, 1), x.T), ("__getitem__", (1,), x[1])]
    for method, arguments, want in cases:
        found = overwrite_result(method, x, arguments)
        assert_close(found["result"], want, **EXACT, call=f"t.{method}{arguments}")
        assert_close(found["t"], x, **EXACT, call=f"t.data after writing to t.{method}{arguments}", hint=hint)


@weight(3)
@number("13.1")
def test_transpose_swaps_the_last_two_axes(rng):
    """transpose() swaps the last two axes; a batch stays in front, and a vector is copied."""
    vector, matrix, batch = ordinary(rng, 3), ordinary(rng, 2, 3), ordinary(rng, 2, 3, 4)
    hint = "Only the last two axes change places: np.swapaxes(data, -2, -1). Plain .T reverses all of them."
    got = [Tensor(x).transpose().data for x in (vector, matrix, batch)]
    assert_close(got[1], matrix.T, **EXACT, call="Tensor(x).transpose()", given={"x": matrix}, hint=hint)
    assert_close(got[2], batch.swapaxes(1, 2), **EXACT, call="Tensor(x).transpose()", given={"x": batch}, hint=hint)
    assert_close(got[0], vector, **EXACT, call="Tensor(x).transpose()", given={"x": vector}, hint=hint)


@weight(2)
@number("13.2")
@visibility("hidden")
def test_transpose_swaps_the_axes_it_is_given(rng):
    """transpose(dim0, dim1) swaps exactly those two; negative axes count from the end."""
    x = ordinary(rng, 2, 3, 4)
    hint = "np.swapaxes(self.data, dim0, dim1) takes negative axes too."
    first_last = x.swapaxes(0, 2)
    assert_close(Tensor(x).transpose(0, 2).data, first_last, **EXACT, call="x.transpose(0, 2)", hint=hint)
    assert_close(Tensor(x).transpose(-3, -2).data, x.swapaxes(0, 1), **EXACT, call="x.transpose(-3, -2)", hint=hint)
    assert_close(
        Tensor(x).transpose(dim0=2, dim1=0).data, first_last, **EXACT, call="x.transpose(dim0=2, dim1=0)", hint=hint
    )


@weight(1)
@number("13.3")
@visibility("hidden")
def test_transpose_refuses_one_axis_and_unknown_axes(rng):
    """One axis alone raises ValueError, an axis that is not there IndexError or ValueError."""
    x = ordinary(rng, 2, 3)
    assert_close(Tensor(x).transpose(0, 1).data, x.T, **EXACT, call="Tensor(x).transpose(0, 1)", given={"x": x})
    with pytest.raises(ValueError):  # noqa: PT011 (the contract promises the type only)
        Tensor(x).transpose(0)
    with pytest.raises(ValueError):  # noqa: PT011
        Tensor(x).transpose(dim1=1)
    with pytest.raises((IndexError, ValueError)):
        Tensor(x).transpose(0, 2)


@weight(3)
@number("14.1")
@pytest.mark.parametrize("kind", KEYS)
def test_indexes_like_numpy(kind, rng):
    """t[key] picks what NumPy picks, as a new tensor."""
    x, hint = ordinary(rng, 3, 4), "Hand the key to NumPy as it is: Tensor(self.data[key])."
    for key in KEYS[kind]:
        got, call = Tensor(x)[key], f"Tensor(x)[{key}]"
        assert_close(got.data, x[key], **EXACT, dtype=np.float32, call=f"{call}.data", given={"x": x}, hint=hint)
        assert_equal(got.shape, x[key].shape, call=f"{call}.shape", given={"x": x}, hint=hint)


@weight(1)
@number("14.2")
def test_a_picked_number_is_a_0d_tensor(rng):
    """t[1, 2] is a Tensor of shape (), not a Python float."""
    x = ordinary(rng, 2, 3)
    got = Tensor(x)[1, 2]
    assert isinstance(got, Tensor), "Tensor(x)[1, 2] is not a Tensor: wrap what NumPy gives, a single number too."
    assert_close(got.data, x[1, 2], **EXACT, call="Tensor(x)[1, 2].data", given={"x": x})
    assert_shape(got.shape, (), call="Tensor(x)[1, 2].shape", given={"x": x})


@weight(1)
@number("14.3")
@visibility("hidden")
def test_index_out_of_range_raises_indexerror(rng):
    """An index past the end raises IndexError; the last one does not."""
    x = ordinary(rng, 3, 2)
    assert_close(Tensor(x)[2].data, x[2], **EXACT, call="Tensor(x)[2]", given={"x": x})
    with pytest.raises(IndexError):
        Tensor(x)[3]
    with pytest.raises(IndexError):
        Tensor(x)[0, -3]
