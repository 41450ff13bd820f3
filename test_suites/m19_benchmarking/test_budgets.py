"""What measuring may cost: a benchmark that takes much longer than what it measures is not used.

The models that are measured here burn the processor instead of sleeping, count their calls, and run beside the student's
code; what is returned are counts, so that nothing can be earned by calling less.
"""

import time

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.bench import Benchmark, BenchmarkResult, TinyMLPerf
from tinytorch.core.tensor import Tensor


@in_candidate
def make_burner(numbers, rounds):
    """Return a model that multiplies for a drawn number of rounds and looks at its own clock."""

    class Burner:
        name = "burner"

        def __init__(self):
            self.spent = []

        def forward(self, x):
            began = time.perf_counter()
            total = numbers
            for _ in range(rounds):
                total = total * 1.0001
            self.spent.append((time.perf_counter() - began) * 1000)
            return Tensor(total[:3])

    return Burner()


@in_candidate
def time_the_burner(model):
    """Return how many values came, whether they fit what the model saw, and whether every one had its calls."""
    (result,) = Benchmark([model], []).run_latency_benchmark().values()
    quickest = min(result.values) * (1000 if max(result.values) < 0.05 * min(model.spent) else 1)  # or in seconds
    fits = min(model.spent) - 0.05 <= quickest <= max(model.spent) + 0.5
    return np.array([len(result.values), fits, len(model.spent) >= 15], dtype=float)


@in_candidate
def call_the_burner(model):
    x = Tensor(np.ones((1, 28, 28)))
    for _ in range(25):
        model.forward(x)
    return np.array([10.0, 1.0, len(model.spent) >= 15])


@number("P1")
@weight(6)
@budget(cpu=1.6)
def test_latency_benchmark_costs_its_calls(measure):
    """run_latency_benchmark with its defaults costs at most 1.6 times 25 calls of the model."""
    measure(
        time_the_burner,
        setup=make_burner,
        inputs=lambda rng: (rng.random(500), int(rng.integers(300, 1500))),
        answer=lambda numbers, rounds: np.array([10.0, 1.0, 1.0]),
        yardstick=call_the_burner,
    )


@in_candidate
def describe(values):
    result = BenchmarkResult("x", values)
    return np.array([result.mean, result.median, result.min_val, result.max_val, result.count])


@number("P2")
@weight(3)
@budget(cpu=40.0)
@visibility("hidden")
def test_statistics_of_many_values(measure):
    """BenchmarkResult of 10,000 values costs at most 40 times the reference."""
    measure(
        describe,
        inputs=lambda rng: (rng.uniform(1, 9, 10_000).tolist(),),
        answer=lambda values: np.array([np.mean(values), np.median(values), min(values), max(values), 10_000]),
    )


@in_candidate
def run_keyword_spotting(seed):
    """Return the number of runs, of calls, and of different inputs among the first ten."""
    seen = []

    class Empty:
        name = "empty"

        def forward(self, x):
            seen.append(float((x.data if isinstance(x, Tensor) else x)[0, len(seen) % 16000]))
            return Tensor([[0.1, 0.9]])

    result = TinyMLPerf(seed).run_standard_benchmark(Empty(), "keyword_spotting", 100)
    return np.array([result["num_runs"], len(seen), len(set(seen[-100:])) > 90], dtype=float)


@number("P3")
@weight(4)
@budget(cpu=5.0)
def test_standard_benchmark_draws_each_input_once(measure):
    """Keyword spotting with 100 runs of an empty model costs at most 5 times the reference."""
    measure(
        run_keyword_spotting,
        inputs=lambda rng: (int(rng.integers(1, 10_000)),),
        answer=lambda seed: np.array([100.0, 110.0, 1.0]),
    )
