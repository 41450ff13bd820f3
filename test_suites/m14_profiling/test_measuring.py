"""Measuring: memory, latency, and the profiles that are made of them.

Always true: models of the test's own sleep or hold memory for as long and as much as was drawn, and note it. A claimed
latency is held against what they noted and against the judge's own clock, never against a number of seconds that a busy
machine could miss.
"""

import time
import tracemalloc

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler, quick_profile

MB = 2**20
MEMORY_KEYS = ("parameter_memory_mb", "activation_memory_mb", "peak_memory_mb", "memory_efficiency")


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


@in_candidate
def make_hungry(elements):
    """A model whose forward makes and holds one large array of float32 while it works."""

    class Hungry:
        def forward(self, x):
            held = np.ones(elements, dtype=np.float32)
            return Tensor(x.data + held[:1])

    return Hungry()


@in_candidate
def is_tracing_after_memory(elements):
    model = make_hungry(elements)
    found = Profiler().measure_memory(model, (1, 4))
    tracing = tracemalloc.is_tracing()
    tracemalloc.stop()
    return found["peak_memory_mb"], tracing


def require_keys(found, keys, call):
    __tracebackhide__ = True
    assert isinstance(found, dict), f"{call} must return a dict, got {type(found).__name__}."
    missing = [key for key in keys if key not in found]
    assert not missing, f"{call} must have the keys {', '.join(keys)}; missing: {', '.join(missing)}."


# Memory


@number("8.1")
@weight(3)
def test_parameter_memory(rng):
    """measure_memory gives four numbers; parameter_memory_mb is 4 bytes for each parameter, in MB of 2**20 bytes."""
    inputs, outputs = (int(n) for n in rng.integers(100, 300, 2))
    found = Profiler().measure_memory(Linear(inputs, outputs, bias=False), (2, inputs))
    call = f"measure_memory(Linear({inputs}, {outputs}, bias=False), (2, {inputs}))"
    require_keys(found, MEMORY_KEYS, call)
    hint = "count_parameters(model) * BYTES_PER_FLOAT32 / MB_TO_BYTES"
    want = inputs * outputs * 4 / MB
    assert_close(found["parameter_memory_mb"], want, rtol=1e-6, call=f"parameter_memory_mb of {call}", hint=hint)


@number("8.2")
@weight(2)
@visibility("hidden")
def test_memory_is_never_negative(rng):
    """No number is negative, and a model without parameters has a parameter memory of 0."""
    elements = int(rng.integers(3, 8)) * MB // 4
    found = Profiler().measure_memory(make_hungry(elements), (1, 4))
    require_keys(found, MEMORY_KEYS, "measure_memory(model, (1, 4))")
    assert_equal(found["parameter_memory_mb"], 0, call="parameter_memory_mb of a model without parameters")
    negative = [key for key in MEMORY_KEYS if not found[key] >= 0]
    assert not negative, f"Memory is never negative: {', '.join(negative)}."
    require_peak(found["peak_memory_mb"], elements)


def require_peak(peak, elements):
    __tracebackhide__ = True
    held = elements * 4 / MB
    call = f"peak_memory_mb of a model that holds {held:g} MB while it works"
    hint = "tracemalloc.start() before forward, get_traced_memory()[1] after it: the peak, in bytes."
    assert held * 0.99 <= peak <= 2 * held + 1, f"{call} must be about that, got {peak:g}. {hint}"


@number("9.1")
@weight(2)
def test_activation_memory_grows_with_the_batch(rng):
    """activation_memory_mb is at least the input's bytes, and twice as much for twice the batch."""
    width, batch = int(rng.integers(1000, 2000)), int(rng.integers(8, 32))
    model = make_hungry(16)
    small, large = (Profiler().measure_memory(model, (n, width))["activation_memory_mb"] for n in (batch, 2 * batch))
    call = f"activation_memory_mb at ({batch}, {width})"
    hint = "An estimate: twice the input's bytes, 4 for each element, in MB."
    least = batch * width * 4 / MB
    assert small >= least * 0.999, f"{call} must be at least the input's {least:.4f} MB, got {small:.4f}. {hint}"
    assert small < 10 * least, f"{call} must be about twice the input's {least:.4f} MB, got {small:.4f}. {hint}"
    assert_close(large / small, 2.0, rtol=1e-3, call=f"its ratio to that at ({2 * batch}, {width})", hint=hint)


@number("9.2")
@weight(2)
@visibility("hidden")
def test_the_peak_sees_what_forward_holds(rng):
    """peak_memory_mb sees an array of some MB that forward holds, and that no count of parameters knows of."""
    for megabytes in (3, int(rng.integers(5, 12))):
        elements = megabytes * MB // 4
        require_peak(Profiler().measure_memory(make_hungry(elements), (1, 4))["peak_memory_mb"], elements)


@number("9.3")
@weight(2)
@visibility("hidden")
def test_the_peak_is_at_least_the_sum_of_its_parts(rng):
    """peak_memory_mb is at least parameter and activation memory together; memory_efficiency lies between 0 and 1."""
    inputs, outputs = (int(n) for n in rng.integers(200, 400, 2))
    model = make_sleeper([0.0], inputs, outputs)
    found = Profiler().measure_memory(model, (8, inputs))
    parts = found["parameter_memory_mb"] + found["activation_memory_mb"]
    assert parts > 0, f"Parameter and activation memory must be above 0, got {parts}."
    hint = "max(the traced peak, parameter + activation memory)"
    peak = found["peak_memory_mb"]
    assert peak >= parts * 0.999999, f"peak_memory_mb must be at least {parts:.4f}, the sum, got {peak:.4f}. {hint}"
    assert peak < 10 * parts + 1, f"peak_memory_mb is {peak:.4f}, and the model holds nothing like that."
    efficiency = found["memory_efficiency"]
    assert 0 <= efficiency <= 1, f"memory_efficiency is a share, from 0 to 1, got {efficiency}. Cap it at 1."
    elements = 4 * MB // 4
    wasteful = Profiler().measure_memory(make_hungry(elements), (1, 4))["memory_efficiency"]
    assert wasteful < 0.1, (
        f"memory_efficiency of a model that holds 4 MB beside an input of 16 bytes must be near 0, got {wasteful}. "
        "It is parameter and activation memory as a share of the traced peak."
    )


@number("9.4")
@weight(1)
@visibility("hidden")
def test_no_trace_is_left_running(rng):
    """After measure_memory tracemalloc is off again: a trace that runs on slows the whole program down."""
    elements = int(rng.integers(3, 8)) * MB // 4
    peak, tracing = is_tracing_after_memory(elements)
    require_peak(peak, elements)
    assert_equal(tracing, False, call="tracemalloc.is_tracing() after measure_memory", hint="tracemalloc.stop()")


@in_candidate
def memory_in_a_trace(elements):
    tracemalloc.start()
    found = Profiler().measure_memory(make_hungry(elements), (1, 4))
    tracing = tracemalloc.is_tracing()
    tracemalloc.stop()
    return found["peak_memory_mb"], tracing


@number("9.5 (S)")
@weight(0)
def test_a_trace_of_the_caller_runs_on(rng):
    """Not graded: a trace that the caller began is still running after measure_memory."""
    elements = int(rng.integers(3, 8)) * MB // 4
    peak, tracing = memory_in_a_trace(elements)
    require_peak(peak, elements)
    assert_equal(tracing, True, call="tracemalloc.is_tracing() after measure_memory inside a trace")


# Latency


@in_candidate
def count_calls(warmup, iterations):
    """Return the number of calls, and how many of them got the very input: a Tensor, then None, then by default."""
    results = []
    for value, times in ((Tensor([1.0]), (warmup, iterations)), (None, (warmup, iterations)), (Tensor([2.0]), ())):
        model = make_sleeper([0.0], 2, 2)
        latency = Profiler().measure_latency(model, value, *times)
        results.append([len(model.inputs), sum(x is value for x in model.inputs), latency > 0])
    return results


@number("10")
@weight(7)
def test_latency_calls_forward(rng):
    """measure_latency calls model.forward(input_tensor) warmup + iterations times, 10 + 100 by default, with that very input."""
    warmup, iterations = int(rng.integers(2, 9)), int(rng.integers(10, 20))
    got = count_calls(warmup, iterations)
    calls = warmup + iterations
    hint = "First `warmup` calls that are not timed, then `iterations` calls that are; hand the input on as it is."
    call = (
        f"calls and calls with the very input, warmup={warmup}, iterations={iterations}: a Tensor, None, and by default"
    )
    assert_equal([row[:2] for row in got], [[calls, calls], [calls, calls], [110, 110]], call=call, hint=hint)
    assert_equal([row[2] for row in got], [True] * 3, call="whether the latency is above 0")


@number("11.1")
@weight(3)
def test_latency_is_in_milliseconds(rng):
    """A forward pass that sleeps some milliseconds takes as many, and no more than the judge's own clock allows."""
    milliseconds = float(rng.uniform(4, 12))
    model, x = make_sleeper([milliseconds / 1000], 2, 2), Tensor([1.0])
    began = time.monotonic()
    got = Profiler().measure_latency(model, x, warmup=1, iterations=7)
    # The median of seven calls: four of them took at least as long, and all seven fit between two looks at the clock.
    most = (time.monotonic() - began) * 1000 / 4
    hint = "perf_counter gives seconds; return the median of single calls, times 1000."
    call = f"measure_latency of a forward pass that sleeps {milliseconds:.1f} ms"
    assert milliseconds * 0.99 <= got <= most, f"{call} must be between that and {most:.1f} ms, got {got:g}. {hint}"


def require_median(got, noted, call, hint):
    """Require the median of what the model itself noted; the calls are timed from outside it, and so a little longer."""
    __tracebackhide__ = True
    want = float(np.median(noted)) * 1000
    assert want * 0.95 <= got <= want * 1.25 + 2, f"{call} must be about {want:.1f} ms, got {got:.1f}. {hint}"


@number("11.2")
@weight(3)
@visibility("hidden")
def test_latency_is_the_median(rng):
    """A few calls that take far longer do not show: the latency is the median of the calls."""
    seconds = [0.1, 0.1, 0.1] + [0.003] * 6
    model = make_sleeper(rng.permutation(seconds).tolist(), 2, 2)
    got = Profiler().measure_latency(model, Tensor([1.0]), warmup=0, iterations=9)
    hint = "np.median of the single times; the mean counts every interruption by another program."
    require_median(got, model.noted, "measure_latency of nine calls, three of 100 ms and six of 3 ms,", hint)


@number("11.3")
@weight(2)
@visibility("hidden")
def test_warm_up_is_not_timed(rng):
    """Slow calls while warming up do not show."""
    model = make_sleeper([0.06] * 5 + [0.003], 2, 2)
    got = Profiler().measure_latency(model, Tensor([1.0]), warmup=5, iterations=3)
    hint = "Begin to time after the warm-up: the first calls fill caches."
    require_median(got, model.noted[5:], "measure_latency of 5 slow calls to warm up, then 3 of 3 ms,", hint)


# Profiles

FORWARD_KEYS = ("parameters", "flops", "latency_ms", *MEMORY_KEYS, "gflops_per_second", "memory_bandwidth_mbs")
BOUND_KEYS = ("computational_efficiency", "is_memory_bound", "is_compute_bound", "bottleneck")
# What is derived from the same numbers agrees to rounding.
DERIVED = {"rtol": 1e-4, "atol": 1e-9}


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
    """A model whose count of FLOPs is as large as one likes, since the profiler goes by class and shape."""

    class Shaped:
        def __init__(self, shape):
            self.shape = shape

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
    layer = Linear(width, 3)
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
    """Not graded: profile_layer names the class, counts, times and weighs."""
    model, parameters, x = draw_model(rng, 0.001)
    found = Profiler().profile_layer(model, x.shape)
    require_keys(
        found, ("layer_type", "parameters", "flops", "latency_ms", *MEMORY_KEYS), "profile_layer(layer, shape)"
    )
    assert_equal([found["layer_type"], found["parameters"]], ["Linear", parameters], call="[layer_type, parameters]")
