"""Benchmark: what is called how often and with what, and whether the numbers are those of the models.

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
        "lists": [len(benchmark.models), list(benchmark.datasets), benchmark.results],
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


@in_candidate
def evaluate_models(specifications, datasets):
    models = [make_model(*specification) for specification in specifications]
    results = Benchmark(models, datasets).run_accuracy_benchmark()
    return plain(results), [model.asked for model in models]


def draw_scores(rng, count):
    return {f"data {i}": float(score) for i, score in enumerate(rng.uniform(0.2, 0.9, count))}


@number("11.1")
@weight(3)
def test_accuracy_comes_from_evaluate(rng):
    """There is one value for each dataset, in order, as model.evaluate(dataset) gave it."""
    scores = draw_scores(rng, 4)
    results, asked = evaluate_models([("wise", 0.0, 10, 0, scores)], list(scores))
    got, hint = results[0], "[model.evaluate(dataset) for dataset in self.datasets]"
    assert_close(got["values"], list(scores.values()), call="values of the accuracy benchmark", hint=hint)
    assert_equal(asked[0], list(scores), call="the datasets that evaluate was asked about, in order", hint=hint)
    assert_equal(got["metric"], "wise_accuracy", call="metric_name")
    assert_equal(got["meta"]["num_datasets"], 4, call='metadata["num_datasets"]')


@number("11.2")
@weight(1)
@visibility("hidden")
def test_model_without_evaluate_gets_a_number(rng):
    """A model without evaluate gets a number in [0, 1] for each dataset, beside one that has it."""
    scores = draw_scores(rng, 3)
    results, _ = evaluate_models([("wise", 0.0, 10, 0, scores), ("mute",)], list(scores))
    assert_close(results[0]["values"], list(scores.values()), call="values of the model with evaluate")
    values = results[1]["values"]
    call = "how many of the other's values lie in [0, 1]"
    assert_equal(sum(0 <= value <= 1 for value in values), 3, call=call, given={"values": values})


@number("11.3")
@weight(1.5)
@visibility("hidden")
def test_exception_of_evaluate_does_not_escape(rng):
    """Where evaluate raises, a number in [0, 1] stands in its place and the other datasets keep theirs."""
    scores = draw_scores(rng, 3)
    names = list(scores)
    results, _ = evaluate_models([("wise", 0.0, 10, 0, scores)], [names[0], "broken", names[2]])
    values = results[0]["values"]
    assert_equal(len(values), 3, call="number of values", hint="Catch what evaluate raises, for that dataset alone.")
    assert_close([values[0], values[2]], [scores[names[0]], scores[names[2]]], call="the values of the other datasets")
    assert_equal(0 <= values[1] <= 1, True, call="whether the value in its place lies in [0, 1]")


@number("11.4")
@weight(0.5)
@visibility("hidden")
def test_accuracy_without_datasets_is_refused(rng):
    """Without datasets run_accuracy_benchmark raises ValueError, with one it has its value."""
    scores = draw_scores(rng, 1)
    results, _ = evaluate_models([("wise", 0.0, 10, 0, scores)], list(scores))
    assert_close(results[0]["values"], list(scores.values()), call="values of the accuracy benchmark")
    try:
        evaluate_models([("wise", 0.0, 10, 0, scores)], [])
    except ValueError:
        return
    raise AssertionError("run_accuracy_benchmark() without datasets must raise ValueError: there is no value.")


@in_candidate
def weigh(specification, runs):
    results = Benchmark([make_model(*specification)], [], 2, runs).run_memory_benchmark((1, 4))
    return plain(results)[0]


@number("12.1")
@weight(2)
def test_memory_of_a_model_that_holds_much(rng):
    """A model that holds some MB while it works is reported with them: the profiler's peak_memory_mb."""
    held = int(rng.integers(3, 7)) << 20
    got = weigh(("big", 0.0, 10, held), 3)
    assert_equal([got["metric"], got["count"]], ["big_memory_mb", 3], call="[metric_name, count]")
    assert_equal(tuple(got["meta"]["input_shape"]), (1, 4), call='metadata["input_shape"]')
    want = held * 4 / 2**20  # float32 numbers; Python and NumPy need a little beside them
    assert_close(got["values"], [want] * 3, rtol=0, atol=1.0, call="values in MB", hint="MB of 2**20 bytes.")


@number("12.2")
@weight(2)
@visibility("hidden")
def test_memory_of_a_small_model_is_its_parameters(rng):
    """Where the peak is below 1 MB, 4 bytes for each parameter are reported instead."""
    size = int(rng.integers(5_000, 20_000))
    got = weigh(("small", 0.0, size), 4)
    hint = "count_parameters(model) * 4 / 2**20"
    assert_close(got["values"], [size * 4 / 2**20] * 4, call="values in MB", given={"parameters": size}, hint=hint)


@number("13.1")
@weight(2)
def test_comparison_of_accuracies(rng):
    """compare_models("accuracy") gives a row with model, metric, mean, count for each model, in order."""
    first, second = draw_scores(rng, 4), draw_scores(rng, 4)
    rows = compare([("a", 0.0, 10, 0, first), ("b", 0.0, 10, 0, second)], "accuracy", list(first))
    keys = ["ci_lower", "ci_upper", "count", "mean", "metric", "model", "std"]
    assert_equal([sorted(row) for row in rows], [keys, keys], call="the keys of each row")
    got = [[row["model"], row["metric"], row["count"]] for row in rows]
    assert_equal(got, [["a", "accuracy", 4], ["b", "accuracy", 4]], call="model, metric, count of each row")
    want = [np.mean(list(scores.values())) for scores in (first, second)]
    assert_close([row["mean"] for row in rows], want, call="the means of the rows")


@number("13.2")
@weight(1.5)
@visibility("hidden")
def test_comparison_carries_the_interval(rng):
    """std, ci_lower and ci_upper of a row are those of the model's result."""
    scores = draw_scores(rng, 5)
    (row,) = compare([("a", 0.0, 10, 0, scores)], "accuracy", list(scores))
    values = list(scores.values())
    margin = 1.96 * np.std(values, ddof=1) / 5**0.5
    got = [row["std"], row["ci_lower"], row["ci_upper"]]
    want = [np.std(values, ddof=1), np.mean(values) - margin, np.mean(values) + margin]
    assert_close(got, want, call="[std, ci_lower, ci_upper]", given={"values": values})


@number("13.3")
@weight(1.5)
@visibility("hidden")
def test_other_metrics_are_refused(rng):
    """compare_models("memory") has a row for each model, compare_models("beauty") raises ValueError."""
    size = int(rng.integers(5_000, 20_000))
    (row,) = compare([("small", 0.0, size)], "memory")
    assert_close(row["mean"], size * 4 / 2**20, call='mean of compare_models("memory")')
    try:
        compare([("small", 0.0, size)], "beauty")
    except ValueError:
        return
    raise AssertionError(
        'compare_models("beauty") must raise ValueError: latency, accuracy and memory can be compared.'
    )
