"""Profiling: a data class, an enumeration of texts, ordered dictionaries, nanoseconds."""

import dataclasses
import statistics
import time
import tracemalloc
from collections import OrderedDict, defaultdict
from enum import StrEnum

import numpy as np
from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
KB_TO_BYTES = 2**10
MB_TO_BYTES = 2**20


class Bottleneck(StrEnum):
    MEMORY = "memory"
    COMPUTE = "compute"


def _params(model):
    if hasattr(model, "layers"):
        for layer in model.layers:
            yield from layer.parameters()
    elif hasattr(model, "parameters"):
        yield from model.parameters()
    elif hasattr(model, "weight"):
        yield model.weight
        if getattr(model, "bias", None) is not None:
            yield model.bias


def _two(v):
    return (v, v) if np.isscalar(v) else tuple(v)


@dataclasses.dataclass
class Profiler:
    measurements: dict = dataclasses.field(default_factory=dict)
    operation_counts: dict = dataclasses.field(default_factory=lambda: defaultdict(int))
    memory_tracker: object = None

    def count_parameters(self, model):
        return sum(np.asarray(p.data).size for p in _params(model))

    def _conv(self, m, shape):
        (kh, kw), s, p = _two(m.kernel_size), getattr(m, "stride", 1), getattr(m, "padding", 0)
        (sh, sw), (ph, pw) = _two(s), _two(p)
        h = (shape[-2] + 2 * ph - kh) // sh + 1
        w = (shape[-1] + 2 * pw - kw) // sw + 1
        return 2 * h * w * kh * kw * m.in_channels * m.out_channels

    def count_flops(self, model, input_shape):
        kind = type(model).__name__
        if kind == "Linear":
            return 2 * input_shape[-1] * model.weight.shape[1]
        if kind == "Conv2d":
            return self._conv(model, input_shape)
        if kind == "Sequential" or hasattr(model, "layers"):
            flops, shape = 0, list(input_shape)
            for layer in model.layers:
                flops += self.count_flops(layer, tuple(shape))
                if hasattr(layer, "weight"):
                    shape[-1] = layer.weight.shape[1]
            return flops
        return np.prod(input_shape)

    def measure_memory(self, model, input_shape):
        x = Tensor(np.random.default_rng(0).standard_normal(input_shape))
        outer = tracemalloc.is_tracing()
        if not outer:
            tracemalloc.start()
        try:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            model.forward(x)
            peak = tracemalloc.get_traced_memory()[1] - before
        finally:
            if not outer:
                tracemalloc.stop()
        params = self.count_parameters(model) * 4 / MB_TO_BYTES
        acts = 2 * x.data.nbytes / MB_TO_BYTES
        return OrderedDict(
            parameter_memory_mb=params,
            activation_memory_mb=acts,
            peak_memory_mb=max(peak / MB_TO_BYTES, params + acts),
            memory_efficiency=min((params + acts) / max(peak / MB_TO_BYTES, 0.001), 1.0),
        )

    def measure_latency(self, model, input_tensor, warmup=10, iterations=100):
        run = model.forward
        for _ in range(warmup):
            run(input_tensor)
        laps = []
        clock = time.perf_counter_ns
        for _ in range(iterations):
            t = clock()
            run(input_tensor)
            laps.append(clock() - t)
        return statistics.median(laps) / 1e6

    def profile_layer(self, layer, input_shape):
        x = Tensor(np.random.randn(*input_shape))
        ms = self.measure_latency(layer, x, 3, 10)
        flops = self.count_flops(layer, input_shape)
        return {
            **self.measure_memory(layer, input_shape),
            "layer_type": layer.__class__.__name__,
            "parameters": self.count_parameters(layer),
            "flops": flops,
            "latency_ms": ms,
            "gflops_per_second": flops / 1e9 / max(ms / 1e3, 1e-6),
        }

    def profile_forward_pass(self, model, input_tensor):
        memory = self.measure_memory(model, input_tensor.shape)
        ms = self.measure_latency(model, input_tensor, warmup=5, iterations=20)
        s = max(ms / 1e3, 1e-6)
        flops = self.count_flops(model, input_tensor.shape)
        speed = flops / 1e9 / s
        width = memory["peak_memory_mb"] / s
        bound = bool(width > 100 * speed)
        result = dict(memory)
        result.update(
            parameters=self.count_parameters(model),
            flops=flops,
            latency_ms=ms,
            gflops_per_second=speed,
            memory_bandwidth_mbs=width,
            computational_efficiency=min(speed / 100, 1.0),
            is_memory_bound=bound,
            is_compute_bound=not bound,
            bottleneck=Bottleneck.MEMORY if bound else Bottleneck.COMPUTE,
        )
        return result

    def profile_backward_pass(self, model, input_tensor, _loss_fn=None):
        f = self.profile_forward_pass(model, input_tensor)
        g = f["parameter_memory_mb"]
        total_ms = 3 * f["latency_ms"]
        return {
            "forward_flops": f["flops"],
            "forward_latency_ms": f["latency_ms"],
            "forward_memory_mb": f["peak_memory_mb"],
            "backward_flops": 2 * f["flops"],
            "backward_latency_ms": 2 * f["latency_ms"],
            "gradient_memory_mb": g,
            "total_flops": 3 * f["flops"],
            "total_latency_ms": total_ms,
            "total_memory_mb": g + f["activation_memory_mb"] + g,
            "total_gflops_per_second": 3 * f["flops"] / 1e9 / max(total_ms / 1e3, 1e-6),
            "optimizer_memory_estimates": OrderedDict(sgd=0, adam=2 * g, adamw=2 * g),
            "memory_efficiency": f["memory_efficiency"],
            "bottleneck": f["bottleneck"],
        }


def quick_profile(model, input_tensor, profiler=None):
    return (profiler or Profiler()).profile_forward_pass(model, input_tensor)


def analyze_weight_distribution(model, percentiles=(10, 25, 50, 75, 90)):
    if hasattr(model, "parameters"):
        parts = [np.ravel(p.data) for p in model.parameters()]
    elif hasattr(model, "weight"):
        parts = [np.ravel(model.weight.data)]
    else:
        return {"error": "No weights found"}
    if not parts:
        return {"error": "No weights found"}
    w = np.abs(np.concatenate(parts))
    stats = {"total_weights": len(w), "mean": w.mean(), "std": w.std(), "min": w.min(), "max": w.max()}
    stats |= {f"percentile_{p}": v for p, v in zip(percentiles, np.percentile(w, list(percentiles)), strict=False)}
    for limit in (0.001, 0.01, 0.1):
        stats["below_threshold_" + str(limit).replace(".", "")] = np.count_nonzero(w < limit) / len(w) * 100
    return stats
