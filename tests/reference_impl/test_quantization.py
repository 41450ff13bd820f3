"""The reference's quantization: levels and the way back by hand and by properties, the layer, and the sizes of models."""

from types import SimpleNamespace

import numpy as np
import pytest
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf import quantization
from tinytorch.perf.quantization import (
    QuantizedLinear,
    Quantizer,
    compare_model_sizes,
    dequantize_int8,
    quantize_int8,
    quantize_model,
)


@pytest.fixture
def rng():
    return np.random.default_rng(15)


def model_of(*layers):
    return SimpleNamespace(layers=list(layers))


def test_constants():
    assert (quantization.INT8_MIN_VALUE, quantization.INT8_MAX_VALUE, quantization.INT8_RANGE) == (-128, 127, 256)
    assert (quantization.BYTES_PER_FLOAT32, quantization.BYTES_PER_INT8, quantization.MB_TO_BYTES) == (4, 1, 2**20)
    assert quantization.EPSILON == 1e-8


@pytest.mark.parametrize(
    ("numbers", "scale", "zero_point", "levels"),
    [
        ([-1.5, 0.2, 2.8], 4.3 / 255, -39, [-128, -27, 127]),
        ([0.0, 10.0], 10 / 255, -128, [-128, 127]),
        ([-10.0, 0.0], 10 / 255, 127, [-128, 127]),
        ([-127.5, 127.5], 1.0, 0, [-128, 127]),  # the zero point, -0.5, and the upper end, 127.5, are both rounded
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], 6 / 255, -128, [[-86, -43, 0], [42, 84, 127]]),
    ],
)
def test_levels_by_hand(numbers, scale, zero_point, levels):
    q, got_scale, got_zero_point = quantize_int8(Tensor(numbers))
    assert got_scale == pytest.approx(scale, rel=1e-6)
    assert (type(got_scale), type(got_zero_point), type(q)) == (float, int, Tensor)
    assert got_zero_point == zero_point
    assert np.abs(q.data - levels).max() <= (1 if np.ndim(levels) == 2 else 0)  # 42.5 and 84.5 are ties
    assert not q.requires_grad


@pytest.mark.parametrize("shift", [-100.0, -0.3, 0.0, 0.7, 100.0])
@pytest.mark.parametrize("shape", [(40,), (5, 6), (2, 3, 4)])
def test_round_trip_errs_by_half_a_step(shape, shift, rng):
    """Also for ranges without 0, which are widened to it."""
    x = Tensor(rng.uniform(-1, 1, shape) + shift)
    before = x.data.copy()
    q, scale, zero_point = quantize_int8(x)
    back = dequantize_int8(q, scale, zero_point)
    assert back.shape == q.shape == shape
    assert np.abs(back.data - before).max() <= 0.501 * scale
    assert q.data.min() >= -128
    assert q.data.max() <= 127
    assert np.array_equal(q.data, np.rint(q.data))
    assert np.array_equal(x.data, before)


def test_zero_is_restored_exactly(rng):
    x = np.append(rng.uniform(-3, 1, 20), 0)
    q, scale, zero_point = quantize_int8(Tensor(x))
    assert q.data[-1] == zero_point
    assert dequantize_int8(q, scale, zero_point).data[-1] == 0


@pytest.mark.parametrize("constant", [0.0, 5.0, -2.0])
def test_a_constant_has_scale_one(constant):
    q, scale, zero_point = quantize_int8(Tensor([constant] * 3))
    assert (q.data.tolist(), scale, zero_point) == ([0, 0, 0], 1.0, 0)


def test_an_empty_tensor_is_a_value_error():
    with pytest.raises(ValueError, match="zero-size"):
        quantize_int8(Tensor(np.zeros((0, 3))))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(7, 6), (2, 3, 6)])
def test_layer_lies_within_the_error_of_its_levels(shape, bias, rng):
    linear = Linear(6, 5, bias=bias)
    if bias:
        linear.bias.data = rng.standard_normal(5).astype(np.float32) * 40
    layer, x = QuantizedLinear(linear), Tensor(rng.standard_normal(shape))
    exact = linear(x).data
    bound = 0.51 * (np.abs(x.data).sum(axis=-1, keepdims=True) * layer.weight_scale + (layer.bias_scale or 0))
    assert (np.abs(layer(x).data - exact) <= bound).all()
    assert np.abs(layer(x).data - exact).max() > 0
    assert layer.parameters() == ([layer.q_weight, layer.q_bias] if bias else [layer.q_weight])
    linear.weight.data = linear.weight.data * 3
    assert (np.abs(layer.forward(x).data - exact) <= bound).all()  # a snapshot
    assert layer.original_layer is linear


def test_calibration_covers_all_samples():
    layer = QuantizedLinear(Linear(2, 3))
    assert (layer.input_scale, layer.input_zero_point) == (None, None)
    layer.calibrate([Tensor([[-1.0, 0.0]]), Tensor([[9.2, 3.0], [0.0, 1.0]])])
    assert layer.input_scale == pytest.approx(10.2 / 255)
    assert layer.input_zero_point == -103
    layer.calibrate([Tensor([[2.0, 2.0]])])
    assert (layer.input_scale, layer.input_zero_point) == (1.0, 0)
    with pytest.raises(ValueError, match="at least one sample"):
        layer.calibrate([])


@pytest.mark.parametrize(
    ("sizes", "bias", "original", "quantized"),
    [((4, 3), True, 60, 23), ((100, 50), True, 20200, 5058), ((100, 50), False, 20000, 5008)],
)
def test_memory_by_hand(sizes, bias, original, quantized):
    usage = QuantizedLinear(Linear(*sizes, bias=bias)).memory_usage()
    assert usage == {
        "original_bytes": original,
        "quantized_bytes": quantized,
        "compression_ratio": original / quantized,
    }


def test_sizes_of_models_by_hand():
    first, second = Linear(100, 50), Linear(50, 10)
    quiet = SimpleNamespace(parameters=list)
    sizes = compare_model_sizes(
        model_of(first, quiet, second), model_of(QuantizedLinear(first), quiet, QuantizedLinear(second))
    )
    counts = {key: sizes[key] for key in ("original_params", "quantized_params", "original_bytes", "quantized_bytes")}
    assert list(counts.values()) == [5560, 5560, 22240, 5576]
    assert sizes["compression_ratio"] == pytest.approx(3.9885, abs=1e-4)
    assert sizes["memory_saved_mb"] == pytest.approx(0.01589, abs=1e-5)
    assert sizes["memory_saved_percent"] == pytest.approx(74.93, abs=0.01)
    mixed = compare_model_sizes(model_of(first, second), model_of(first, QuantizedLinear(second)))
    assert mixed["quantized_bytes"] == 4 * 5050 + 510 + 8
    nothing = compare_model_sizes(model_of(), model_of(quiet))
    assert (nothing["compression_ratio"], nothing["memory_saved_percent"]) == (1.0, 0.0)


@pytest.mark.parametrize("quantize", [quantize_model, Quantizer.quantize_model])
def test_quantized_models_keep_the_order(quantize):
    layers = [Linear(3, 2), SimpleNamespace(parameters=list), Linear(2, 4, bias=False)]
    info = quantize(model_of(*layers), calibration_data=[])
    shapes = [entry["original_shape"] for entry in info["quantized_layers"].values()]
    assert list(info["quantized_layers"]) == ["param_0", "param_1", "param_2"]
    assert shapes == [(3, 2), (2,), (2, 4)]
    back = dequantize_int8(*(info["quantized_layers"]["param_2"][key] for key in ("quantized", "scale", "zero_point")))
    assert np.abs(back.data - layers[2].weight.data).max() <= 0.501 * info["quantized_layers"]["param_2"]["scale"]
    assert info["original_size_mb"] == 16 * 4 / 2**20
    assert info["compression_ratio"] == 4.0
    compared = Quantizer.compare_models(model_of(*layers), info)
    assert compared["memory_saved_mb"] == compared["original_mb"] - compared["quantized_mb"] == 48 / 2**20
    assert quantize(model_of())["compression_ratio"] == 1.0
    with pytest.raises(AttributeError):
        quantize(SimpleNamespace())
