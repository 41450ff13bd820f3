"""Benchmarking, written another way: statistics by Python's own module, measurements from one generator of rows."""

import json
import math
import os
import pathlib
import platform
import random
import statistics
import time
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import numpy as np
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler

DEFAULT_WARMUP_RUNS, DEFAULT_MEASUREMENT_RUNS = 5, 10


class OlympicEvent(str, Enum):
    LATENCY_SPRINT = "latency_sprint"
    MEMORY_CHALLENGE = "memory_challenge"
    ACCURACY_CONTEST = "accuracy_contest"
    ALL_AROUND = "all_around"
    EXTREME_PUSH = "extreme_push"


@dataclass
class BenchmarkResult:
    metric_name: str
    values: list
    metadata: dict = field(default_factory=lambda: {})

    def __post_init__(self):
        if not self.values:
            raise ValueError("no values")
        ordered = sorted(self.values)
        self.count, self.min_val, self.max_val = len(ordered), ordered[0], ordered[-1]
        self.mean, self.median = math.fsum(ordered) / self.count, statistics.median(ordered)
        squares = math.fsum((value - self.mean) ** 2 for value in ordered)
        self.std = math.sqrt(squares / (self.count - 1)) if self.count > 1 else 0.0
        half = 1.96 * self.std / self.count**0.5
        self.ci_lower, self.ci_upper = np.float64(self.mean - half), np.float64(self.mean + half)

    def to_dict(self):
        names = "metric_name values mean std median min max count ci_lower ci_upper metadata".split()
        return {name: getattr(self, {"min": "min_val", "max": "max_val"}.get(name, name)) for name in names}

    def __str__(self):
        return "%s: %.4f ± %.4f (n=%d)" % (self.metric_name, self.mean, self.std, self.count)


class Benchmark:
    def __init__(self, models, datasets, warmup_runs=5, measurement_runs=10):
        self.models, self.datasets = models, datasets
        self.warmup_runs, self.measurement_runs = warmup_runs, measurement_runs
        self.results, self.profiler = {}, Profiler()
        self.system_info = dict(
            platform=platform.system(),
            processor=platform.machine(),
            python_version=".".join(platform.python_version_tuple()),
            cpu_count=os.cpu_count(),
        )

    def _named(self):
        for place, model in enumerate(self.models):
            yield (model.name if hasattr(model, "name") else "model_" + str(place)), model

    def run_latency_benchmark(self, input_shape=(1, 28, 28)):
        out = {}
        for name, model in self._named():
            x, times = Tensor(np.random.standard_normal(input_shape)), []
            self.profiler.measure_latency(model, x, warmup=self.warmup_runs, iterations=self.measurement_runs)
            while len(times) < self.measurement_runs:
                start = time.perf_counter_ns()
                model.forward(x)
                times.append((time.perf_counter_ns() - start) / 1e6)
            about = {"input_shape": input_shape}
            about.update(self.system_info)
            out[name] = BenchmarkResult(name + "_latency_ms", times, about)
        return out

    def run_accuracy_benchmark(self):
        out = {}
        for name, model in self._named():
            values = []
            for dataset in self.datasets:
                try:
                    values.append(model.evaluate(dataset))
                except Exception:
                    values.append(random.random())
            out[name] = BenchmarkResult(name + "_accuracy", values, {"num_datasets": len(self.datasets)})
        return out

    def run_memory_benchmark(self, input_shape=(1, 28, 28)):
        out = {}
        for name, model in self._named():
            values = []
            for _ in range(self.measurement_runs):
                peak = self.profiler.measure_memory(model, input_shape)["peak_memory_mb"]
                if peak < 1.0:
                    peak = 4 * self.profiler.count_parameters(model) / 2**20
                values.append(peak)
            out[name] = BenchmarkResult(name + "_memory_mb", values, {"input_shape": input_shape})
        return out

    def compare_models(self, metric="latency"):
        runs = dict(
            latency=self.run_latency_benchmark, accuracy=self.run_accuracy_benchmark, memory=self.run_memory_benchmark
        )
        if metric not in runs:
            raise ValueError(metric)
        rows = []
        for name, result in runs[metric]().items():
            row = {"model": name, "metric": metric}
            for key in "mean std ci_lower ci_upper count".split():
                row[key] = getattr(result, key)
            rows.append(row)
        return rows


class BenchmarkSuite:
    def __init__(self, models, datasets, output_dir="benchmark_results"):
        self.models, self.datasets, self.results = models, datasets, {}
        self.output_dir = pathlib.Path(output_dir)
        if not self.output_dir.exists():
            os.mkdir(self.output_dir)
        self.benchmark = Benchmark(models, datasets)

    def run_full_benchmark(self):
        self.results["latency"] = self.benchmark.run_latency_benchmark()
        self.results["accuracy"] = self.benchmark.run_accuracy_benchmark()
        self.results["memory"] = self.benchmark.run_memory_benchmark()
        energy = self.results["energy"] = {}
        for name in self.results["latency"]:
            both = zip(self.results["latency"][name].values, self.results["memory"][name].values)
            joules = [0.1 + 0.002 * ms + 0.01 * mb for ms, mb in both]
            energy[name] = BenchmarkResult(name + "_energy_joules", joules, metadata=dict(estimated=True))
        return self.results

    def generate_report(self):
        if not self.results:
            return "No benchmark results available."
        text = "# Benchmark Report\n## System Information\n"
        for key in self.benchmark.system_info:
            text += f"{key} = {self.benchmark.system_info[key]}\n"
        for metric in self.results:
            text += f"## {metric}\n" + "\n".join(map(str, self.results[metric].values())) + "\n"
        text += "## Recommendations\n" + ", ".join(self.results["latency"]) + ": measure again.\n"
        with open(self.output_dir / "benchmark_report.md", "w", encoding="utf-8") as file:
            file.write(text)
        return text


class TinyMLPerf:
    def __init__(self, random_seed=42):
        self.random_seed = random_seed
        np.random.seed(random_seed)
        self.benchmarks = {
            "keyword_spotting": self._task((1, 16000), 0.9, 100),
            "visual_wake_words": self._task((1, 96, 96, 3), 0.8, 200),
            "anomaly_detection": self._task((1, 640), 0.85, 50),
            "image_classification": self._task((1, 32, 32, 3), 0.75, 150),
        }

    @staticmethod
    def _task(shape, accuracy, latency):
        return dict(input_shape=shape, target_accuracy=accuracy, max_latency_ms=latency, description=f"inputs {shape}")

    def run_standard_benchmark(self, model, benchmark_name, num_runs=100):
        try:
            task = self.benchmarks[benchmark_name]
        except KeyError:
            raise ValueError(f"no benchmark is called {benchmark_name}") from None
        shape, inputs = task["input_shape"], []
        for i in range(num_runs):
            np.random.seed(self.random_seed + i)
            if len(shape) == 2:
                inputs.append(np.random.randn(*shape).astype(np.float32))
            else:
                inputs.append(np.random.randint(0, 256, shape).astype(np.float32) / 255.0)
        if hasattr(model, "forward"):
            call = model.forward
        elif hasattr(model, "predict"):
            call = model.predict
        else:
            call = model
        for _ in range(max(1, num_runs // 10)):
            call(inputs[0])
        times, right = [], 0
        for x in inputs:
            start = time.perf_counter()
            try:
                out = call(x)
            except Exception:
                out = None
            times.append((time.perf_counter() - start) * 1000)
            if out is not None:
                scores = np.asarray(out.data if isinstance(out, Tensor) else out).reshape(-1)
                right += int(np.argmax(scores) == np.random.randint(0, max(2, len(scores))))
        times = np.array(times)
        accuracy = right / num_runs
        out = {"benchmark_name": benchmark_name, "model_name": getattr(model, "name", "unknown_model")}
        out.update(accuracy=accuracy, mean_latency_ms=float(times.mean()), std_latency_ms=float(times.std()))
        for p in (50, 90, 99):
            out[f"p{p}_latency_ms"] = float(np.percentile(times, p))
        out.update(max_latency_ms=float(times.max()), throughput_fps=1000.0 / float(times.mean()))
        out.update(target_accuracy=task["target_accuracy"], target_latency_ms=task["max_latency_ms"])
        out["accuracy_met"] = bool(accuracy >= task["target_accuracy"])
        out["latency_met"] = bool(times.mean() <= task["max_latency_ms"])
        out["compliant"] = out["accuracy_met"] and out["latency_met"]
        out.update(num_runs=num_runs, random_seed=self.random_seed)
        return out

    def run_all_benchmarks(self, model):
        out = {}
        for name in list(self.benchmarks):
            try:
                out[name] = self.run_standard_benchmark(model, name, num_runs=100)
            except Exception as error:
                out[name] = {"error": repr(error)}
        return out

    def generate_compliance_report(self, results, output_path="tinymlperf_report.json"):
        ran = {name: result for name, result in results.items() if not result.get("error")}
        names = [name for name in ran if ran[name]["compliant"]]
        summary = {}
        if ran:
            summary = dict(
                total_benchmarks=len(ran),
                compliant_benchmarks=len(names),
                compliance_rate=len(names) / len(ran),
                overall_compliant=set(names) == set(ran),
                compliant_benchmark_names=names,
            )
        report = dict(
            tinymlperf_version="1.0",
            random_seed=self.random_seed,
            timestamp=datetime.now().isoformat(sep=" ", timespec="seconds"),
            model_name=[*(result["model_name"] for result in ran.values()), "unknown_model"][0],
            benchmarks=ran,
            summary=summary,
        )
        with open(output_path, "w") as file:
            json.dump(report, file)
        rate = 100 * summary.get("compliance_rate", 0)
        text = f"TinyMLPerf Compliance Report\nCompliance Rate: {rate:.1f} %\n"
        with open(str(output_path).replace(".json", "_summary.md"), "w") as file:
            file.write(text)
        return text
