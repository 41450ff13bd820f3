"""Profiling, written another way: rules tried in turn, times sorted by hand, memory traced around one call, no NumPy median."""

import functools
import operator
import time
import tracemalloc
from collections import defaultdict

import numpy as np
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32, KB_TO_BYTES, MB_TO_BYTES = 4, 1024, 1024**2


def _product(numbers):
    return int(functools.reduce(operator.mul, map(int, numbers), 1))


def _two(value):
    return (value, value) if np.isscalar(value) else tuple(value)


class Profiler:
    def __init__(self):
        self.measurements, self.operation_counts, self.memory_tracker = dict(), defaultdict(int), None

    def count_parameters(self, model):
        found = []
        if hasattr(model, "layers"):
            for layer in model.layers:
                found.extend(layer.parameters())
        elif hasattr(model, "parameters"):
            found.extend(model.parameters())
        elif hasattr(model, "weight"):
            found = [model.weight, getattr(model, "bias", None)]
        return sum(np.asarray(p.data).size for p in found if p is not None)

    def count_flops(self, model, input_shape):
        kind = model.__class__.__name__
        shape = list(input_shape)
        if kind == "Linear":
            return 2 * int(shape[-1]) * int(model.weight.shape[1])
        if kind == "Conv2d":
            kernel, stride, padding = map(_two, (model.kernel_size, model.stride, model.padding))
            height = (shape[-2] + 2 * padding[0] - kernel[0]) // stride[0] + 1
            width = (shape[-1] + 2 * padding[1] - kernel[1]) // stride[1] + 1
            return 2 * _product((height, width, *kernel, model.in_channels, model.out_channels))
        if hasattr(model, "layers"):
            flops = 0
            for layer in model.layers:
                flops += self.count_flops(layer, tuple(shape))
                if hasattr(layer, "weight"):
                    shape[-1] = layer.weight.shape[1]
            return flops
        return _product(shape)

    def measure_memory(self, model, input_shape):
        x = Tensor(np.random.RandomState(1).randn(*input_shape))
        running = tracemalloc.is_tracing()
        if not running:
            tracemalloc.start()
        tracemalloc.clear_traces() if not running else None
        start = tracemalloc.get_traced_memory()[0]
        try:
            model.forward(x)
            top = tracemalloc.get_traced_memory()[1]
        finally:
            running or tracemalloc.stop()
        parameters = self.count_parameters(model) * 4 / 2**20
        activations = x.size * 8 / 2**20
        traced = (top - start) / 2**20
        return dict(
            parameter_memory_mb=parameters,
            activation_memory_mb=activations,
            peak_memory_mb=max([traced, parameters + activations]),
            memory_efficiency=min([(parameters + activations) / max([traced, 0.001]), 1.0]),
        )

    def measure_latency(self, model, input_tensor, warmup=10, iterations=100):
        times = []
        for number in range(warmup + iterations):
            start = time.perf_counter()
            model.forward(input_tensor)
            stop = time.perf_counter()
            if number >= warmup:
                times.append(1000.0 * (stop - start))
        times.sort()
        middle = len(times) // 2
        return times[middle] if len(times) % 2 else (times[middle - 1] + times[middle]) / 2

    def profile_layer(self, layer, input_shape):
        x = Tensor(np.random.RandomState(2).randn(*input_shape))
        out = {"layer_type": layer.__class__.__name__, "parameters": self.count_parameters(layer)}
        out["flops"] = self.count_flops(layer, input_shape)
        out["latency_ms"] = self.measure_latency(layer, x, 3, 10)
        out["gflops_per_second"] = out["flops"] / 1e9 / max(out["latency_ms"] / 1e3, 1e-6)
        out.update(self.measure_memory(layer, input_shape))
        return out

    def profile_forward_pass(self, model, input_tensor):
        out = {"parameters": self.count_parameters(model), "flops": self.count_flops(model, input_tensor.shape)}
        out["latency_ms"] = self.measure_latency(model, input_tensor, warmup=5, iterations=20)
        out.update(self.measure_memory(model, input_tensor.shape))
        seconds = max(out["latency_ms"] / 1e3, 1e-6)
        rate, band = out["flops"] / 1e9 / seconds, out["peak_memory_mb"] / seconds
        bound = bool(band > rate * 100)
        out.update(gflops_per_second=rate, memory_bandwidth_mbs=band, computational_efficiency=min(rate / 100, 1.0))
        out.update(is_memory_bound=bound, is_compute_bound=not bound, bottleneck=("compute", "memory")[bound])
        return out

    def profile_backward_pass(self, model, input_tensor, _loss_fn=None):
        f = self.profile_forward_pass(model, input_tensor)
        g = f["parameter_memory_mb"]
        out = {
            f"forward_{k}": f[v]
            for k, v in dict(flops="flops", latency_ms="latency_ms", memory_mb="peak_memory_mb").items()
        }
        for key in ("flops", "latency_ms"):
            out[f"backward_{key}"] = f[key] * 2
            out[f"total_{key}"] = f[key] + f[key] * 2
        out["gradient_memory_mb"] = g
        out["total_memory_mb"] = g + g + f["activation_memory_mb"]
        out["total_gflops_per_second"] = out["total_flops"] / 1e9 / max(out["total_latency_ms"] / 1e3, 1e-6)
        out["optimizer_memory_estimates"] = {"sgd": 0.0, "adam": g * 2, "adamw": g * 2}
        return out | {"memory_efficiency": f["memory_efficiency"], "bottleneck": f["bottleneck"]}


def quick_profile(model, input_tensor, profiler=None):
    profiler = Profiler() if profiler is None else profiler
    found = profiler.profile_forward_pass(model, input_tensor)
    print("profile:", found["parameters"], "parameters")
    return found


def analyze_weight_distribution(model, percentiles=[10, 25, 50, 75, 90]):
    if hasattr(model, "parameters"):
        parts = [np.ravel(p.data) for p in model.parameters()]
    elif hasattr(model, "weight"):
        parts = [np.ravel(model.weight.data)]
    else:
        parts = []
    if not parts:
        return {"error": "No weights found"}
    sizes = np.sort(np.abs(np.hstack(parts)).astype(np.float64))
    out = dict(total_weights=len(sizes), mean=sizes.mean(), std=sizes.std(), min=sizes[0], max=sizes[-1])
    for p in percentiles:
        out["percentile_" + str(p)] = np.percentile(sizes, p)
    for text in ("0001", "001", "01"):
        out["below_threshold_" + text] = 100 * np.searchsorted(sizes, float(f"0.{text[1:]}"), side="left") / len(sizes)
    return out
