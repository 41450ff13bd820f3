"""analyze_weight_distribution: how large the weights of a model are, in numbers that are about absolute values.

Always true: weights are drawn and expected values are NumPy's, in float64; models are defined beside the student's code.
"""

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import analyze_weight_distribution

# Means of float32 numbers.
TOLERANCE = {"rtol": 1e-4, "atol": 1e-7}
THRESHOLDS = {"below_threshold_0001": 0.001, "below_threshold_001": 0.01, "below_threshold_01": 0.1}


@in_candidate
def listing(arrays):
    """A model with parameters(), and a weight of its own that they do not list."""

    class Listing:
        def __init__(self):
            self.weight = Tensor(np.full(1000, 5.0))

        def parameters(self):
            return [Tensor(a) for a in arrays]

    return Listing()


@in_candidate
def weighted(array):
    """A model with weight and bias, and no parameters()."""

    class Weighted:
        def __init__(self):
            self.weight, self.bias = Tensor(array), Tensor(np.full(1000, 5.0))

    return Weighted()


@in_candidate
def without_weights(kind):
    class Empty:
        pass

    model = Empty()
    if kind == "layers":
        model.layers = [weighted(np.ones(3))]
    return model


def draw_weights(rng, *shape):
    """Draw weights of both signs whose sizes are spread over 1e-4 to 1, none at a threshold."""
    sizes = 10.0 ** rng.uniform(-4, 0, shape)
    for threshold in THRESHOLDS.values():
        sizes = np.where(abs(sizes / threshold - 1) < 1e-3, 1.01 * threshold, sizes)
    return (sizes * rng.choice([-1, 1], shape)).astype(np.float32)


HINT = "Take np.abs of all values first: a weight of -0.5 is as large as one of 0.5."


@number("15.1")
@weight(2)
def test_weights_of_a_model(rng):
    """total_weights, mean, std (of the population), min and max of the sizes of all values of parameters()."""
    arrays = [draw_weights(rng, 20, 30), draw_weights(rng, 30)]
    sizes = abs(np.concatenate([a.ravel() for a in arrays]).astype(np.float64))
    found = analyze_weight_distribution(listing(arrays))
    assert_equal(found["total_weights"], 630, call="total_weights", hint="parameters() come before `weight`.")
    want = [sizes.mean(), sizes.std(), sizes.min(), sizes.max()]
    got = [found[name] for name in ("mean", "std", "min", "max")]
    assert_close(got, want, **TOLERANCE, call="[mean, std, min, max]", hint=HINT)


@number("15.2")
@weight(1.5)
@pytest.mark.parametrize("percentiles", [None, [5, 40, 99]], ids=["by_default", "chosen"])
def test_percentiles(rng, percentiles):
    """percentile_{p} of the sizes, for 10, 25, 50, 75 and 90, or for the percentiles that are asked for."""
    array = draw_weights(rng, 15, 14)
    model = weighted(array)
    found = analyze_weight_distribution(model, percentiles) if percentiles else analyze_weight_distribution(model)
    chosen = percentiles or [10, 25, 50, 75, 90]
    got = [found.get(f"percentile_{p}") for p in chosen]
    want = np.percentile(abs(array.astype(np.float64)), chosen)
    assert_close(got, want, **TOLERANCE, call=f"percentiles {chosen}", hint=f"np.percentile of the sizes. {HINT}")


@number("15.3")
@weight(1.5)
@visibility("hidden")
def test_shares_below_a_threshold(rng):
    """below_threshold_0001, _001 and _01 are the percentages, 0 to 100, of sizes below 0.001, 0.01 and 0.1."""
    array = draw_weights(rng, 40, 25)
    found = analyze_weight_distribution(weighted(array))
    got = [found.get(name) for name in THRESHOLDS]
    want = [100 * (abs(array) < threshold).mean() for threshold in THRESHOLDS.values()]
    hint = f"The share times 100, of sizes strictly below the threshold. {HINT}"
    assert_close(got, want, **TOLERANCE, call=f"{list(THRESHOLDS)}", hint=hint)


@number("15.4")
@weight(1)
@visibility("hidden")
@pytest.mark.parametrize("kind", ["nothing", "layers"])
def test_a_model_without_weights(rng, kind):
    """A model with neither parameters() nor weight gives {"error": "No weights found"}; one with a weight alone has that."""
    array = draw_weights(rng, 7, 3)
    hint = "After parameters() look for `weight` alone; its bias is not counted."
    found = analyze_weight_distribution(weighted(array))
    assert_close(found["mean"], abs(array).mean(), **TOLERANCE, call="mean of a weight alone", hint=hint)
    got = analyze_weight_distribution(without_weights(kind))
    assert_equal(got, {"error": "No weights found"}, call="analyze_weight_distribution of a model without weights")
