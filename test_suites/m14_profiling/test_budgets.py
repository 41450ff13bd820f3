"""What profiling may cost, as a multiple of the reference's profiler, with models whose own cost is known.

Always true: models are the test's own, so that nobody pays for a slow Tensor; what is measured is what the profiler adds.
"""

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler, analyze_weight_distribution


@in_candidate
def make_empty_and_busy(iterations):
    """A model whose forward counts its calls and does nothing else, and one that works besides."""

    class Counting:
        def __init__(self, rounds):
            self.calls, self.rounds, self.numbers = 0, rounds, np.ones((64, 64), dtype=np.float32)

        def forward(self, x):
            self.calls += 1
            for _ in range(self.rounds):
                np.tanh(self.numbers)

    return Counting(0), Counting(5), iterations


@in_candidate
def time_empty(state):
    """Return whether forward was called often enough, and whether the model that works takes longer."""
    empty, busy, iterations = state
    short = Profiler().measure_latency(empty, None, warmup=5, iterations=iterations)
    long = Profiler().measure_latency(busy, None, warmup=2, iterations=9)
    return np.array([empty.calls >= iterations, busy.calls >= 9, long > 3 * short > 0], dtype=float)


@in_candidate
def make_weighted(first, second):
    class Weighted:
        def __init__(self, array):
            self.weight = Tensor(array)

    return [Weighted(first), Weighted(second)]


@in_candidate
def analyze_both(models):
    names = ("mean", "std", "min", "max", "percentile_10", "percentile_50", "percentile_90", "below_threshold_01")
    found = [analyze_weight_distribution(model) for model in models]
    return np.array([[result[name] for name in names] for result in found])


def analyzed(*arrays):
    rows = []
    for array in arrays:
        sizes = abs(array.astype(np.float64))
        percentiles = np.percentile(sizes, [10, 50, 90])
        rows.append(
            [sizes.mean(), sizes.std(), sizes.min(), sizes.max(), *percentiles, 100 * (abs(array) < 0.1).mean()]
        )
    return np.array(rows)


@in_candidate
def make_burning(array):
    """A model whose forward computes for about a millisecond, and is made of one weight."""

    class Burning:
        def __init__(self):
            self.weight, self.calls = Tensor(array), 0

        def forward(self, x):
            self.calls += 1
            work = x.data
            for _ in range(30):
                work = np.tanh(work)
            return Tensor(work)

    return Burning(), Tensor(np.ones((64, 64), dtype=np.float32))


@in_candidate
def profile_burning(state):
    """Return the parameters, and whether forward was called often enough for a median; the rest has tests of its own."""
    model, x = state
    before, parameters = model.calls, Profiler().profile_forward_pass(model, x)["parameters"]
    return np.array([parameters, model.calls - before >= 20], dtype=float)


@number("18.1")
@weight(6)
@budget(cpu=5.0)
def test_the_clock_costs_little(measure):
    """Timing 20,000 calls of an empty forward pass costs at most 5 times the reference's CPU time."""

    def inputs(rng):
        return (20_000 + int(rng.integers(100)),)

    measure(time_empty, setup=make_empty_and_busy, inputs=inputs, answer=lambda iterations: np.ones(3))


@number("18.2")
@weight(6)
@budget(cpu=15.0)
@visibility("hidden")
def test_weights_are_analyzed_at_once(measure):
    """Analyzing weights of 500 x 1000 costs at most 15 times the reference's CPU time."""

    def inputs(rng):
        return tuple(rng.standard_normal((500, 1000), dtype=np.float32) for _ in range(2))

    measure(analyze_both, setup=make_weighted, inputs=inputs, answer=analyzed, rtol=1e-3, atol=1e-4)


@number("18.3")
@weight(6)
@budget(cpu=1.6)
@visibility("hidden")
def test_a_profile_takes_few_calls(measure):
    """A forward profile costs at most 1.6 times the reference's CPU time: 26 calls, of which one is traced."""

    def inputs(rng):
        return (np.ones((int(rng.integers(2, 50)), 3), dtype=np.float32),)

    measure(profile_burning, setup=make_burning, inputs=inputs, answer=lambda array: np.array([array.size, 1.0]))
