"""Benchmarking: repeat a measurement, say how far it can be trusted, and compare models by the same rules.

A single timing is a rumour. A result keeps every value, with mean, sample deviation s and the interval
mean -+ 1.96 s / sqrt(n), in which the true mean lies 19 times out of 20 if the values are independent and n is not small.
Models are duck-typed: `forward(x)`, and `name`, `evaluate(dataset)` and `parameters()` where they have them.
Sources: Student 1908 for the interval's idea; Banbury et al. 2021, "MLPerf Tiny Benchmark", for the four tasks.
"""

import json
import math
import os
import platform
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np

from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler

DEFAULT_WARMUP_RUNS = 5
DEFAULT_MEASUREMENT_RUNS = 10


class OlympicEvent(Enum):
    """What a competition is about."""

    LATENCY_SPRINT = "latency_sprint"
    MEMORY_CHALLENGE = "memory_challenge"
    ACCURACY_CONTEST = "accuracy_contest"
    ALL_AROUND = "all_around"
    EXTREME_PUSH = "extreme_push"


@dataclass
class BenchmarkResult:
    """Values of one metric and their statistics; metadata is a fresh dictionary for each result.

    values: a list or tuple of at least one number, else ValueError. Attributes besides the three fields: mean; std, of the
    sample (divided by n - 1), 0.0 for one value; median, of an even number the mean of the middle two; min_val, max_val,
    count; ci_lower and ci_upper, mean -+ 1.96 std / sqrt(count). str() reads "name: 3.0000 ± 1.5811 (n=5)".
    """

    metric_name: str
    values: list
    metadata: dict = field(default_factory=dict)

    def __post_init__(self):
        if len(self.values) == 0:
            raise ValueError(f"{self.metric_name}: a result needs at least one value")
        self.count = len(self.values)
        self.mean = float(np.mean(self.values))
        self.std = float(np.std(self.values, ddof=1)) if self.count > 1 else 0.0
        self.median = float(np.median(self.values))
        self.min_val, self.max_val = min(self.values), max(self.values)
        margin = 1.96 * self.std / math.sqrt(self.count)
        self.ci_lower, self.ci_upper = self.mean - margin, self.mean + margin

    def to_dict(self):
        """Return plain data: metric_name, values, mean, std, median, min, max, count, ci_lower, ci_upper, metadata."""
        found = dict(vars(self))
        return found | {"min": found.pop("min_val"), "max": found.pop("max_val")}

    def __str__(self):
        return f"{self.metric_name}: {self.mean:.4f} ± {self.std:.4f} (n={self.count})"


class Benchmark:
    """Runs the same measurements on several models; every run_ method returns {model's name: BenchmarkResult}.

    Attributes: models, datasets, warmup_runs (5), measurement_runs (10), results ({} at first), profiler (a Profiler) and
    system_info (platform, processor, python_version, cpu_count). A model without `name` is called model_0, model_1, ... by
    its place in the list.
    """

    def __init__(
        self, models=(), datasets=(), warmup_runs=DEFAULT_WARMUP_RUNS, measurement_runs=DEFAULT_MEASUREMENT_RUNS
    ):
        self.models, self.datasets = list(models), list(datasets)
        self.warmup_runs, self.measurement_runs = warmup_runs, measurement_runs
        self.results = {}
        self.profiler = Profiler()
        self.system_info = {"platform": platform.platform(), "processor": platform.processor()}
        self.system_info |= {"python_version": platform.python_version(), "cpu_count": os.cpu_count() or 1}

    def _measure_each(self, metric, measure, **metadata):
        """Return a result for each model by its name; measure gives a model's list of values."""
        named = [(getattr(model, "name", f"model_{i}"), model) for i, model in enumerate(self.models)]
        return {name: BenchmarkResult(f"{name}_{metric}", measure(model), dict(metadata)) for name, model in named}

    def run_latency_benchmark(self, input_shape=(1, 28, 28)):
        """Time forward: measurement_runs single calls, in milliseconds, after warmup_runs calls that do not count.

        Every call gets one Tensor of standard normals of input_shape. metric_name is "{name}_latency_ms"; metadata holds
        input_shape and the system information.
        """

        def measure(model):
            x = Tensor(np.random.randn(*input_shape))
            for _ in range(self.warmup_runs):
                model.forward(x)
            return [_milliseconds(model.forward, x) for _ in range(self.measurement_runs)]

        return self._measure_each("latency_ms", measure, input_shape=input_shape, **self.system_info)

    def run_accuracy_benchmark(self):
        """Take model.evaluate(dataset) for each dataset, in order; a random number in [0, 1] where it lacks or raises.

        metric_name is "{name}_accuracy", metadata {"num_datasets": n}. Without datasets ValueError: there is no value.
        """

        def measure(model):
            evaluate = getattr(model, "evaluate", None)  # without one, calling None fails, and chance answers
            found = [_try(evaluate, dataset) for dataset in self.datasets]
            return [float(np.random.random() if value is None else value) for value in found]

        return self._measure_each("accuracy", measure, num_datasets=len(self.datasets))

    def run_memory_benchmark(self, input_shape=(1, 28, 28)):
        """Take the profiler's peak_memory_mb measurement_runs times, or 4 bytes a parameter where that is below 1 MB.

        An MB has 2**20 bytes. metric_name is "{name}_memory_mb", metadata {"input_shape": input_shape}.
        """

        def measure(model):
            weigh, parameters = self.profiler.measure_memory, self.profiler.count_parameters(model) * 4 / 2**20
            peaks = [weigh(model, input_shape)["peak_memory_mb"] for _ in range(self.measurement_runs)]
            return [peak if peak >= 1.0 else parameters for peak in peaks]

        return self._measure_each("memory_mb", measure, input_shape=input_shape)

    def compare_models(self, metric="latency"):
        """Run "latency", "accuracy" or "memory" and return a list of rows, one for each model in order.

        A row has model, metric, mean, std, ci_lower, ci_upper, count. Raises ValueError for any other metric.
        """
        if metric not in ("latency", "accuracy", "memory"):
            raise ValueError(f"metric is latency, accuracy or memory, not {metric!r}")
        results = getattr(self, f"run_{metric}_benchmark")()
        rows = [{"model": name, "metric": metric, **result.to_dict()} for name, result in results.items()]
        columns = ("model", "metric", "mean", "std", "ci_lower", "ci_upper", "count")
        return [{column: row[column] for column in columns} for row in rows]

    def measure_latency(self, model, x, warmup=DEFAULT_WARMUP_RUNS, iterations=DEFAULT_MEASUREMENT_RUNS):
        """Return the median time of model.forward(x) in milliseconds."""
        return self.profiler.measure_latency(model, x, warmup, iterations)


class BenchmarkSuite:
    """Latency, accuracy, memory and an estimate of energy for all models, and a report of them.

    The folder output_dir is made when the suite is: one level, so a missing parent raises FileNotFoundError.
    Attributes: models, datasets, output_dir (a Path), benchmark (a Benchmark with default runs), results ({} at first).
    """

    def __init__(self, models, datasets, output_dir="benchmark_results"):
        self.models, self.datasets, self.output_dir = models, datasets, Path(output_dir)
        self.output_dir.mkdir(exist_ok=True)
        self.benchmark = Benchmark(models, datasets)
        self.results = {}

    def run_full_benchmark(self):
        """Fill and return results: latency, accuracy, memory and energy, each {model's name: BenchmarkResult}.

        Energy is an estimate for each pair of values: 0.1 + 2.0 * latency_ms / 1000 + 0.01 * memory_mb, as
        "{name}_energy_joules" with metadata {"estimated": True}.
        """
        runs = self.benchmark
        self.results = {"latency": runs.run_latency_benchmark(), "accuracy": runs.run_accuracy_benchmark()}
        self.results |= {"memory": runs.run_memory_benchmark(), "energy": {}}
        for name, latency in self.results["latency"].items():
            pairs = zip(latency.values, self.results["memory"][name].values, strict=True)
            values = [0.1 + 2.0 * ms / 1000 + 0.01 * mb for ms, mb in pairs]
            self.results["energy"][name] = BenchmarkResult(f"{name}_energy_joules", values, {"estimated": True})
        return self.results

    def generate_report(self):
        """Return the results as text with "Benchmark Report", "System Information", "Recommendations" and every name.

        It is also written to benchmark_report.md in output_dir, in UTF-8. Before any run: a sentence that contains
        "No benchmark results", and no file.
        """
        if not self.results:
            return "No benchmark results yet: call run_full_benchmark first."
        lines = ["# Benchmark Report", "", "## System Information"]
        lines += [f"- {name}: {value}" for name, value in self.benchmark.system_info.items()]
        for metric, results in self.results.items():
            lines += ["", f"## {metric.capitalize()}", *(f"- {result}" for result in results.values())]
        means = {name: result.mean for name, result in self.results["latency"].items()}
        lines += ["", "## Recommendations", f"- Where time matters most, begin with {min(means, key=means.get)}.", ""]
        report = "\n".join(lines)
        (self.output_dir / "benchmark_report.md").write_text(report, encoding="utf-8")
        return report


class TinyMLPerf:
    """Four small tasks with targets, each run on inputs that the seed determines."""

    def __init__(self, random_seed=42):
        self.random_seed = random_seed
        np.random.seed(random_seed)
        rows = {
            "keyword_spotting": ((1, 16000), 0.90, 100, "Tell spoken words apart"),
            "visual_wake_words": ((1, 96, 96, 3), 0.80, 200, "Say whether a person is in the picture"),
            "anomaly_detection": ((1, 640), 0.85, 50, "Notice a machine that sounds wrong"),
            "image_classification": ((1, 32, 32, 3), 0.75, 150, "Name what a small picture shows"),
        }
        columns = ("input_shape", "target_accuracy", "max_latency_ms", "description")
        self.benchmarks = {name: dict(zip(columns, row, strict=True)) for name, row in rows.items()}

    def run_standard_benchmark(self, model, benchmark_name, num_runs=100):
        """Time a model on num_runs inputs and hold it against the benchmark's targets; ValueError for an unknown name.

        Inputs are float32 arrays; input i is drawn after np.random.seed(random_seed + i): normals for two axes, else whole
        numbers 0-255 divided by 255. First max(1, num_runs // 10) calls with the first input or inputs, which do not count,
        then one timed call for each, of forward, else predict, else the model itself. A timed call that raises counts as wrong.
        Returns plain Python values: benchmark_name, model_name ("unknown_model" without `name`), accuracy; mean_, std_,
        p50_, p90_, p99_ and max_latency_ms; throughput_fps (1000 / mean); target_accuracy, target_latency_ms; accuracy_met
        (at least the target), latency_met (the mean at most the target), compliant (both); num_runs, random_seed. The
        labels are random, so that accuracy means nothing.
        """
        if benchmark_name not in self.benchmarks:
            raise ValueError(f"there is no benchmark {benchmark_name!r}; choose from {', '.join(self.benchmarks)}")
        config = self.benchmarks[benchmark_name]
        inputs = [self._draw(config["input_shape"], run) for run in range(num_runs)]
        predict = getattr(model, "forward", None) or getattr(model, "predict", None) or model
        for _ in range(max(1, num_runs // 10)):
            predict(inputs[0])
        outputs = []
        latencies = [_milliseconds(lambda x: outputs.append(_try(predict, x)), x) for x in inputs]
        accuracy = float(np.mean([output is not None and self._is_right(output) for output in outputs]))
        mean, p50, p90, p99 = np.mean(latencies), *np.percentile(latencies, (50, 90, 99))
        met = accuracy >= config["target_accuracy"], bool(mean <= config["max_latency_ms"])
        result = {"benchmark_name": benchmark_name, "model_name": getattr(model, "name", "unknown_model")}
        result |= {"accuracy": accuracy, "mean_latency_ms": float(mean), "std_latency_ms": float(np.std(latencies))}
        result |= {"p50_latency_ms": float(p50), "p90_latency_ms": float(p90), "p99_latency_ms": float(p99)}
        result |= {"max_latency_ms": max(latencies), "throughput_fps": float(1000 / mean)}
        result |= {"target_accuracy": config["target_accuracy"], "target_latency_ms": config["max_latency_ms"]}
        result |= {"accuracy_met": met[0], "latency_met": met[1], "compliant": met[0] and met[1]}
        return result | {"num_runs": num_runs, "random_seed": self.random_seed}

    def _draw(self, shape, run):
        np.random.seed(self.random_seed + run)
        numbers = np.random.randn(*shape) if len(shape) == 2 else np.random.randint(0, 256, shape) / 255
        return numbers.astype(np.float32)

    def _is_right(self, output):
        """Hold an output's largest entry, or whether its only one is above 0.5, against a label drawn for it."""
        scores = np.ravel(output.data if isinstance(output, Tensor) else output)
        answer = scores.argmax() if scores.size > 1 else scores[0] > 0.5
        return bool(answer == np.random.randint(max(scores.size, 2)))

    def run_all_benchmarks(self, model):
        """Run all four, 100 inputs each; return {benchmark's name: result}, and {"error": text} of one that raises."""
        results = {}
        for name in self.benchmarks:
            try:
                results[name] = self.run_standard_benchmark(model, name)
            except Exception as problem:
                results[name] = {"error": str(problem)}
        return results

    def generate_compliance_report(self, results, output_path="tinymlperf_report.json"):
        """Write results as JSON and a summary as text, and return the text; results with "error" are left out.

        JSON: tinymlperf_version, random_seed, timestamp, model_name, benchmarks ({name: what of its result you want to
        show, under the same keys}), summary. The summary holds
        total_benchmarks, compliant_benchmarks, compliance_rate (0 to 1), overall_compliant (all of them) and
        compliant_benchmark_names; it is {} if nothing ran. The text contains "TinyMLPerf Compliance Report" and
        "Compliance Rate", and is also written to output_path with .json replaced by _summary.md.
        """
        ran = {name: result for name, result in results.items() if "error" not in result}
        compliant = [name for name, result in ran.items() if result["compliant"]]
        rate = len(compliant) / max(len(ran), 1)
        summary = {"total_benchmarks": len(ran), "compliant_benchmarks": len(compliant), "compliance_rate": rate}
        summary |= {"overall_compliant": len(compliant) == len(ran), "compliant_benchmark_names": compliant}
        model_name = next((result["model_name"] for result in ran.values()), "unknown_model")
        report = {"tinymlperf_version": "1.0", "random_seed": self.random_seed, "model_name": model_name}
        report |= {"timestamp": time.strftime("%Y-%m-%d %H:%M:%S"), "benchmarks": ran}
        report["summary"] = summary if ran else {}
        Path(output_path).write_text(json.dumps(report, indent=2), encoding="utf-8")
        text = f"# TinyMLPerf Compliance Report\n\nModel: {model_name}\nCompliance Rate: {rate:.0%}\n"
        text += "".join(f"- {name}: {'compliant' if name in compliant else 'not compliant'}\n" for name in ran)
        Path(output_path).with_name(f"{Path(output_path).stem}_summary.md").write_text(text, encoding="utf-8")
        return text


def _milliseconds(function, x):
    began = time.perf_counter()
    function(x)
    return (time.perf_counter() - began) * 1000


def _try(function, x):
    try:
        return function(x)
    except Exception:
        return None
