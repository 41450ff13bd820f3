"""Capstone: measure a model, make it better, measure again, and hand in the comparison as one file.

A report is plain numbers of one model; a submission puts two reports side by side: how much faster, how much smaller, and
what it cost in accuracy. Shapes: N samples, F features, V classes.
"""

import json
import platform
import time
from pathlib import Path

import numpy as np

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear

BYTES_PER_FLOAT32 = 4
MB_TO_BYTES = 2**20


class SimpleMLP:
    """Two linear layers with a ReLU between them: fc1, relu, fc2.

    Weights start as 0.01 times standard normals, biases as zeros. There is no __call__.
    """

    def __init__(self, input_size=10, hidden_size=20, output_size=3):
        self.fc1 = Linear(input_size, hidden_size)
        self.relu = ReLU()
        self.fc2 = Linear(hidden_size, output_size)
        for layer in (self.fc1, self.fc2):
            layer.weight.data = 0.01 * np.random.randn(*layer.weight.shape).astype(np.float32)
            layer.bias.data = np.zeros(layer.bias.shape, dtype=np.float32)

    def forward(self, x):
        """Return fc2(relu(fc1(x))): (N, F) to (N, V)."""
        hidden = self.relu(self.fc1(x))  # (N, hidden_size)
        return self.fc2(hidden)  # (N, V)

    def parameters(self):
        """Return [fc1.weight, fc1.bias, fc2.weight, fc2.bias], the Tensors themselves."""
        return [self.fc1.weight, self.fc1.bias, self.fc2.weight, self.fc2.bias]

    def count_parameters(self):
        """Return how many numbers the parameters hold, as an int: 283 for the default sizes."""
        return sum(int(param.data.size) for param in self.parameters())


class BenchmarkReport:
    """What was measured of one model, and on what machine.

    Attributes: model_name ("model" by default); metrics ({} at first); system_info with platform, python_version (such as
    "3.11.7") and numpy_version, all texts; timestamp, local time as YYYY-MM-DD HH:MM:SS.
    """

    def __init__(self, model_name="model"):
        self.model_name = model_name
        self.metrics = {}
        self.system_info = {
            "platform": platform.platform(),
            "python_version": platform.python_version(),
            "numpy_version": np.__version__,
        }
        self.timestamp = time.strftime("%Y-%m-%d %H:%M:%S")

    def benchmark_model(self, model, X_test, y_test, num_runs=100):
        """Measure a model and return the numbers, which are also kept in metrics, in place of earlier ones.

        model: anything with count_parameters() and forward(Tensor); X_test: (N, F); y_test: array of whole numbers (N,).
        forward is called once with all of X_test, then num_runs times, each timed, with X_test[:1]. Plain Python numbers:
        parameter_count; model_size_mb, 4 bytes a parameter, in MB of 2**20 bytes; accuracy, the share of rows whose
        largest score stands at the label; latency_ms_mean and latency_ms_std (of the population, divided by n), in
        milliseconds for a single sample; throughput_samples_per_sec, 1000 / latency_ms_mean.
        """
        count = int(model.count_parameters())
        predictions = model.forward(X_test).data.argmax(axis=1)  # (N,)
        sample = X_test[:1]  # (1, F)
        latencies = []
        for _ in range(num_runs):
            began = time.perf_counter()  # fine enough that no time is 0, unlike time.time
            model.forward(sample)
            latencies.append((time.perf_counter() - began) * 1000)
        self.metrics = {
            "parameter_count": count,
            "model_size_mb": count * BYTES_PER_FLOAT32 / MB_TO_BYTES,
            "accuracy": float(np.mean(predictions == y_test)),
            "latency_ms_mean": float(np.mean(latencies)),
            "latency_ms_std": float(np.std(latencies)),
            "throughput_samples_per_sec": float(1000 / np.mean(latencies)),
        }
        return self.metrics


def generate_submission(baseline_report, optimized_report=None, student_name=None, techniques_applied=None):
    """Return a submission of one report, or of two side by side; the reports are only read.

    Always: tinytorch_version "0.1.0", submission_type "capstone_benchmark", timestamp and system_info of the baseline
    report, baseline {"model_name", "metrics"}. With a name that is not empty: student_name. With an optimized report:
    optimized {"model_name", "metrics", "techniques_applied"}, an empty list where none were given, and improvements:
    speedup, the baseline's latency_ms_mean over the optimized; compression_ratio, model_size_mb likewise; accuracy_delta,
    the optimized accuracy minus the baseline's, so that less than 0 is worse. Those three metrics are all that is read:
    KeyError if one is missing. Techniques without an optimized report are left out.
    """
    submission = {
        "tinytorch_version": "0.1.0",
        "submission_type": "capstone_benchmark",
        "timestamp": baseline_report.timestamp,
        "system_info": baseline_report.system_info,
        "baseline": {"model_name": baseline_report.model_name, "metrics": baseline_report.metrics},
    }
    if student_name:
        submission["student_name"] = student_name
    if optimized_report is not None:
        before, after = baseline_report.metrics, optimized_report.metrics
        submission["optimized"] = {
            "model_name": optimized_report.model_name,
            "metrics": after,
            "techniques_applied": list(techniques_applied or []),
        }
        submission["improvements"] = {
            "speedup": float(before["latency_ms_mean"] / after["latency_ms_mean"]),
            "compression_ratio": float(before["model_size_mb"] / after["model_size_mb"]),
            "accuracy_delta": float(after["accuracy"] - before["accuracy"]),
        }
    return submission


def save_submission(submission, filepath="submission.json"):
    """Write a submission as JSON with indent 2 and return the path as it was given.

    Reading the file again gives an equal dictionary. A value that JSON does not know, such as np.float32, raises TypeError,
    and no file is left; a folder that does not exist raises FileNotFoundError.
    """
    text = json.dumps(submission, indent=2)  # before the file is opened: an error here leaves nothing behind
    Path(filepath).write_text(text, encoding="utf-8")
    return filepath
