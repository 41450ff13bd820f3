"""Profiles: what is counted, timed and weighed put together, and what is derived from it.

Always true: sizes are drawn; what is derived is held against the numbers of the same profile, and of those the parameters
are known to the test, so that each fault costs its own test. Models are the test's own.
"""

import time

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear as StudentsLinear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler, quick_profile

MB = 2**20
MEMORY_KEYS = ("parameter_memory_mb", "activation_memory_mb", "peak_memory_mb", "memory_efficiency")
FORWARD_KEYS = ("parameters", "flops", "latency_ms", *MEMORY_KEYS, "gflops_per_second", "memory_bandwidth_mbs")
BOUND_KEYS = ("computational_efficiency", "is_memory_bound", "is_compute_bound", "bottleneck")
# What is derived from the same numbers agrees to rounding.
DERIVED = {"rtol": 1e-4, "atol": 1e-9}


@in_candidate
def make_sleeper(seconds, width, outputs):
    """A model called Linear that sleeps; its last duration stays, and the others are used up one after the other.

    It notes how long each call took, what it was given, and how many calls there were.
    """

    class Linear:
        def __init__(self):
            self.weight = Tensor(np.ones((width, outputs)))
            self.seconds, self.noted, self.inputs = list(seconds), [], []

        def parameters(self):
            return [self.weight]

        def forward(self, x):
            began = time.perf_counter()
            time.sleep(self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0])
            self.inputs.append(x)
            self.noted.append(time.perf_counter() - began)
            return x

    return Linear()


def require_keys(found, keys, call):
    __tracebackhide__ = True
    assert isinstance(found, dict), f"{call} must return a dict, got {type(found).__name__}."
    missing = [key for key in keys if key not in found]
    assert not missing, f"{call} must have the keys {', '.join(keys)}; missing: {', '.join(missing)}."


def draw_model(rng, seconds):
    """Draw the sleeping model of a size of its own; return it, its parameters and an input."""
    width, outputs = (int(n) for n in rng.integers(20, 60, 2))
    return make_sleeper([seconds], width, outputs), width * outputs, Tensor(np.ones((1, width), dtype=np.float32))


@number("12.1")
@weight(3)
def test_a_forward_profile(rng):
    """profile_forward_pass counts, times and weighs, and derives gflops_per_second and memory_bandwidth_mbs."""
    model, parameters, x = draw_model(rng, 0.002)
    found = Profiler().profile_forward_pass(model, x)
    require_keys(found, FORWARD_KEYS + BOUND_KEYS, "profile_forward_pass(model, x)")
    assert_equal(found["parameters"], parameters, call="parameters of the profile", hint="count_parameters(model)")
    flops = Profiler().count_flops(model, x.shape)
    assert flops > 0, "count_flops(model, x.shape) must be above 0: the model's class is called Linear."
    assert_equal(found["flops"], flops, call="flops of the profile", hint="count_flops(model, input_tensor.shape)")
    seconds = max(found["latency_ms"] / 1000, 1e-6)
    call = "gflops_per_second of the profile"
    assert_close(found["gflops_per_second"], flops / 1e9 / seconds, **DERIVED, call=call, hint="flops / 1e9 / seconds")
    call, hint = "memory_bandwidth_mbs of the profile", "peak_memory_mb / seconds"
    assert_close(found["memory_bandwidth_mbs"], found["peak_memory_mb"] / seconds, **DERIVED, call=call, hint=hint)


@in_candidate
def make_busy(flops, elements):
    """A model whose count of FLOPs is as large as one likes, since the profiler goes by class and shape; it takes no memory."""

    class Shaped:
        def __init__(self, shape):
            self.shape, self.data = shape, np.broadcast_to(np.float32(1), shape)

    class Linear:
        def __init__(self):
            self.weight = Shaped((1, flops))

        def parameters(self):
            return [Tensor(np.ones(elements))]

        def forward(self, x):
            return x

    return Linear()


@number("12.2")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("bottleneck", ["memory", "compute"])
def test_the_bottleneck(rng, bottleneck):
    """is_memory_bound is memory_bandwidth_mbs > 100 * gflops_per_second; is_compute_bound and bottleneck follow it."""
    elements = int(rng.integers(1000, 5000))
    model = make_busy(10**12 if bottleneck == "compute" else 1, elements)
    found = Profiler().profile_forward_pass(model, Tensor([[1.0]]))
    assert_equal(found["parameters"], elements, call="parameters of the profile", hint="count_parameters(model)")
    got = [found["bottleneck"], bool(found["is_memory_bound"]), bool(found["is_compute_bound"])]
    want = [bottleneck, bottleneck == "memory", bottleneck == "compute"]
    hint = 'One condition decides all three: "memory" if bandwidth > 100 * gflops, else "compute".'
    assert_equal(
        got, want, call=f"[bottleneck, is_memory_bound, is_compute_bound] of a {bottleneck}-bound model", hint=hint
    )
    efficiency = min(found["gflops_per_second"] / 100, 1.0)
    hint = "gflops_per_second / 100, at most 1"
    assert_close(found["computational_efficiency"], efficiency, **DERIVED, call="computational_efficiency", hint=hint)


BACKWARD_KEYS = ("forward_flops", "forward_latency_ms", "forward_memory_mb", "backward_flops", "backward_latency_ms")
TOTAL_KEYS = ("gradient_memory_mb", "total_flops", "total_latency_ms", "total_memory_mb", "total_gflops_per_second")
FURTHER_KEYS = ("optimizer_memory_estimates", "memory_efficiency", "bottleneck")


def require_anchor(found, parameters, key):
    """Require the gradients' memory: the number in the profile that the test knows beforehand."""
    __tracebackhide__ = True
    call, hint = f"{key} of the profile", "As many gradients as parameters, 4 bytes each."
    assert_close(found[key], parameters * 4 / MB, rtol=1e-4, atol=1e-9, call=call, hint=hint)


@number("13.1")
@weight(3)
def test_a_backward_profile(rng):
    """profile_backward_pass estimates: backward costs twice forward, and both together three times."""
    model, parameters, x = draw_model(rng, 0.002)
    found = Profiler().profile_backward_pass(model, x)
    require_keys(found, BACKWARD_KEYS + TOTAL_KEYS + FURTHER_KEYS, "profile_backward_pass(model, x)")
    require_anchor(found, parameters, "gradient_memory_mb")
    for what in ("flops", "latency_ms"):
        forward = found[f"forward_{what}"]
        assert forward > 0, f"forward_{what} must be above 0, got {forward}."
        got = [found[f"backward_{what}"], found[f"total_{what}"]]
        hint = "Backward makes two gradients, of the input and of the weight, each as dear as forward."
        call = f"[backward_{what}, total_{what}] of the profile"
        assert_close(got, [2 * forward, 3 * forward], **DERIVED, call=call, hint=hint)
    want = found["total_flops"] / 1e9 / max(found["total_latency_ms"] / 1000, 1e-6)
    assert_close(found["total_gflops_per_second"], want, **DERIVED, call="total_gflops_per_second of the profile")


@in_candidate
def gradients_after_profiling(width):
    layer = StudentsLinear(width, 3)
    before = [np.array(p.data) for p in layer.parameters()]
    found = Profiler().profile_backward_pass(layer, Tensor(np.ones((2, width))))
    unchanged = [bool(np.array_equal(p.data, a)) for p, a in zip(layer.parameters(), before, strict=True)]
    return found, [p.grad is None for p in layer.parameters()], unchanged


@number("13.2")
@weight(2)
@visibility("hidden")
def test_a_backward_profile_estimates_memory(rng):
    """total_memory_mb adds parameters, activations and gradients; Adam keeps twice the gradients; nothing is differentiated."""
    width = int(rng.integers(100, 300))
    found, no_gradients, unchanged = gradients_after_profiling(width)
    g = found["gradient_memory_mb"]
    require_anchor(found, width * 3 + 3, "gradient_memory_mb")
    hint = "SGD keeps nothing, Adam and AdamW two numbers for each gradient."
    got = [found["optimizer_memory_estimates"].get(name) for name in ("sgd", "adam", "adamw")]
    assert_close(got, [0, 2 * g, 2 * g], **DERIVED, call="optimizer_memory_estimates for sgd, adam, adamw", hint=hint)
    activations = found["total_memory_mb"] - 2 * g
    hint = "parameter + activation + gradient memory"
    assert_close(
        activations, 2 * 2 * width * 4 / MB, rtol=1e-3, call="total_memory_mb without 2 * gradients", hint=hint
    )
    assert_equal(no_gradients, [True, True], call="whether every grad is still None", hint="It is an estimate only.")
    assert_equal(unchanged, [True, True], call="whether every parameter is unchanged")


@in_candidate
def profile_with_my_profiler(claimed):
    class Mine(Profiler):
        def count_flops(self, model, input_shape):
            return claimed

    model, x = make_sleeper([0.0], 5, 7), Tensor(np.ones((1, 5)))
    return [quick_profile(model, x, profiler=Mine())["flops"], quick_profile(model, x, Mine())["flops"]]


@number("14")
@weight(2)
@visibility("hidden")
def test_quick_profile(rng):
    """quick_profile returns the forward profile, made by the profiler that it was given, or by a new one."""
    claimed = int(rng.integers(10**6))
    hint = "(profiler or Profiler()).profile_forward_pass(model, input_tensor)"
    call = "flops of quick_profile with a Profiler of the test's own"
    assert_equal(profile_with_my_profiler(claimed), [claimed] * 2, call=call, hint=hint)
    model, parameters, x = draw_model(rng, 0.0)
    found = quick_profile(model, x)
    require_keys(found, FORWARD_KEYS + BOUND_KEYS, "quick_profile(model, x)")
    assert_equal(found["parameters"], parameters, call="parameters of quick_profile(model, x)", hint=hint)


@number("16 (S)")
@weight(0)
@visibility("hidden")
def test_a_profile_of_a_layer(rng):
    """Not graded: profile_layer names the class, counts, weighs, and times 3 + 10 calls; a forward profile makes 26 in all."""
    model, parameters, x = draw_model(rng, 0.001)
    found = Profiler().profile_layer(model, x.shape)
    require_keys(
        found, ("layer_type", "parameters", "flops", "latency_ms", *MEMORY_KEYS), "profile_layer(layer, shape)"
    )
    assert_equal([found["layer_type"], found["parameters"]], ["Linear", parameters], call="[layer_type, parameters]")
    want = found["flops"] / 1e9 / max(found["latency_ms"] / 1000, 1e-6)
    assert_close(found["gflops_per_second"], want, **DERIVED, call="gflops_per_second of profile_layer(layer, shape)")
    calls = len(model.noted)
    Profiler().profile_forward_pass(model, x)
    got = [calls, len(model.noted) - calls]
    assert_equal(
        got, [14, 26], call="calls of forward by profile_layer and by profile_forward_pass, one of each traced"
    )


@in_candidate
def start_of_profiler():
    """What a new profiler holds: measurements, the count of an operation it never saw, memory_tracker."""
    profiler = Profiler()
    return [profiler.measurements, profiler.operation_counts["anything"], profiler.memory_tracker]


@number("17 (S)")
@weight(0)
@visibility("hidden")
def test_a_profiler_starts_empty(rng):
    """Not graded: measurements is an empty dict, operation_counts counts from 0, and memory_tracker is None."""
    call = "[measurements, operation_counts['anything'], memory_tracker] of Profiler()"
    assert_equal(start_of_profiler(), [{}, 0, None], call=call)
