"""Submissions: what goes into one, and what two reports come to side by side.

Always true: metrics are drawn by the judge and set by hand, on objects that have what a report has.
"""

import json
from types import SimpleNamespace

import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.capstone import generate_submission

STAMP = "2026-03-05 14:07:09"


@in_candidate
def submit(baseline, optimized=None, name=None, techniques=None):
    """Return a submission of reports with these metrics, as plain data by way of JSON."""
    system = {"platform": "a machine", "python_version": "3.11.7", "numpy_version": "2.0.0"}
    reports = [
        SimpleNamespace(model_name=title, metrics=metrics, system_info=system, timestamp=stamp)
        for title, metrics, stamp in (
            ("plain", baseline, "2026-03-05 14:07:09"),
            ("swift", optimized, "2027-01-01 00:00:00"),
        )
    ]
    found = generate_submission(reports[0], reports[1] if optimized is not None else None, name, techniques)
    return json.loads(json.dumps(found))


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


def assert_baseline(submission, metrics):
    __tracebackhide__ = True
    want = {"model_name": "plain", "metrics": metrics}
    assert_equal(submission.get("baseline"), want, call='submission["baseline"]')


@number("12.1")
@weight(3)
def test_submission_of_one_report(rng):
    """With a baseline alone: version, type, timestamp, system and baseline, and nothing else."""
    metrics = draw_metrics(rng)
    got = submit(metrics)
    assert_baseline(got, metrics)
    keys = ["baseline", "submission_type", "system_info", "timestamp", "tinytorch_version"]
    hint = "No student_name, no optimized and no improvements until there is something to say there."
    assert_equal(sorted(got), keys, call="the keys of the submission", hint=hint)


@number("12.2")
@weight(2)
def test_constants_of_a_submission(rng):
    """tinytorch_version is 0.1.0, submission_type capstone_benchmark."""
    metrics = draw_metrics(rng)
    got = submit(metrics)
    assert_baseline(got, metrics)
    call = "[tinytorch_version, submission_type]"
    assert_equal([got["tinytorch_version"], got["submission_type"]], ["0.1.0", "capstone_benchmark"], call=call)


@number("12.3")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("second", [False, True], ids=["one report", "two reports"])
def test_timestamp_and_system_are_the_baselines(second, rng):
    """timestamp and system_info are those of the baseline report, not of the moment."""
    metrics = draw_metrics(rng)
    got = submit(metrics, draw_metrics(rng) if second else None)
    assert_baseline(got, metrics)
    assert_equal(got["timestamp"], STAMP, call='submission["timestamp"]', hint="baseline_report.timestamp")
    assert_equal(got["system_info"]["platform"], "a machine", call='submission["system_info"]["platform"]')


@number("13.1")
@weight(3)
@pytest.mark.parametrize("case", ["by hand", "drawn"])
def test_speedup(case, rng):
    """speedup is the baseline's latency over the optimized one: 10 ms and 5 ms give 2.0."""
    before, after = draw_metrics(rng), draw_metrics(rng)
    pairs = [(before["latency_ms_mean"], after["latency_ms_mean"])]
    pairs += [(10.0, 5.0)] if case == "by hand" else [(2.0, float(rng.uniform(3, 9)))]
    for old, new in pairs:
        got = submit(before | {"latency_ms_mean": old}, after | {"latency_ms_mean": new})["improvements"]["speedup"]
        call, given = 'improvements["speedup"]', {"baseline ms": old, "optimized ms": new}
        assert_close(got, old / new, call=call, given=given, hint="Twice as fast is 2.0: before / after.")


@number("13.2")
@weight(3)
@pytest.mark.parametrize("case", ["by hand", "drawn"])
def test_compression_ratio(case, rng):
    """compression_ratio is the baseline's size over the optimized one: 4 MB and 2 MB give 2.0."""
    before, after = draw_metrics(rng), draw_metrics(rng)
    pairs = [(before["model_size_mb"], after["model_size_mb"])]
    pairs += [(4.0, 2.0)] if case == "by hand" else [(0.5, float(rng.uniform(1, 9)))]
    for old, new in pairs:
        got = submit(before | {"model_size_mb": old}, after | {"model_size_mb": new})["improvements"]
        call, given = 'improvements["compression_ratio"]', {"baseline MB": old, "optimized MB": new}
        assert_close(
            got["compression_ratio"], old / new, call=call, given=given, hint="Half as large is 2.0: before / after."
        )


@number("13.3")
@weight(2)
def test_accuracy_delta(rng):
    """accuracy_delta is the optimized accuracy minus the baseline's: 0.80 and 0.75 give -0.05."""
    before, after = draw_metrics(rng), draw_metrics(rng)
    for old, new in ((0.80, 0.75), (before["accuracy"], after["accuracy"])):
        got = submit(before | {"accuracy": old}, after | {"accuracy": new})["improvements"]["accuracy_delta"]
        call, given = 'improvements["accuracy_delta"]', {"baseline": old, "optimized": new}
        assert_close(got, new - old, call=call, given=given, hint="Worse is less than 0: after - before.")


@number("14.1")
@weight(2)
@pytest.mark.parametrize("given", [True, False], ids=["given", "left out"])
def test_techniques(given, rng):
    """optimized holds the second report and the techniques in order, an empty list where none were given."""
    before, after = draw_metrics(rng), draw_metrics(rng)
    techniques = [f"trick {n}" for n in rng.permutation(5)[:3]] if given else None
    got = submit(before, after, None, techniques)["optimized"]
    want = {"model_name": "swift", "metrics": after, "techniques_applied": techniques or []}
    assert_equal(got, want, call='submission["optimized"]', hint="techniques_applied or []")


@in_candidate
def submit_twice(metrics):
    """Make two submissions, and add a technique to the first one's list."""
    report = SimpleNamespace(model_name="plain", metrics=metrics, system_info={}, timestamp="")
    first, second = (generate_submission(report, report) for _ in range(2))
    first["optimized"]["techniques_applied"].append("pruning")
    return [found["optimized"]["techniques_applied"] for found in (first, second, generate_submission(report, report))]


@number("14.2")
@weight(1)
@visibility("hidden")
def test_techniques_are_not_shared(rng):
    """Every submission has a list of its own: what is added to one is not in the next."""
    metrics = draw_metrics(rng)
    assert_baseline(submit(metrics), metrics)
    call = "techniques_applied of three submissions, after one was added to the first"
    assert_equal(
        submit_twice(metrics), [["pruning"], [], []], call=call, hint="A default list is made once; None is not."
    )


@number("14.3")
@weight(1)
@visibility("hidden")
def test_student_name_is_optional(rng):
    """student_name is there when a name is given, and not for an empty one."""
    metrics, name = draw_metrics(rng), f"Ada {int(rng.integers(100, 999))}"
    got = submit(metrics, None, name)
    assert_baseline(got, metrics)
    assert_equal(got.get("student_name"), name, call='submission["student_name"]')
    assert_equal("student_name" in submit(metrics, None, ""), False, call="whether an empty name is written")
