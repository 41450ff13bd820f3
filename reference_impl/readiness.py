"""Readiness: what the course expects before module 01, as a dozen small exercises.

Python (Counter), NumPy (means, standardizing, masks, broadcasting), linear algebra (matrix products by hand),
derivatives (central differences, the chain rule) and debugging (a running average). No later module uses it.
Shapes: N rows or samples, F columns or features; K is the inner size of a product (N, K) x (K, M).
"""

import numpy as np

PATH = "A"  # A foundation first, B focused systems engineer, C academic researcher


class Counter:
    """A number that goes up: each counter has its own, and remembers where it started."""

    def __init__(self, start=0):
        self._start = start
        self._value = start

    @property
    def value(self):
        """The present number."""
        return self._value

    def increment(self, by=1):
        """Add `by` and return the new value. Raises ValueError if `by` is negative."""
        if by < 0:
            raise ValueError(f"A counter only goes up: by must be 0 or more, got {by}")
        self._value += by
        return self._value

    def reset(self):
        """Go back to where this counter started."""
        self._value = self._start


def row_means(X):
    """Return the mean of each row of X (N, F) as float64 (N,), without a Python loop."""
    return X.mean(axis=1, dtype=np.float64)


def standardize(X):
    """Return a new array: X (N, F) with mean 0 and variance 1 in every column.

    The variance is the mean of the squared distances (divide by N). A constant column has none and becomes 0.
    """
    constant = X.max(axis=0) == X.min(axis=0)  # (F,); exact, where a standard deviation may miss 0 by a rounding
    return (X - X.mean(axis=0)) / np.where(constant, np.inf, X.std(axis=0))  # anything divided by infinity is 0


def select_positive(x):
    """Return the entries of the 1-D array x that are above 0, in order, by a mask."""
    return x[x > 0]


def outer_sum(a, b):
    """Return the (N, M) array of all sums a[i] + b[j] of a (N,) and b (M,), by broadcasting."""
    return a[:, np.newaxis] + b


def matmul_by_hand(A, B):
    """Return the product of A (N, K) and B (K, M), nested lists or arrays, as N rows of M numbers.

    With loops: no @, dot or einsum. Raises ValueError naming both shapes if they do not fit.
    """
    shape_a, shape_b = np.shape(A), np.shape(B)
    if shape_a[1] != shape_b[0]:
        raise ValueError(f"A product needs (N, K) and (K, M), got {shape_a} and {shape_b}")
    K, M = shape_b
    return [[sum(row[k] * B[k][j] for k in range(K)) for j in range(M)] for row in A]


def predict_shape(shape_a, shape_b):
    """Return the shape (N, M) of the product of two matrices of shapes (N, K) and (K, M); None if they do not fit."""
    (rows, inner), (same_inner, columns) = shape_a, shape_b
    return (rows, columns) if inner == same_inner else None


def numerical_derivative(f, x, h=1e-5):
    """Return the slope of f at x as a float, from one step of h to either side.

    The error of this central difference shrinks with h squared, that of a step to one side only with h.
    """
    return float((f(x + h) - f(x - h)) / (2 * h))


def chain(f_prime, g, g_prime):
    """Return the derivative of f(g(x)) as a function of x, from f', g and g'."""
    return lambda x: f_prime(g(x)) * g_prime(x)


def fixed_running_average(values):
    """Return the list of the means of the first 1, 2, 3, ... values; [] for []."""
    total, averages = 0, []
    for i, value in enumerate(values):
        total += value
        averages.append(total / (i + 1))
    return averages
