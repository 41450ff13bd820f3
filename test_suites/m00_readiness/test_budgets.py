"""Cost of the NumPy exercises on a million numbers against the reference (6 points): a Python loop costs 100 times.

Every number of a result counts: means are compared one by one; tables are summed up row by row, with random weights or,
for the sums, by their bits; and no call is made twice with the same numbers.
"""

import numpy as np
from arrays import ordinary
from gradescope_utils.autograder_utils.decorators import number, tags, visibility, weight
from marks import budget, in_candidate
from readiness import outer_sum, row_means, standardize


@in_candidate
def scaled_tables(X, scales):
    """Make, unmeasured, one table of every row of scales: each column times its own."""
    return [X * scale for scale in scales]


@in_candidate
def means(tables):
    """Take the means of five tables: those of one are over too soon to be measured well."""
    return np.stack([row_means(X) for X in tables])


def means_of_scaled(X, scales):
    return scales.astype(np.float64) @ X.T.astype(np.float64) / X.shape[1]


@in_candidate
def standard_score(given):
    """Sum up every row by weights: a product of a matrix and a vector, quick beside the work."""
    X, weights = given
    return standardize(X) @ weights


def standard_score_sums(X, weights):
    return ((X - X.mean(axis=0)) / X.std(axis=0)) @ weights


@in_candidate
def sums(a, b):
    """Add up the bits of every row, read as whole numbers: there is no shorter way to them than the million sums."""
    return outer_sum(a, b).astype(np.float64, copy=False).view(np.int64).sum(axis=1)


def bits_of_sums(a, b):
    return (a[:, None] + b).view(np.int64).sum(axis=1)


@in_candidate
def together(X, weights):
    return X, weights


def table_and_scales(rng):
    return ordinary(rng, 1000, 1000), ordinary(rng, 5, 1000)


def table_and_weights(rng):
    return ordinary(rng, 1000, 1000), ordinary(rng, 1000)


@number("2.1")
@weight(2)
@tags("numpy")
@budget(cpu=5.0)
def test_row_means_budget(measure):
    """Means of 1000 rows cost at most 5 times the reference."""
    measure(means, setup=scaled_tables, inputs=table_and_scales, answer=means_of_scaled)


@number("2.2")
@weight(2)
@tags("numpy")
@visibility("hidden")
@budget(cpu=5.0)
def test_standardize_budget(measure):
    """Standardizing 1000 columns costs at most 5 times the reference."""
    # Sums of a thousand float32 numbers of size 1: rounding leaves 1e-5.
    measure(standard_score, setup=together, inputs=table_and_weights, answer=standard_score_sums, atol=1e-3)


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
        answer=bits_of_sums,
    )
