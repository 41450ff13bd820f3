"""BenchmarkResult: statistics of drawn values, and what becomes of them; and the five events.

Always true: expected statistics are NumPy's, of values that the judge draws; the deviation has checks of its own.
"""

import json

import numpy as np
import pytest
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.bench import BenchmarkResult, OlympicEvent

SPREAD_HINT = "The deviation of a sample divides by n - 1: np.std(values, ddof=1)."
INTERVAL_HINT = "mean - 1.96 * std / sqrt(n) and mean + 1.96 * std / sqrt(n)"


def draw(rng, count):
    """Return unsorted values without ties, none of them in its sorted place's middle."""
    values = np.sort(rng.uniform(1, 100, count))
    order = np.roll(np.arange(count), 1)  # the largest first: neither the ends nor the middle stand where they belong
    return [float(value) for value in values[order]]


@in_candidate
def name_events():
    return {event.name: event.value for event in OlympicEvent}


@number("1")
@weight(3)
def test_the_five_events(rng):
    """The module imports without a plotting library; OlympicEvent has five members, and a result its mean."""
    values = draw(rng, 4)
    assert_close(BenchmarkResult("x", values).mean, np.mean(values), call="BenchmarkResult('x', values).mean")
    names = ["latency_sprint", "memory_challenge", "accuracy_contest", "all_around", "extreme_push"]
    call = "{event.name: event.value for event in OlympicEvent}"
    assert_equal(name_events(), {name.upper(): name for name in names}, call=call)


@number("2.1")
@weight(2)
def test_statistics_by_hand(rng):
    """Of [1, 2, 3, 4, 5]: mean 3, median 3, min_val 1, max_val 5, count 5; of the same, shifted by a drawn number, likewise."""
    for shift in (0.0, float(rng.integers(1, 1000)) / 8):
        result = BenchmarkResult("x", [value + shift for value in (1.0, 2.0, 3.0, 4.0, 5.0)])
        got = [result.mean, result.median, result.min_val, result.max_val, result.count]
        want = [3 + shift, 3 + shift, 1 + shift, 5 + shift, 5]
        assert_close(got, want, call=f"[mean, median, min_val, max_val, count] of 1 to 5, plus {shift:g}")


@number("2.2")
@weight(1.5)
def test_mean_of_drawn_values(rng):
    """mean is the sum divided by the number of values."""
    values = draw(rng, 7)
    assert_close(BenchmarkResult("x", values).mean, np.mean(values), call="result.mean", given={"values": values})


@number("2.3")
@weight(2)
@pytest.mark.parametrize("count", [5, 6, 2], ids=["odd", "even", "two values"])
def test_median_of_unsorted_values(count, rng):
    """median is the middle of the sorted values, or the mean of the middle two."""
    values = draw(rng, count)
    hint = "Sort first; of an even number of values the two in the middle count."
    call = "result.median"
    assert_close(BenchmarkResult("x", values).median, np.median(values), call=call, given={"values": values}, hint=hint)


@number("2.4")
@weight(1.5)
@visibility("hidden")
def test_smallest_largest_and_count(rng):
    """min_val, max_val and count are those of the values, whatever their order."""
    values = draw(rng, 9)
    result = BenchmarkResult("x", tuple(values))
    got = [result.min_val, result.max_val, result.count]
    assert_close(got, [min(values), max(values), 9], call="[min_val, max_val, count]", given={"values": values})


@number("3.1")
@weight(1.5)
def test_one_value_has_no_deviation(rng):
    """One value: it is the mean, and std is 0.0."""
    (value,) = draw(rng, 1)
    result = BenchmarkResult("x", [value])
    hint = "Of one value n - 1 is 0: say 0.0 instead of dividing."
    assert_close([result.mean, result.median, result.std], [value, value, 0.0], call="[mean, median, std]", hint=hint)


@number("3.2")
@weight(1.5)
@visibility("hidden")
def test_one_value_is_its_own_interval(rng):
    """One value: ci_lower and ci_upper both equal it."""
    (value,) = draw(rng, 1)
    result = BenchmarkResult("x", [value])
    hint = "Without a deviation the interval has no width."
    assert_close([result.ci_lower, result.ci_upper], [value, value], call="[ci_lower, ci_upper]", hint=hint)


@number("4.1")
@weight(2)
@pytest.mark.parametrize("count", [2, 6])
def test_deviation_is_the_samples(count, rng):
    """std divides by n - 1."""
    values = draw(rng, count)
    want, call = np.std(values, ddof=1), "result.std"
    assert_close(BenchmarkResult("x", values).std, want, call=call, given={"values": values}, hint=SPREAD_HINT)


@number("4.2")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("count", [3, 16])
def test_width_of_the_interval(count, rng):
    """The interval is 2 * 1.96 * std / sqrt(n) wide."""
    values = draw(rng, count)
    result = BenchmarkResult("x", values)
    want, call = 2 * 1.96 * np.std(values, ddof=1) / count**0.5, "result.ci_upper - result.ci_lower"
    assert_close(result.ci_upper - result.ci_lower, want, call=call, given={"values": values}, hint=INTERVAL_HINT)


@number("4.3")
@weight(2)
def test_interval_by_hand(rng):
    """Of [1, 2, 3, 4, 5] the interval is 1.6140707 to 4.3859293; shifted values shift it."""
    for shift in (0.0, float(rng.integers(1, 1000)) / 8):
        result = BenchmarkResult("x", [value + shift for value in (1.0, 2.0, 3.0, 4.0, 5.0)])
        want = [1.6140707 + shift, 4.3859293 + shift]
        call = f"[ci_lower, ci_upper] of 1 to 5, plus {shift:g}"
        assert_close([result.ci_lower, result.ci_upper], want, call=call, hint=INTERVAL_HINT)


@number("5")
@weight(3)
def test_no_values_are_refused(rng):
    """BenchmarkResult of an empty list raises ValueError; of a list of one it has a mean."""
    (value,) = draw(rng, 1)
    assert_close(BenchmarkResult("x", [value]).mean, value, call="BenchmarkResult('x', [value]).mean")
    try:
        BenchmarkResult("x", [])
    except ValueError:
        return
    raise AssertionError("BenchmarkResult('x', []) must raise ValueError: without values there is nothing to tell.")


@in_candidate
def as_json(name, values, metadata):
    return json.dumps(BenchmarkResult(name, values, metadata).to_dict())


@number("6.1")
@weight(2)
def test_to_dict_is_plain_data(rng):
    """to_dict() passes json.dumps and has metric_name, values, mean, std, median, min, max, count, ci_lower, ci_upper, metadata."""
    values, metadata = draw(rng, 4), {"batch": int(rng.integers(1, 99))}
    got = json.loads(as_json("speed", values, metadata))
    names = [
        "metric_name",
        "values",
        "mean",
        "std",
        "median",
        "min",
        "max",
        "count",
        "ci_lower",
        "ci_upper",
        "metadata",
    ]
    assert_equal(sorted(got), sorted(names), call="the keys of to_dict()", hint="min and max, not min_val and max_val.")
    want = ["speed", values, 4, min(values), max(values), metadata]
    got_values = [got[name] for name in ("metric_name", "values", "count", "min", "max", "metadata")]
    assert_equal(got_values, want, call="metric_name, values, count, min, max, metadata of to_dict()")
    assert_close(
        [got["mean"], got["median"]], [np.mean(values), np.median(values)], call="mean and median of to_dict()"
    )


@number("6.2")
@weight(2)
def test_text_of_a_result(rng):
    """str(result) is "name: mean ± std (n=count)", mean and std with four places: "speed: 3.0000 ± 1.5811 (n=5)"."""
    values = draw(rng, 5)
    want = f"speed: {np.mean(values):.4f} ± {np.std(values, ddof=1):.4f} (n=5)"
    assert_equal(str(BenchmarkResult("speed", values)), want, call="str(result)", given={"values": values})


@in_candidate
def share_metadata(first, second):
    """Write into one result's metadata and look at another's."""
    a, b, c = BenchmarkResult("a", first), BenchmarkResult("b", second), BenchmarkResult("c", second, {"kept": 7})
    a.metadata["written"] = 1
    return [a.mean, b.mean], [a.metadata, b.metadata, c.metadata]


@number("7")
@weight(2)
@visibility("hidden")
def test_metadata_is_not_shared(rng):
    """Each result has a fresh metadata dictionary, or the one it was given."""
    first, second = draw(rng, 3), draw(rng, 4)
    means, metadata = share_metadata(first, second)
    assert_close(means, [np.mean(first), np.mean(second)], call="the means of two results")
    hint = "field(default_factory=dict) makes a new dictionary each time."
    call = 'metadata of three results, after a.metadata["written"] = 1'
    assert_equal(metadata, [{"written": 1}, {}, {"kept": 7}], call=call, hint=hint)
