"""Quantization: one byte a number instead of four, by rounding to 256 evenly spaced levels.

    q = round(x / scale + zero_point), clipped to [-128, 127];  x is about (q - zero_point) * scale

A Tensor stores float32 and nothing else, so an "int8 tensor" here is a float32 Tensor of whole numbers in [-128, 127], and
sizes in bytes are worked out, not measured. Everything is for inference: no result asks for a gradient.
Shapes: N samples, F features. Source: Jacob et al. 2018, section 2.1.
"""

import numpy as np

from tinytorch.core.layers import Linear  # noqa: F401  course scripts import it from here
from tinytorch.core.tensor import Tensor

INT8_MIN_VALUE = -128
INT8_MAX_VALUE = 127
INT8_RANGE = 256
EPSILON = 1e-8
BYTES_PER_FLOAT32 = 4
BYTES_PER_INT8 = 1
MB_TO_BYTES = 1024 * 1024


def _spread(lo, hi):
    """Return the scale and zero point that spread [lo, hi], widened to contain 0, over the 256 levels.

    Without the widening the zero point of a range such as [100, 101] would lie far outside, and be clipped.
    """
    lo, hi = min(float(lo), 0.0), max(float(hi), 0.0)
    scale = (hi - lo) / (INT8_RANGE - 1)
    return scale, int(np.clip(round(INT8_MIN_VALUE - lo / scale), INT8_MIN_VALUE, INT8_MAX_VALUE))


class Quantizer:
    """Quantization of tensors and of whole models; all methods are static."""

    @staticmethod
    def quantize_tensor(tensor):
        """Return (q, scale, zero_point): a Tensor of the same shape, a Python float and an int. `tensor` is not changed.

        With lo and hi the least and the greatest number: scale = (hi - lo) / 255; zero_point = round(-128 - lo / scale),
        clipped to [-128, 127]; q = round(x / scale + zero_point), clipped likewise. A range without 0 may be widened to
        it. If hi - lo is below EPSILON: zeros, scale 1.0 and zero point 0.
        """
        x = tensor.data
        if x.max() - x.min() < EPSILON:
            return Tensor(np.zeros_like(x)), 1.0, 0
        scale, zero_point = _spread(x.min(), x.max())
        levels = np.round(x / scale + zero_point)  # the greatest may come out as 128: the zero point is rounded as well
        return Tensor(np.clip(levels, INT8_MIN_VALUE, INT8_MAX_VALUE)), scale, zero_point

    @staticmethod
    def dequantize_tensor(q_tensor, scale, zero_point):
        """Return the float32 Tensor (q - zero_point) * scale, of the same shape."""
        return Tensor((q_tensor.data - zero_point) * scale)

    @staticmethod
    def quantize_model(model, calibration_data=None):
        """Quantize every tensor of layer.parameters() for every layer of model.layers; the model is not changed.

        Returns a dict: "quantized_layers" maps "param_0", "param_1", ... (in order) to dicts of "quantized" (a Tensor),
        "scale", "zero_point" and "original_shape" (a tuple); "original_size_mb" counts 4 bytes a number,
        "quantized_size_mb" one byte, both divided by 2**20; "compression_ratio" is their quotient, 1.0 without parameters.
        """
        parameters = [p for layer in model.layers for p in layer.parameters()]
        quantized_layers = {}
        for i, parameter in enumerate(parameters):
            q, scale, zero_point = Quantizer.quantize_tensor(parameter)
            quantized_layers[f"param_{i}"] = {
                "quantized": q, "scale": scale, "zero_point": zero_point, "original_shape": parameter.shape,
            }  # fmt: skip
        original_mb = sum(p.size for p in parameters) * BYTES_PER_FLOAT32 / MB_TO_BYTES
        quantized_mb = sum(p.size for p in parameters) * BYTES_PER_INT8 / MB_TO_BYTES
        return {
            "quantized_layers": quantized_layers,
            "original_size_mb": original_mb,
            "quantized_size_mb": quantized_mb,
            "compression_ratio": original_mb / quantized_mb if parameters else 1.0,
        }

    @staticmethod
    def compare_models(original_model, quantized_info):
        """Return "original_mb", "quantized_mb" and "compression_ratio" of a dict from quantize_model, and
        "memory_saved_mb", the difference of the sizes."""
        original_mb, quantized_mb = quantized_info["original_size_mb"], quantized_info["quantized_size_mb"]
        return {
            "original_mb": original_mb,
            "quantized_mb": quantized_mb,
            "compression_ratio": quantized_info["compression_ratio"],
            "memory_saved_mb": original_mb - quantized_mb,
        }


def quantize_int8(tensor):
    """Do what Quantizer.quantize_tensor does."""
    return Quantizer.quantize_tensor(tensor)


def dequantize_int8(q_tensor, scale, zero_point):
    """Do what Quantizer.dequantize_tensor does."""
    return Quantizer.dequantize_tensor(q_tensor, scale, zero_point)


class QuantizedLinear:
    """A Linear whose weight and bias were quantized, once, when this was made.

    original_layer: the Linear itself, never changed and not read again. q_weight: Tensor (F_in, F_out), with weight_scale
    and weight_zero_point; q_bias: Tensor (F_out,), with bias_scale and bias_zero_point, all three None without bias.
    input_scale and input_zero_point are None until calibrate.
    """

    def __init__(self, linear_layer):
        self.original_layer = linear_layer
        self.q_weight, self.weight_scale, self.weight_zero_point = quantize_int8(linear_layer.weight)
        self.q_bias, self.bias_scale, self.bias_zero_point = None, None, None
        if linear_layer.bias is not None:
            self.q_bias, self.bias_scale, self.bias_zero_point = quantize_int8(linear_layer.bias)
        self.input_scale, self.input_zero_point = None, None

    def calibrate(self, sample_inputs):
        """Set input_scale and input_zero_point by the rule of quantize_int8 over all numbers of all samples together
        (1.0 and 0 if they are all equal). sample_inputs: a list of Tensors; ValueError if it is empty."""
        if len(sample_inputs) == 0:
            raise ValueError("calibrate needs at least one sample, and sample_inputs is empty")
        everything = np.concatenate([sample.data.ravel() for sample in sample_inputs])
        _, self.input_scale, self.input_zero_point = quantize_int8(Tensor(everything))

    def forward(self, x):
        """Return x @ dequantized weight + dequantized bias, in float32: (..., F_in) -> (..., F_out).

        The input is not quantized, calibrated or not.
        """
        out = x.data @ dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point).data  # (..., F_out)
        if self.q_bias is not None:
            out = out + dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point).data
        return Tensor(out)

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        """Return [q_weight] or [q_weight, q_bias]."""
        return [self.q_weight] if self.q_bias is None else [self.q_weight, self.q_bias]

    def memory_usage(self):
        """Return "original_bytes" (4 a number), "quantized_bytes" (one a number, and 8 for a scale and a zero point,
        with or without bias) and their quotient "compression_ratio"."""
        numbers = sum(p.size for p in self.parameters())
        original = numbers * BYTES_PER_FLOAT32
        quantized = numbers * BYTES_PER_INT8 + 8
        return {
            "original_bytes": original, "quantized_bytes": quantized, "compression_ratio": original / quantized,
        }  # fmt: skip


def quantize_model(model, calibration_data=None):
    """Do what Quantizer.quantize_model does, or replace every Linear of model.layers by a QuantizedLinear and return None.

    Both readings are in the course; any other layer stays as it is.
    """
    return Quantizer.quantize_model(model, calibration_data)


def _count_bytes(layer):
    if isinstance(layer, QuantizedLinear):
        return layer.memory_usage()["quantized_bytes"]
    return sum(p.size for p in layer.parameters()) * BYTES_PER_FLOAT32


def compare_model_sizes(original_model, quantized_model):
    """Compare two models by the parameters of their layers: 4 bytes a number, a QuantizedLinear by its memory_usage.

    Returns "original_params" and "quantized_params" (counts of numbers), "original_bytes", "quantized_bytes",
    "compression_ratio" (original over quantized, 1.0 if there is nothing), "memory_saved_mb" (by 2**20) and
    "memory_saved_percent" (0 to 100; 0 if there is nothing).
    """
    original_params = sum(p.size for layer in original_model.layers for p in layer.parameters())
    quantized_params = sum(p.size for layer in quantized_model.layers for p in layer.parameters())
    original_bytes = original_params * BYTES_PER_FLOAT32
    quantized_bytes = sum(_count_bytes(layer) for layer in quantized_model.layers)
    saved_bytes = original_bytes - quantized_bytes
    return {
        "original_params": original_params,
        "quantized_params": quantized_params,
        "original_bytes": original_bytes,
        "quantized_bytes": quantized_bytes,
        "compression_ratio": original_bytes / quantized_bytes if quantized_bytes else 1.0,
        "memory_saved_mb": saved_bytes / MB_TO_BYTES,
        "memory_saved_percent": 100 * saved_bytes / original_bytes if original_bytes else 0.0,
    }
