"""Dropout: nothing happens outside training; while training, chance decides for every element alone.

Statistics are taken over 100,000 elements or more, so that each tolerance is many standard errors wide and a right
implementation fails less than once in a million runs.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import require_it_drops
from marks import in_candidate
from tinytorch.core.layers import Dropout
from tinytorch.core.tensor import Tensor

CALL = "Dropout(0.3)(ones)"
SCALE_HINT = "Keep an element with probability 1 - p and multiply it by 1 / (1 - p); the others become 0."
OFF_HINT = "Return the input's values unchanged when training is False or p is 0: no mask, no scaling."


# Switched off, and the two extremes of p


@number("12.1")
@weight(2)
@pytest.mark.parametrize("method", ["call", "forward"])
@pytest.mark.parametrize("form", ["keyword", "position"])
def test_dropout_rests_outside_training(rng, method, form):
    """Dropout(0.6)(x, training=False) returns the values of x, while training drops some."""
    x = ordinary(rng, 8, 5)
    layer = Dropout(0.6)
    args, kwargs = ((), {"training": False}) if form == "keyword" else ((False,), {})
    out = layer(Tensor(x), *args, **kwargs) if method == "call" else layer.forward(Tensor(x), *args, **kwargs)
    call = f"Dropout(0.6) by {method}, training=False by {form}"
    assert_equal(out.data, x, call=call, given={"x": x}, hint=OFF_HINT)
    require_it_drops(layer, Tensor, "Dropout(0.6)(ones)")


@number("12.2")
@weight(1)
@visibility("hidden")
def test_training_is_the_default(rng):
    """Dropout(x) and Dropout(x, training=True) both drop."""
    layer, ones = Dropout(0.8), np.ones(4000)
    hint = "def forward(self, x, training=True)"
    outs = {"Dropout(0.8)(ones)": layer(Tensor(ones)), "forward(ones, True)": layer.forward(Tensor(ones), True)}
    for call, out in outs.items():
        assert_close((out.data == 0).mean(), 0.8, rtol=0, atol=0.06, call=f"share of zeros in {call}", hint=hint)


@number("12.3")
@weight(1)
@visibility("hidden")
def test_p_zero_drops_nothing(rng):
    """Dropout(0.0) returns the values of x, where Dropout(0.5) does not."""
    x = ordinary(rng, 6, 7)
    assert_equal(Dropout(0.0)(Tensor(x)).data, x, call="Dropout(0.0)(x)", given={"x": x}, hint=OFF_HINT)
    require_it_drops(Dropout(0.5), Tensor, "Dropout(0.5)(ones)")


@number("12.4")
@weight(1)
def test_p_one_drops_everything(rng):
    """Dropout(1.0) returns zeros of the same shape, and never divides by 0."""
    x = ordinary(rng, 3, 4, 2)
    out = Dropout(1.0)(Tensor(x), training=True)
    hint = "With p = 1 the factor 1 / (1 - p) is 1 / 0: return zeros without computing it."
    assert_equal(out.data, np.zeros((3, 4, 2)), call="Dropout(1.0)(x)", given={"x": x}, hint=hint)


@number("12.5")
@weight(0.5)
@visibility("hidden")
@pytest.mark.parametrize("flag", [True, False])
def test_p_one_hands_the_flag_on(rng, flag):
    """The zeros of Dropout(1.0) have the requires_grad of x."""
    x = ordinary(rng, 3, 2)
    out = Dropout(1.0)(Tensor(x, requires_grad=flag), training=True)
    assert_equal(out.data, np.zeros((3, 2)), call="Dropout(1.0)(x)", given={"x": x}, hint="All zeros.")
    hint = "Pass requires_grad=x.requires_grad on to the tensor of zeros."
    assert_equal(out.requires_grad, flag, call=f"requires_grad after {flag}", hint=hint)


@number("12.6")
@weight(0.5)
@visibility("hidden")
def test_p_one_outside_training(rng):
    """Dropout(1.0)(x, training=False) returns the values of x, and zeros while training."""
    x = ordinary(rng, 5, 2)
    layer = Dropout(1.0)
    got = layer(Tensor(x), training=False).data
    assert_equal(got, x, call="Dropout(1.0)(x, training=False)", given={"x": x}, hint=OFF_HINT)
    zeros = layer(Tensor(x), training=True).data
    assert_equal(zeros, np.zeros((5, 2)), call="Dropout(1.0)(x)", given={"x": x}, hint="All zeros.")


# Statistics of 100,000 ones with p = 0.3, where 0.3 and 0.7 cannot be mistaken for each other


@number("13.1")
@weight(2)
def test_survivors_are_scaled():
    """Of 100,000 ones with p = 0.3, every survivor becomes 1 / 0.7 and every other 0."""
    out = Dropout(0.3)(Tensor(np.ones(100_000)), training=True).data
    assert_close(np.unique(out), [0.0, 1 / 0.7], call=f"values in {CALL}", hint=SCALE_HINT)


@number("13.2")
@weight(2)
def test_three_in_ten_are_dropped():
    """Of 100,000 ones with p = 0.3, three in ten become 0."""
    out = Dropout(0.3)(Tensor(np.ones(100_000)), training=True).data
    hint = "p is the probability to drop an element, 1 - p the one to keep it."
    # One standard error of the share is 0.0014.
    assert_close((out == 0).mean(), 0.3, rtol=0, atol=0.01, call=f"share of zeros in {CALL}", hint=hint)


@number("13.3")
@weight(2)
@visibility("hidden")
def test_the_mean_is_kept():
    """The mean of 100,000 ones stays 1 under p = 0.3, and some are dropped."""
    out = Dropout(0.3)(Tensor(np.ones(100_000)), training=True).data
    assert (out == 0).any(), f"{CALL} must drop some elements. Hint: {SCALE_HINT}"
    # One standard error of the mean is 0.0021.
    assert_close(out.mean(), 1.0, rtol=0, atol=0.02, call=f"mean of {CALL}", hint=SCALE_HINT)


@number("13.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("p", [0.1, 0.85])
def test_survivors_keep_their_place(rng, p):
    """Whatever p and x: a survivor is its own x / (1 - p), in its own place."""
    x = rng.uniform(1, 2, (400, 250)).astype(np.float32)
    out = Dropout(p)(Tensor(x), training=True).data
    assert_shape(out, (400, 250), call=f"Dropout({p})(x)", given={"x": x}, hint=SCALE_HINT)
    want = np.where(out == 0, 0, x / (1 - p))
    assert_close(out, want, call=f"Dropout({p})(x), where it is not 0", given={"x": x}, hint=SCALE_HINT)
    # At most 0.0016 is one standard error of the share.
    assert_close((out == 0).mean(), p, rtol=0, atol=0.01, call=f"share of zeros in Dropout({p})(x)", hint=SCALE_HINT)


# The mask itself


@number("14.1")
@weight(0.5)
@visibility("hidden")
def test_masks_differ_between_calls():
    """Two calls of one layer drop different elements."""
    layer, x = Dropout(0.5), Tensor(np.ones((100, 100)))
    first, second = (layer(x, training=True).data == 0 for _ in range(2))
    hint = "Draw a new mask in every call, and set no seed in forward."
    # Two independent masks agree in half of 10,000 places; one standard error is 0.005.
    assert_close((first != second).mean(), 0.5, rtol=0, atol=0.05, call="share of places that differ", hint=hint)


@number("14.2")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("axis", [0, 1], ids=["rows", "columns"])
def test_masks_differ_between_neighbours(axis):
    """Neighbouring rows, and neighbouring columns, drop different elements."""
    dropped = Dropout(0.5)(Tensor(np.ones((120, 100))), training=True).data == 0
    hint = "The mask has the shape of x: chance decides for each element alone, not for a row or a column at once."
    differing = np.diff(dropped, axis=axis).mean()
    assert_close(differing, 0.5, rtol=0, atol=0.05, call="share of neighbours that differ", hint=hint)


@in_candidate
def seeded_dropout(seed, a):
    np.random.seed(seed)
    return Dropout(0.4)(Tensor(a), training=True).data


@number("14.3")
@weight(0.5)
def test_the_seed_decides_the_mask(rng):
    """np.random.seed repeats the mask; another seed gives another one."""
    seed, ones = int(rng.integers(2**31)), np.ones((30, 40), dtype=np.float32)
    first, again, other = seeded_dropout(seed, ones), seeded_dropout(seed, ones), seeded_dropout(seed + 1, ones)
    hint = "Draw with np.random.random: NumPy's global generator is the one that np.random.seed sets."
    assert_equal(again, first, call="Dropout(0.4)(ones) after the same seed", hint=hint)
    differing = ((first == 0) != (other == 0)).mean()
    assert_close(differing, 2 * 0.4 * 0.6, rtol=0, atol=0.1, call="share that another seed changes", hint=hint)


@in_candidate
def drop_and_look_back(a):
    x = Tensor(a)
    out = Dropout(0.5)(x, training=True)
    zeros = float((out.data == 0).mean())
    out.data[...] = 7.0
    return zeros, x.data.copy()


@number("14.4")
@weight(1)
@visibility("hidden")
def test_dropout_leaves_its_input_alone(rng):
    """Neither dropping nor writing into the result changes x."""
    a = rng.uniform(1, 2, (50, 60)).astype(np.float32)
    zeros, after = drop_and_look_back(a)
    hint = "Multiply x by the mask into a new tensor; x.data[mask] = 0 destroys the caller's numbers."
    assert_close(zeros, 0.5, rtol=0, atol=0.08, call="share of zeros in Dropout(0.5)(x)", given={"x": a}, hint=hint)
    assert_equal(after, a, call="x.data after Dropout(0.5)(x)", given={"x": a}, hint=hint)


@number("15")
@weight(3)
@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")], ids=["negative", "above_one", "nan"])
def test_p_must_be_a_probability(p):
    """p below 0, above 1 or NaN is a ValueError; 0, 1 and what lies between is not."""
    assert_equal([Dropout(ok).p for ok in (0.0, 0.35, 1.0)], [0.0, 0.35, 1.0], call="p of Dropout(0.0), (0.35), (1.0)")
    require_it_drops(Dropout(0.35), Tensor, "Dropout(0.35)(ones)")
    with pytest.raises(ValueError):  # noqa: PT011  the contract promises no text
        Dropout(p)
