"""The reference's benchmarks: statistics by hand, calls by counting them, files by reading them; no clock is asserted."""

import json
import math

import numpy as np
import pytest
from tinytorch.bench import Benchmark, BenchmarkResult, BenchmarkSuite, OlympicEvent, TinyMLPerf
from tinytorch.core.tensor import Tensor


class Model:
    """Counts its calls and keeps what it was given."""

    def __init__(self, name=None, size=100, scores=(0.5,)):
        if name:
            self.name = name
        self.weight, self.scores, self.seen = Tensor(np.zeros(size)), dict(enumerate(scores)), []

    def forward(self, x):
        self.seen.append(x)
        return Tensor(np.ones(3))

    def parameters(self):
        return [self.weight]

    def evaluate(self, dataset):
        return self.scores[dataset]


def test_statistics_by_hand():
    result = BenchmarkResult("time", [1, 2, 3, 4, 5])
    assert (result.mean, result.median, result.min_val, result.max_val, result.count) == (3, 3, 1, 5, 5)
    assert (result.std, result.ci_lower, result.ci_upper) == pytest.approx((1.5811388, 1.6140707, 4.3859293))
    assert str(result) == "time: 3.0000 ± 1.5811 (n=5)"
    assert BenchmarkResult("time", [4.0, 1.0, 2.0, 9.0]).median == 3.0


def test_one_value_has_no_spread():
    result = BenchmarkResult("time", [2.5])
    assert (result.std, result.ci_lower, result.ci_upper) == (0.0, 2.5, 2.5)


def test_a_result_is_plain_data_and_compares_by_its_fields():
    result = BenchmarkResult("time", [1.0, 2.0])
    data = json.loads(json.dumps(result.to_dict()))
    assert set(data) == {
        "metric_name", "values", "mean", "std", "median", "min", "max", "count", "ci_lower", "ci_upper", "metadata",
    }  # fmt: skip
    assert (data["min"], data["max"]) == (1.0, 2.0)
    assert result == BenchmarkResult("time", [1.0, 2.0])
    result.metadata["a"] = 1
    assert BenchmarkResult("time", [1.0, 2.0]).metadata == {}
    with pytest.raises(ValueError, match="at least one"):
        BenchmarkResult("time", [])


def test_events():
    assert [event.value for event in OlympicEvent] == [
        "latency_sprint", "memory_challenge", "accuracy_contest", "all_around", "extreme_push",
    ]  # fmt: skip


def test_latency_warms_up_and_times_single_calls():
    named, nameless = Model("small"), Model()
    results = Benchmark([named, nameless], [], warmup_runs=2, measurement_runs=4).run_latency_benchmark((2, 3))
    assert list(results) == ["small", "model_1"]
    assert results["small"].metric_name == "small_latency_ms"
    assert results["small"].count == 4
    assert results["small"].metadata["input_shape"] == (2, 3)
    assert len(named.seen) == 6
    assert all(x.shape == (2, 3) for x in named.seen)


def test_accuracy_asks_the_model_once_for_each_dataset():
    lacking = Model("lacking", scores=())
    results = Benchmark([Model("a", scores=(0.25, 0.75)), lacking], [0, 1]).run_accuracy_benchmark()
    assert results["a"].values == [0.25, 0.75]
    assert results["a"].metadata == {"num_datasets": 2}
    assert all(0 <= value <= 1 for value in results["lacking"].values)
    with pytest.raises(ValueError, match="at least one"):
        Benchmark([lacking], []).run_accuracy_benchmark()


def test_memory_of_a_small_model_is_that_of_its_parameters():
    small, large = Model("small", size=1000), Model("large", size=2_000_000)
    results = Benchmark([small, large], [], measurement_runs=2).run_memory_benchmark((1, 4))
    assert results["small"].values == [1000 * 4 / 2**20] * 2
    assert min(results["large"].values) >= 2_000_000 * 4 / 2**20


def test_comparison_has_a_row_for_each_model():
    benchmark = Benchmark([Model("a", scores=(0.5, 1.0)), Model("b", scores=(0.0, 0.0))], [0, 1])
    rows = benchmark.compare_models("accuracy")
    assert [(row["model"], row["metric"], row["mean"], row["count"]) for row in rows] == [
        ("a", "accuracy", 0.75, 2), ("b", "accuracy", 0.0, 2),
    ]  # fmt: skip
    assert [row["model"] for row in benchmark.compare_models()] == ["a", "b"]
    with pytest.raises(ValueError, match="metric"):
        benchmark.compare_models("beauty")


def test_a_benchmark_without_models_can_time_one():
    model = Model()
    assert Benchmark().measure_latency(model, Tensor([1.0]), iterations=10) >= 0
    assert len(model.seen) == 15


def test_a_suite_estimates_energy_and_reports(tmp_path):
    suite = BenchmarkSuite([Model("a"), Model("b")], [0], tmp_path / "out")
    assert (tmp_path / "out").is_dir()
    assert "No benchmark results" in suite.generate_report()
    results = suite.run_full_benchmark()
    assert list(results) == ["latency", "accuracy", "memory", "energy"]
    for latency, memory, energy in zip(
        results["latency"]["a"].values, results["memory"]["a"].values, results["energy"]["a"].values, strict=True
    ):
        assert energy == pytest.approx(0.1 + 2.0 * latency / 1000 + 0.01 * memory)
    report = suite.generate_report()
    assert all(part in report for part in ("Benchmark Report", "System Information", "Recommendations", "a_", "b_"))
    assert (tmp_path / "out" / "benchmark_report.md").read_text(encoding="utf-8") == report
    with pytest.raises(FileNotFoundError):
        BenchmarkSuite([], [], tmp_path / "no" / "such")


@pytest.mark.parametrize(("name", "whole"), [("anomaly_detection", False), ("image_classification", True)])
def test_inputs_follow_from_the_seed(name, whole):
    first, second, other = Model(), Model(), Model()
    TinyMLPerf(7).run_standard_benchmark(first, name, num_runs=20)
    TinyMLPerf(7).run_standard_benchmark(second, name, num_runs=20)
    TinyMLPerf(8).run_standard_benchmark(other, name, num_runs=20)
    assert len(first.seen) == 22
    assert np.array_equal(first.seen, second.seen)
    assert not np.array_equal(first.seen, other.seen)
    assert np.array_equal(first.seen[0], first.seen[2])  # two calls to warm up, with the first input
    assert first.seen[0].dtype == np.float32
    if whole:
        np.testing.assert_allclose(first.seen[0] * 255, np.round(first.seen[0] * 255), atol=1e-4)


def test_a_standard_run_is_plain_data():
    result = TinyMLPerf().run_standard_benchmark(Model("m"), "anomaly_detection", num_runs=10)
    assert json.loads(json.dumps(result)) == result
    assert result["p50_latency_ms"] <= result["p90_latency_ms"] <= result["p99_latency_ms"] <= result["max_latency_ms"]
    assert result["throughput_fps"] == pytest.approx(1000 / result["mean_latency_ms"])
    assert result["compliant"] == (result["accuracy_met"] and result["latency_met"])
    assert result["model_name"] == "m"
    with pytest.raises(ValueError, match="no benchmark"):
        TinyMLPerf().run_standard_benchmark(Model(), "chess")


def test_a_model_that_fails_is_reported():
    def refuse(x):
        raise RuntimeError("no pictures")

    results = TinyMLPerf().run_all_benchmarks(refuse)
    assert set(results) == {"keyword_spotting", "visual_wake_words", "anomaly_detection", "image_classification"}
    assert all(result == {"error": "no pictures"} for result in results.values())


def test_compliance_is_reported_in_two_files(tmp_path):
    runs = {"a": {"model_name": "m", "compliant": True}, "b": {"model_name": "m", "compliant": False}}
    text = TinyMLPerf(3).generate_compliance_report({**runs, "c": {"error": "no"}}, str(tmp_path / "out.json"))
    assert "TinyMLPerf Compliance Report" in text
    assert "Compliance Rate: 50%" in text
    assert (tmp_path / "out_summary.md").read_text(encoding="utf-8") == text
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["benchmarks"] == runs
    assert report["summary"] == {
        "total_benchmarks": 2,
        "compliant_benchmarks": 1,
        "compliance_rate": 0.5,
        "overall_compliant": False,
        "compliant_benchmark_names": ["a"],
    }
    TinyMLPerf().generate_compliance_report({"c": {"error": "no"}}, tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_text())["summary"] == {}


def test_statistics_agree_with_numpy():
    values = np.random.default_rng(19).normal(5, 2, 101).tolist()
    result = BenchmarkResult("x", values)
    assert result.std == pytest.approx(np.std(values, ddof=1))
    assert result.ci_upper - result.mean == pytest.approx(1.96 * result.std / math.sqrt(101))
