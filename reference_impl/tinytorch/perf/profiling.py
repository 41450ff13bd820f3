"""Profiling: count a model's parameters and operations, weigh its memory, and time its forward pass.

Models are duck-typed: anything with `forward(x)`, be it a layer of the course or somebody's own. A profile looks and never
touches: parameters, gradients and the random numbers of the program stay as they were.
Units: FLOPs, one for each multiplication and one for each addition; MB of 2**20 bytes; milliseconds.
"""

import math
import time
import tracemalloc
from collections import defaultdict

import numpy as np

from tinytorch.core.tensor import Tensor

BYTES_PER_FLOAT32 = 4
KB_TO_BYTES = 1024
MB_TO_BYTES = 1024 * 1024
SHORTEST_SECONDS = 1e-6  # a rate is never taken over less time, nor over none
PEAK_GFLOPS = 100.0  # what an ordinary processor core can do, the measure of `computational_efficiency`


class Profiler:
    """Measures models; its three attributes are left to callers who want to keep notes."""

    def __init__(self):
        self.measurements = {}
        self.operation_counts = defaultdict(int)
        self.memory_tracker = None

    def count_parameters(self, model):
        """Return how many numbers a model learns, frozen ones included; the first rule that applies decides.

        A model with `layers` has those of its layers' parameters(); one with `parameters` those of parameters(); one with
        `weight` those of weight and, unless it is None, of bias; any other model has 0.
        """
        if hasattr(model, "layers"):
            return sum(param.data.size for layer in model.layers for param in layer.parameters())
        if hasattr(model, "parameters"):
            return sum(param.data.size for param in model.parameters())
        if hasattr(model, "weight"):
            bias = getattr(model, "bias", None)
            return model.weight.data.size + (0 if bias is None else bias.data.size)
        return 0

    def count_flops(self, model, input_shape):
        """Return the FLOPs of one forward pass, by the name of the model's class; the first rule that applies decides.

        "Linear": inputs * outputs * 2, for one sample: neither the bias nor batch and time axes count. "Conv2d": output
        height * output width * kernel height * kernel width * channels in * channels out * 2, also for one sample.
        A model with `layers`: the sum over them; a layer with `weight` changes the last axis of the shape that the next
        one gets to weight.shape[1]. Anything else: one for each element of input_shape, the batch included.
        """
        name = type(model).__name__
        if name == "Linear":
            return input_shape[-1] * model.weight.shape[1] * 2
        if name == "Conv2d":
            return _count_convolution(model, input_shape)
        if not hasattr(model, "layers"):
            return math.prod(input_shape)
        total = 0
        for layer in model.layers:
            total += self.count_flops(layer, input_shape)
            if hasattr(layer, "weight"):
                input_shape = (*input_shape[:-1], layer.weight.shape[1])
        return total

    def measure_memory(self, model, input_shape):
        """Run forward once on a standard normal Tensor and return four numbers, memory in MB.

        parameter_memory_mb: 4 bytes for each parameter. activation_memory_mb: an estimate, twice the input's bytes.
        peak_memory_mb: what forward held at once, as tracemalloc saw it, but at least the sum of those two.
        memory_efficiency: that sum as a share of the traced peak (of 0.001 MB if it was less), at most 1.
        A trace that the caller began goes on, with its peak reset; otherwise none is left running.
        """
        parameters = self.count_parameters(model) * BYTES_PER_FLOAT32 / MB_TO_BYTES
        activations = 2 * math.prod(input_shape) * BYTES_PER_FLOAT32 / MB_TO_BYTES
        peak = _traced_peak(model, Tensor(_standard_normal(input_shape))) / MB_TO_BYTES
        return {
            "parameter_memory_mb": parameters,
            "activation_memory_mb": activations,
            "peak_memory_mb": max(peak, parameters + activations),
            "memory_efficiency": min((parameters + activations) / max(peak, 0.001), 1.0),
        }

    def measure_latency(self, model, input_tensor, warmup=10, iterations=100):
        """Return the median time of model.forward(input_tensor) in milliseconds, as a float.

        Calls it `warmup` times without timing, then `iterations` times, each timed alone. The median, because a single
        interruption by another program may take longer than all calls together.
        """
        for _ in range(warmup):
            model.forward(input_tensor)
        seconds = []
        for _ in range(iterations):
            began = time.perf_counter()
            model.forward(input_tensor)
            seconds.append(time.perf_counter() - began)
        return float(np.median(seconds)) * 1000

    def profile_layer(self, layer, input_shape):
        """Return layer_type (the class's name), parameters, flops, latency_ms (3 calls to warm up, 10 timed),
        gflops_per_second, and the numbers of measure_memory, for an input of input_shape.
        """
        flops = self.count_flops(layer, input_shape)
        latency = self.measure_latency(layer, Tensor(_standard_normal(input_shape)), warmup=3, iterations=10)
        return {
            "layer_type": type(layer).__name__,
            "parameters": self.count_parameters(layer),
            "flops": flops,
            "latency_ms": latency,
            "gflops_per_second": flops / 1e9 / _seconds(latency),
            **self.measure_memory(layer, input_shape),
        }

    def profile_forward_pass(self, model, input_tensor):
        """Return parameters, flops, latency_ms (5 calls to warm up, 20 timed), the numbers of measure_memory, and:

        gflops_per_second: FLOPs in units of 1e9 over the latency in seconds, of which at least 1e-6 are counted;
        memory_bandwidth_mbs: peak_memory_mb over the same; computational_efficiency: gflops_per_second / 100, at most 1;
        is_memory_bound: memory_bandwidth_mbs > 100 * gflops_per_second; is_compute_bound: the opposite; bottleneck:
        "memory" or "compute" accordingly. Together with measure_memory's, forward is called 26 times.
        """
        flops = self.count_flops(model, input_tensor.shape)
        latency = self.measure_latency(model, input_tensor, warmup=5, iterations=20)
        memory = self.measure_memory(model, input_tensor.shape)
        gflops = flops / 1e9 / _seconds(latency)
        bandwidth = memory["peak_memory_mb"] / _seconds(latency)
        is_memory_bound = bandwidth > 100 * gflops
        return {
            "parameters": self.count_parameters(model),
            "flops": flops,
            "latency_ms": latency,
            **memory,
            "gflops_per_second": gflops,
            "memory_bandwidth_mbs": bandwidth,
            "computational_efficiency": min(gflops / PEAK_GFLOPS, 1.0),
            "is_memory_bound": is_memory_bound,
            "is_compute_bound": not is_memory_bound,
            "bottleneck": "memory" if is_memory_bound else "compute",
        }

    def profile_backward_pass(self, model, input_tensor, _loss_fn=None):
        """Estimate a training step from one forward profile; nothing is differentiated: every grad stays as it was.

        forward_flops, forward_latency_ms, forward_memory_mb (the peak) come from the profile, and so do memory_efficiency
        and bottleneck. backward_flops and backward_latency_ms are twice forward's, total_flops and total_latency_ms three
        times. gradient_memory_mb is the parameters'; total_memory_mb is parameters + activations + gradients;
        total_gflops_per_second is total_flops in units of 1e9 over the total latency in seconds, at least 1e-6;
        optimizer_memory_estimates is {"sgd": 0, "adam": 2g, "adamw": 2g}, g being gradient_memory_mb.
        """
        forward = self.profile_forward_pass(model, input_tensor)
        flops, latency, gradients = forward["flops"], forward["latency_ms"], forward["parameter_memory_mb"]
        return {
            "forward_flops": flops,
            "forward_latency_ms": latency,
            "forward_memory_mb": forward["peak_memory_mb"],
            "backward_flops": 2 * flops,  # a gradient for the input and one for the weight, each as dear as forward
            "backward_latency_ms": 2 * latency,
            "gradient_memory_mb": gradients,
            "total_flops": 3 * flops,
            "total_latency_ms": 3 * latency,
            "total_memory_mb": 2 * gradients + forward["activation_memory_mb"],
            "total_gflops_per_second": 3 * flops / 1e9 / _seconds(3 * latency),
            "optimizer_memory_estimates": {"sgd": 0, "adam": 2 * gradients, "adamw": 2 * gradients},
            "memory_efficiency": forward["memory_efficiency"],
            "bottleneck": forward["bottleneck"],
        }


def quick_profile(model, input_tensor, profiler=None):
    """Return profile_forward_pass of the given Profiler, or of a new one where it is None."""
    return (profiler or Profiler()).profile_forward_pass(model, input_tensor)


def analyze_weight_distribution(model, percentiles=(10, 25, 50, 75, 90)):
    """Describe how large a model's weights are: every number is about absolute values.

    The weights are all values of parameters(); of a model without it those of `weight` alone. Returns total_weights (an
    int), mean, std (of the population), min, max, percentile_{p} for each p given (linear between neighbours), and
    below_threshold_0001, below_threshold_001, below_threshold_01: the percentage, 0 to 100, of values below 0.001, 0.01, 0.1.
    A model with neither gives {"error": "No weights found"}.
    """
    if hasattr(model, "parameters"):
        arrays = [param.data for param in model.parameters()]
    else:
        arrays = [model.weight.data] if hasattr(model, "weight") else []
    if not arrays:
        return {"error": "No weights found"}
    sizes = np.abs(np.concatenate([array.ravel() for array in arrays]))  # one long row
    found = {"total_weights": sizes.size}
    for name in ("mean", "std", "min", "max"):
        found[name] = float(getattr(sizes, name)())
    for p, value in zip(percentiles, np.percentile(sizes, percentiles), strict=True):
        found[f"percentile_{p}"] = float(value)
    for threshold in (0.001, 0.01, 0.1):
        digits = str(threshold).replace(".", "")
        found[f"below_threshold_{digits}"] = float(np.mean(sizes < threshold)) * 100
    return found


def _count_convolution(model, input_shape):
    """Count one multiplication and one addition for each weight of a kernel, at each place where it is laid.

    kernel_size, stride and padding are each an int or a pair (height, width).
    """
    kernel, stride, padding = (_pair(size) for size in (model.kernel_size, model.stride, model.padding))
    sizes = zip(input_shape[-2:], kernel, stride, padding, strict=True)
    places = math.prod((length + 2 * p - k) // s + 1 for length, k, s, p in sizes)
    return places * math.prod(kernel) * model.in_channels * model.out_channels * 2


def _pair(size):
    return size if isinstance(size, tuple) else (size, size)


def _standard_normal(shape):
    """Draw from a generator of its own: a profile must not change what the program draws next."""
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def _traced_peak(model, x):
    """Return how many bytes forward(x) held at once, beyond what was held before."""
    is_ours = not tracemalloc.is_tracing()
    if is_ours:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        model.forward(x)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if is_ours:
            tracemalloc.stop()
    return peak - before


def _seconds(latency_ms):
    return max(latency_ms / 1000, SHORTEST_SECONDS)
