"""The capstone as the course's notebook writes it: loops, and a report that prints."""

import json
import platform
import sys
import time
from datetime import datetime

import numpy as np
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor


class SimpleMLP:
    def __init__(self, input_size=10, hidden_size=20, output_size=3):
        self.fc1 = Linear(input_size, hidden_size)
        self.relu = ReLU()
        self.fc2 = Linear(hidden_size, output_size)
        self.fc1.weight.data = np.random.randn(input_size, hidden_size) * 0.01
        self.fc1.bias.data = np.zeros(hidden_size)
        self.fc2.weight.data = np.random.randn(hidden_size, output_size) * 0.01
        self.fc2.bias.data = np.zeros(output_size)

    def forward(self, x):
        x = self.fc1.forward(x)
        x = self.relu.forward(x)
        return self.fc2.forward(x)

    def parameters(self):
        return [self.fc1.weight, self.fc1.bias, self.fc2.weight, self.fc2.bias]

    def count_parameters(self):
        total = 0
        for p in self.parameters():
            total += p.data.size
        return total


class BenchmarkReport:
    def __init__(self, model_name="model"):
        self.model_name = model_name
        self.metrics = {}
        version = sys.version_info
        self.system_info = {
            "platform": platform.platform(),
            "python_version": f"{version.major}.{version.minor}.{version.micro}",
            "numpy_version": np.__version__,
        }
        self.timestamp = datetime.now().strftime("%Y-%m-%d %H:%M:%S")

    def benchmark_model(self, model, X_test, y_test, num_runs=100):
        count = model.count_parameters()
        predictions = np.argmax(model.forward(X_test).data, axis=1)
        right = 0
        for guess, label in zip(predictions, y_test):
            if guess == label:
                right += 1
        one = Tensor(X_test.data[:1])
        latencies = []
        for _ in range(num_runs):
            start = time.perf_counter()
            model.forward(one)
            latencies.append((time.perf_counter() - start) * 1000)
        mean = float(np.mean(latencies))
        self.metrics = {
            "parameter_count": int(count),
            "model_size_mb": float(count * 4 / (1024 * 1024)),
            "accuracy": right / len(y_test),
            "latency_ms_mean": mean,
            "latency_ms_std": float(np.std(latencies)),
            "throughput_samples_per_sec": 1000.0 / mean,
        }
        print("Benchmark of", self.model_name, self.metrics)
        return self.metrics


def generate_submission(baseline_report, optimized_report=None, student_name=None, techniques_applied=None):
    submission = dict(
        tinytorch_version="0.1.0",
        submission_type="capstone_benchmark",
        timestamp=baseline_report.timestamp,
        system_info=baseline_report.system_info,
        baseline=dict(model_name=baseline_report.model_name, metrics=baseline_report.metrics),
    )
    if student_name:
        submission["student_name"] = student_name
    if optimized_report is not None:
        submission["optimized"] = {
            "model_name": optimized_report.model_name,
            "metrics": optimized_report.metrics,
            "techniques_applied": techniques_applied or [],
        }
        before, after = baseline_report.metrics, optimized_report.metrics
        submission["improvements"] = {
            "speedup": float(before["latency_ms_mean"] / after["latency_ms_mean"]),
            "compression_ratio": float(before["model_size_mb"] / after["model_size_mb"]),
            "accuracy_delta": float(after["accuracy"] - before["accuracy"]),
        }
    return submission


def save_submission(submission, filepath="submission.json"):
    text = json.dumps(submission, indent=2)
    with open(filepath, "w") as f:
        f.write(text)
    print(f"Submission saved to {filepath}")
    return filepath
