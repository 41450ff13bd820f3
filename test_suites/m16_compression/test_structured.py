"""Pruning of whole neurons, compress_model, and the names of the module.

A column of a weight (F_in, F_out) is an output neuron. Norms are built: in most checks every way of measuring a column puts
them in the same order, and in one check each way but the right one goes wrong.
"""

import numpy as np
import pytest
import tinytorch.perf.compression as compression
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.compression import Compressor, compress_model, structured_prune

EXACT = {"rtol": 0, "atol": 0}  # what survives is not computed
COLUMN_HINT = "np.linalg.norm(weight, axis=0) has one number per column, that is, per output neuron."


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


def make_linear(W):
    layer = Linear(*W.shape, bias=False)
    layer.weight.data = W.copy()
    return layer


def graded_columns(rng, rows, columns):
    """Return positive columns that grow from one to the next by half, shuffled."""
    growing = rng.uniform(0.9, 1.1, (rows, columns)) * 1.5 ** np.arange(columns)
    return rng.permutation(growing, axis=1).astype(np.float32)


def prune(W, ratio):
    """Return the weight of a model's only layer after structured_prune."""
    model = model_of(make_linear(W))
    result = structured_prune(model, ratio)
    return (model if result is None else result).layers[0].weight.data


@number("8.1")
@weight(3)
def test_whole_columns_are_removed(rng):
    """structured_prune sets some columns to 0 as a whole, and leaves every number of the others as it was."""
    W = graded_columns(rng, 5, 8)
    after = prune(W, 0.5)
    gone = (after == 0).any(axis=0)
    assert gone.any(), f"No column has a zero in it after structured_prune(model, 0.5). {COLUMN_HINT}"
    want = np.where(gone, 0, W)
    hint = "weight.data[:, columns] = 0: a column is one output neuron, and it goes as a whole or not at all."
    assert_close(after, want, **EXACT, call="weight after structured_prune(model, 0.5)", given={"weight": W}, hint=hint)
    assert not gone.all(), "Every column has a zero in it, and half of them should be untouched."


@number("8.2")
@weight(4)
@visibility("hidden")
@pytest.mark.parametrize("trap", ["many_small_numbers", "one_large_number"])
def test_the_smallest_norms_go(rng, trap):
    """The columns with the smallest L2 norms go: neither the sum of sizes nor the largest size decides."""
    # L2 norms: a column of 16 numbers of size 0.4 has 1.6 (sum 6.4, largest 0.4), one of a single 3.0 has 3 (sum 3).
    # A column of 16 numbers of size 1 has 4 (sum 16, largest 1), against the same single 3.0 (largest 3).
    small, single = (
        (0.4 if trap == "many_small_numbers" else 1.0) * rng.uniform(0.95, 1.05),
        3 * rng.uniform(0.95, 1.05),
    )
    spread = np.full((16, 4), small) * rng.uniform(0.98, 1.02, (16, 4)) * rng.choice([-1, 1], (16, 4))
    peaked = np.zeros((16, 4)) + 1e-3
    peaked[rng.integers(0, 16, 4), np.arange(4)] = single * rng.uniform(0.98, 1.02, 4) * rng.choice([-1, 1], 4)
    order = rng.permutation(8)
    W = np.concatenate([spread, peaked], axis=1)[:, order].astype(np.float32)
    after = prune(W, 0.5)
    norms = np.linalg.norm(W.astype(np.float64), axis=0)
    gone = (after == 0).any(axis=0)
    assert gone.any(), f"Nothing was removed at a ratio of 0.5. {COLUMN_HINT}"
    assert not gone.all(), f"Every column was touched at a ratio of 0.5. {COLUMN_HINT}"
    largest, smallest = norms[gone].max(), norms[~gone].min()
    text = f"A column of L2 norm {largest:.3g} was removed while one of norm {smallest:.3g} stayed."
    assert largest < smallest, f"{text} Norms add up squares: neither sizes, nor the largest alone. {COLUMN_HINT}"


@number("8.3")
@weight(2.5)
@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75])
def test_the_number_of_removed_columns(rng, ratio):
    """The number of columns removed lies within one of ratio * F_out."""
    W = graded_columns(rng, 4, 12)
    gone = int((prune(W, ratio) == 0).any(axis=0).sum())
    call = f"columns with zeros, of 12, after structured_prune(model, {ratio})"
    hint = (
        "prune_ratio is the share that goes: columns whose norm is below the 100 * prune_ratio percentile of all norms."
    )
    assert_close(gone, 12 * ratio, rtol=0, atol=1, call=call, given={"weight": W}, hint=hint)


@number("8.4")
@weight(1)
@visibility("hidden")
def test_ratio_zero_removes_nothing(rng):
    """structured_prune(model, 0.0) changes nothing, and 0.5 does."""
    W = graded_columns(rng, 3, 6)
    hint = "Remove columns strictly below the threshold; at ratio 0 that is the smallest norm itself."
    assert_close(prune(W, 0.0), W, **EXACT, call="weight after structured_prune(model, 0.0)", hint=hint)
    zeros = (prune(W, 0.5) == 0).mean()
    assert_close(
        zeros, 0.5, rtol=0, atol=0.2, call="share of zeros after structured_prune(model, 0.5)", hint=COLUMN_HINT
    )


@in_candidate
def same_model_after_pruning(model):
    """Say whether structured_prune returns the very model, and give the weight of its first layer."""
    result = structured_prune(model, 0.5)
    return result is model, model.layers[0].weight.data


@number("8.5")
@weight(0.5)
@visibility("hidden")
def test_structured_pruning_returns_the_same_model(rng):
    """structured_prune returns the very model that it was given, with zeros in it."""
    same, after = same_model_after_pruning(model_of(make_linear(graded_columns(rng, 4, 8))))
    assert_equal(same, True, call="structured_prune(model, 0.5) is model", hint="return model")
    call = "share of zeros in the model after structured_prune(model, 0.5)"
    assert_close((after == 0).mean(), 0.5, rtol=0, atol=0.2, call=call, hint="Prune in place.")


@number("9.1")
@weight(1.5)
@visibility("hidden")
def test_other_layers_stay(rng):
    """A layer that is no Linear keeps its numbers, also where it has a weight; the Linear beside it is pruned."""
    table, W = graded_columns(rng, 4, 6), graded_columns(rng, 4, 6)
    model = model_of(layer_of(table), make_linear(W))
    result = structured_prune(model, 0.5)
    layers = (model if result is None else result).layers
    hint = "Ask isinstance(layer, Linear) first."
    assert_close(layers[0].weight.data, table, **EXACT, call="weight of the layer that is no Linear", hint=hint)
    zeros = (layers[1].weight.data == 0).mean()
    assert_close(zeros, 0.5, rtol=0, atol=0.2, call="share of zeros in the Linear", hint=COLUMN_HINT)


@number("9.2")
@weight(1.5)
@visibility("hidden")
def test_every_linear_is_treated_on_its_own(rng):
    """Of two Linear layers, one with numbers a hundred times as large, each loses half of its columns."""
    first, second = graded_columns(rng, 4, 8), graded_columns(rng, 8, 6) * np.float32(100)
    model = model_of(make_linear(first), make_linear(second))
    result = structured_prune(model, 0.5)
    layers = (model if result is None else result).layers
    zeros = [(layer.weight.data == 0).mean() for layer in layers]
    hint = "Compute the norms and their percentile anew for every layer, and go through all of them."
    assert_close(zeros, [0.5, 0.5], rtol=0, atol=0.2, call="shares of zeros in both weights", hint=hint)


# compress_model


def compressed(rng, config):
    """Compress a model of one layer; return the stats, and the weight before and after."""
    W = graded_columns(rng, 10, 9)
    model = model_of(make_linear(W))
    result = compress_model(model, config)
    is_pair = isinstance(result, tuple | list) and len(result) == 2
    kind = type(result).__name__
    assert is_pair, f"compress_model must return the pair (model, stats), and it returned a value of type {kind}."
    return result[1], W, result[0].layers[0].weight.data


@number("14.1")
@weight(2)
def test_compressing_returns_model_and_stats(rng):
    """compress_model returns the model and a dict whose sparsities are those of the model before and after."""
    stats, _, after = compressed(rng, {"magnitude_sparsity": 0.5})
    zeros = (after == 0).mean()
    assert zeros > 0.3, f"Half of the weight should be 0 after magnitude_sparsity 0.5, and {zeros:.0%} is."
    found = [float(stats[key]) for key in ("original_sparsity", "final_sparsity")]
    hint = "Call measure_sparsity once before pruning and once after."
    assert_close(found, [0.0, zeros], call='stats["original_sparsity"], stats["final_sparsity"]', hint=hint)


@number("14.2")
@weight(2)
@pytest.mark.parametrize("key", ["magnitude_sparsity", "structured_prune_ratio"])
def test_both_keys_act(rng, key):
    """magnitude_sparsity removes single numbers, structured_prune_ratio columns; one key alone does only its own."""
    after = compressed(rng, {key: 0.6})[2]
    touched = (after == 0).any(axis=0).mean()
    whole = (after == 0).all(axis=0).mean()
    hint = "Look the keys magnitude_sparsity and structured_prune_ratio up in the config."
    call = f'share of columns with zeros after {{"{key}": 0.6}}'
    assert_close(touched, 0.6, rtol=0, atol=0.16, call=call, hint=hint)
    if key == "structured_prune_ratio":
        call = f'share of columns that are all 0 after {{"{key}": 0.6}}'
        assert_close(whole, touched, **EXACT, call=call, hint="Columns go as a whole.")


@number("14.3")
@weight(1)
@visibility("hidden")
def test_the_ratio_follows_from_the_sparsity(rng):
    """compression_ratio is 1 / (1 - final sparsity), and infinite where everything is 0."""
    stats, _, after = compressed(rng, {"magnitude_sparsity": float(rng.uniform(0.3, 0.8))})
    zeros = (after == 0).mean()
    assert zeros > 0.1, f"Only {zeros:.0%} of the weight is 0 after pruning."
    call = 'stats["compression_ratio"]'
    hint = "What is left, as a share of all: 1 - final_sparsity."
    assert_close(float(stats["compression_ratio"]), 1 / (1 - zeros), call=call, given={"zeros": zeros}, hint=hint)
    stats = compress_model(model_of(make_linear(np.zeros((3, 2), dtype=np.float32))), {})[1]
    hint = "1 / 0 raises ZeroDivisionError: give float('inf') where final_sparsity is 1."
    assert_close(float(stats["compression_ratio"]), np.inf, call=f"{call} of a model of zeros", hint=hint)


@number("14.4")
@weight(1)
@visibility("hidden")
def test_an_empty_config_changes_nothing(rng):
    """compress_model(model, {}) leaves every number as it was; with a key it does not."""
    stats, W, after = compressed(rng, {})
    assert_close(
        after, W, **EXACT, call="weight after compress_model(model, {})", hint="Act only on keys that are there."
    )
    found = [float(stats[key]) for key in ("original_sparsity", "final_sparsity", "compression_ratio")]
    assert_close(found, [0, 0, 1], call="stats of compress_model(model, {})", hint="1 / (1 - 0) is 1.")
    assert (compressed(rng, {"magnitude_sparsity": 0.5})[2] == 0).any(), "magnitude_sparsity 0.5 removed nothing."


@number("1")
@weight(1)
@visibility("hidden")
def test_constants_and_methods(rng):
    """BYTES_PER_FLOAT32 is 4, MB_TO_BYTES 2**20; Compressor.structured_prune does what structured_prune does."""
    found = [compression.BYTES_PER_FLOAT32, compression.MB_TO_BYTES]
    assert_equal(found, [4, 2**20], call="[BYTES_PER_FLOAT32, MB_TO_BYTES]")
    W = graded_columns(rng, 4, 8)
    model = model_of(make_linear(W))
    result = Compressor.structured_prune(model, 0.5)
    after = (model if result is None else result).layers[0].weight.data
    assert_close(after, prune(W, 0.5), **EXACT, call="weight after Compressor.structured_prune(model, 0.5)")
    zeros = (after == 0).mean()
    assert_close(zeros, 0.5, rtol=0, atol=0.2, call="share of zeros after Compressor.structured_prune(model, 0.5)")
