"""The compliance report: a JSON file, a text, and a text file beside it, made of results that the judge draws.

Always true: files are written and read beside the student's code, in a folder that exists for one test.
"""

import json
import os
import tempfile

from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.bench import TinyMLPerf

TABLE = {
    "keyword_spotting": ((1, 16000), 0.90, 100),
    "visual_wake_words": ((1, 96, 96, 3), 0.80, 200),
    "anomaly_detection": ((1, 640), 0.85, 50),
    "image_classification": ((1, 32, 32, 3), 0.75, 150),
}
KEYS = (
    "benchmark_name model_name accuracy mean_latency_ms std_latency_ms p50_latency_ms p90_latency_ms p99_latency_ms "
    "max_latency_ms throughput_fps target_accuracy target_latency_ms accuracy_met latency_met compliant num_runs random_seed"
).split()


@in_candidate
def report(results, seed):
    """Write a compliance report in a folder of its own; return the text and both files."""
    with tempfile.TemporaryDirectory() as folder:
        text = TinyMLPerf(seed).generate_compliance_report(results, os.path.join(folder, "out.json"))
        with open(os.path.join(folder, "out.json"), encoding="utf-8") as file:
            written = json.load(file)
        summary = None
        if os.path.isfile(os.path.join(folder, "out_summary.md")):
            with open(os.path.join(folder, "out_summary.md"), encoding="utf-8") as file:
                summary = file.read()
        return text, written, summary


def draw_results(rng, compliant):
    """Return results by benchmark: complete ones, compliant as asked, and for None one that failed."""
    results = {}
    for name, met in zip(TABLE, compliant, strict=True):
        numbers = sorted(rng.uniform(1, 40, 4).round(3).tolist())
        result = dict(zip(KEYS[5:9], numbers, strict=True))
        result |= {"mean_latency_ms": numbers[0], "std_latency_ms": 0.5, "throughput_fps": 1000 / numbers[0]}
        result |= {"benchmark_name": name, "model_name": "plain", "num_runs": 100, "random_seed": 3}
        result |= {
            "accuracy": 0.95 if met else 0.4,
            "accuracy_met": bool(met),
            "latency_met": True,
            "compliant": bool(met),
        }
        result |= {"target_accuracy": TABLE[name][1], "target_latency_ms": TABLE[name][2]}
        results[name] = {"error": "it broke"} if met is None else result
    return results


def assert_results_written(written, results):
    """Require an entry for each result, and in it numbers of that result: all of them, or those that matter."""
    __tracebackhide__ = True
    hint = 'An entry for each result, under its name; leave out what has "error".'
    assert_equal(sorted(written), sorted(results), call='sorted(report["benchmarks"])', hint=hint)
    for name, result in results.items():
        entry = written[name] if isinstance(written[name], dict) else {}
        want = {key: value for key, value in result.items() if key in entry} or result
        got = {key: entry.get(key) for key in want}
        assert_equal(got, want, call=f'report["benchmarks"]["{name}"]', hint="The result's own numbers.")


@number("19.1")
@weight(2)
def test_compliance_report_as_json(rng):
    """The JSON file holds the results, the seed, the model's name and a summary whose compliance_rate runs from 0 to 1."""
    compliant = rng.permutation([True, True, True, False]).tolist()
    results, seed = draw_results(rng, compliant), int(rng.integers(1, 1000))
    _, written, _ = report(results, seed)
    assert_results_written(written["benchmarks"], results)
    assert_equal([written["random_seed"], written["model_name"]], [seed, "plain"], call="[random_seed, model_name]")
    there = ["tinymlperf_version" in written, "timestamp" in written]
    assert_equal(there, [True, True], call="whether tinymlperf_version and timestamp are there")
    summary = written["summary"]
    counts = [summary["total_benchmarks"], summary["compliant_benchmarks"], summary["overall_compliant"]]
    assert_equal(counts, [4, 3, False], call="[total_benchmarks, compliant_benchmarks, overall_compliant]")
    assert_close(summary["compliance_rate"], 0.75, call="compliance_rate", hint="A share from 0 to 1.")
    want = sorted(name for name, met in zip(TABLE, compliant, strict=True) if met)
    assert_equal(sorted(summary["compliant_benchmark_names"]), want, call="compliant_benchmark_names")


@number("19.2")
@weight(1)
@visibility("hidden")
def test_failed_benchmarks_are_left_out(rng):
    """Results with an error are neither listed nor counted."""
    compliant = rng.permutation([True, None, None, None]).tolist()
    results = draw_results(rng, compliant)
    _, written, _ = report(results, 3)
    want = {name: result for name, result in results.items() if "error" not in result}
    assert_results_written(written["benchmarks"], want)
    summary = written["summary"]
    counts = [summary["total_benchmarks"], summary["compliant_benchmarks"], summary["overall_compliant"]]
    assert_equal(counts, [1, 1, True], call="[total_benchmarks, compliant_benchmarks, overall_compliant]")
    assert_close(summary["compliance_rate"], 1.0, call="compliance_rate")


@number("19.3")
@weight(1)
def test_compliance_report_as_text(rng):
    """The text with TinyMLPerf Compliance Report and Compliance Rate is returned and written beside, as out_summary.md."""
    results = draw_results(rng, rng.permutation([True, False, False, False]).tolist())
    text, written, summary = report(results, 3)
    assert_results_written(written["benchmarks"], results)
    missing = [part for part in ("TinyMLPerf Compliance Report", "Compliance Rate") if part not in text]
    assert_equal(missing, [], call="what is missing in the text")
    assert_equal(
        summary is not None, True, call="whether out_summary.md is there", hint="Replace .json by _summary.md."
    )
    assert_equal(summary.strip(), text.strip(), call="the text in out_summary.md")
