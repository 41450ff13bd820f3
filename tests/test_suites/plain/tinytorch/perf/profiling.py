"""Profiling as the course's notebook writes it: every sum by hand, counts as NumPy gives them, Conv2d with whole numbers."""

import time
import tracemalloc
from collections import defaultdict

import numpy as np
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
KB_TO_BYTES = 1024
MB_TO_BYTES = 1024 * 1024


class Profiler:
    def __init__(self):
        self.measurements = {}
        self.operation_counts = defaultdict(int)
        self.memory_tracker = None

    def count_parameters(self, model):
        total = 0
        if hasattr(model, "layers"):
            for layer in model.layers:
                if hasattr(layer, "parameters"):
                    for param in layer.parameters():
                        total += param.data.size
        elif hasattr(model, "parameters"):
            for param in model.parameters():
                total += param.data.size
        elif hasattr(model, "weight"):
            total += model.weight.data.size
            if hasattr(model, "bias") and model.bias is not None:
                total += model.bias.data.size
        return total

    def count_flops(self, model, input_shape):
        name = model.__class__.__name__
        if name == "Linear":
            return input_shape[-1] * model.weight.shape[1] * 2
        if name == "Conv2d":

            def first(n):
                return n[0] if isinstance(n, (tuple, list)) else n

            k, s, p = first(model.kernel_size), first(model.stride), first(model.padding)
            h = (input_shape[-2] + 2 * p - k) // s + 1
            w = (input_shape[-1] + 2 * p - k) // s + 1
            return h * w * k * k * model.in_channels * model.out_channels * 2
        if hasattr(model, "layers"):
            total = 0
            shape = tuple(input_shape)
            for layer in model.layers:
                total += self.count_flops(layer, shape)
                if hasattr(layer, "weight"):
                    shape = shape[:-1] + (layer.weight.shape[1],)
            return total
        return np.prod(input_shape)

    def measure_memory(self, model, input_shape):
        x = Tensor(np.random.randn(*input_shape).astype(np.float32))
        was_tracing = tracemalloc.is_tracing()
        if not was_tracing:
            tracemalloc.start()
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        try:
            model.forward(x)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            if not was_tracing:
                tracemalloc.stop()
        parameter_mb = self.count_parameters(model) * BYTES_PER_FLOAT32 / MB_TO_BYTES
        activation_mb = x.data.nbytes * 2 / MB_TO_BYTES
        traced_mb = (peak - start) / MB_TO_BYTES
        useful = parameter_mb + activation_mb
        return {
            "parameter_memory_mb": parameter_mb,
            "activation_memory_mb": activation_mb,
            "peak_memory_mb": max(traced_mb, useful),
            "memory_efficiency": min(useful / max(traced_mb, 0.001), 1.0),
        }

    def measure_latency(self, model, input_tensor, warmup=10, iterations=100):
        for _ in range(warmup):
            model.forward(input_tensor)
        times = []
        for _ in range(iterations):
            start = time.perf_counter()
            model.forward(input_tensor)
            times.append((time.perf_counter() - start) * 1000)
        return float(np.median(np.array(times)))

    def profile_layer(self, layer, input_shape):
        x = Tensor(np.random.randn(*input_shape))
        latency = self.measure_latency(layer, x, warmup=3, iterations=10)
        flops = self.count_flops(layer, input_shape)
        result = {
            "layer_type": type(layer).__name__,
            "parameters": self.count_parameters(layer),
            "flops": flops,
            "latency_ms": latency,
            "gflops_per_second": (flops / 1e9) / max(latency / 1000, 1e-6),
        }
        result.update(self.measure_memory(layer, input_shape))
        return result

    def profile_forward_pass(self, model, input_tensor):
        latency = self.measure_latency(model, input_tensor, warmup=5, iterations=20)
        memory = self.measure_memory(model, input_tensor.shape)
        flops = self.count_flops(model, input_tensor.shape)
        seconds = max(latency / 1000.0, 1e-6)
        gflops = flops / 1e9 / seconds
        bandwidth = memory["peak_memory_mb"] / seconds
        bound = bandwidth > gflops * 100
        return dict(
            parameters=self.count_parameters(model),
            flops=flops,
            latency_ms=latency,
            **memory,
            gflops_per_second=gflops,
            memory_bandwidth_mbs=bandwidth,
            computational_efficiency=min(gflops / 100.0, 1.0),
            is_memory_bound=bound,
            is_compute_bound=not bound,
            bottleneck="memory" if bound else "compute",
        )

    def profile_backward_pass(self, model, input_tensor, _loss_fn=None):
        forward = self.profile_forward_pass(model, input_tensor)
        gradient = forward["parameter_memory_mb"]
        flops, latency = forward["flops"] * 3, forward["latency_ms"] * 3
        return {
            "forward_flops": forward["flops"],
            "forward_latency_ms": forward["latency_ms"],
            "forward_memory_mb": forward["peak_memory_mb"],
            "backward_flops": forward["flops"] * 2,
            "backward_latency_ms": forward["latency_ms"] * 2,
            "gradient_memory_mb": gradient,
            "total_flops": flops,
            "total_latency_ms": latency,
            "total_memory_mb": forward["parameter_memory_mb"] + forward["activation_memory_mb"] + gradient,
            "total_gflops_per_second": (flops / 1e9) / max(latency / 1000, 1e-6),
            "optimizer_memory_estimates": {"sgd": 0, "adam": 2 * gradient, "adamw": 2 * gradient},
            "memory_efficiency": forward["memory_efficiency"],
            "bottleneck": forward["bottleneck"],
        }


def quick_profile(model, input_tensor, profiler=None):
    if profiler is None:
        profiler = Profiler()
    result = profiler.profile_forward_pass(model, input_tensor)
    for key, value in result.items():
        print(key, value)
    return result


def analyze_weight_distribution(model, percentiles=[10, 25, 50, 75, 90]):  # noqa: B006
    weights = []
    if hasattr(model, "parameters"):
        for param in model.parameters():
            weights.extend(param.data.flatten().tolist())
    elif hasattr(model, "weight"):
        weights.extend(model.weight.data.flatten().tolist())
    else:
        return {"error": "No weights found"}
    sizes = np.abs(np.array(weights))
    stats = {
        "total_weights": len(weights),
        "mean": np.mean(sizes),
        "std": np.std(sizes),
        "min": np.min(sizes),
        "max": np.max(sizes),
    }
    for p in percentiles:
        stats[f"percentile_{p}"] = np.percentile(sizes, p)
    for threshold in (0.001, 0.01, 0.1):
        stats["below_threshold_" + str(threshold).replace(".", "")] = np.mean(sizes < threshold) * 100
    return stats
