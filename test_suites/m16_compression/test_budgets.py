"""What compression may cost, as a multiple of the reference's cost on the same machine.

Every number of a result counts: rows are summed up with random signs. No budget is about the forward pass, because zeros do
not make a dense product faster.
"""

import numpy as np
from arrays import large, ordinary
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import budget, in_candidate
from tinytorch.core.layers import Linear
from tinytorch.perf.compression import low_rank_approximate, magnitude_prune, measure_sparsity, structured_prune


@in_candidate
def model_and_signs(W, signs):
    """Return a model of one Linear without bias that holds W."""

    class Model:
        def __init__(self):
            layer = Linear(W.shape[0], W.shape[1], bias=False)
            layer.weight.data = W
            self.layers = [layer]

    return Model(), signs


def draw_weight(rng):
    return large(rng, 1000, 1000), rng.choice([-1.0, 1.0], 1000).astype(np.float32)


@in_candidate
def prune_by_magnitude(state):
    model, signs = state
    return magnitude_prune(model, 0.5).layers[0].weight.data @ signs


def sums_of_large(W, signs):
    return np.where(np.median(W) <= W, W, 0) @ signs.astype(np.float64)


# A number at the threshold, which may stay or go, has the size 0.5.


@number("30.1")
@weight(6)
@budget(cpu=13.0)
def test_magnitude_pruning_is_vectorised(measure):
    """magnitude_prune of a million numbers takes at most 13 times the reference's CPU time."""
    # Sorting all places by np.argsort costs 6.2 times np.percentile, and loops over numbers 20 times.
    measure(prune_by_magnitude, setup=model_and_signs, inputs=draw_weight, answer=sums_of_large, atol=1.1)


def draw_with_zeros(rng):
    W = large(rng, 1000, 1000) + np.float32(0.5)
    W[:, rng.permutation(1000)[: int(rng.integers(200, 800))]] = 0
    W.flat[rng.integers(0, 1_000_000, 5000)] = 0
    return W, np.ones(1, dtype=np.float32)


@in_candidate
def sparsity(state):
    model, _ = state
    return float(measure_sparsity(model))


def share_of_zeros(W, signs):
    return float((W == 0).mean())


@number("30.2")
@weight(3)
@budget(cpu=20.0)
@visibility("hidden")
def test_measuring_sparsity_is_vectorised(measure):
    """measure_sparsity of a million numbers takes at most 20 times the reference's CPU time."""
    # len(np.where(W == 0)[0]) costs 8.4 times np.count_nonzero, and a generator over numbers a hundred times.
    measure(sparsity, setup=model_and_signs, inputs=draw_with_zeros, answer=share_of_zeros, rtol=0, atol=5e-7)


@in_candidate
def prune_columns(state):
    model, signs = state
    return structured_prune(model, 0.5).layers[0].weight.data @ signs


def draw_columns(rng):
    """Columns whose sizes lie one part in a thousand or more apart, whichever way they are measured."""
    sizes = 1 + rng.permutation(1000) / 50
    return (large(rng, 1000, 1000) / 1000 + 1).astype(np.float32) * sizes.astype(np.float32), rng.choice(
        [-1.0, 1.0], 1000
    ).astype(np.float32)


def sums_of_large_columns(W, signs):
    norms = np.linalg.norm(W.astype(np.float64), axis=0)
    return np.where(np.median(norms) <= norms, W, 0) @ signs.astype(np.float64)


@number("30.3")
@weight(3)
@budget(cpu=10.0)
@visibility("hidden")
def test_structured_pruning_is_vectorised(measure):
    """structured_prune of a weight of a million numbers takes at most 10 times the reference's CPU time."""
    # One column more or less, of size 11, is allowed for, and the float32 sums of 500 numbers up to 21.
    measure(prune_columns, setup=model_and_signs, inputs=draw_columns, answer=sums_of_large_columns, atol=12.0)


@in_candidate
def factorise(matrix, probe):
    """Return S, and what the product of the factors does to a vector."""
    U, S, V = low_rank_approximate(matrix, 0.5)
    S = S if S.ndim == 1 else np.diag(S)
    V = V if V.shape[0] == len(S) else V.T
    return np.concatenate([S, U @ (S * (V @ probe))])


def draw_tall(rng):
    """A tall matrix whose singular values fall by 3 % each, so that the fiftieth and the next are told apart."""
    columns = np.linalg.qr(ordinary(rng, 100, 100))[0]
    return (ordinary(rng, 4000, 100) * 0.97 ** np.arange(100) @ columns).astype(np.float32), ordinary(rng, 100)


def rank_50(rng):
    """Return the answer: of the 50 largest directions, or of the smallest where these are kept, which is charged elsewhere."""
    small = ordinary(rng, 12, 6)
    got = low_rank_approximate(small, 0.5)[1]
    sizes = np.sort(np.ravel(got) if np.ndim(got) == 1 else np.diag(got))
    smallest = np.linalg.svd(small.astype(np.float64), compute_uv=False)[:-4:-1]
    kept = slice(-50, None) if sizes.shape == (3,) and np.allclose(sizes, smallest, atol=1e-3) else slice(0, 50)

    def answer(matrix, probe):
        U, S, V = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
        return np.concatenate([S[kept], U[:, kept] @ (S[kept] * (V[kept] @ probe))])

    return answer


# Singular values near the cut lie 1 % apart, so that float32 mixes their directions a little.
FLOAT32_SVD = {"rtol": 1e-3, "atol": 2e-2}


@number("30.4")
@weight(4)
@budget(cpu=4.0)
def test_low_rank_is_thin(measure, rng):
    """low_rank_approximate of a 4000 x 100 matrix takes at most 4 times the reference's CPU time."""
    measure(factorise, inputs=draw_tall, answer=rank_50(rng), **FLOAT32_SVD)


@number("30.5")
@weight(2)
@budget(memory=4.0)
@visibility("hidden")
def test_low_rank_memory(measure, rng):
    """low_rank_approximate of a 4000 x 100 matrix needs at most 4 times the reference's memory."""
    measure(factorise, inputs=draw_tall, answer=rank_50(rng), **FLOAT32_SVD)
