"""Latency: what is called how often and with what, and whether the times are those of the models.

The models are the tests' own and run beside the student's code; they count their calls and look at their own clock. No
check asks for a speed: a reported time is held against the time that the model itself saw pass.
"""

import time

import numpy as np
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.bench import Benchmark
from tinytorch.core.tensor import Tensor

SHAPE = (2, 3, 5)


def pause(rng):
    """Return how many milliseconds a model sleeps, in a range too wide to be guessed."""
    return float(rng.uniform(2, 12))


BURDEN_HINT = "Warm up warmup_runs times, then time measurement_runs single calls of forward."


@in_candidate
def make_model(name, milliseconds=0.0, size=10, held=0, scores=None):
    """Return a model that sleeps, holds `held` numbers while it works, and keeps records."""

    class Model:
        def __init__(self):
            self.weight = Tensor(np.zeros(size, dtype=np.float32))
            self.shapes, self.spent, self.asked, self.inputs = [], [], [], []

        def forward(self, x):
            began = time.perf_counter()
            self.shapes.append(tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__)
            self.inputs.append(np.array(x.data if isinstance(x, Tensor) else x, dtype=np.float64))
            work = np.ones(held, dtype=np.float32)
            time.sleep(milliseconds / 1000)
            self.spent.append((time.perf_counter() - began) * 1000 + 0 * len(work))
            return Tensor(np.ones(3))

        def parameters(self):
            return [self.weight]

    class Evaluated(Model):
        def evaluate(self, dataset):
            self.asked.append(dataset)
            if dataset not in scores:
                raise RuntimeError("this dataset is broken")
            return scores[dataset]

    model = Model() if scores is None else Evaluated()
    if name:
        model.name = name
    return model


@in_candidate
def plain(results):
    """Return results as plain data, in their order; under which names they stand has a check of its own."""
    return [
        {"metric": r.metric_name, "values": [float(v) for v in r.values], "count": r.count, "meta": r.metadata}
        for r in results.values()
    ]


@in_candidate
def time_models(specifications, shape, warmup, runs):
    """Run the latency benchmark; return its results, what each model saw, and the names of the results."""
    models = [make_model(*specification) for specification in specifications]
    results = Benchmark(models, [], warmup, runs).run_latency_benchmark(shape)
    seen = [{"shapes": m.shapes, "spent": m.spent, "first": m.inputs[0], "last": m.inputs[-1]} for m in models]
    return plain(results), seen, list(results)


def assert_times(values, seen, in_seconds=1000):
    """Require reported times to fit what a model saw: none shorter than its quickest call, and the best as quick.

    Seconds are read as well, for the unit has a check of its own, which passes in_seconds=1.
    """
    __tracebackhide__ = True
    spent = seen["spent"]
    values = [value * in_seconds for value in values] if max(values) < 0.05 * min(spent) else values
    given = {"reported": values, "seen by the model": spent}
    hint = "Milliseconds: seconds * 1000, of one call of forward."
    facts = [min(values) >= min(spent) - 0.05, min(values) <= np.median(spent) + 0.5]
    assert_equal(facts, [True, True], call="whether reported times fit the model's own", given=given, hint=hint)


@in_candidate
def describe_defaults(milliseconds):
    model = make_model("one", milliseconds)
    benchmark = Benchmark([model], ["data"])
    described = {
        "runs": [benchmark.warmup_runs, benchmark.measurement_runs],
        "lists": [len(benchmark.models), list(benchmark.datasets), dict(benchmark.results)],
        "profiler": type(benchmark.profiler).__name__,
        "system": sorted(benchmark.system_info),
    }
    described["values"] = plain(benchmark.run_latency_benchmark((1, 2)))[0]["values"]
    return described, model.spent


@number("8")
@weight(3)
def test_defaults(rng):
    """A Benchmark warms up 5 times and measures 10 times by default, has a Profiler and describes the system."""
    got, spent = describe_defaults(pause(rng))
    assert_equal(got["runs"], [5, 10], call="[warmup_runs, measurement_runs]")
    assert_equal(got["lists"], [1, ["data"], {}], call="[len(models), datasets, results]")
    assert_equal(got["profiler"], "Profiler", call="type(benchmark.profiler).__name__")
    keys = ["cpu_count", "platform", "processor", "python_version"]
    assert_equal(got["system"], keys, call="sorted(benchmark.system_info)")
    assert_equal(len(got["values"]), 10, call="number of values of run_latency_benchmark()", hint=BURDEN_HINT)
    assert_times(got["values"], {"spent": spent})


@number("9.1")
@weight(1.5)
def test_names_and_fallback_names(rng):
    """A result stands under its model's name; the second model, which has none, is model_1."""
    results, seen, names = time_models([("swift", pause(rng)), (None, pause(rng))], SHAPE, 1, 3)
    hint = 'getattr(model, "name", f"model_{i}")'
    assert_equal(names, ["swift", "model_1"], call="the keys of run_latency_benchmark()", hint=hint)
    metrics = [result["metric"] for result in results]
    assert_equal(metrics, ["swift_latency_ms", "model_1_latency_ms"], call="the two metric_names")
    for result, records in zip(results, seen, strict=True):
        assert_times(result["values"], records)


@number("9.2")
@weight(1.5)
def test_count_and_metadata(rng):
    """There is a value for each measured run, and metadata has the input shape and the system."""
    runs = int(rng.integers(4, 8))
    (got,), (seen,), _ = time_models([("swift", pause(rng))], SHAPE, 3, runs)
    assert_equal([got["count"], len(got["values"])], [runs, runs], call=f"count with measurement_runs={runs}")
    assert_equal(tuple(got["meta"]["input_shape"]), SHAPE, call='metadata["input_shape"]')
    there = [key in got["meta"] for key in ("platform", "python_version")]
    assert_equal(there, [True, True], call="whether metadata has platform and python_version")
    assert_times(got["values"], seen)


@number("9.3")
@weight(1.5)
def test_forward_receives_a_tensor_of_normals(rng):
    """forward is called with one Tensor of standard normals, of the shape asked for, every time."""
    shape = (int(rng.integers(20, 30)), 50)
    (got,), (seen,), _ = time_models([("swift", pause(rng))], shape, 2, 3)
    assert_times(got["values"], seen)
    hint = "Tensor(np.random.randn(*input_shape))"
    assert_equal(set(seen["shapes"]), {shape}, call="the shapes that forward received", hint=hint)
    spread = [seen["first"].mean(), seen["first"].std()]
    # Of 1,000 or more normals the mean has a standard error of 0.03, the deviation one of 0.02.
    assert_close(spread, [0, 1], rtol=0, atol=0.2, call="mean and deviation of what forward received", hint=hint)


@number("9.4")
@weight(2)
@visibility("hidden")
def test_number_of_calls(rng):
    """forward is called at least warmup_runs + measurement_runs times, at most measurement_runs more."""
    warmup, runs = int(rng.integers(3, 7)), int(rng.integers(8, 12))
    (got,), (seen,), _ = time_models([("swift", pause(rng))], (1, 4), warmup, runs)
    calls = len(seen["spent"])
    call = f"whether {calls} calls are right for warmup_runs={warmup}, measurement_runs={runs}"
    assert_equal(warmup + runs <= calls <= warmup + 2 * runs, True, call=call, hint=BURDEN_HINT)
    assert_times(got["values"], seen)


@number("9.5")
@weight(1.5)
@visibility("hidden")
def test_every_value_is_a_timing_of_its_own(rng):
    """The values are single timings: they differ, as times do."""
    (got,), (seen,), _ = time_models([("swift", pause(rng))], (1, 4), 2, 8)
    values = got["values"]
    assert_times(values, seen)
    call = "whether most of 8 timings differ"
    assert_equal(len(set(values)) >= 4, True, call=call, given={"values": values}, hint=BURDEN_HINT)


@number("10.1")
@weight(3)
def test_latency_is_in_milliseconds(rng):
    """A model that sleeps some milliseconds is reported with what it took, in milliseconds."""
    (got,), (seen,), _ = time_models([("sleepy", pause(rng))], (1, 4), 1, 6)
    assert_times(got["values"], seen, in_seconds=1)


@in_candidate
def compare(specifications, metric, datasets=()):
    return Benchmark([make_model(*specification) for specification in specifications], list(datasets)).compare_models(
        metric
    )


@number("10.2")
@weight(2)
def test_slow_model_ranks_behind_a_quick_one(rng):
    """compare_models() gives a model that sleeps longer the larger mean."""
    slow = float(rng.uniform(8, 14))
    means = [row["mean"] for row in compare([("slow", slow), ("quick", 1.0)], "latency")]
    given = {"means of the slow and the quick one": means}
    facts = [len(means) == 2 and means[0] >= slow - 0.05, len(means) == 2 and means[1] < means[0]]
    assert_equal(facts, [True, True], call="whether the slower one is behind", given=given)
