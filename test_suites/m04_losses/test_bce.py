"""BinaryCrossEntropyLoss: the mean of -(y log p + (1-y) log(1-p)) for probabilities p and targets y in [0, 1].

Every expected value is computed here in float64 from the float32 inputs, or worked out by hand.
"""

import numpy as np
import pytest
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import one_number
from tinytorch.core.losses import BinaryCrossEntropyLoss
from tinytorch.core.tensor import Tensor

# Logarithms of float32 numbers between 0.05 and 0.95: a few roundings, then a mean.
FLOAT32 = {"rtol": 1e-5, "atol": 1e-6}

VALUE_HINT = "Both terms count: -(y log p + (1-y) log(1-p)), averaged over all elements; p is a probability already."
CLIP_HINT = "Clip p to [1e-7, 1 - 1e-7] before the logarithms, and not more than that."


def draw(rng, *shape):
    return rng.uniform(0.05, 0.95, shape).astype(np.float32)


def binary_cross_entropy(p, y):
    p, y = p.astype(np.float64), y.astype(np.float64)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@number("4.9")
@weight(6)
@pytest.mark.parametrize("shape", [(8,), (3, 5), (2, 3, 4)], ids=["vector", "matrix", "three_axes"])
def test_bce_values(rng, shape):
    """BCE of random probabilities against a mix of zeros and ones."""
    p = draw(rng, *shape)
    y = rng.permutation(np.arange(p.size) % 2).reshape(shape).astype(np.float32)
    loss = BinaryCrossEntropyLoss()(Tensor(p), Tensor(y))
    given = {"predictions": p, "targets": y}
    call = "BinaryCrossEntropyLoss()(predictions, targets)"
    assert_close(one_number(loss), binary_cross_entropy(p, y), **FLOAT32, call=call, given=given, hint=VALUE_HINT)


@number("4.9")
@weight(1)
def test_bce_by_hand():
    """BCE of [0.9, 0.1] against [1, 0] is -log 0.9."""
    loss = BinaryCrossEntropyLoss()(Tensor([0.9, 0.1]), Tensor([1.0, 0.0]))
    hint = "Both predictions give their target probability 0.9."
    assert_close(
        one_number(loss), -np.log(0.9), **FLOAT32, call="BinaryCrossEntropyLoss()([0.9, 0.1], [1, 0])", hint=hint
    )


@number("4.9")
@weight(3)
@visibility("hidden")
@pytest.mark.parametrize("case", ["half", "random"])
def test_bce_of_soft_labels(rng, case):
    """Targets between 0 and 1 weigh both terms; p = 0.5 costs log 2 whatever the target."""
    p, y = draw(rng, 4, 3), draw(rng, 4, 3)
    if case == "half":
        p = np.full((1,), 0.5, dtype=np.float32)
        y = np.full((1,), 0.3, dtype=np.float32)
        sure = BinaryCrossEntropyLoss()(Tensor([0.9]), Tensor([1.0]))
        assert_close(
            one_number(sure), -np.log(0.9), **FLOAT32, call="BinaryCrossEntropyLoss()([0.9], [1])", hint=VALUE_HINT
        )
    loss = BinaryCrossEntropyLoss()(Tensor(p), Tensor(y))
    given = {"predictions": p, "targets": y}
    call = "BinaryCrossEntropyLoss()(predictions, soft targets)"
    assert_close(one_number(loss), binary_cross_entropy(p, y), **FLOAT32, call=call, given=given, hint=VALUE_HINT)


@number("4.10")
@weight(2)
@pytest.mark.parametrize(
    ("p", "y"),
    [(0.0, 1.0), (1.0, 0.0), (-0.5, 1.0), (1.5, 0.0)],
    ids=["zero_for_one", "one_for_zero", "below_zero", "above_one"],
)
def test_a_sure_mistake_costs_about_sixteen(p, y):
    """A prediction of 0 or 1, or beyond, on the wrong side costs between 15 and 17, never infinity."""
    loss = float(one_number(BinaryCrossEntropyLoss()(Tensor([p]), Tensor([y]))))
    # -log(1e-7) is 16.12; on the side of 1, float32 rounds 1 - 1e-7 and gives 15.94.
    assert 15 < loss < 17, f"BinaryCrossEntropyLoss()([{p}], [{y}]) must be between 15 and 17, got {loss}. {CLIP_HINT}"


@number("4.10")
@weight(2.5)
@visibility("hidden")
def test_sure_and_right_costs_next_to_nothing():
    """Exact 0 and 1 on the right side cost less than 1e-5; among them, one mistake in four costs a quarter of 16."""
    right = float(one_number(BinaryCrossEntropyLoss()(Tensor([1.0, 0.0]), Tensor([1.0, 0.0]))))
    assert abs(right) < 1e-5, f"BinaryCrossEntropyLoss()([1, 0], [1, 0]) must be below 1e-5, got {right}. {CLIP_HINT}"
    mixed = float(one_number(BinaryCrossEntropyLoss()(Tensor([1.0, 0.0, 0.0, 1.0]), Tensor([1.0, 0.0, 1.0, 1.0]))))
    assert 15 / 4 < mixed < 17 / 4, f"one wrong among four must cost about 4, got {mixed}. {CLIP_HINT}"


@number("4.10")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize(("p", "y"), [(0.9999, 1.0), (0.0001, 0.0), (0.0001, 1.0)], ids=["one", "zero", "wrong"])
def test_a_nearly_sure_prediction_is_not_clipped(p, y):
    """p = 0.9999 for a one costs about 1e-4, and p = 0.0001 about 9.2."""
    loss = BinaryCrossEntropyLoss()(Tensor([p]), Tensor([y]))
    want = binary_cross_entropy(np.array([p]), np.array([y]))
    hint = "The clip must not reach p = 0.9999: EPSILON is 1e-7."
    # 1 - p is rounded by 6e-8, which is 6e-4 of 1e-4.
    assert_close(one_number(loss), want, rtol=5e-3, atol=0, call=f"BinaryCrossEntropyLoss()([{p}], [{y}])", hint=hint)
