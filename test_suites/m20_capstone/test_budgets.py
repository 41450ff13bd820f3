"""What a benchmark may cost: hardly more than the calls that it times."""

import time

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, weight
from marks import budget, in_candidate
from tinytorch.capstone import BenchmarkReport
from tinytorch.core.tensor import Tensor


@in_candidate
def make_burner(numbers, rounds):
    """Return a model that multiplies for a drawn number of rounds, and a test set of 64 rows."""

    class Burner:
        def __init__(self):
            self.spent, self.rows = [], []

        def count_parameters(self):
            return 5

        def forward(self, x):
            began = time.perf_counter()
            self.rows.append(x.shape[0])
            total = numbers
            for _ in range(rounds):
                total = total * 1.0001
            self.spent.append((time.perf_counter() - began) * 1000)
            return Tensor(np.zeros((x.shape[0], 3)))

    return Burner(), Tensor(np.ones((64, 4))), np.zeros(64, dtype=int)


@in_candidate
def benchmark_the_burner(state):
    """Return the number of calls with all rows and with one, and whether the mean fits what the model saw."""
    model, x, labels = state
    metrics = BenchmarkReport("burner").benchmark_model(model, x, labels, num_runs=100)
    mean = metrics["latency_ms_mean"] * (1000 if metrics["latency_ms_mean"] < 0.05 * min(model.spent) else 1)
    fits = abs(mean - np.mean(model.spent[-100:])) <= 0.1 * mean + 0.05
    return np.array([sum(rows == 64 for rows in model.rows) >= 1, len(model.rows) >= 101, fits], dtype=float)


@in_candidate
def call_the_burner(state):
    model, x, _ = state
    for _ in range(101):
        model.forward(x)
    return np.array([1.0, len(model.rows) >= 101, 1.0])


@number("P1")
@weight(5)
@budget(cpu=1.3)
def test_benchmark_costs_its_calls(measure):
    """benchmark_model with num_runs=100 costs at most 1.3 times 101 calls of the model."""
    measure(
        benchmark_the_burner,
        setup=make_burner,
        inputs=lambda rng: (rng.random(500), int(rng.integers(300, 900))),
        answer=lambda numbers, rounds: np.array([1.0, 1.0, 1.0]),
        yardstick=call_the_burner,
    )
