"""TinyMLPerf: four tasks, inputs that the seed determines, and results that are plain data.

The models are the tests' own: they take arrays, or Tensors, return Tensors, and keep what they were given. Names are
neutral and accuracies not judged, for the course's labels are random.
"""

import json
import os
import tempfile
import time

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.bench import TinyMLPerf
from tinytorch.core.tensor import Tensor

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
def run(seed, benchmark, runs, sleeps=(0.0,), name="plain"):
    """Run a benchmark on a model that sleeps as told, call by call; return the result and what the model saw."""
    inputs, spent = [], []

    class Model:
        def forward(self, x):
            began = time.perf_counter()
            array = x.data if isinstance(x, Tensor) else x
            inputs.append(np.array(array))
            time.sleep(sleeps[len(spent) % len(sleeps)] / 1000)
            spent.append((time.perf_counter() - began) * 1000)
            return Tensor(np.ones((1, 10)) / 10)

    model = Model()
    if name:
        model.name = name
    result = TinyMLPerf(seed).run_standard_benchmark(model, benchmark, runs)
    kinds = {key: type(value).__name__ for key, value in result.items()}
    described = [[list(x.shape), str(x.dtype)] for x in inputs]
    return {
        "result": result,
        "kinds": kinds,
        "described": described,
        "spent": spent,
        "heads": [x.ravel()[:64] for x in inputs],
    }


def assert_mean_fits(seen, runs):
    """Require the mean to lie between the quickest and the slowest of the last calls, as the model saw them."""
    __tracebackhide__ = True
    mean, counted = seen["result"]["mean_latency_ms"], seen["spent"][-runs:]
    given = {"mean_latency_ms": mean, "seen by the model": counted}
    fits = min(counted) - 0.05 <= mean <= max(counted) + 1 if counted else False
    assert_equal(fits, True, call="whether mean_latency_ms fits the calls", given=given)


@in_candidate
def table(seed):
    perf = TinyMLPerf(seed)
    rows = {
        name: [
            tuple(row["input_shape"]),
            row["target_accuracy"],
            row["max_latency_ms"],
            type(row["description"]).__name__,
        ]
        for name, row in perf.benchmarks.items()
    }
    return rows, perf.random_seed


@number("16.1")
@weight(3)
def test_the_four_benchmarks(rng):
    """benchmarks holds four tasks with input_shape, target_accuracy, max_latency_ms and description, and inputs have that shape."""
    seed = int(rng.integers(1, 1000))
    rows, kept = table(seed)
    want = {name: [*row, "str"] for name, row in TABLE.items()}
    assert_equal(rows, want, call="input_shape, target_accuracy, max_latency_ms, type of description")
    assert_equal(kept, seed, call=f"TinyMLPerf({seed}).random_seed")
    for name, (shape, _, _) in TABLE.items():
        seen = run(seed, name, 2)
        shapes = [tuple(description[0]) for description in seen["described"]]
        assert_equal(set(shapes), {shape}, call=f"the shapes of inputs of {name}")
        call = f"whether the inputs of {name} hold different numbers"
        assert_equal(float(np.std(seen["heads"][-1])) > 0.05, True, call=call)


@number("17.1")
@weight(1.5)
def test_result_is_plain_data(rng):
    """A result has its seventeen keys, all with plain Python values, and names the benchmark, the model, runs and seed."""
    seed, runs = int(rng.integers(1, 1000)), int(rng.integers(3, 7))
    seen = run(seed, "anomaly_detection", runs, (float(rng.uniform(2, 12)),))
    assert_equal(sorted(seen["result"]), sorted(KEYS), call="the keys of a result")
    plain = {"str", "int", "float", "bool"}
    other = {key: kind for key, kind in seen["kinds"].items() if kind not in plain}
    assert_equal(other, {}, call="values of another type than str, int, float, bool", hint="float(...) and bool(...)")
    names = ("benchmark_name", "model_name", "num_runs", "random_seed", "target_accuracy", "target_latency_ms")
    want = ["anomaly_detection", "plain", runs, seed, 0.85, 50]
    assert_equal([seen["result"][name] for name in names], want, call=", ".join(names))
    assert_equal(0 <= seen["result"]["accuracy"] <= 1, True, call="whether accuracy lies in [0, 1]")
    assert_mean_fits(seen, runs)


@number("17.2")
@weight(2)
def test_percentiles_are_those_of_the_calls(rng):
    """p50 <= p90 <= p99 <= max, in milliseconds, as a model that takes longer now and then takes it."""
    long = float(rng.uniform(12, 16))
    sleeps = [1.0, *([1.0] * 7), 4.0, 6.0, long]  # one call to warm up, then ten
    seen = run(5, "anomaly_detection", 10, sleeps)
    names = ("p50_latency_ms", "p90_latency_ms", "p99_latency_ms", "max_latency_ms")
    p50, p90, p99, largest = (seen["result"][name] for name in names)
    assert_equal(
        p50 <= p90 <= p99 <= largest,
        True,
        call="whether p50 <= p90 <= p99 <= max",
        given={"p50": p50, "p90": p90, "p99": p99, "max": largest},
    )
    counted = seen["spent"][-10:]
    given = {"p50": p50, "max": largest, "seen by the model": counted}
    fits = [p50 >= np.percentile(counted, 40) - 0.05, p50 <= np.percentile(counted, 60) + 2]
    fits += [largest >= max(counted) - 0.05, largest >= long - 0.05]
    assert_equal(fits, [True] * 4, call="whether p50 and max fit the calls", given=given, hint="Milliseconds.")


@number("17.3")
@weight(1)
@visibility("hidden")
def test_throughput_is_the_inverse_of_the_mean(rng):
    """throughput_fps is 1000 / mean_latency_ms, and the mean is the calls'."""
    seen = run(6, "anomaly_detection", 5, (float(rng.uniform(2, 12)),))
    assert_mean_fits(seen, 5)
    mean = seen["result"]["mean_latency_ms"]
    assert_close(seen["result"]["throughput_fps"], 1000 / mean, call="throughput_fps", given={"mean_latency_ms": mean})


@number("17.4")
@weight(1.5)
@pytest.mark.parametrize("slow", [False, True], ids=["quick", "slow"])
def test_compliance_needs_both(slow, rng):
    """latency_met says whether the latency keeps the target, accuracy_met whether the accuracy does, compliant whether both do."""
    slept = float(rng.uniform(70, 80)) if slow else float(rng.uniform(1, 2))
    for seed in rng.choice(1000, 2 if slow else 6, replace=False).tolist():
        result = run(seed, "anomaly_detection", 1, (slept,))["result"]
        given = {name: result[name] for name in ("accuracy", "mean_latency_ms", "accuracy_met", "latency_met")}
        assert_equal(
            result["mean_latency_ms"] >= slept - 0.05, True, call="whether the mean fits the calls", given=given
        )
        if slow or result["mean_latency_ms"] < 45:  # a stalled machine says nothing of a quick model
            assert_equal(result["latency_met"], not slow, call="latency_met, target 50 ms", given=given)
        met = result["accuracy"] >= 0.85
        assert_equal(result["accuracy_met"], met, call="accuracy_met, target 0.85", given=given)
        both = result["accuracy_met"] and result["latency_met"]
        assert_equal(result["compliant"], both, call="compliant", given=given, hint="Both, not one of them.")


@number("17.5")
@weight(1)
@visibility("hidden")
def test_unknown_benchmark_is_refused(rng):
    """An unknown name raises ValueError, a known one is run; a model without a name is unknown_model."""
    seen = run(int(rng.integers(1, 1000)), "anomaly_detection", 3, (float(rng.uniform(2, 12)),), "")
    assert_mean_fits(seen, 3)
    assert_equal(seen["result"]["model_name"], "unknown_model", call="model_name of a model without a name")
    assert_equal(len(seen["spent"]), 4, call="number of calls for num_runs=3")
    try:
        run(1, "chess", 3)
    except ValueError:
        return
    raise AssertionError('run_standard_benchmark(model, "chess") must raise ValueError: there is no such benchmark.')


SEED_HINT = "Seed with random_seed + i before you draw the input of run i."


def assert_drawn(seen, whole):
    """Require inputs that look drawn: normals, or whole numbers from 0 to 255 divided by 255; all of them float32."""
    __tracebackhide__ = True
    numbers = np.concatenate(seen["heads"]).astype(np.float64)
    if whole:
        assert_close(numbers * 255, np.round(numbers * 255), rtol=0, atol=1e-3, call="255 times an input of a picture")
        facts = [numbers.min() >= 0, numbers.max() <= 1, numbers.std() > 0.2]
        assert_equal(facts, [True] * 3, call="whether a picture's numbers lie in [0, 1] and are spread out")
    else:
        # Of 300 normals or more: standard errors of 0.06 and 0.04.
        assert_close([numbers.mean(), numbers.std()], [0, 1], rtol=0, atol=0.35, call="mean and deviation of inputs")
    assert_equal({kind for _, kind in seen["described"]}, {"float32"}, call="the dtype of inputs")


@number("18.1")
@weight(1.5)
@pytest.mark.parametrize("name", ["anomaly_detection", "image_classification"])
def test_same_seed_gives_the_same_inputs(name, rng):
    """Two instances with the same seed give the same inputs: normals for sound, whole numbers / 255 for pictures."""
    seed = int(rng.integers(1, 1000))
    first, second = run(seed, name, 6), run(seed, name, 6)
    assert_drawn(first, name == "image_classification")
    assert_equal(second["heads"], first["heads"], call="the inputs of a second run with the same seed", hint=SEED_HINT)


@number("18.2")
@weight(1)
def test_other_seed_gives_other_inputs(rng):
    """Another seed gives other inputs."""
    seed = int(rng.integers(1, 1000))
    first, other = run(seed, "anomaly_detection", 6), run(seed + 500, "anomaly_detection", 6)
    assert_drawn(first, False)
    assert_drawn(other, False)
    same = [bool((a == b).all()) for a, b in zip(first["heads"], other["heads"], strict=True)]
    assert_equal(any(same), False, call="whether an input is the same with another seed", hint=SEED_HINT)


@number("18.3")
@weight(1)
@visibility("hidden")
def test_every_run_has_an_input_of_its_own(rng):
    """Each timed call gets another input."""
    seen = run(int(rng.integers(1, 1000)), "anomaly_detection", 6)
    assert_drawn(seen, False)
    heads = {head.tobytes() for head in seen["heads"][-6:]}
    assert_equal(len(heads), 6, call="how many of the inputs of six timed calls differ", hint=SEED_HINT)


@number("18.4")
@weight(1.5)
@visibility("hidden")
@pytest.mark.parametrize(("runs", "warmups"), [(5, 1), (20, 2)])
def test_warm_up_calls(runs, warmups, rng):
    """First come max(1, num_runs // 10) calls with the first input, then one for each run."""
    seen = run(int(rng.integers(1, 1000)), "anomaly_detection", runs)
    assert_drawn(seen, False)
    assert_equal(len(seen["heads"]), runs + warmups, call=f"number of calls for num_runs={runs}")
    first = seen["heads"][warmups]
    for head in seen["heads"][:warmups]:
        assert_equal(head, first, call="the input of a warm-up call", hint="Warm up with the first input.")


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


@number("19.1")
@weight(2)
def test_compliance_report_as_json(rng):
    """The JSON file holds the results, the seed, the model's name and a summary whose compliance_rate runs from 0 to 1."""
    compliant = rng.permutation([True, True, True, False]).tolist()
    results, seed = draw_results(rng, compliant), int(rng.integers(1, 1000))
    _, written, _ = report(results, seed)
    assert_equal(written["benchmarks"], results, call='report["benchmarks"]')
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
    compliant = rng.permutation([True, True, None, None]).tolist()
    results = draw_results(rng, compliant)
    _, written, _ = report(results, 3)
    want = {name: result for name, result in results.items() if "error" not in result}
    assert_equal(written["benchmarks"], want, call='report["benchmarks"]', hint='Leave out what has "error".')
    summary = written["summary"]
    counts = [summary["total_benchmarks"], summary["compliant_benchmarks"], summary["overall_compliant"]]
    assert_equal(counts, [2, 2, True], call="[total_benchmarks, compliant_benchmarks, overall_compliant]")
    assert_close(summary["compliance_rate"], 1.0, call="compliance_rate")


@number("19.3")
@weight(1)
def test_compliance_report_as_text(rng):
    """The text with TinyMLPerf Compliance Report and Compliance Rate is returned and written beside, as out_summary.md."""
    results = draw_results(rng, rng.permutation([True, False, False, False]).tolist())
    text, written, summary = report(results, 3)
    assert_equal(written["benchmarks"], results, call='report["benchmarks"]')
    missing = [part for part in ("TinyMLPerf Compliance Report", "Compliance Rate") if part not in text]
    assert_equal(missing, [], call="what is missing in the text")
    assert_equal(
        summary is not None, True, call="whether out_summary.md is there", hint="Replace .json by _summary.md."
    )
    assert_equal(summary.strip(), text.strip(), call="the text in out_summary.md")
