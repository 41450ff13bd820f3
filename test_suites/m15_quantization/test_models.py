"""Whole models: quantize_model, the comparison of sizes, and the names of the module.

A model here is any object with a list `layers`. Sizes are drawn, so that no fixed table of sizes is right.
"""

from itertools import pairwise

import numpy as np
import tinytorch.perf.quantization as quantization
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.quantization import (
    QuantizedLinear,
    Quantizer,
    compare_model_sizes,
    dequantize_int8,
    quantize_int8,
    quantize_model,
)

MIB = 2**20
END = 127.5 / 32  # of a symmetric range whose scale, 1/32, is exact


@in_candidate
def model_of(*layers):
    """Return a model that is nothing but its layers."""

    class Model:
        def __init__(self):
            self.layers = list(layers)

    return Model()


@in_candidate
def layer_without_parameters():
    """Return a layer that learns nothing, such as an activation."""

    class Square:
        def forward(self, x):
            return x * x

        def parameters(self):
            return []

    return Square()


def make_linear(rng, inputs, outputs):
    """Return a Linear with drawn weight and bias, and the two arrays; both ranges are symmetric about 0."""
    W, b = np.clip(ordinary(rng, inputs, outputs), -END, END), np.clip(ordinary(rng, outputs), -END, END)
    W.flat[[0, -1]], b[[0, -1]] = (-END, END), (-END, END)
    layer = Linear(inputs, outputs)
    layer.weight.data, layer.bias.data = W, b
    return layer, [W, b]


def values_of(q):
    """Return the numbers of a Tensor, or of a plain array instead of one."""
    return q if isinstance(q, np.ndarray) else q.data


def require_restores(entry, x, call):
    """Require that the entry of a quantized tensor stands for x, to two steps, with levels that span a byte."""
    q = values_of(entry["quantized"])
    hint = "quantize_tensor(parameter) gives the level, scale and zero point of an entry."
    assert_close(np.ptp(q), 255, rtol=0, atol=3, call=f"greatest - least level of {call}", hint=hint)
    back = (q - float(entry["zero_point"])) * float(entry["scale"])
    assert_close(back.ravel(), x.ravel(), rtol=0, atol=2 * 2 * END / 255, call=call, given={"parameter": x}, hint=hint)


def drawn_sizes(rng):
    """Return three sizes that differ."""
    return (rng.permutation(20)[:3] + 3).tolist()


# compare_model_sizes


def compare(rng):
    """Quantize both Linear layers of a drawn model; return the comparison, and the counts of numbers and bytes."""
    sizes, quiet = drawn_sizes(rng), layer_without_parameters()
    linears = [make_linear(rng, a, b)[0] for a, b in pairwise(sizes)]
    original = model_of(linears[0], quiet, linears[1])
    quantized = model_of(QuantizedLinear(linears[0]), quiet, QuantizedLinear(linears[1]))
    numbers = sum(a * b + b for a, b in pairwise(sizes))
    return compare_model_sizes(original, quantized), numbers, numbers + 16


def require_entries(found, want, call, hint):
    for key, value in want.items():
        assert key in found, f"{call} has no entry {key!r}."
        assert_close(found[key], value, rtol=1e-4, call=f'{call}["{key}"]', hint=hint)


@number("20.1")
@weight(1.5)
def test_sizes_count_numbers_and_bytes(rng):
    """original_params, quantized_params, original_bytes and quantized_bytes of a model with two QuantizedLinear."""
    found, numbers, small = compare(rng)
    want = {"original_params": numbers, "quantized_params": numbers, "original_bytes": 4 * numbers}
    hint = "4 bytes a number; a QuantizedLinear counts by its memory_usage()."
    require_entries(found, want | {"quantized_bytes": small}, "compare_model_sizes(...)", hint)


@number("20.2")
@weight(1.5)
def test_sizes_say_what_was_saved(rng):
    """compression_ratio, memory_saved_mb (by 2**20) and memory_saved_percent (0 to 100)."""
    found, numbers, small = compare(rng)
    saved = 4 * numbers - small
    want = {"compression_ratio": 4 * numbers / small, "memory_saved_mb": saved / MIB}
    hint = "Ratio: original over quantized. Percent: 100 * saved bytes / original bytes."
    require_entries(found, want | {"memory_saved_percent": 25 * saved / numbers}, "compare_model_sizes(...)", hint)


@number("20.3")
@weight(1)
@visibility("hidden")
def test_a_layer_left_alone_counts_four_bytes(rng):
    """In a model where only one Linear was quantized, the other still counts 4 bytes a number."""
    a, b, c = drawn_sizes(rng)
    first, second = make_linear(rng, a, b)[0], make_linear(rng, b, c)[0]
    found = compare_model_sizes(model_of(first, second), model_of(first, QuantizedLinear(second)))
    want = {"quantized_bytes": 4 * (a * b + b) + b * c + c + 8}
    hint = "Only a QuantizedLinear has levels; any other layer stores floats."
    require_entries(found, want, "compare_model_sizes(...)", hint)


@number("20.4")
@weight(1)
@visibility("hidden")
def test_nothing_to_compare(rng):
    """Two models without parameters have compression_ratio 1.0 and memory_saved_percent 0; others do not."""
    quiet = layer_without_parameters()
    found = compare_model_sizes(model_of(quiet), model_of(quiet))
    want = {"original_params": 0, "compression_ratio": 1.0, "memory_saved_percent": 0.0}
    require_entries(found, want, "compare_model_sizes(...) of nothing", "Do not divide where there are 0 bytes.")
    numbers = compare(rng)
    require_entries(numbers[0], {"original_bytes": 4 * numbers[1]}, "compare_model_sizes(...)", "4 bytes a number.")


# Quantizer.quantize_model and compare_models


def quantize_drawn_model(rng):
    """Return what Quantizer.quantize_model gives for a drawn model, and the model's arrays in order."""
    a, b, c = drawn_sizes(rng)
    first, arrays = make_linear(rng, a, b)
    second, more = make_linear(rng, b, c)
    model = model_of(first, layer_without_parameters(), second)
    return Quantizer.quantize_model(model), arrays + more, model


@number("21.1")
@weight(2)
def test_quantize_model_quantizes_every_parameter(rng):
    """quantized_layers holds param_0, param_1, ... in order, each with its levels, scale, zero point and shape."""
    info, arrays, model = quantize_drawn_model(rng)
    layers = info["quantized_layers"]
    names = [f"param_{i}" for i in range(4)]
    hint = "Count on through all layers: weight and bias of the first, then of the second."
    assert_equal(sorted(layers), names, call='sorted(info["quantized_layers"])', hint=hint)
    for name, x in zip(names, arrays, strict=True):
        require_restores(layers[name], x, f'info["quantized_layers"]["{name}"]')
        shape = tuple(layers[name]["original_shape"])
        assert_equal(shape, x.shape, call=f'"original_shape" of {name}', hint="tuple(parameter.shape)")
    found = [p.data for layer in (model.layers[0], model.layers[2]) for p in layer.parameters()]
    assert_equal(found, arrays, call="the model's parameters afterwards", hint="The model itself is not changed.")


@number("21.2")
@weight(1)
@visibility("hidden")
def test_quantize_model_tells_sizes(rng):
    """original_size_mb counts 4 bytes a number, quantized_size_mb one, by 2**20; their ratio is 4, 1.0 without parameters."""
    info, arrays, _ = quantize_drawn_model(rng)
    numbers = sum(x.size for x in arrays)
    want = {"original_size_mb": 4 * numbers / MIB, "quantized_size_mb": numbers / MIB, "compression_ratio": 4.0}
    for key, value in want.items():
        call = f'Quantizer.quantize_model(...)["{key}"]'
        assert_close(info[key], value, rtol=1e-4, atol=0, call=call, hint="Bytes divided by 2**20.")
    require_restores(info["quantized_layers"]["param_0"], arrays[0], 'info["quantized_layers"]["param_0"]')
    ratio = Quantizer.quantize_model(model_of(layer_without_parameters()))["compression_ratio"]
    call, hint = 'Quantizer.quantize_model(...)["compression_ratio"] of nothing', "0 / 0 is no ratio: give 1.0."
    assert_close(ratio, 1.0, rtol=0, atol=0, call=call, hint=hint)


@number("21.3")
@weight(1)
@visibility("hidden")
def test_compare_models_tells_the_difference(rng):
    """compare_models gives original_mb, quantized_mb and compression_ratio of the dict, and memory_saved_mb."""
    model = model_of(make_linear(rng, 3, 4)[0])
    original, quantized, ratio = rng.uniform(5, 9), rng.uniform(1, 3), rng.uniform(2, 4)
    info = {"original_size_mb": original, "quantized_size_mb": quantized, "compression_ratio": ratio}
    found = Quantizer.compare_models(model, {"quantized_layers": {}} | info)
    want = {"original_mb": original, "quantized_mb": quantized, "compression_ratio": ratio}
    want["memory_saved_mb"] = original - quantized
    require_entries(
        found, want, "Quantizer.compare_models(...)", "Take the three from the dict; saved is the difference."
    )


@number("21.4")
@weight(1)
def test_module_level_quantize_model(rng):
    """quantize_model(model) gives the same dict, or replaces every Linear by a QuantizedLinear and returns None."""
    a, b, c = drawn_sizes(rng)
    (first, arrays), (second, more) = make_linear(rng, a, b), make_linear(rng, b, c)
    quiet = layer_without_parameters()
    model = model_of(first, quiet, second)
    info = quantize_model(model, [Tensor(ordinary(rng, 5, a))])
    places = [0, 2]
    if info is None:
        kinds = [isinstance(model.layers[i], QuantizedLinear) for i in range(3)]
        assert_equal(kinds, [True, False, True], call="which layers are a QuantizedLinear after quantize_model(model)")
        for place, x in zip(places, (arrays, more), strict=True):
            layer = model.layers[place]
            entry = {"quantized": layer.q_weight, "scale": layer.weight_scale, "zero_point": layer.weight_zero_point}
            require_restores(entry, x[0], f"q_weight of model.layers[{place}]")
    else:
        require_restores(
            info["quantized_layers"]["param_2"], more[0], 'quantize_model(...)["quantized_layers"]["param_2"]'
        )
        kinds = [isinstance(model.layers[i], Linear) for i in places]
        assert_equal(kinds, [True, True], call="which layers are still a Linear after quantize_model(model)")


# Names


@number("22.1")
@weight(1)
@visibility("hidden")
def test_constants(rng):
    """The seven constants have the course's values, and the levels lie between two of them."""
    want = {"INT8_MIN_VALUE": -128, "INT8_MAX_VALUE": 127, "INT8_RANGE": 256, "EPSILON": 1e-8}
    want |= {"BYTES_PER_FLOAT32": 4, "BYTES_PER_INT8": 1, "MB_TO_BYTES": MIB}
    for name, value in want.items():
        assert_close(getattr(quantization, name), value, rtol=1e-9, atol=0, call=name)
    x = np.append(rng.uniform(-END, END, 50), [-END, END]).astype(np.float32)
    entry = dict(zip(("quantized", "scale", "zero_point"), quantize_int8(Tensor(x)), strict=True))
    require_restores(entry, x, "quantize_int8(x)")


@number("22.2")
@weight(1)
@visibility("hidden")
def test_methods_and_functions_agree(rng):
    """Quantizer.quantize_tensor gives what quantize_int8 gives, and dequantize_int8 leads back from it."""
    x = np.append(rng.uniform(-END, END, 50), [-END, END]).astype(np.float32)
    by_method, by_function = Quantizer.quantize_tensor(Tensor(x)), quantize_int8(Tensor(x))
    entry = dict(zip(("quantized", "scale", "zero_point"), by_method, strict=True))
    require_restores(entry, x, "Quantizer.quantize_tensor(x)")
    for i, name in enumerate(("q", "scale", "zero_point")):
        one, other = (values_of(result[i]) if i == 0 else float(result[i]) for result in (by_method, by_function))
        assert_close(one, other, call=f"{name} of Quantizer.quantize_tensor(x), as of quantize_int8(x)")
    back = values_of(dequantize_int8(*by_method)).ravel()
    assert_close(back, x, rtol=0, atol=2 * 2 * END / 255, call="dequantize_int8(*Quantizer.quantize_tensor(x))")
