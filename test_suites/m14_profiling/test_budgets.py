"""What profiling may cost, as a multiple of the reference's profiler, with models whose own cost is known.

Always true: models are the test's own, so that nobody pays for a slow Tensor; what is measured is what the profiler adds.
"""

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler, analyze_weight_distribution


@in_candidate
def make_empty(iterations):
    """A model whose forward counts its calls and does nothing else."""

    class Empty:
        def __init__(self):
            self.calls = 0

        def forward(self, x):
            self.calls += 1

    return Empty(), iterations


@in_candidate
def time_empty(state):
    model, iterations = state
    Profiler().measure_latency(model, None, warmup=5, iterations=iterations)
    return float(model.calls)


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
            self.weight = Tensor(array)

        def forward(self, x):
            work = x.data
            for _ in range(30):
                work = np.tanh(work)
            return Tensor(work)

    return Burning(), Tensor(np.ones((64, 64), dtype=np.float32))


@in_candidate
def profile_burning(state):
    """Return the parameters: the FLOPs, the latency and the memory have tests of their own."""
    model, x = state
    return float(Profiler().profile_forward_pass(model, x)["parameters"])


@number("17.1")
@weight(6)
@budget(cpu=5.0)
def test_the_clock_costs_little(measure):
    """Timing 20,000 calls of an empty forward pass costs at most 5 times the reference's CPU time."""

    def inputs(rng):
        return (20_000 + int(rng.integers(100)),)

    measure(time_empty, setup=make_empty, inputs=inputs, answer=lambda iterations: iterations + 5.0)


@number("17.2")
@weight(6)
@budget(cpu=15.0)
@visibility("hidden")
def test_weights_are_analyzed_at_once(measure):
    """Analyzing weights of 500 x 1000 costs at most 15 times the reference's CPU time."""

    def inputs(rng):
        return tuple(rng.standard_normal((500, 1000), dtype=np.float32) for _ in range(2))

    measure(analyze_both, setup=make_weighted, inputs=inputs, answer=analyzed, rtol=1e-3, atol=1e-4)


@number("17.3")
@weight(6)
@budget(cpu=1.6)
@visibility("hidden")
def test_a_profile_takes_few_calls(measure):
    """A forward profile costs at most 1.6 times the reference's CPU time: 26 calls, of which one is traced."""

    def inputs(rng):
        return (np.ones((int(rng.integers(2, 50)), 3), dtype=np.float32),)

    measure(profile_burning, setup=make_burning, inputs=inputs, answer=lambda array: float(array.size))
