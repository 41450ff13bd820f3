"""Cost of the NumPy exercises on a million numbers against the reference (6 points): a Python loop costs 100 times."""

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, tags, visibility, weight
from marks import budget, in_candidate
from readiness import outer_sum, row_means, standardize


@in_candidate
def means(X):
    """Take the means ten times: once is over too soon to be measured well."""
    return [row_means(X) for _ in range(10)][-1]


@in_candidate
def standard_score(X):
    return standardize(X)[::50].copy()  # a view would keep the whole table alive


@in_candidate
def sums(a, b):
    return outer_sum(a, b)[::50].copy()


def square_table(rng):
    return (ordinary(rng, 1000, 1000),)


@number("2.1")
@weight(2)
@tags("numpy")
@budget(cpu=5.0)
def test_row_means_budget(measure):
    """Means of 1000 rows cost at most 5 times the reference."""
    measure(means, inputs=square_table, answer=lambda X: X.mean(axis=1, dtype=np.float64))


@number("2.2")
@weight(2)
@tags("numpy")
@visibility("hidden")
@budget(cpu=5.0)
def test_standardize_budget(measure):
    """Standardizing 1000 columns costs at most 5 times the reference."""
    measure(standard_score, inputs=square_table, answer=lambda X: ((X - X.mean(axis=0)) / X.std(axis=0))[::50])


@number("2.4")
@weight(2)
@tags("numpy")
@visibility("hidden")
@budget(cpu=5.0)
def test_outer_sum_budget(measure):
    """A million sums cost at most 5 times the reference."""
    measure(
        sums,
        inputs=lambda rng: (rng.standard_normal(1000), rng.standard_normal(1000)),
        answer=lambda a, b: a[::50, None] + b[None, :],
    )
