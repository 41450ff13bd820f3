"""Sparsity, and pruning by magnitude.

Models have weights and no biases, because the course prunes biases in one reading and spares them in another. Magnitudes are
distinct and built; they are all positive, or neurons alike, wherever signs and norms are not what a check is about.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import Compressor, magnitude_prune, measure_sparsity

EXACT = {"rtol": 0, "atol": 0}  # what survives is not computed
SIZE_HINT = "Compare np.abs(data) with np.percentile(np.abs(data), 100 * sparsity), and set what is below to 0."


@in_candidate
def model_of(*layers):
    """Return a model that is nothing but its layers."""

    class Model:
        def __init__(self):
            self.layers = list(layers)

    return Model()


@in_candidate
def layer_of(array):
    """Return a layer that is no Linear and has this array as its only parameter, weight."""

    class Table:
        def __init__(self):
            self.weight = Tensor(array)

        def parameters(self):
            return [self.weight]

    return Table()


@in_candidate
def layer_without_parameters():
    class Square:
        def parameters(self):
            return []

    return Square()


def linear_model(*arrays):
    """Return a model of Linear layers without bias that hold copies of these weights."""
    layers = []
    for W in arrays:
        layer = Linear(*W.shape, bias=False)
        layer.weight.data = W.copy()
        layers.append(layer)
    return model_of(*layers)


def distinct_sizes(rng, *shape, signs=False):
    """Return shuffled numbers whose magnitudes are evenly spaced and all different; positive unless signs."""
    count = int(np.prod(shape))
    values = rng.permutation(np.arange(1, count + 1)) * rng.uniform(0.01, 0.05)
    return (values * (rng.choice([-1, 1], count) if signs else 1)).reshape(shape).astype(np.float32)


def weights_after(model, result):
    """Return the weights of what was returned; of the model itself, where None was returned."""
    return [layer.weight.data for layer in (model if result is None else result).layers]


def require_smaller_part(W, after):
    """Require that what was set to 0 is much smaller, on average, than what was kept."""
    kept, gone = float(W[after != 0].mean()), float(W[after == 0].mean())
    text = f"On average what was removed has the size {gone:.3g}, and what was kept {kept:.3g}"
    assert kept > 1.5 * gone, f"{text}: it should be much larger. {SIZE_HINT}"


def require_half_is_pruned(rng):
    """Require that half of a weight goes, the smaller half: the twin of cases in which nothing happens."""
    W = distinct_sizes(rng, 10, 8)
    model = linear_model(W)
    after = weights_after(model, magnitude_prune(model, 0.5))[0]
    assert_close((after == 0).mean(), 0.5, rtol=0, atol=0.03, call="share of zeros at sparsity 0.5", hint=SIZE_HINT)
    require_smaller_part(W, after)


# Sparsity


def with_zeros(rng, zeros, *shape):
    """Return an array of this shape with so many zeros, at drawn places."""
    values = rng.uniform(0.5, 2, int(np.prod(shape)))
    values[rng.permutation(values.size)[:zeros]] = 0
    return values.reshape(shape).astype(np.float32)


@number("2.1")
@weight(2)
def test_sparsity_is_a_fraction(rng):
    """measure_sparsity is the share of zeros, a number from 0 to 1."""
    zeros = int(rng.integers(5, 14))
    got = float(measure_sparsity(linear_model(with_zeros(rng, zeros, 6, 5))))
    hint = "Zeros divided by all numbers: a fraction, not a percentage."
    assert_close(got, zeros / 30, call=f"measure_sparsity of a weight with {zeros} zeros among 30 numbers", hint=hint)


@number("2.2")
@weight(1)
@visibility("hidden")
def test_sparsity_at_both_ends(rng):
    """It is 0 without any zero, 1 where all is zero, and one half in between."""
    got = [float(measure_sparsity(linear_model(with_zeros(rng, zeros, 4, 6)))) for zeros in (0, 12, 24)]
    assert_close(got, [0, 0.5, 1], call="measure_sparsity of weights with 0, 12 and 24 zeros among 24 numbers")


@number("2.3")
@weight(1)
def test_sparsity_counts_numbers_of_all_layers(rng):
    """Numbers are counted over all layers together: a large layer weighs more than a small one."""
    first, second = int(rng.integers(1, 6)), int(rng.integers(20, 40))
    model = linear_model(with_zeros(rng, first, 2, 3), with_zeros(rng, second, 6, 7))
    hint = "Add zeros and sizes up over all parameters, and divide once."
    call = f"measure_sparsity with {first} zeros among 6 numbers and {second} among 42"
    assert_close(float(measure_sparsity(model)), (first + second) / 48, call=call, hint=hint)


@number("2.4")
@weight(1)
@visibility("hidden")
def test_sparsity_of_nothing_is_zero(rng):
    """A model without parameters has sparsity 0.0; another one has its own."""
    got = float(measure_sparsity(model_of(layer_without_parameters())))
    assert_close(got, 0.0, **EXACT, call="measure_sparsity of no parameters", hint="0 / 0 is no fraction: return 0.0.")
    zeros = int(rng.integers(4, 9))
    got = float(measure_sparsity(linear_model(with_zeros(rng, zeros, 4, 5))))
    assert_close(got, zeros / 20, call=f"measure_sparsity of a weight with {zeros} zeros among 20 numbers")


@number("2.5")
@weight(1)
@visibility("hidden")
def test_sparsity_by_method_and_function(rng):
    """Compressor.measure_sparsity gives what measure_sparsity gives, for any layer with parameters."""
    zeros = int(rng.integers(4, 9))
    model = model_of(layer_of(with_zeros(rng, zeros, 20)))
    got = [float(Compressor.measure_sparsity(model)), float(measure_sparsity(model))]
    assert_close(got, [zeros / 20] * 2, call=f"both, of {zeros} zeros among 20 numbers")


# Pruning by magnitude


@number("3.1")
@weight(7.5)
@pytest.mark.parametrize("sparsity", [0.25, 0.5, 0.9])
def test_the_share_that_is_pruned(rng, sparsity):
    """magnitude_prune sets this share of a weight to 0, the smaller part."""
    W = distinct_sizes(rng, 20, 15)
    model = linear_model(W)
    after = weights_after(model, magnitude_prune(model, sparsity))[0]
    call = f"share of zeros after magnitude_prune(model, {sparsity})"
    assert_close((after == 0).mean(), sparsity, rtol=0, atol=0.02, call=call, given={"weight": W}, hint=SIZE_HINT)
    require_smaller_part(W, after)


@number("3.2")
@weight(1.5)
@visibility("hidden")
def test_sparsity_zero_prunes_nothing(rng):
    """magnitude_prune(model, 0.0) changes nothing, and 0.5 does."""
    W = distinct_sizes(rng, 6, 5)
    model = linear_model(W)
    after = weights_after(model, magnitude_prune(model, 0.0))[0]
    hint = "Remove what lies strictly below the threshold; at sparsity 0 that is the smallest number itself."
    assert_close(after, W, **EXACT, call="weight after magnitude_prune(model, 0.0)", given={"weight": W}, hint=hint)
    require_half_is_pruned(rng)


@number("4.1")
@weight(4.5)
def test_survivors_keep_their_values(rng):
    """What is not set to 0 keeps its exact value, in its own place."""
    W = distinct_sizes(rng, 9, 8)
    model = linear_model(W)
    after = weights_after(model, magnitude_prune(model, 0.5))[0]
    want = np.where(after == 0, 0, W)
    hint = "Only write zeros: nothing is scaled, moved or rounded."
    assert_close(after, want, **EXACT, call="weight where it is not 0", given={"weight": W}, hint=hint)
    assert_close((after == 0).mean(), 0.5, rtol=0, atol=0.2, call="share of zeros at sparsity 0.5", hint=SIZE_HINT)


@number("4.2")
@weight(4.5)
@visibility("hidden")
@pytest.mark.parametrize("shape", [(12, 5), (3, 30)])
def test_the_smallest_go_first(rng, shape):
    """No survivor is smaller in magnitude than any number that was removed."""
    W = distinct_sizes(rng, *shape)
    model = linear_model(W)
    after = weights_after(model, magnitude_prune(model, 0.5))[0]
    gone = after == 0
    assert gone.any(), f"Nothing was set to 0 at sparsity 0.5. {SIZE_HINT}"
    assert not gone.all(), f"Everything was set to 0 at sparsity 0.5. {SIZE_HINT}"
    largest, smallest = W[gone].max(), W[~gone].min()
    text = f"A number of size {largest:.4g} was removed while one of size {smallest:.4g} stayed."
    assert largest < smallest, f"{text} {SIZE_HINT}"


@number("5")
@weight(3)
def test_large_negative_numbers_survive(rng):
    """The magnitude decides, not the sign: large negative numbers stay, small positive ones go."""
    W = distinct_sizes(rng, 10, 6, signs=True)
    W[np.unravel_index(np.abs(W).argmax(), W.shape)] *= -np.sign(W.flat[np.abs(W).argmax()])  # the largest is negative
    model = linear_model(W)
    after = weights_after(model, magnitude_prune(model, 0.5))[0]
    large = np.abs(W) > np.quantile(np.abs(W), 0.55)
    small = np.abs(W) < np.quantile(np.abs(W), 0.45)
    assert (after[large] != 0).all(), f"Some of the largest numbers, by magnitude, were removed. {SIZE_HINT}"
    assert (after[small] == 0).all(), f"Some of the smallest numbers, by magnitude, were kept. {SIZE_HINT}"


@in_candidate
def identities(prune_name, model, amount):
    """Prune by the method of this name; say what is still the same object, and what the flags are."""
    before = [layer.weight for layer in model.layers]
    for tensor in before:
        tensor.requires_grad = True
    result = getattr(Compressor, prune_name)(model, amount)
    after = [layer.weight for layer in model.layers]
    return {
        "the model": result is model,
        "the parameters": all(a is b for a, b in zip(before, after, strict=True)),
        "requires_grad": all(tensor.requires_grad is True for tensor in after),
        "zeros": [float((tensor.data == 0).mean()) for tensor in after],
    }


@number("6.1")
@weight(1)
def test_pruning_returns_the_same_model(rng):
    """magnitude_prune returns the very model that it was given, with zeros in it."""
    found = identities("magnitude_prune", linear_model(distinct_sizes(rng, 8, 5)), 0.5)
    hint = "return model"
    assert_equal(found["the model"], True, call="magnitude_prune(model, 0.5) is model", hint=hint)
    assert_close(found["zeros"], [0.5], rtol=0, atol=0.15, call="share of zeros in the model", hint="Prune in place.")


@number("6.2")
@weight(2)
@visibility("hidden")
def test_parameters_stay_the_same_objects(rng):
    """The tensors are the same objects as before, and still ask for gradients: an optimizer holds on to them."""
    found = identities("magnitude_prune", linear_model(distinct_sizes(rng, 8, 5)), 0.5)
    same = {key: found[key] for key in ("the parameters", "requires_grad")}
    hint = "Write into parameter.data; put no new Tensor in its place."
    assert_equal(same, {"the parameters": True, "requires_grad": True}, call="what is as before", hint=hint)
    assert_close(found["zeros"], [0.5], rtol=0, atol=0.15, call="share of zeros in the model", hint="Prune in place.")


@number("6.3")
@weight(2)
def test_the_layer_computes_with_what_is_left(rng):
    """After pruning, the layer's own forward uses the pruned weight."""
    W, x = distinct_sizes(rng, 7, 4), rng.uniform(0.5, 1, (3, 7)).astype(np.float32)
    model = linear_model(W)
    layer = model.layers[0]
    magnitude_prune(model, 0.5)
    out, after = layer.forward(Tensor(x)).data, layer.weight.data
    hint = "Change the weight of the layers in the model, not of a copy."
    assert_close((after == 0).mean(), 0.5, rtol=0, atol=0.15, call="share of zeros in the weight", hint=hint)
    assert_close(out, x @ after, call="layer.forward(x) after pruning", given={"x": x}, hint=hint)


@number("7")
@weight(2)
@visibility("hidden")
def test_pruning_twice_changes_nothing_more(rng):
    """A second call with the same sparsity finds nothing left to remove."""
    model = linear_model(distinct_sizes(rng, 9, 7))
    once = weights_after(model, magnitude_prune(model, 0.5))[0].copy()
    twice = weights_after(model, magnitude_prune(model, 0.5))[0]
    hint = "After the first call the threshold lies among the zeros, or right above them."
    assert_close(twice, once, **EXACT, call="weight after pruning twice", hint=hint)
    assert_close((once == 0).mean(), 0.5, rtol=0, atol=0.1, call="share of zeros after pruning once", hint=SIZE_HINT)
