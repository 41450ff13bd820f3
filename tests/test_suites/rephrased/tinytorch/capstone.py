"""Capstone, written another way: layers in a tuple behind properties, numbers gathered first, files written at the end."""

import json
import platform
import sys
import time
from datetime import datetime

import numpy
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear


class SimpleMLP:
    def __init__(self, input_size=10, hidden_size=20, output_size=3):
        self.fc1, self.relu, self.fc2 = Linear(input_size, hidden_size), ReLU(), Linear(hidden_size, output_size)
        for layer in self.fc1, self.fc2:
            layer.weight.data = numpy.random.normal(0, 0.01, layer.weight.data.shape)
            layer.bias.data = numpy.zeros_like(layer.bias.data)

    def forward(self, x):
        out = x
        for step in (self.fc1.forward, self.relu.forward, self.fc2.forward):
            out = step(out)
        return out

    def parameters(self):
        return self.fc1.parameters() + self.fc2.parameters()

    def count_parameters(self):
        count = 0
        for p in self.parameters():
            count += int(numpy.prod(p.data.shape))
        return count


class BenchmarkReport:
    def __init__(self, model_name="model"):
        self.model_name, self.metrics = model_name, {}
        self.timestamp = datetime.now().strftime("%Y-%m-%d %H:%M:%S")
        self.system_info = {"numpy_version": numpy.version.version, "platform": sys.platform}
        self.system_info["python_version"] = platform.python_version()

    def benchmark_model(self, model, X_test, y_test, num_runs=100):
        answers = numpy.argmax(model.forward(X_test).data, axis=-1)
        one = X_test[0:1]
        times = numpy.empty(num_runs)
        for run in range(num_runs):
            start = time.perf_counter()
            model.forward(one)
            times[run] = time.perf_counter() - start
        times *= 1e3
        count = int(model.count_parameters())
        self.metrics = {
            "parameter_count": count,
            "model_size_mb": 4 * count / 1024 / 1024,
            "accuracy": numpy.equal(answers, y_test).mean().item(),
            "latency_ms_mean": times.mean().item(),
            "latency_ms_std": times.std().item(),
            "throughput_samples_per_sec": 1e3 / times.mean().item(),
        }
        return self.metrics


def _side(report):
    return {"model_name": report.model_name, "metrics": dict(report.metrics)}


def generate_submission(baseline_report, optimized_report=None, student_name=None, techniques_applied=None):
    submission = {"tinytorch_version": "0.1.0", "submission_type": "capstone_benchmark"}
    for name in ("timestamp", "system_info"):
        submission[name] = getattr(baseline_report, name)
    submission["baseline"] = _side(baseline_report)
    if student_name:
        submission |= {"student_name": student_name}
    if optimized_report is None:
        return submission
    submission["optimized"] = {**_side(optimized_report), "techniques_applied": techniques_applied or []}
    quotient = lambda key: float(baseline_report.metrics[key]) / float(optimized_report.metrics[key])  # noqa: E731
    submission["improvements"] = {
        "accuracy_delta": float(optimized_report.metrics["accuracy"]) - float(baseline_report.metrics["accuracy"]),
        "compression_ratio": quotient("model_size_mb"),
        "speedup": quotient("latency_ms_mean"),
    }
    return submission


def save_submission(submission, filepath="submission.json"):
    text = json.dumps(submission, indent=2)
    with open(filepath, "w") as file:
        file.write(text)
    return filepath
