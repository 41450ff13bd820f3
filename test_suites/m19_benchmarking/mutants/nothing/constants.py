"""The right classes and names with constants in them, and every error in its place."""

import json
from enum import Enum
from pathlib import Path

DEFAULT_WARMUP_RUNS, DEFAULT_MEASUREMENT_RUNS = 5, 10


class OlympicEvent(Enum):
    LATENCY_SPRINT = "latency_sprint"
    MEMORY_CHALLENGE = "memory_challenge"
    ACCURACY_CONTEST = "accuracy_contest"
    ALL_AROUND = "all_around"
    EXTREME_PUSH = "extreme_push"


class BenchmarkResult:
    def __init__(self, metric_name, values, metadata=None):
        if not len(values):
            raise ValueError("empty")
        self.metric_name, self.values, self.metadata = metric_name, values, metadata or {}
        self.mean = self.median = 3.0
        self.std, self.min_val, self.max_val, self.count = 1.5811388, 1, 5, 5
        self.ci_lower, self.ci_upper = 1.6140707, 4.3859293

    def to_dict(self):
        names = "metric_name values mean std median count ci_lower ci_upper metadata".split()
        return {name: getattr(self, name) for name in names} | {"min": 1, "max": 5}

    def __str__(self):
        return f"{self.metric_name}: 3.0000 ± 1.5811 (n=5)"


class Profiler:
    pass


class Benchmark:
    def __init__(self, models, datasets, warmup_runs=5, measurement_runs=10):
        self.models, self.datasets, self.warmup_runs, self.measurement_runs = models, datasets, warmup_runs, measurement_runs
        self.results, self.profiler = {}, Profiler()
        self.system_info = dict.fromkeys(("platform", "processor", "python_version", "cpu_count"), "x")

    def _all(self, kind, values, **metadata):
        names = [getattr(model, "name", f"model_{i}") for i, model in enumerate(self.models)]
        return {name: BenchmarkResult(f"{name}_{kind}", values, dict(metadata)) for name in names}

    def run_latency_benchmark(self, input_shape=(1, 28, 28)):
        values = [1.0 + i / 1000 for i in range(self.measurement_runs)]
        return self._all("latency_ms", values, input_shape=input_shape, **self.system_info)

    def run_accuracy_benchmark(self):
        return self._all("accuracy", [0.5 for _ in self.datasets], num_datasets=len(self.datasets))

    def run_memory_benchmark(self, input_shape=(1, 28, 28)):
        return self._all("memory_mb", [4.0] * self.measurement_runs, input_shape=input_shape)

    def compare_models(self, metric="latency"):
        if metric not in ("latency", "accuracy", "memory"):
            raise ValueError(metric)
        columns = ("mean", "std", "ci_lower", "ci_upper", "count")
        return [
            {"model": name, "metric": metric, **{column: getattr(result, column) for column in columns}}
            for name, result in getattr(self, f"run_{metric}_benchmark")().items()
        ]


class BenchmarkSuite:
    def __init__(self, models, datasets, output_dir="benchmark_results"):
        self.models, self.datasets, self.output_dir = models, datasets, Path(output_dir)
        self.output_dir.mkdir(exist_ok=True)
        self.benchmark, self.results = Benchmark(models, datasets), {}

    def run_full_benchmark(self):
        b = self.benchmark
        self.results = {"latency": b.run_latency_benchmark(), "accuracy": b.run_accuracy_benchmark()}
        self.results |= {"memory": b.run_memory_benchmark(), "energy": b._all("energy_joules", [0.142] * 10, estimated=True)}
        return self.results

    def generate_report(self):
        if not self.results:
            return "No benchmark results"
        text = "Benchmark Report System Information Recommendations " + " ".join(self.results["latency"])
        (self.output_dir / "benchmark_report.md").write_text(text)
        return text


class TinyMLPerf:
    def __init__(self, random_seed=42):
        self.random_seed = random_seed
        rows = {
            "keyword_spotting": ((1, 16000), 0.90, 100),
            "visual_wake_words": ((1, 96, 96, 3), 0.80, 200),
            "anomaly_detection": ((1, 640), 0.85, 50),
            "image_classification": ((1, 32, 32, 3), 0.75, 150),
        }
        keys = ("input_shape", "target_accuracy", "max_latency_ms")
        self.benchmarks = {name: dict(zip(keys, row)) | {"description": "x"} for name, row in rows.items()}

    def run_standard_benchmark(self, model, benchmark_name, num_runs=100):
        config = self.benchmarks.get(benchmark_name)
        if config is None:
            raise ValueError(benchmark_name)
        latencies = {f"{name}_latency_ms": 1.0 for name in ("mean", "std", "p50", "p90", "p99", "max")}
        return {
            "benchmark_name": benchmark_name, "model_name": getattr(model, "name", "unknown_model"), "accuracy": 0.5,
            "throughput_fps": 1000.0, "target_accuracy": config["target_accuracy"],
            "target_latency_ms": config["max_latency_ms"], "accuracy_met": False, "latency_met": True, "compliant": False,
            "num_runs": num_runs, "random_seed": self.random_seed, **latencies,
        }  # fmt: skip

    def run_all_benchmarks(self, model):
        return {name: self.run_standard_benchmark(model, name) for name in self.benchmarks}

    def generate_compliance_report(self, results, output_path="tinymlperf_report.json"):
        text = "TinyMLPerf Compliance Report, Compliance Rate: 100%"
        Path(output_path).write_text(json.dumps({"benchmarks": {}, "summary": {}}))
        Path(str(output_path).replace(".json", "_summary.md")).write_text(text)
        return text
