"""Accuracy, memory and the comparison of models: what the models say and hold, in the order in which they are asked.

The models are the tests' own and run beside the student's code; scores and sizes are drawn by the judge.
"""

import time

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.bench import Benchmark
from tinytorch.core.tensor import Tensor


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
def compare(specifications, metric, datasets=()):
    return Benchmark([make_model(*specification) for specification in specifications], list(datasets)).compare_models(
        metric
    )


@in_candidate
def evaluate_models(specifications, datasets):
    models = [make_model(*specification) for specification in specifications]
    results = Benchmark(models, datasets).run_accuracy_benchmark()
    return plain(results), [model.asked for model in models]


def draw_scores(rng, count):
    scores = np.roll(np.sort(rng.uniform(0.2, 0.9, count)), 1)  # the largest first: in no order of size
    return {f"data {i}": float(score) for i, score in enumerate(scores)}


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
@pytest.mark.parametrize("size", ["6 to 14 MB", "a little over 1 MB"])
def test_memory_of_a_model_that_holds_much(size, rng):
    """A model that holds an MB or more while it works is reported with them: the profiler's peak_memory_mb."""
    held = int(rng.uniform(6, 14) * 2**18) if size == "6 to 14 MB" else int(rng.uniform(1.3, 1.5) * 2**18)
    got = weigh(("big", 0.0, 10, held), 3)
    assert_equal([got["metric"], got["count"]], ["big_memory_mb", 3], call="[metric_name, count]")
    assert_equal(tuple(got["meta"]["input_shape"]), (1, 4), call='metadata["input_shape"]')
    want = held * 4 / 2**20  # float32 numbers; Python and NumPy need a little beside them
    assert_close(got["values"], [want] * 3, rtol=0, atol=0.4, call="values in MB", hint="MB of 2**20 bytes.")


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
