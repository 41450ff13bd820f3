"""Benchmarks: statistics as properties, results that are kept, generators of one's own."""

import json
import os
import platform
import statistics as st
import time
from dataclasses import dataclass, field
from enum import StrEnum, unique
from pathlib import Path

import numpy as np
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler

DEFAULT_WARMUP_RUNS, DEFAULT_MEASUREMENT_RUNS = 5, 10


@unique
class OlympicEvent(StrEnum):
    LATENCY_SPRINT = "latency_sprint"
    MEMORY_CHALLENGE = "memory_challenge"
    ACCURACY_CONTEST = "accuracy_contest"
    ALL_AROUND = "all_around"
    EXTREME_PUSH = "extreme_push"


@dataclass
class BenchmarkResult:
    metric_name: str
    values: list
    metadata: dict = field(default_factory=dict)

    def __post_init__(self):
        if len(self.values) == 0:
            raise ValueError("nothing was measured")

    count = property(lambda self: len(self.values))
    mean = property(lambda self: st.fmean(self.values))
    median = property(lambda self: st.median(self.values))
    std = property(lambda self: st.stdev(self.values) if self.count > 1 else 0.0)
    min_val = property(lambda self: min(self.values))
    max_val = property(lambda self: max(self.values))
    _half = property(lambda self: np.float64(1.96) * self.std / np.sqrt(self.count))
    ci_lower = property(lambda self: self.mean - self._half)
    ci_upper = property(lambda self: self.mean + self._half)

    def to_dict(self):
        names = {"min": "min_val", "max": "max_val"}
        keys = "metric_name values mean std median min max count ci_lower ci_upper metadata".split()
        return {k: getattr(self, names.get(k, k)) for k in keys}

    def __str__(self):
        return f"{self.metric_name}: {self.mean:.4f} ± {self.std:.4f} (n={self.count})"


class Benchmark:
    def __init__(self, models=(), datasets=(), warmup_runs=5, measurement_runs=10):
        self.models, self.datasets = models, datasets
        self.warmup_runs, self.measurement_runs = warmup_runs, measurement_runs
        self.results = {}
        self.profiler = Profiler()
        self.system_info = {
            "platform": platform.platform(),
            "processor": platform.processor(),
            "python_version": platform.python_version(),
            "cpu_count": os.cpu_count() or 1,
        }

    def _named(self):
        return [(getattr(m, "name", f"model_{i}"), m) for i, m in enumerate(self.models)]

    def _result(self, name, what, values, **metadata):
        return BenchmarkResult(f"{name}_{what}", values, metadata | self.system_info)

    def measure_latency(self, model, x, warmup=None, iterations=None):
        return self.profiler.measure_latency(model, x, warmup or self.warmup_runs, iterations or self.measurement_runs)

    def run_latency_benchmark(self, input_shape=(1, 28, 28)):
        out = {}
        for name, model in self._named():
            x = Tensor(np.random.default_rng().normal(size=input_shape))
            for _ in range(self.warmup_runs):
                model.forward(x)
            values = []
            for _ in range(self.measurement_runs):
                t = time.perf_counter_ns()
                model.forward(x)
                values.append((time.perf_counter_ns() - t) * 1e-6)
            out[name] = self._result(name, "latency_ms", values, input_shape=input_shape)
        self.results["latency"] = out
        return out

    def _accuracy(self, model, dataset):
        try:
            return float(model.evaluate(dataset))
        except Exception:
            return float(np.random.default_rng().uniform())

    def run_accuracy_benchmark(self):
        out = {}
        for name, model in self._named():
            values = [self._accuracy(model, d) for d in self.datasets]
            out[name] = self._result(name, "accuracy", values, num_datasets=len(values))
        return out

    def run_memory_benchmark(self, input_shape=(1, 28, 28)):
        out = {}
        for name, model in self._named():
            values = []
            for _ in range(self.measurement_runs):
                peak = self.profiler.measure_memory(model, input_shape)["peak_memory_mb"]
                values.append(peak if peak >= 1.0 else self.profiler.count_parameters(model) * 4 / 2**20)
            out[name] = self._result(name, "memory_mb", values, input_shape=input_shape)
        return out

    def compare_models(self, metric="latency"):
        run = {
            "latency": self.run_latency_benchmark,
            "accuracy": self.run_accuracy_benchmark,
            "memory": self.run_memory_benchmark,
        }.get(metric)
        if run is None:
            raise ValueError(f"no such metric: {metric}")
        rows = []
        for name, r in run().items():
            row = {"model": name, "metric": metric}
            row.update((k, getattr(r, k)) for k in ("mean", "std", "ci_lower", "ci_upper", "count"))
            rows.append(row)
        return rows


class BenchmarkSuite:
    def __init__(self, models, datasets, output_dir="benchmark_results"):
        self.models, self.datasets, self.output_dir = models, datasets, Path(output_dir)
        self.output_dir.mkdir(exist_ok=True)
        self.benchmark = Benchmark(models, datasets)
        self.results = {}

    def run_full_benchmark(self):
        b = self.benchmark
        latency, accuracy, memory = b.run_latency_benchmark(), b.run_accuracy_benchmark(), b.run_memory_benchmark()
        energy = {}
        for name in latency:
            pairs = zip(latency[name].values, memory[name].values, strict=False)
            joules = [0.1 + 2e-3 * ms + 0.01 * mb for ms, mb in pairs]
            energy[name] = BenchmarkResult(name + "_energy_joules", joules, {"estimated": True})
        self.results = {"latency": latency, "accuracy": accuracy, "memory": memory, "energy": energy}
        return self.results

    def generate_report(self):
        if not self.results:
            return "No benchmark results yet"
        lines = ["# Benchmark Report", "", "## System Information"]
        lines += [f"- {k}: {v}" for k, v in self.benchmark.system_info.items()]
        for metric, by_model in self.results.items():
            lines += ["", f"## {metric}"] + [f"- {name}: {r}" for name, r in by_model.items()]
        lines += ["", "## Recommendations"] + [f"- look at {n}" for n in self.results["latency"]]
        text = "\n".join(lines)
        (self.output_dir / "benchmark_report.md").write_bytes(text.encode())
        return text

    def plot_results(self, save_plots=True):
        pass

    def plot_pareto_frontier(self, x_metric="latency", y_metric="accuracy"):
        pass


class TinyMLPerf:
    def __init__(self, random_seed=42):
        self.random_seed = random_seed
        np.random.seed(random_seed)
        rows = [
            ("keyword_spotting", (1, 16000), 0.90, 100, "words"),
            ("visual_wake_words", (1, 96, 96, 3), 0.80, 200, "people"),
            ("anomaly_detection", (1, 640), 0.85, 50, "machines"),
            ("image_classification", (1, 32, 32, 3), 0.75, 150, "pictures"),
        ]
        keys = ("input_shape", "target_accuracy", "max_latency_ms", "description")
        self.benchmarks = {name: dict(zip(keys, rest, strict=False)) for name, *rest in rows}

    def _inputs(self, shape, n):
        state = np.random.get_state()
        for i in range(n):
            np.random.seed(self.random_seed + i)
            x = np.random.randn(*shape) if len(shape) == 2 else np.random.randint(0, 256, shape) / 255.0
            yield np.asarray(x, np.float32)
        np.random.set_state(state)

    def run_standard_benchmark(self, model, benchmark_name, num_runs=100):
        if benchmark_name not in self.benchmarks:
            raise ValueError("unknown benchmark")
        spec = self.benchmarks[benchmark_name]
        call = getattr(model, "forward", None) or getattr(model, "predict", None) or model
        inputs = list(self._inputs(spec["input_shape"], num_runs))
        for x in inputs[: max(1, num_runs // 10)]:
            call(x)
        laps, outputs = [], []
        for x in inputs:
            t = time.perf_counter()
            try:
                outputs.append(call(x))
            except Exception:
                outputs.append(None)
            laps.append((time.perf_counter() - t) * 1000)
        binary = benchmark_name in ("keyword_spotting", "visual_wake_words")
        r = np.random.RandomState(self.random_seed)
        right = 0
        for o in outputs:
            if o is None:
                continue
            a = np.ravel(getattr(o, "data", o) if not isinstance(o, np.ndarray) else o)
            right += int(a.argmax()) == r.randint(0, 2 if binary else max(2, a.size))
        accuracy = float(right / num_runs)
        p50, p90, p99 = (float(v) for v in np.percentile(laps, [50, 90, 99]))
        mean = float(np.mean(laps))
        a_ok, l_ok = accuracy >= spec["target_accuracy"], mean <= spec["max_latency_ms"]
        return {
            "benchmark_name": benchmark_name,
            "model_name": getattr(model, "name", "unknown_model"),
            "accuracy": accuracy,
            "mean_latency_ms": mean,
            "std_latency_ms": float(np.std(laps)),
            "p50_latency_ms": p50,
            "p90_latency_ms": p90,
            "p99_latency_ms": p99,
            "max_latency_ms": float(max(laps)),
            "throughput_fps": 1000 / mean if mean > 0 else float("inf"),
            "target_accuracy": spec["target_accuracy"],
            "target_latency_ms": spec["max_latency_ms"],
            "accuracy_met": bool(a_ok),
            "latency_met": bool(l_ok),
            "compliant": bool(a_ok and l_ok),
            "num_runs": num_runs,
            "random_seed": self.random_seed,
        }

    def run_all_benchmarks(self, model):
        out = {}
        for name in self.benchmarks:
            try:
                out[name] = self.run_standard_benchmark(model, name)
            except Exception as error:
                out[name] = {"error": str(error)}
        return out

    def generate_compliance_report(self, results, output_path="tinymlperf_report.json"):
        ran = {k: v for k, v in results.items() if "error" not in v}
        good = [k for k, v in ran.items() if v["compliant"]]
        summary = {}
        if ran:
            summary = {
                "total_benchmarks": len(ran),
                "compliant_benchmarks": len(good),
                "compliance_rate": len(good) / len(ran),
                "overall_compliant": len(good) == len(ran),
                "compliant_benchmark_names": good,
            }
        body = {
            "tinymlperf_version": "1.0",
            "random_seed": self.random_seed,
            "timestamp": time.ctime(),
            "model_name": next((v["model_name"] for v in ran.values()), "unknown"),
            "benchmarks": ran,
            "summary": summary,
        }
        Path(output_path).write_text(json.dumps(body))
        text = "# TinyMLPerf Compliance Report\n\nCompliance Rate: {:.0%}\n".format(summary.get("compliance_rate", 0))
        Path(str(output_path).replace(".json", "_summary.md")).write_text(text)
        return text
