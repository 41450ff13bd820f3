"""BenchmarkSuite: four metrics for every model, an estimate of energy, and a report in text and in a file.

Always true: files are written and read beside the student's code, in a folder that exists for one test.
"""

import os
import tempfile
import time

import numpy as np
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.bench import BenchmarkSuite
from tinytorch.core.tensor import Tensor


@in_candidate
def make_model(name, milliseconds, score):
    class Model:
        def __init__(self):
            self.name, self.weight = name, Tensor(np.zeros(300_000, dtype=np.float32))

        def forward(self, x):
            time.sleep(milliseconds / 1000)
            return x

        def parameters(self):
            return [self.weight]

        def evaluate(self, dataset):
            return score

    return Model()


@in_candidate
def run_suite(specifications):
    """Run a suite in a folder of its own; return its results, its texts and what lies in the folder."""
    with tempfile.TemporaryDirectory() as parent:
        folder = os.path.join(parent, "out")
        suite = BenchmarkSuite([make_model(*specification) for specification in specifications], ["data"], folder)
        made = os.path.isdir(folder)
        suite = BenchmarkSuite(suite.models, suite.datasets, folder)  # a folder that is there already will do
        found = {
            "made": made,
            "empty": dict(suite.results),
            "early": suite.generate_report(),
        }  # a run may fill the very dict
        found["folder"] = suite.output_dir.name
        results = suite.run_full_benchmark()
        found["metrics"] = {
            metric: [[float(v) for v in result.values] for result in named.values()]
            for metric, named in results.items()
        }
        found["names"] = {metric: list(named) for metric, named in results.items()}
        found["kept"] = list(suite.results)
        found["energy"] = [[result.metric_name, result.metadata] for result in results["energy"].values()]
        found["report"] = suite.generate_report()
        path = os.path.join(folder, "benchmark_report.md")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                found["file"] = file.read()
        return found


def draw(rng):
    names = [f"net{number}" for number in rng.choice(900, 2, replace=False) + 100]
    return [(name, float(rng.uniform(1, 3)), float(rng.uniform(0.2, 0.9))) for name in names]


def assert_ran(found, specifications):
    """Require that the models were run and asked: their accuracies are drawn."""
    __tracebackhide__ = True
    want = [[score] for _, _, score in specifications]
    assert_close(found["metrics"].get("accuracy"), want, call='the values in run_full_benchmark()["accuracy"]')


@number("14.1")
@weight(2)
def test_all_models_in_four_metrics(rng):
    """run_full_benchmark fills and returns latency, accuracy, memory and energy, each for every model."""
    specifications = draw(rng)
    found = run_suite(specifications)
    assert_ran(found, specifications)
    metrics = ["accuracy", "energy", "latency", "memory"]
    assert_equal(sorted(found["metrics"]), metrics, call="the keys of run_full_benchmark()")
    assert_equal(sorted(found["kept"]), metrics, call="the keys of suite.results afterwards")
    names = [name for name, _, _ in specifications]
    for metric in metrics:
        assert_equal(found["names"][metric], names, call=f"the models in {metric}")
    assert_equal(
        [found["made"], found["empty"], found["folder"]],
        [True, {}, "out"],
        call="[folder made at once, results before a run, output_dir.name]",
    )


@number("14.2")
@weight(3)
def test_energy_is_estimated_from_time_and_memory(rng):
    """Energy is 0.1 + 2.0 * latency_ms / 1000 + 0.01 * memory_mb for each pair of values, marked as estimated."""
    specifications = draw(rng)
    found = run_suite(specifications)
    assert_ran(found, specifications)
    metrics = found["metrics"]
    for place, (_, milliseconds, _) in enumerate(specifications):
        latency, memory = metrics["latency"][place], metrics["memory"][place]
        slept = min(latency) >= milliseconds - 0.05
        assert_equal(slept, True, call="whether latency is what the model took", given={"latency_ms": latency})
        want = 0.1 + 2.0 * np.array(latency) / 1000 + 0.01 * np.array(memory)
        hint = "2.0 * latency_ms / 1000: milliseconds become seconds first."
        assert_close(metrics["energy"][place], want, call="energy in joules", hint=hint)
        metric, metadata = found["energy"][place]
        call = 'whether metric_name ends in _energy_joules, and metadata["estimated"]'
        assert_equal([metric.endswith("_energy_joules"), metadata.get("estimated")], [True, True], call=call)


@number("15.1")
@weight(1)
@visibility("hidden")
def test_report_before_a_run(rng):
    """Before any run generate_report says "No benchmark results"; afterwards it does not."""
    specifications = draw(rng)
    found = run_suite(specifications)
    assert_ran(found, specifications)
    got = ["No benchmark results" in found["early"], "No benchmark results" in found["report"]]
    assert_equal(got, [True, False], call='whether "No benchmark results" is in the report before and after a run')


@number("15.2")
@weight(2)
def test_report_names_every_model(rng):
    """The report has Benchmark Report, System Information, Recommendations and every model's name."""
    specifications = draw(rng)
    found = run_suite(specifications)
    assert_ran(found, specifications)
    parts = ["Benchmark Report", "System Information", "Recommendations", *(name for name, _, _ in specifications)]
    missing = [part for part in parts if part not in found["report"]]
    assert_equal(missing, [], call="what is missing in generate_report()")


@number("15.3")
@weight(1)
def test_report_is_written(rng):
    """The report is also written to benchmark_report.md in output_dir, in UTF-8."""
    specifications = draw(rng)
    found = run_suite(specifications)
    assert_ran(found, specifications)
    assert_equal("file" in found, True, call="whether there is output_dir / benchmark_report.md")
    assert_equal(found["file"].strip(), found["report"].strip(), call="the text in benchmark_report.md")
