"""Quantization as the course's notebook writes it: functions first, the saturating rule, layers replaced in the model."""

import numpy as np
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor

INT8_MIN_VALUE = -128
INT8_MAX_VALUE = 127
INT8_RANGE = 256
EPSILON = 1e-8
BYTES_PER_FLOAT32 = 4
BYTES_PER_INT8 = 1
MB_TO_BYTES = 1024 * 1024


def quantize_int8(tensor):
    data = tensor.data
    min_val = float(np.min(data))
    max_val = float(np.max(data))
    if abs(max_val - min_val) < EPSILON:
        return Tensor(np.zeros_like(data, dtype=np.int8)), 1.0, 0
    scale = (max_val - min_val) / 255
    zero_point = int(np.round(-128 - min_val / scale))
    zero_point = int(np.clip(zero_point, -128, 127))
    q = np.round(data / scale + zero_point)
    q[q > 127] = 127
    q[q < -128] = -128
    return Tensor(q.astype(np.int8)), scale, zero_point


def dequantize_int8(q_tensor, scale, zero_point):
    numbers = q_tensor.data.astype(np.float32)
    return Tensor(scale * numbers - scale * zero_point)


class QuantizedLinear:
    def __init__(self, linear_layer):
        self.original_layer = linear_layer
        self.q_weight, self.weight_scale, self.weight_zero_point = quantize_int8(linear_layer.weight)
        if linear_layer.bias is not None:
            self.q_bias, self.bias_scale, self.bias_zero_point = quantize_int8(linear_layer.bias)
        else:
            self.q_bias = None
            self.bias_scale = None
            self.bias_zero_point = None
        self.input_scale = None
        self.input_zero_point = None

    def calibrate(self, sample_inputs):
        values = []
        for sample in sample_inputs:
            values.extend(sample.data.flatten())
        if not values:
            raise ValueError("no samples")
        _, scale, zero_point = quantize_int8(Tensor(np.array(values)))
        self.input_scale = scale
        self.input_zero_point = np.int64(zero_point)

    def forward(self, x):
        if not hasattr(self, "_weight"):
            self._weight = dequantize_int8(self.q_weight, self.weight_scale, self.weight_zero_point)
        out = x.matmul(self._weight)
        if self.q_bias is not None:
            bias = dequantize_int8(self.q_bias, self.bias_scale, self.bias_zero_point)
            out = Tensor(out.data + bias.data)
        return out

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        params = [self.q_weight]
        if self.q_bias is not None:
            params.append(self.q_bias)
        return params

    def memory_usage(self):
        elements = self.original_layer.weight.data.size
        if self.original_layer.bias is not None:
            elements += self.original_layer.bias.data.size
        original = elements * BYTES_PER_FLOAT32
        quantized = elements * BYTES_PER_INT8 + 2 * 4
        return {
            "original_bytes": original,
            "quantized_bytes": quantized,
            "compression_ratio": original / quantized if quantized > 0 else 1.0,
        }


def quantize_model(model, calibration_data=None):
    if not hasattr(model, "layers"):
        raise ValueError("cannot quantize this in place")
    for i, layer in enumerate(model.layers):
        if isinstance(layer, Linear):
            quantized = QuantizedLinear(layer)
            if calibration_data is not None:
                samples = []
                for data in calibration_data[:10]:
                    x = data
                    for j in range(i):
                        x = model.layers[j].forward(x)
                    samples.append(x)
                quantized.calibrate(samples)
            model.layers[i] = quantized


class Quantizer:
    @staticmethod
    def quantize_tensor(tensor):
        return quantize_int8(tensor)

    @staticmethod
    def dequantize_tensor(q_tensor, scale, zero_point):
        return dequantize_int8(q_tensor, scale, zero_point)

    @staticmethod
    def quantize_model(model, calibration_data=None):
        layers = {}
        elements = 0
        for layer in model.layers:
            for param in layer.parameters():
                q, scale, zero_point = quantize_int8(param)
                layers["param_" + str(len(layers))] = {
                    "quantized": q,
                    "scale": scale,
                    "zero_point": zero_point,
                    "original_shape": param.data.shape,
                }
                elements += int(np.prod(param.data.shape))
        original = elements * 4 / (1024.0 * 1024.0)
        quantized = elements / (1024.0 * 1024.0)
        return {
            "quantized_layers": layers,
            "original_size_mb": original,
            "quantized_size_mb": quantized,
            "compression_ratio": original / quantized if quantized else 1.0,
        }

    @staticmethod
    def compare_models(original_model, quantized_info):
        return {
            "original_mb": quantized_info["original_size_mb"],
            "quantized_mb": quantized_info["quantized_size_mb"],
            "compression_ratio": quantized_info["compression_ratio"],
            "memory_saved_mb": quantized_info["original_size_mb"] - quantized_info["quantized_size_mb"],
        }


def compare_model_sizes(original_model, quantized_model):
    original_params = 0
    for layer in original_model.layers:
        for p in layer.parameters():
            original_params += p.data.size
    original_bytes = original_params * 4
    quantized_params = 0
    quantized_bytes = 0
    for layer in quantized_model.layers:
        count = 0
        for p in layer.parameters():
            count += p.data.size
        quantized_params += count
        if isinstance(layer, QuantizedLinear):
            quantized_bytes += layer.memory_usage()["quantized_bytes"]
        else:
            quantized_bytes += count * 4
    saved = original_bytes - quantized_bytes
    return {
        "original_params": original_params,
        "quantized_params": quantized_params,
        "original_bytes": original_bytes,
        "quantized_bytes": quantized_bytes,
        "compression_ratio": original_bytes / quantized_bytes if quantized_bytes else 1.0,
        "memory_saved_mb": saved / MB_TO_BYTES,
        "memory_saved_percent": 100 * saved / original_bytes if original_bytes else 0,
    }
