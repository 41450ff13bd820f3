"""Measuring: the memory of a forward pass, and its latency.

Always true: models of the test's own sleep or hold memory for as long and as much as was drawn, and note it. A claimed
latency is held against what they noted and against the judge's own clock, never against a number of seconds that a busy
machine could miss.
"""

import time
import tracemalloc

import numpy as np
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler

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
    """Weigh a model inside a trace that has seen a larger array come and go, and in which another one is held."""
    tracemalloc.start()
    np.ones(4 * elements, dtype=np.float32)
    held = np.ones(4 * elements, dtype=np.float32)
    found = Profiler().measure_memory(make_hungry(elements), (1, 4))
    tracing = tracemalloc.is_tracing() and held.size > 0
    tracemalloc.stop()
    return found["peak_memory_mb"], tracing


@number("9.5 (S)")
@weight(0)
def test_a_trace_of_the_caller_runs_on(rng):
    """Not graded: a trace that the caller began still runs after measure_memory, and what it saw before does not count."""
    elements = int(rng.integers(3, 8)) * MB // 4
    peak, tracing = memory_in_a_trace(elements)
    require_peak(peak, elements)
    assert_equal(tracing, True, call="tracemalloc.is_tracing() after measure_memory inside a trace")


# Latency


@in_candidate
def count_calls(warmup, iterations):
    """Return the calls, how many of them got the very input, the latency, and what the model itself noted: three times."""
    results = []
    cases = (
        (Tensor([1.0]), 0.002, (warmup, iterations)),
        (None, 0.012, (warmup, iterations)),
        (Tensor([2.0]), 0.0, ()),
    )
    for value, seconds, times in cases:
        model = make_sleeper([seconds], 2, 2)
        latency = Profiler().measure_latency(model, value, *times)
        noted = float(np.median(model.noted[-times[1] :] if times else model.noted))
        results.append([len(model.inputs), sum(x is value for x in model.inputs), latency, noted])
    return results


@number("10")
@weight(7)
def test_latency_calls_forward(rng):
    """measure_latency calls model.forward(input_tensor) warmup + iterations times, 10 + 100 by default, with that very input."""
    warmup, iterations = int(rng.integers(2, 6)), int(rng.integers(10, 15))
    got = count_calls(warmup, iterations)
    calls = warmup + iterations
    hint = "First `warmup` calls that are not timed, then `iterations` calls that are; hand the input on as it is."
    call = (
        f"calls and calls with the very input, warmup={warmup}, iterations={iterations}: a Tensor, None, and by default"
    )
    assert_equal([row[:2] for row in got], [[calls, calls], [calls, calls], [110, 110]], call=call, hint=hint)
    (_, _, short, short_noted), (_, _, long, long_noted), _ = got
    assert short > 0, f"measure_latency must be above 0 for a model that sleeps, got {short}."
    ratio, want = long / short, long_noted / short_noted
    call = f"measure_latency of a model that sleeps 12 ms must be {want:.2f} times that of one that sleeps 2 ms"
    assert 0.6 < ratio / want < 1.7, f"{call}, as they took just now; got {ratio:.2f} times."


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
    require_median(got, model.noted[-9:], "measure_latency of nine calls, three of 100 ms and six of 3 ms,", hint)


@number("11.3")
@weight(2)
@visibility("hidden")
def test_warm_up_is_not_timed(rng):
    """Slow calls while warming up do not show."""
    model = make_sleeper([0.06] * 5 + [0.003], 2, 2)
    got = Profiler().measure_latency(model, Tensor([1.0]), warmup=5, iterations=3)
    hint = "Begin to time after the warm-up: the first calls fill caches."
    require_median(got, model.noted[-3:], "measure_latency of 5 slow calls to warm up, then 3 of 3 ms,", hint)
