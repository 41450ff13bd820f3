"""Seeded inputs: ordinary, empty, broadcasting, large and extreme arrays, float32 unless said otherwise.

Always true: everything random comes from the generator that is passed in; every call returns new, writable arrays.
"""

from collections.abc import Iterable

import numpy as np

#: Shapes with at least one axis of length 0, legal wherever NumPy allows them.
EMPTY_SHAPES = ((0,), (0, 3), (3, 0), (2, 0, 4))

#: Pairs of shapes that broadcast, from the plainest to the one where both sides stretch.
BROADCAST_SHAPES = (((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 3, 4), (3, 1)), ((1,), (5,)), ((0, 3), (3,)))


def ordinary(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Standard normal numbers: both signs, no ties."""
    return rng.standard_normal(shape, dtype=np.float32)


def positive(rng: np.random.Generator, *shape: int, low: float = 0.5, high: float = 2.0) -> np.ndarray:
    """Numbers in [low, high), safe to divide by and to take logarithms of."""
    return rng.uniform(low, high, shape).astype(np.float32)


def away_from_zero(rng: np.random.Generator, *shape: int, gap: float = 0.1) -> np.ndarray:
    """Both signs, all of size `gap` or more: for functions with a kink at 0, such as ReLU, and for divisors."""
    values = ordinary(rng, *shape)
    return values + np.copysign(np.float32(gap), values)


def distinct(rng: np.random.Generator, *shape: int, spacing: float = 0.25) -> np.ndarray:
    """Shuffled multiples of `spacing` around 0, exact in float32: maxima without ties, also after a small step."""
    size = int(np.prod(shape))
    values = (np.arange(size, dtype=np.float32) - np.float32(size // 2)) * np.float32(spacing)
    return rng.permutation(values).reshape(shape)


def whole(rng: np.random.Generator, *shape: int, low: int = -9, high: int = 10) -> np.ndarray:
    """Whole numbers in [low, high) as float32: sums and products that are exact, whatever the order."""
    return rng.integers(low, high, shape).astype(np.float32)


def one_hot(labels: Iterable[int], classes: int) -> np.ndarray:
    """One row per label, 1 at the label and 0 elsewhere."""
    return np.eye(classes, dtype=np.float32)[np.asarray(labels, dtype=np.int64)]


def empty(*shape: int) -> np.ndarray:
    """An array without elements; one of the lengths must be 0."""
    if 0 not in shape:
        raise ValueError(f"an empty array has a length of 0 in its shape, {shape} has none")
    return np.zeros(shape, dtype=np.float32)


def large(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers in [0, 1), quick to draw by the million: inputs of a budget."""
    return rng.random(shape, dtype=np.float32)


def extreme() -> np.ndarray:
    """Finite float32 numbers that overflow or vanish in careless formulas, both signs and both zeros."""
    tiny, huge = np.finfo(np.float32).tiny, np.finfo(np.float32).max
    sizes = np.array([0.0, tiny, 1e-20, 1e-3, 88.0, 104.0, 1e4, 1e20, huge], dtype=np.float32)
    return np.concatenate([-sizes[::-1], sizes])


def not_finite() -> np.ndarray:
    """NaN and both infinities, with a 1 among them."""
    return np.array([np.nan, np.inf, -np.inf, 1.0], dtype=np.float32)
