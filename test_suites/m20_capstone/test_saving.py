"""Saved submissions, the whole way from two models to a file and back, and the leaderboard.

Always true: files are written and read beside the student's code, in a folder that exists for one test.
"""

import json
import os
import tempfile
import time

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import leaderboard, number, visibility, weight
from marks import in_candidate
from tinytorch.capstone import BenchmarkReport, SimpleMLP, generate_submission, save_submission
from tinytorch.core.tensor import Tensor


def draw_metrics(rng):
    """Return metrics as benchmark_model makes them, of drawn numbers."""
    count, latency = int(rng.integers(1000, 9000)), float(rng.uniform(1, 9))
    return {
        "parameter_count": count,
        "model_size_mb": count * 4 / 2**20,
        "accuracy": float(rng.uniform(0.3, 0.9)),
        "latency_ms_mean": latency,
        "latency_ms_std": latency / 10,
        "throughput_samples_per_sec": 1000 / latency,
    }


@in_candidate
def text_of(path):
    """Return the text of a file; None if there is none."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_as_json(text):
    """Return what a saved file holds; say so if there is no file, or no JSON in it."""
    assert text is not None, "save_submission wrote no file of the name that it was given."
    try:
        return json.loads(text)
    except ValueError as problem:
        pytest.fail(f"The file holds no JSON: {problem}. Write it with json.dump, not with str.")


@in_candidate
def save(submission, name):
    """Save in a folder of its own, under a name or the default; return what is returned, and the file read again."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            path = os.path.join(folder, name) if name else "submission.json"
            returned = save_submission(submission, path) if name else save_submission(submission)
            return {"same": returned == path, "files": sorted(os.listdir(folder)), "text": text_of(path)}
        finally:
            os.chdir(here)


@number("15.1")
@weight(3)
@pytest.mark.parametrize("name", ["mine.json", ""], ids=["a name", "no name"])
def test_saved_submission_reads_back_equal(name, rng):
    """The file holds the submission as JSON; without a name it is submission.json."""
    submission = {"baseline": draw_metrics(rng), "names": ["a", None, True], "note": "größer ± 1"}
    got = save(submission, name)
    assert_equal(got["files"], [name or "submission.json"], call="the files in the folder")
    assert_equal(
        read_as_json(got["text"]), submission, call="the file, read with json.load", hint="json.dump, not str."
    )


@number("15.2")
@weight(2)
def test_save_returns_the_path(rng):
    """save_submission returns the path that it was given."""
    submission = {"baseline": draw_metrics(rng)}
    got = save(submission, "mine.json")
    assert_equal(read_as_json(got["text"]), submission, call="the file, read with json.load")
    assert_equal(got["same"], True, call="whether save_submission(submission, path) returned path")


@number("15.3")
@weight(1)
@visibility("hidden")
def test_saved_submission_is_indented(rng):
    """The JSON is indented by two spaces, so that people can read it."""
    submission = {"baseline": draw_metrics(rng)}
    text = save(submission, "mine.json")["text"]
    assert_equal(read_as_json(text), submission, call="the file, read with json.load")
    lines = text.splitlines()
    indented = len(lines) > 3 and lines[1].startswith('  "') and lines[2].startswith('    "')
    assert_equal(indented, True, call="whether the lines are indented by 2 and 4 spaces", hint="indent=2")


@in_candidate
def refuse(submission):
    """Save what JSON does not know; return whether TypeError came, and which files are left."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            save_submission(submission | {"size": np.float32(1.5)}, "bad.json")
            raised = False
        except TypeError:
            raised = True
        finally:
            os.chdir(here)
        left = [name for name in os.listdir(folder) if os.path.getsize(os.path.join(folder, name))]
        return [raised, left]


@number("16")
@weight(2)
@visibility("hidden")
def test_numpy_numbers_are_refused(rng):
    """A np.float32 in a submission raises TypeError and leaves no file; the same without it is saved."""
    submission = {"baseline": draw_metrics(rng)}
    assert_equal(read_as_json(save(submission, "good.json")["text"]), submission, call="the file, read with json.load")
    hint = "Make the text with json.dumps before the file is opened, and without default=."
    assert_equal(refuse(submission), [True, []], call="[TypeError raised, files left]", hint=hint)


@in_candidate
def whole_way(x, labels, sizes, runs):
    """Benchmark two models, compare and save; return the text of the file."""
    reports = []
    for name, size in sizes:
        report = BenchmarkReport(name)
        report.benchmark_model(SimpleMLP(*size), Tensor(x), labels, num_runs=runs)
        reports.append(report)
    submission = generate_submission(*reports, "Ada", ["fewer hidden units"])
    with tempfile.TemporaryDirectory() as folder:
        save_submission(submission, os.path.join(folder, "out.json"))
        written = sorted(os.listdir(folder))  # under whichever name: a check of just that asks for the name
        return text_of(os.path.join(folder, written[0])) if written else None


def faults_of(submission):
    """Return what a submission lacks, as sentences: fields, types, ranges."""
    faults = [f"{name} is missing" for name in ("system_info", "baseline", "optimized") if name not in submission]
    info = submission.get("system_info", {})
    faults += [f"system_info has no {name}" for name in ("platform", "python_version") if name not in info]
    for name in ("baseline", "optimized"):
        metrics = submission.get(name, {}).get("metrics", {})
        if not 0 <= metrics.get("accuracy", -1) <= 1:
            faults.append(f"{name}: accuracy does not lie in [0, 1]")
        for key in ("parameter_count", "model_size_mb", "latency_ms_mean"):
            if not metrics.get(key, 0) > 0:
                faults.append(f"{name}: {key} is not above 0")
    return faults


@number("17")
@weight(4)
def test_the_whole_way(rng):
    """Two models are measured, compared, saved and loaded: 10-20-3 against 10-8-3 is 283 / 115 = 2.461 times as large."""
    x, labels = ordinary(rng, 30, 10), rng.integers(0, 3, 30)
    hidden = int(rng.integers(9, 19))
    for small in (8, hidden):
        sizes = [("plain", (10, 20, 3)), ("small", (10, small, 3))]
        got = read_as_json(whole_way(x, labels, sizes, 5))
        assert_equal(faults_of(got), [], call="what the submission lacks")
        want, call = 283 / (14 * small + 3), f"compression_ratio of 10-20-3 against 10-{small}-3"
        assert_close(got["improvements"]["compression_ratio"], want, call=call)
        metrics = [got[name]["metrics"] for name in ("baseline", "optimized")]
        delta = metrics[1]["accuracy"] - metrics[0]["accuracy"]
        assert_close(got["improvements"]["accuracy_delta"], delta, call="accuracy_delta")


@in_candidate
def forward_many(weights, batches):
    """Send batches through a SimpleMLP with these weights; return the sum of each column of scores, batch by batch."""
    model = SimpleMLP(weights[0].shape[0], weights[0].shape[1], weights[2].shape[1])
    for param, array in zip(model.parameters(), weights, strict=True):
        param.data = array
    return [model.forward(Tensor(batch)).data.sum(axis=0) for batch in batches]


@number("18")
@weight(0)
@leaderboard("microseconds_per_sample", "asc")
def test_leaderboard(rng, set_leaderboard_value):
    """Without points: how many microseconds your framework takes for one sample of a 64-32-10 network, by the judge's clock."""
    weights = [ordinary(rng, 64, 32), ordinary(rng, 32), ordinary(rng, 32, 10), ordinary(rng, 10)]
    W1, b1, W2, b2 = (array.astype(np.float64) for array in weights)
    best = float("inf")
    for _ in range(5):  # the quickest of five: what a busy machine adds is not the framework's
        batches = [ordinary(rng, 50, 64) for _ in range(8)]
        began = time.perf_counter()
        got = forward_many(weights, batches)
        best = min(best, time.perf_counter() - began)
        want = [(np.maximum(batch @ W1 + b1, 0) @ W2 + b2).sum(axis=0) for batch in batches]
        # Sums of 50 scores of size 10 in float32.
        assert_close(np.array(got), want, rtol=1e-3, atol=1e-1, call="column sums of model.forward(x)")
    set_leaderboard_value(round(best / 400 * 1e6, 2))
