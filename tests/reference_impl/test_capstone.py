"""The reference's capstone: a model by hand, reports of models that count their calls, submissions of hand-set metrics."""

import json
import re

import numpy as np
import pytest
from tinytorch.capstone import BenchmarkReport, SimpleMLP, generate_submission, save_submission
from tinytorch.core.tensor import Tensor


class Known:
    """Knows its answers and counts its calls."""

    def __init__(self, answers, count=12):
        self.scores, self.count, self.rows = np.eye(3)[answers], count, []

    def count_parameters(self):
        return np.int64(self.count)

    def forward(self, x):
        self.rows.append(x.shape[0])
        return Tensor(self.scores[: x.shape[0]])


def report(**metrics):
    made = BenchmarkReport("net")
    made.metrics = metrics
    return made


def test_forward_by_hand():
    model = SimpleMLP(2, 2, 1)
    model.fc1.weight.data, model.fc1.bias.data = np.array([[1.0, -1.0], [2.0, 1.0]]), np.array([0.5, 0.0])
    model.fc2.weight.data, model.fc2.bias.data = np.array([[2.0], [3.0]]), np.array([-1.0])
    assert model.forward(Tensor([[1.0, 0.0], [0.0, 1.0]])).data.tolist() == [[2.0], [7.0]]


def test_parameters_are_the_layers_own():
    model = SimpleMLP()
    assert [param is own for param, own in zip(
        model.parameters(), [model.fc1.weight, model.fc1.bias, model.fc2.weight, model.fc2.bias], strict=True
    )] == [True] * 4  # fmt: skip
    assert (model.count_parameters(), SimpleMLP(4, 5, 2).count_parameters()) == (283, 37)
    assert SimpleMLP(50, 80, 30).fc1.weight.data.std() == pytest.approx(0.01, rel=0.1)
    assert not model.fc1.bias.data.any()


def test_a_fresh_report():
    made = BenchmarkReport()
    assert (made.model_name, made.metrics) == ("model", {})
    assert set(made.system_info) == {"platform", "python_version", "numpy_version"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", made.timestamp)


def test_benchmark_counts_and_calls():
    labels = np.arange(10) % 3
    model = Known(np.where(np.arange(10) < 6, labels, (labels + 1) % 3), count=2**18)
    made = BenchmarkReport()
    metrics = made.benchmark_model(model, Tensor(np.ones((10, 4))), labels, num_runs=7)
    assert metrics is made.metrics
    assert model.rows == [10, *[1] * 7]
    assert (metrics["parameter_count"], metrics["model_size_mb"], metrics["accuracy"]) == (2**18, 1.0, 0.6)
    assert metrics["throughput_samples_per_sec"] == pytest.approx(1000 / metrics["latency_ms_mean"])
    assert json.loads(json.dumps(metrics)) == metrics


def test_submission_of_one_report():
    made = report(accuracy=0.5)
    submission = generate_submission(made, techniques_applied=["pruning"])
    assert set(submission) == {"tinytorch_version", "submission_type", "timestamp", "system_info", "baseline"}
    assert submission["baseline"] == {"model_name": "net", "metrics": {"accuracy": 0.5}}
    assert generate_submission(made, student_name="Ada")["student_name"] == "Ada"


def test_improvements_by_hand():
    before = report(latency_ms_mean=10.0, model_size_mb=4.0, accuracy=0.80)
    after = report(latency_ms_mean=5.0, model_size_mb=2.0, accuracy=0.75)
    submission = generate_submission(before, after)
    assert submission["improvements"] == pytest.approx(
        {"speedup": 2.0, "compression_ratio": 2.0, "accuracy_delta": -0.05}
    )
    assert submission["optimized"]["techniques_applied"] == []
    assert generate_submission(before, after, None, ["pruning"])["optimized"]["techniques_applied"] == ["pruning"]
    with pytest.raises(KeyError):
        generate_submission(before, report(accuracy=1.0))


def test_saved_submissions_come_back(tmp_path):
    path = tmp_path / "out.json"
    assert save_submission({"a": [1, 2.5, None]}, str(path)) == str(path)
    assert json.loads(path.read_text()) == {"a": [1, 2.5, None]}
    with pytest.raises(TypeError):
        save_submission({"a": np.float32(1)}, tmp_path / "bad.json")
    assert not (tmp_path / "bad.json").exists()
    with pytest.raises(FileNotFoundError):
        save_submission({}, tmp_path / "no" / "out.json")
