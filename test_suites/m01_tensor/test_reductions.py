"""Sums, means and maxima: over everything, over one axis, over several."""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor

NUMPY = {"sum": np.sum, "mean": np.mean, "max": np.max}


def check_reduction(name, x, *arguments, **keywords):
    got = getattr(Tensor(x), name)(*arguments, **keywords)
    written = [*map(repr, arguments), *(f"{key}={value!r}" for key, value in keywords.items())]
    call = f"Tensor(x).{name}({', '.join(written)})"
    assert isinstance(got, Tensor), f"{call} is not a Tensor: wrap the result, a single number too."
    hint = f"Hand axis and keepdims on to NumPy: np.{name}(self.data, axis=axis, keepdims=keepdims)."
    want = NUMPY[name](x, **dict(zip(("axis", "keepdims"), arguments, strict=False)), **keywords)
    # 24 numbers are summed: a few roundings of numbers of size 1.
    assert_close(got.data, want, atol=1e-5, dtype=np.float32, call=f"{call}.data", given={"x": x}, hint=hint)
    assert_shape(got.shape, want.shape, call=f"{call}.shape", given={"x": x}, hint=hint)


@weight(5)
@number("15.1")
@pytest.mark.parametrize("name", NUMPY)
def test_reduces_everything_or_one_axis(name, rng):
    """Without an axis all numbers become one, of shape (); axis, also negative, names the axis that disappears."""
    x = ordinary(rng, 2, 3, 4)
    check_reduction(name, x)
    check_reduction(name, x, axis=1)
    check_reduction(name, x, axis=-1)
    check_reduction(name, x, 0)


@weight(3)
@number("15.2")
@visibility("hidden")
@pytest.mark.parametrize("name", NUMPY)
def test_reduces_several_axes_and_keeps_dimensions(name, rng):
    """axis may be a tuple, and keepdims leaves each reduced axis with length 1."""
    x = ordinary(rng, 2, 3, 4)
    check_reduction(name, x, axis=(0, 2))
    check_reduction(name, x, axis=1, keepdims=True)
    check_reduction(name, x, -1, True)
    check_reduction(name, x, keepdims=True)


@weight(1)
@number("16.1")
@visibility("hidden")
def test_max_of_negative_numbers_is_negative(rng):
    """The maximum of negative numbers is the largest of them, not 0."""
    x = -1.0 - np.abs(ordinary(rng, 3, 4))
    hint = "Start from the first element, or leave it to np.max; starting from 0 is wrong here."
    assert_close(Tensor(x).max().data, x.max(), rtol=0, atol=0, call="Tensor(x).max()", given={"x": x}, hint=hint)
    assert_close(Tensor(x).max(axis=0).data, x.max(axis=0), rtol=0, atol=0, call="Tensor(x).max(axis=0)", hint=hint)


@weight(1)
@number("16.2")
@visibility("hidden")
def test_reduces_empty_tensors(rng):
    """An empty sum is 0 and an empty maximum is an error, as in NumPy; other sums and maxima are not disturbed."""
    x = ordinary(rng, 3)
    assert_close(Tensor([]).sum().data, 0.0, call="Tensor([]).sum()", hint="The sum of nothing is 0.")
    assert_close(Tensor(np.zeros((0, 2))).sum(axis=0).data, [0.0, 0.0], call="Tensor(np.zeros((0, 2))).sum(axis=0)")
    assert_close(Tensor(x).max().data, x.max(), rtol=0, atol=0, call="Tensor(x).max()", given={"x": x})
    with pytest.raises(ValueError):  # noqa: PT011 (the contract promises the type only)
        Tensor([]).max()


@weight(1)
@number("16.3")
@visibility("hidden")
def test_refuses_an_axis_that_is_not_there(rng):
    """An axis that the tensor does not have raises NumPy's AxisError (a ValueError); one that it has does not."""
    x = ordinary(rng, 2, 3)
    for name in NUMPY:
        check_reduction(name, x, axis=1)
        with pytest.raises(ValueError):  # noqa: PT011 (AxisError's text is NumPy's)
            getattr(Tensor(x), name)(axis=2)
