"""The reference's profiler: counts by hand, memory and time of stand-in models whose cost is known beforehand."""

import time
import tracemalloc

import numpy as np
import pytest
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf import profiling
from tinytorch.perf.profiling import Profiler, analyze_weight_distribution, quick_profile


class Chain:
    """Some layers in a row."""

    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x


class Clock:
    """Stands in for time.perf_counter: it moves on only when it is told to."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", clock)
    return clock


class Recorder:
    """Notes every input of forward, and takes as many seconds on the clock as it is told to."""

    def __init__(self, clock=None, *durations):
        self.inputs, self.clock, self.durations = [], clock, list(durations)

    def forward(self, x):
        self.inputs.append(x)
        if self.durations:
            self.clock.seconds += self.durations.pop(0)
        return x


class Conv2d:
    """A stand-in: the profiler goes by the name of the class."""

    def __init__(self, kernel_size, stride=1, padding=0):
        self.in_channels, self.out_channels = 3, 8
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding


class Hungry:
    """Holds 4 MB while it works, and returns its input."""

    def forward(self, x):
        return x + np.ones((1024, 1024), dtype=np.float32)[0, 0]


class Weighted:
    """Has a weight, and a bias if there is one, but no parameters()."""

    def __init__(self, weight, bias=None):
        self.weight, self.bias = Tensor(weight), None if bias is None else Tensor(bias)


@pytest.mark.parametrize(
    ("model", "want"),
    [
        (Linear(10, 5), 55),
        (Linear(10, 5, bias=False), 50),
        (Chain(Linear(10, 20), ReLU(), Linear(20, 5)), 220 + 105),
        (Weighted(np.ones((2, 3))), 6),
        (Weighted(np.ones((2, 3)), np.ones(3)), 9),
        (ReLU(), 0),
        (object(), 0),
        (Tensor([1.0, 2.0]), 0),
    ],
)
def test_parameters(model, want):
    assert Profiler().count_parameters(model) == want


@pytest.mark.parametrize(
    ("model", "shape", "want"),
    [
        (Linear(128, 64), (1, 128), 16384),
        (Linear(128, 64), (32, 128), 16384),
        (Linear(128, 64), (4, 7, 128), 16384),
        (ReLU(), (4, 20), 80),
        (object(), (2, 3, 5), 30),
        (Chain(Linear(10, 20), ReLU(), Linear(20, 5)), (4, 10), 400 + 80 + 200),
        (Conv2d(3, padding=1), (1, 3, 16, 16), 110592),
        (Conv2d(3, stride=2, padding=1), (1, 3, 16, 16), 27648),
        (Conv2d((3, 5), padding=(0, 2)), (1, 3, 16, 16), 14 * 16 * 15 * 24 * 2),
    ],
)
def test_flops(model, shape, want):
    got = Profiler().count_flops(model, shape)
    assert got == want
    assert type(got) is int


def test_memory_of_a_layer():
    found = Profiler().measure_memory(Linear(1024, 256), (32, 1024))
    assert found["parameter_memory_mb"] == (1024 * 256 + 256) * 4 / 2**20
    assert found["activation_memory_mb"] == 0.25
    assert found["peak_memory_mb"] >= found["parameter_memory_mb"] + found["activation_memory_mb"]
    assert 0 <= found["memory_efficiency"] <= 1
    assert not tracemalloc.is_tracing()


def test_the_peak_sees_what_forward_holds():
    found = Profiler().measure_memory(Hungry(), (1,))
    assert 4 <= found["peak_memory_mb"] < 4.5
    assert found["memory_efficiency"] < 0.001


def test_a_trace_of_the_caller_survives():
    tracemalloc.start()
    try:
        held = bytearray(2**20)
        found = Profiler().measure_memory(Hungry(), (1,))
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
    assert 4 <= found["peak_memory_mb"] < 4.5, f"without the {len(held)} bytes of the caller"


def test_no_trace_is_left_when_forward_raises():
    with pytest.raises(ValueError, match="Inner dimensions"):
        Profiler().measure_memory(Linear(3, 2), (1, 4))
    assert not tracemalloc.is_tracing()


def test_profiling_draws_nothing_from_the_programs_generator():
    np.random.seed(1)
    want = np.random.random()
    np.random.seed(1)
    Profiler().measure_memory(ReLU(), (3, 4))
    assert np.random.random() == want


def test_latency_calls_forward_with_the_very_input():
    model, x = Recorder(), Tensor([1.0])
    assert Profiler().measure_latency(model, x, warmup=3, iterations=4) >= 0
    assert len(model.inputs) == 7
    assert all(got is x for got in model.inputs)
    Profiler().measure_latency(model, None)
    assert len(model.inputs) == 7 + 110


def test_latency_is_the_median_in_milliseconds(clock):
    """Neither one long call nor a slow start shows."""
    model = Recorder(clock, *[9.0] * 3, *[0.5, 0.25, 8.0, 0.125, 0.375])
    assert Profiler().measure_latency(model, None, warmup=3, iterations=5) == pytest.approx(375)


def test_a_callable_without_forward_is_no_model():
    with pytest.raises(AttributeError):
        Profiler().measure_latency(len, Tensor([1.0]))


def test_profile_of_a_layer():
    found = Profiler().profile_layer(Linear(128, 64), (8, 128))
    assert (found["layer_type"], found["parameters"], found["flops"]) == ("Linear", 128 * 64 + 64, 16384)
    assert found["gflops_per_second"] == pytest.approx(16384 / 1e6 / found["latency_ms"])
    assert found["activation_memory_mb"] == 2 * 8 * 128 * 4 / 2**20


@pytest.mark.parametrize(
    ("seconds", "outputs", "bottleneck"), [(0.005, 10**8, "compute"), (0.005, 1, "memory"), (0.0, 10**8, "compute")]
)
def test_profile_of_a_forward_pass(clock, seconds, outputs, bottleneck):
    """FLOPs come from the claimed shape of the weight, so that either bottleneck can be had."""

    class Linear(Recorder):
        weight = np.broadcast_to(np.float32(0), (16, outputs))

        def parameters(self):
            return []

    model, x = Linear(clock, *[seconds] * 26), Tensor(np.ones((2, 16)))
    found = Profiler().profile_forward_pass(model, x)
    assert found["latency_ms"] == pytest.approx(seconds * 1000)
    assert len(model.inputs) == 26
    latency = max(seconds, 1e-6)
    assert found["flops"] == 32 * outputs
    assert found["gflops_per_second"] == pytest.approx(found["flops"] / 1e9 / latency)
    assert found["memory_bandwidth_mbs"] == pytest.approx(found["peak_memory_mb"] / latency)
    assert found["computational_efficiency"] == pytest.approx(min(found["gflops_per_second"] / 100, 1))
    assert found["bottleneck"] == bottleneck
    assert found["is_memory_bound"] is (bottleneck == "memory")
    assert found["is_compute_bound"] is (bottleneck == "compute")


def test_profile_of_a_backward_pass_is_an_estimate():
    model, x = Linear(64, 32), Tensor(np.ones((4, 64)))
    found = Profiler().profile_backward_pass(model, x)
    parameters, activations = (64 * 32 + 32) * 4 / 2**20, 2 * 4 * 64 * 4 / 2**20
    assert (found["forward_flops"], found["backward_flops"], found["total_flops"]) == (4096, 8192, 12288)
    assert found["backward_latency_ms"] == pytest.approx(2 * found["forward_latency_ms"])
    assert found["total_latency_ms"] == pytest.approx(3 * found["forward_latency_ms"])
    assert found["gradient_memory_mb"] == parameters
    assert found["total_memory_mb"] == pytest.approx(2 * parameters + activations)
    assert found["total_gflops_per_second"] == pytest.approx(12288 / 1e6 / found["total_latency_ms"])
    assert found["optimizer_memory_estimates"] == {"sgd": 0, "adam": 2 * parameters, "adamw": 2 * parameters}
    assert found["forward_memory_mb"] >= parameters + activations
    assert {"memory_efficiency", "bottleneck"} <= set(found)
    assert model.weight.grad is None


def test_quick_profile_uses_the_profiler_it_is_given():
    class Counting(Profiler):
        def profile_forward_pass(self, model, input_tensor):
            return {"calls": self.count_parameters(model)}

    assert quick_profile(Linear(2, 3), None, profiler=Counting()) == {"calls": 9}
    assert quick_profile(Linear(2, 3), Tensor([[1.0, 2.0]]))["flops"] == 12


def test_weights_by_hand():
    found = analyze_weight_distribution(Weighted([[-0.0005, 0.005], [-0.05, 0.5]]), percentiles=[0, 50, 100])
    assert found["total_weights"] == 4
    assert found["mean"] == pytest.approx(0.138875)
    assert found["std"] == pytest.approx(np.std([0.0005, 0.005, 0.05, 0.5]))
    assert (found["min"], found["max"]) == pytest.approx((0.0005, 0.5))
    assert found["percentile_50"] == pytest.approx(0.0275)
    assert [found[f"below_threshold_{digits}"] for digits in ("0001", "001", "01")] == [25, 50, 75]
    assert {"percentile_0", "percentile_100"} <= set(found)


def test_weights_of_parameters_come_first():
    assert analyze_weight_distribution(Linear(3, 2))["total_weights"] == 8
    assert {f"percentile_{p}" for p in (10, 25, 50, 75, 90)} <= set(analyze_weight_distribution(Linear(3, 2)))
    assert analyze_weight_distribution(object()) == {"error": "No weights found"}
    assert analyze_weight_distribution(Chain(Linear(3, 2))) == {"error": "No weights found"}
    assert analyze_weight_distribution(ReLU()) == {"error": "No weights found"}


def test_a_profiler_starts_empty():
    profiler = Profiler()
    assert (profiler.measurements, profiler.memory_tracker) == ({}, None)
    assert profiler.operation_counts["anything"] == 0


def test_constants():
    assert (profiling.BYTES_PER_FLOAT32, profiling.KB_TO_BYTES, profiling.MB_TO_BYTES) == (4, 1024, 1048576)
