"""BenchmarkReport.benchmark_model: what it counts, weighs, times and keeps.

The models that are measured are the tests' own: they know their answers, count their calls and look at their own clock.
No check asks for a speed: a reported time is held against the time that the model itself saw pass.
"""

import json
import time

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.capstone import BenchmarkReport
from tinytorch.core.tensor import Tensor

KEYS = "parameter_count model_size_mb accuracy latency_ms_mean latency_ms_std throughput_samples_per_sec".split()


@in_candidate
def make_model(scores, count=10, sleeps=(0.0,)):
    """Return a model that answers a batch with `scores`, sleeps as told and keeps the shapes and times of its calls."""

    class Model:
        def __init__(self):
            self.shapes, self.spent, self.firsts = [], [], []

        def count_parameters(self):
            return np.int64(count)

        def forward(self, x):
            began = time.perf_counter()
            self.shapes.append(tuple(x.shape))
            self.firsts.append(float(np.ravel(x.data)[0]))
            if len(self.shapes) > 1:
                time.sleep(sleeps[(len(self.shapes) - 2) % len(sleeps)] / 1000)
            self.spent.append((time.perf_counter() - began) * 1000)
            return Tensor(scores[: x.shape[0]])

    return Model()


@in_candidate
def measure_model(scores, labels, x, runs, count=10, sleeps=(0.0,)):
    """Benchmark one model; return the metrics with the names of their types, and what the model saw."""
    model = make_model(scores, count, sleeps)
    report = BenchmarkReport("net")
    metrics = report.benchmark_model(model, Tensor(x), labels, num_runs=runs)
    return {
        "metrics": {key: float(value) for key, value in metrics.items()},
        "kinds": {key: type(value).__name__ for key, value in metrics.items()},
        "kept": {key: float(value) for key, value in report.metrics.items()},
        "shapes": model.shapes,
        "firsts": model.firsts,
        "spent": model.spent[-runs:],
    }


def draw(rng, right, rows=20, classes=4):
    """Return scores, labels and inputs; the largest score of `right` rows stands at the label, of the others beside it."""
    labels = rng.permutation(np.arange(rows) % classes)
    hits = rng.permutation(np.arange(rows) < right)
    answers = np.where(hits, labels, (labels + rng.integers(1, classes, rows)) % classes)
    scores = rng.uniform(-2, -1, (rows, classes)).astype(np.float32)
    scores[np.arange(rows), answers] = rng.uniform(-0.5, 0.5, rows)
    return scores, labels, rng.standard_normal((rows, 6), dtype=np.float32)


def in_milliseconds(value, spent):
    """Return a time as reported, read as seconds where it can be nothing else: the unit has a check of its own."""
    return value * 1000 if value < 0.05 * min(spent) else value


def fits_mean(metrics, spent):
    """Whether the reported mean is that of the calls, as the model saw them; seconds are read as well."""
    mean = in_milliseconds(metrics["latency_ms_mean"], spent)
    return bool(abs(mean - np.mean(spent)) <= 0.3)


def are_milliseconds(got):
    """Whether the reported mean is that of the calls in milliseconds, as the model saw them."""
    return bool(abs(got["metrics"]["latency_ms_mean"] - np.mean(got["spent"])) <= 0.3)


def assert_measured(metrics, accuracy, spent):
    """Require that something was measured: the accuracy or the time is right, for each has checks of its own."""
    __tracebackhide__ = True
    given = {"accuracy": metrics["accuracy"], "latency_ms_mean": metrics["latency_ms_mean"]}
    right = abs(metrics["accuracy"] - accuracy) < 1e-4 or fits_mean(metrics, spent)
    call = "whether accuracy or latency_ms_mean is what the model did"
    assert_equal(bool(right), True, call=call, given=given)


def measured(fits, measure):
    """Return a measurement that fits, or the third: a busy machine may stop whoever measures between two looks at the clock."""
    got = measure()
    for _ in range(2):
        if fits(got):
            break
        got = measure()
    return got


def pause(rng):
    """Return how many milliseconds a model sleeps, in a range too wide to be guessed."""
    return float(rng.uniform(2, 20))


@number("6.1")
@weight(3)
def test_parameter_count(rng):
    """parameter_count is what model.count_parameters() says."""
    count = int(rng.integers(1000, 100_000))
    got = measure_model(*draw(rng, 20), 2, count)
    assert_equal(got["metrics"]["parameter_count"], count, call="parameter_count", hint="model.count_parameters()")


@number("6.2")
@weight(4)
@pytest.mark.parametrize("parameters", ["262144", "drawn"])
def test_size_in_megabytes(parameters, rng):
    """model_size_mb counts 4 bytes a parameter and 2**20 bytes an MB: 262144 parameters are 1.0 MB."""
    drawn = int(rng.integers(10_000, 1_000_000))
    counts = [drawn] if parameters == "drawn" else [262144, 4 * drawn]
    for count in counts:
        got = measure_model(*draw(rng, 20), 2, count)["metrics"]["model_size_mb"]
        hint = "parameters * 4 / 2**20"
        assert_close(got, count * 4 / 2**20, call="model_size_mb", given={"parameters": count}, hint=hint)


@number("7")
@weight(8)
@pytest.mark.parametrize("case", ["all right", "all wrong", "18 of 50", "a drawn number"])
def test_accuracy(case, rng):
    """accuracy is the share of rows whose largest score stands at the label: 0.36 for 18 of 50."""
    drawn = int(rng.integers(5, 35))
    right = {"all right": 40, "all wrong": 0, "18 of 50": 18}.get(case, drawn)
    rows = 50 if case == "18 of 50" else 40
    hint = "np.mean(scores.argmax(axis=1) == y_test), over all rows."
    for hits, n in ((right, rows), (drawn, 40)):  # the second, so that a constant does not pass
        got = measure_model(*draw(rng, hits, n), 2)["metrics"]["accuracy"]
        assert_close(got, hits / n, call="accuracy", given={"rows": n, "right": hits}, hint=hint)


@number("8.1")
@weight(4)
def test_one_call_with_all_rows_then_single_ones(rng):
    """forward is called once with all N rows, then num_runs times with one row."""
    rows, runs = int(rng.integers(12, 30)), int(rng.integers(5, 9))
    right = int(rng.integers(3, 9))
    got = measure_model(*draw(rng, right, rows), runs, sleeps=(pause(rng),))
    hint = "model.forward(X_test) for the accuracy, model.forward(X_test[:1]) for each timing."
    assert_measured(got["metrics"], right / rows, got["spent"])
    assert_equal(got["shapes"], [(rows, 6), *[(1, 6)] * runs], call="the shapes that forward received", hint=hint)


@number("8.2")
@weight(3)
@visibility("hidden")
def test_single_calls_get_the_first_row(rng):
    """The timed calls get X_test[:1], a hundred times by default."""
    scores, labels, x = draw(rng, 11)
    got = count_default_runs(scores, labels, x)
    assert_measured(got["metrics"], 11 / 20, got["spent"])
    assert_equal(got["calls"], 101, call="number of calls without num_runs", hint="num_runs=100")
    assert_close(got["firsts"], np.full(101, x[0, 0]), call="the first number that each call received")


@in_candidate
def count_default_runs(scores, labels, x):
    model = make_model(scores, 10, (1.5,))
    metrics = BenchmarkReport("net").benchmark_model(model, Tensor(x), labels)
    known = {key: float(metrics[key]) for key in ("accuracy", "latency_ms_mean")}
    return {"calls": len(model.shapes), "firsts": model.firsts, "metrics": known, "spent": model.spent[1:]}


@in_candidate
def metrics_as_json(scores, labels, x, count, sleep):
    model = make_model(scores, count, (sleep,))
    return json.dumps(BenchmarkReport("net").benchmark_model(model, Tensor(x), labels, num_runs=3)), model.spent[1:]


@number("9.1")
@weight(3)
def test_metrics_are_plain_numbers(rng):
    """The six metrics are plain Python numbers, even if count_parameters gives a NumPy one."""
    right = int(rng.integers(3, 18))
    got = measure_model(*draw(rng, right), 3, int(rng.integers(100, 999)), (pause(rng),))
    assert_equal(sorted(got["metrics"]), sorted(KEYS), call="the keys of the metrics")
    assert_measured(got["metrics"], right / 20, got["spent"])
    other = {key: kind for key, kind in got["kinds"].items() if kind not in ("int", "float")}
    assert_equal(other, {}, call="metrics of another type than int and float", hint="int(...) and float(...)")


@number("9.2")
@weight(3)
@visibility("hidden")
def test_metrics_survive_json(rng):
    """json.dumps takes the metrics, and json.loads gives them back."""
    right, count = int(rng.integers(3, 18)), int(rng.integers(1000, 9000))
    text, spent = metrics_as_json(*draw(rng, right), count, pause(rng))
    got = json.loads(text)
    assert_equal(sorted(got), sorted(KEYS), call="the keys of the metrics after JSON")
    assert_equal(got["parameter_count"], count, call="parameter_count after JSON")
    assert_measured(got, right / 20, spent)


@number("10.1")
@weight(3)
def test_latency_is_in_milliseconds(rng):
    """latency_ms_mean is the mean time of the single calls, in milliseconds."""
    first = pause(rng)
    for slept in (first, first + 5):
        got = measured(are_milliseconds, lambda slept=slept: measure_model(*draw(rng, 9), 6, 10, (slept,)))
        given = {"latency_ms_mean": got["metrics"]["latency_ms_mean"], "seen by the model": got["spent"]}
        hint = "Milliseconds: seconds * 1000."
        assert_equal(are_milliseconds(got), True, call="whether latency_ms_mean fits", given=given, hint=hint)


@number("10.2")
@weight(2)
@visibility("hidden")
def test_throughput_is_the_inverse_of_the_mean(rng):
    """throughput_samples_per_sec is 1000 / latency_ms_mean."""
    first = pause(rng)
    for slept in (first, first + 9):
        got = measured(
            lambda got: fits_mean(got["metrics"], got["spent"]),
            lambda slept=slept: measure_model(*draw(rng, 9), 5, 10, (slept, 1.0)),
        )
        mean = in_milliseconds(got["metrics"]["latency_ms_mean"], got["spent"])
        given = {"latency_ms_mean": mean, "seen by the model": got["spent"]}
        fits = fits_mean(got["metrics"], got["spent"])
        assert_equal(fits, True, call="whether latency_ms_mean fits", given=given)
        throughput, call = got["metrics"]["throughput_samples_per_sec"], "throughput_samples_per_sec"
        assert_close(throughput, 1000 / mean, rtol=1e-4, call=call, given=given)


@number("10.3")
@weight(2)
@visibility("hidden")
def test_deviation_is_the_populations(rng):
    """latency_ms_std divides by n: of a short and a long call it is half their difference."""
    long = float(rng.uniform(20, 30))
    got = measure_model(*draw(rng, 9), 2, 10, (2.0, long))
    spent = got["spent"]
    deviation = in_milliseconds(got["metrics"]["latency_ms_std"], [spent[1] - spent[0]])
    # Divided by n - 1 it would be larger by 41 %.
    want, hint = abs(spent[1] - spent[0]) / 2, "np.std(latencies)"
    assert_close(
        deviation, want, rtol=0.15, call="latency_ms_std of two calls", given={"seen by the model": spent}, hint=hint
    )


@in_candidate
def benchmark_twice(first, second, runs):
    """Benchmark two models with one report; return what is returned and kept, and whether they are one dictionary."""
    report, found = BenchmarkReport("net"), []
    for scores, labels, x, count in (first, second):
        metrics = report.benchmark_model(make_model(scores, count), Tensor(x), labels, num_runs=runs)
        found.append(
            [float(metrics["parameter_count"]), float(report.metrics["parameter_count"]), metrics is report.metrics]
        )
    return found


@number("11")
@weight(3)
@pytest.mark.parametrize("place", [0, 1], ids=["first", "second"])
def test_metrics_are_kept(place, rng):
    """The returned dictionary is report.metrics; a second benchmark replaces it."""
    counts = [int(count) for count in rng.integers(100, 9000, 2)]
    got = benchmark_twice((*draw(rng, 5), counts[0]), (*draw(rng, 15), counts[1]), 2)[place]
    want = [counts[place], counts[place], True]
    call = "[parameter_count returned, parameter_count in report.metrics, whether both are one dictionary]"
    assert_equal(got, want, call=call, hint="self.metrics = {...}, then return self.metrics.")
