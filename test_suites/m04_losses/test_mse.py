"""MSELoss: the mean of the squared differences over all elements.

Every expected value is computed here in float64 from the float32 inputs, or worked out by hand.
"""

import numpy as np
import pytest
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import one_number
from tinytorch.core.losses import MSELoss
from tinytorch.core.tensor import Tensor

MEAN_HINT = "Square the differences, then take the mean over all elements: no half, no sum, no mean of rows only."

# A mean of a few dozen float32 squares carries a few roundings of 6e-8 each.
FLOAT32 = {"rtol": 1e-5, "atol": 1e-6}


def draw(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def mse(p, y):
    return np.mean((p.astype(np.float64) - y) ** 2)


@number("4.4")
@weight(4)
@pytest.mark.parametrize("shape", [(9,), (3, 5), (5, 3), (2, 3, 4)], ids=["vector", "wide", "tall", "three_axes"])
def test_mse_values(rng, shape):
    """MSE is the mean squared difference over all elements, whatever the shape."""
    p, y = draw(rng, *shape), draw(rng, *shape)
    loss = MSELoss()(Tensor(p), Tensor(y))
    given = {"predictions": p, "targets": y}
    assert_close(
        one_number(loss), mse(p, y), **FLOAT32, call="MSELoss()(predictions, targets)", given=given, hint=MEAN_HINT
    )


@number("4.4")
@weight(2)
def test_mse_by_hand():
    """MSE of [1, 2, 3] against [1.5, 2.5, 2.8] is 0.18."""
    loss = MSELoss()(Tensor([1.0, 2.0, 3.0]), Tensor([1.5, 2.5, 2.8]))
    hint = "The squares are 0.25, 0.25 and 0.04, and a third of their sum is 0.18."
    assert_close(one_number(loss), 0.18, **FLOAT32, call="MSELoss()([1, 2, 3], [1.5, 2.5, 2.8])", hint=hint)


@number("4.4")
@weight(2)
@visibility("hidden")
def test_mse_of_a_single_element():
    """MSE of [3] against [1] is 4."""
    loss = MSELoss()(Tensor([3.0]), Tensor([1.0]))
    hint = "(3 - 1)^2 = 4: the course's loss has no factor 1/2."
    assert_close(one_number(loss), 4.0, **FLOAT32, call="MSELoss()([3], [1])", hint=hint)


@number("4.4")
@weight(2)
@visibility("hidden")
def test_mse_is_zero_only_for_equal_inputs(rng):
    """MSE of equal inputs is exactly 0, and one wrong element of twelve counts for a twelfth."""
    y = draw(rng, 3, 4)
    p = y.copy()
    same = MSELoss()(Tensor(p), Tensor(y))
    assert_close(one_number(same), 0.0, rtol=0, atol=0, call="MSELoss()(y, y)", given={"y": y}, hint=MEAN_HINT)
    p[1, 2] += 6
    off = MSELoss()(Tensor(p), Tensor(y))
    assert_close(
        one_number(off), 3.0, **FLOAT32, call="MSELoss()(p, y), one element off by 6", given={"y": y}, hint=MEAN_HINT
    )


@number("4.5")
@weight(1)
def test_mse_is_symmetric(rng):
    """Exchanging predictions and targets keeps the loss."""
    p, y = draw(rng, 4, 2), draw(rng, 4, 2)
    hint = "A square has no sign: (p - y)^2 equals (y - p)^2."
    for call, a, b in [("MSELoss()(p, y)", p, y), ("MSELoss()(y, p)", y, p)]:
        assert_close(
            one_number(MSELoss()(Tensor(a), Tensor(b))),
            mse(p, y),
            **FLOAT32,
            call=call,
            given={"p": p, "y": y},
            hint=hint,
        )


@number("4.5")
@weight(2)
@pytest.mark.parametrize(("left", "right"), [((3,), (4,)), ((2, 3), (2, 4))], ids=["vectors", "matrices"])
def test_mse_of_unequal_lengths_is_refused(rng, left, right):
    """Predictions and targets that cannot line up raise ValueError; equal shapes still give the loss."""
    p, y = draw(rng, *left), draw(rng, *left)
    loss = MSELoss()(Tensor(p), Tensor(y))
    assert_close(one_number(loss), mse(p, y), **FLOAT32, call="MSELoss()(p, y)", given={"p": p, "y": y}, hint=MEAN_HINT)
    with pytest.raises(ValueError):  # noqa: PT011  the wording is the student's or NumPy's
        MSELoss()(Tensor(p), Tensor(draw(rng, *right)))
