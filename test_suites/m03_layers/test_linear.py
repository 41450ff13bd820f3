"""Linear: its attributes, its first weights, its forward pass and its parameters.

Forward values are computed here by NumPy from weights that the test assigns. Sums over at most 8 products of
size 1 carry rounding errors of a few 1e-7, so that the default tolerance (1e-5) is ample.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_dtype, assert_equal, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from lenient import require_it_multiplies, set_weight, weight_in_use, weight_of
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor

FORWARD_HINT = "forward returns x.matmul(self.weight), plus self.bias if there is one."


def make_linear(W, b=None):
    """Return a Linear whose weight and bias hold the given arrays, without a bias if b is None; and the weight it multiplies by."""
    layer = Linear(*W.shape, bias=b is not None)
    if b is not None:
        layer.bias.data = b
    return layer, weight_in_use(layer, W, through(layer))


def through(layer):
    """Return what takes numbers through the layer's forward."""
    return lambda x: layer.forward(Tensor(x)).data


# Attributes


@number("3.1")
@weight(2)
def test_linear_knows_its_sizes(rng):
    """Linear(3, 5) knows in_features and out_features, and maps 3 numbers to 5."""
    W, x = ordinary(rng, 3, 5), ordinary(rng, 2, 3)
    layer, W = make_linear(W)
    assert_close(
        layer.forward(Tensor(x)).data, x @ W, call="Linear(3, 5).forward(x)", given={"x": x}, hint=FORWARD_HINT
    )
    hint = "Store both arguments under their own names."
    assert_equal([layer.in_features, layer.out_features], [3, 5], call="Linear(3, 5) sizes", hint=hint)
    named = Linear(in_features=7, out_features=2)
    assert_equal([named.in_features, named.out_features], [7, 2], call="Linear(in_features=7, out_features=2) sizes")


@number("3.2")
@weight(2)
def test_weight_has_one_column_per_output():
    """The weight of Linear(3, 5) is a float32 Tensor of shape (3, 5)."""
    layer = Linear(3, 5)
    hint = "x (N, in) @ weight (in, out) gives (N, out): the weight is (in_features, out_features)."
    assert isinstance(layer.weight, Tensor), "Linear(3, 5).weight must be a Tensor: wrap the array in Tensor(...)."
    assert_shape(layer.weight.shape, (3, 5), call="Linear(3, 5).weight.shape", hint=hint)
    assert_dtype(layer.weight.data, np.float32, call="Linear(3, 5).weight.data", hint=hint)
    require_it_multiplies(layer, (3, 5), through(layer), "Linear(3, 5)")


@number("3.3")
@weight(2)
def test_bias_starts_at_zero():
    """The bias of Linear(3, 5) is a float32 Tensor of five zeros."""
    layer = Linear(3, 5)
    assert isinstance(layer.bias, Tensor), "Linear(3, 5).bias must be a Tensor: wrap the array in Tensor(...)."
    hint = "One number per output, and all outputs start without a preference: np.zeros(out_features)."
    assert_close(layer.bias.data, np.zeros(5), rtol=0, atol=0, dtype=np.float32, call="Linear(3, 5).bias", hint=hint)
    require_it_multiplies(layer, (3, 5), through(layer), "Linear(3, 5)")


@number("3.4")
@weight(2)
@visibility("hidden")
def test_weight_and_bias_ask_for_gradients():
    """weight and bias have requires_grad=True, and no gradient yet."""
    layer = Linear(4, 3)
    hint = "Tensor(..., requires_grad=True) for both: module 05 trains what is marked."
    assert_equal(layer.weight.requires_grad, True, call="Linear(4, 3).weight.requires_grad", hint=hint)
    assert_equal(layer.bias.requires_grad, True, call="Linear(4, 3).bias.requires_grad", hint=hint)
    hint = "grad stays None until a backward pass."
    assert_equal([layer.weight.grad, layer.bias.grad], [None, None], call="weight.grad, bias.grad", hint=hint)
    require_it_multiplies(layer, (4, 3), through(layer), "Linear(4, 3)")


# The first weights. 400,000 standard normals: their standard deviation is known to 0.11 %, their mean to 0.16 %.


@number("4.1")
@weight(4)
def test_first_weights_have_the_right_spread():
    """The weights of Linear(1000, 400) spread by 1 / sqrt(1000)."""
    weights = weight_of(Linear(1000, 400))
    hint = "Scale standard normal numbers by sqrt(1 / in_features): not by out_features, not by sqrt(2 / in_features)."
    # 2 % is the contract's tolerance, 18 standard errors of the estimate.
    assert_close(weights.std(), 1000**-0.5, rtol=0.02, atol=0, call="std of Linear(1000, 400).weight", hint=hint)
    hint = "Every weight is a draw of its own."
    assert_close((weights != 0).mean(), 1.0, rtol=0, atol=0.01, call="share of weights that are not 0", hint=hint)


@number("4.2")
@weight(2)
@visibility("hidden")
def test_first_weights_are_centred():
    """The weights of Linear(1000, 400) average to 0, row by row and column by column."""
    weights = weight_of(Linear(1000, 400)).astype(np.float64)
    hint = "Draw from a distribution symmetric about 0, such as np.random.randn, one number for every weight."
    assert_close(weights.mean(), 0.0, rtol=0, atol=1e-3, call="mean of Linear(1000, 400).weight", hint=hint)
    differ = len(np.unique(weights[0])) > 350
    assert differ, f"The weights of Linear(1000, 400) must differ from each other. Hint: {hint}"
    # The largest of 1,000 row means lies below 6 standard errors, except once in half a million runs.
    limits = 6 * 1000**-0.5 / np.sqrt([400, 1000])
    largest = [np.abs(weights.mean(axis=1)).max(), np.abs(weights.mean(axis=0)).max()]
    excess = np.maximum(np.array(largest) - limits, 0.0)
    assert_close(excess, np.zeros(2), atol=0, call="row and column means of the weight, beyond chance", hint=hint)


@number("4.3")
@weight(1.5)
@visibility("hidden")
def test_first_weights_are_normal():
    """68 % of the weights lie within one standard deviation, as a normal distribution has it."""
    weights = weight_of(Linear(1000, 400)).astype(np.float64) * 1000**0.5
    hint = "Use the normal distribution, np.random.randn; a uniform one of the same spread has 58 %."
    within = [(np.abs(weights) < limit).mean() for limit in (1, 2)]
    # One standard error is 0.0007 for the share within 1: 0.01 is 14 of them, 2 % more spread moves it by 0.01.
    assert_close(within, [0.6827, 0.9545], rtol=0, atol=0.015, call="share of weights within 1 and 2 std", hint=hint)


@number("4.4")
@weight(1.5)
def test_two_layers_start_differently():
    """Two layers made one after the other have different weights."""
    first, second = weight_of(Linear(20, 30)), weight_of(Linear(20, 30))
    hint = "Draw new numbers in every __init__, and set no seed there."
    differing = (first != second).mean()
    assert_close(differing, 1.0, rtol=0, atol=0.01, call="share of weights that differ", hint=hint)


@in_candidate
def seeded_weights(seed, in_features, out_features):
    np.random.seed(seed)
    drawn = Linear(in_features, out_features).weight
    return np.array(drawn if isinstance(drawn, np.ndarray) else drawn.data)


@number("5")
@weight(4)
def test_the_seed_decides_the_weights(rng):
    """np.random.seed repeats the weights; another seed gives others."""
    seed = int(rng.integers(2**31))
    first, again, other = seeded_weights(seed, 6, 7), seeded_weights(seed, 6, 7), seeded_weights(seed + 1, 6, 7)
    hint = "Draw with np.random.randn: NumPy's global generator is the one that np.random.seed sets."
    assert_equal(sorted(first.shape), [6, 7], call="lengths of the axes of Linear(6, 7).weight", hint=hint)
    assert_equal(again, first, call="weights of a second Linear after the same seed", hint=hint)
    assert_close((other != first).mean(), 1.0, rtol=0, atol=0.1, call="share that another seed changes", hint=hint)


# Forward


@number("6.1")
@weight(5)
def test_forward_multiplies_and_adds(rng):
    """Linear(x) is x @ weight + bias."""
    x, W, b = ordinary(rng, 6, 3), ordinary(rng, 3, 4), ordinary(rng, 4)
    layer, W = make_linear(W, b)
    out = layer(Tensor(x))
    given = {"x": x, "weight": W, "bias": b}
    assert_close(out.data, x @ W + b, dtype=np.float32, call="Linear(3, 4)(x)", given=given, hint=FORWARD_HINT)


@number("6.2")
@weight(2)
def test_forward_by_hand():
    """[1, 2] through weights [[1, 0, 2], [0, 1, -1]] and bias [10, 20, 30] is [11, 22, 30]."""
    W, b = np.array([[1, 0, 2], [0, 1, -1]], dtype=np.float32), np.array([10, 20, 30], dtype=np.float32)
    layer = Linear(2, 3)
    set_weight(layer, W)
    layer.bias.data = b
    out = layer(Tensor([[1.0, 2.0]]))
    hint = "Column j of the weight makes output j: 1 * 2 + 2 * (-1) + 30 is 30."
    assert_close(out.data, np.array([[11.0, 22.0, 30.0]]), call="Linear(2, 3)([[1, 2]])", hint=hint)


@number("6.3")
@weight(3)
@visibility("hidden")
def test_forward_and_call_agree(rng):
    """layer.forward(x) gives what layer(x) gives, also for a square weight."""
    x = ordinary(rng, 5, 4)
    layer, W = make_linear(ordinary(rng, 4, 4))
    given = {"x": x, "weight": W}
    assert_close(layer.forward(Tensor(x)).data, x @ W, call="layer.forward(x)", given=given, hint=FORWARD_HINT)
    assert_close(layer(Tensor(x)).data, x @ W, call="layer(x)", given=given, hint=FORWARD_HINT)


@number("6.4")
@weight(2)
@visibility("hidden")
def test_forward_returns_a_new_tensor(rng):
    """The result is a Tensor, and neither x nor the parameters are changed by it."""
    x, W, b = ordinary(rng, 2, 3), ordinary(rng, 3, 2), ordinary(rng, 2)
    (layer, W), t = make_linear(W, b), Tensor(x)
    before = [np.array(weight_of(layer)), b]
    out = layer(t)
    assert isinstance(out, Tensor), f"layer(x) must be a Tensor, got {type(out).__name__}."
    assert_close(out.data, x @ W + b, call="layer(x)", given={"x": x}, hint=FORWARD_HINT)
    hint = "Add the bias with +, which makes a new tensor, not with += on .data."
    assert_equal(t.data, x, call="x.data after layer(x)", hint=hint)
    assert_equal([weight_of(layer), layer.bias.data], before, call="weight.data, bias.data after layer(x)", hint=hint)


@number("7")
@weight(6)
@visibility("hidden")
@pytest.mark.parametrize(
    "leading", [(), (1,), (2, 5), (0,), (2, 3, 4)], ids=["vector", "one_row", "sequences", "no_row", "4d"]
)
def test_forward_keeps_the_leading_axes(rng, leading):
    """Linear works on the last axis alone: vectors, one row, sequences, and no row at all."""
    x, probe = ordinary(rng, *leading, 3), ordinary(rng, 2, 3)
    layer, W = make_linear(ordinary(rng, 3, 4))
    call = "Linear(3, 4, bias=False)(x)"
    assert_close(layer(Tensor(x)).data, x @ W, call=call, given={"x": x, "weight": W}, hint=FORWARD_HINT)
    assert_close(layer(Tensor(probe)).data, probe @ W, call=f"{call}, x of shape (2, 3)", hint=FORWARD_HINT)


@number("8.1")
@weight(2)
def test_forward_refuses_the_wrong_number_of_features(rng):
    """Linear(3, 4) takes 3 features; 5 are a ValueError."""
    (layer, W), x = make_linear(ordinary(rng, 3, 4)), ordinary(rng, 2, 3)
    call = "Linear(3, 4, bias=False)(x)"
    assert_close(layer(Tensor(x)).data, x @ W, call=call, given={"x": x}, hint=FORWARD_HINT)
    with pytest.raises(ValueError):  # noqa: PT011  the text is matmul's, and only the type is promised
        layer(Tensor(ordinary(rng, 2, 5)))


@number("8.2")
@weight(2)
@visibility("hidden")
def test_float64_weights_give_float32(rng):
    """float64 arrays assigned to weight.data and bias.data still give a float32 result."""
    x, W, b = ordinary(rng, 4, 3), rng.standard_normal((3, 2)), rng.standard_normal(2)
    layer, W = make_linear(W, b)
    out = layer(Tensor(x))
    hint = "Compute with Tensor operations: each casts its result to float32."
    assert_close(out.data, x @ W + b, dtype=np.float32, call="layer(x)", given={"x": x, "weight": W}, hint=hint)
