"""low_rank_approximate: the closest matrix of a smaller rank, as three factors.

Matrices are built from singular values that lie far apart, so that factors and errors are well determined. Only one check
asks for V as it should lie; the others turn it if need be.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_shape
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.perf.compression import low_rank_approximate

RANK_HINT = "r = max(1, int(rank_ratio * min(M, N))): cut decimals off, and keep at least one."
CUT_HINT = "Of U, S, V = np.linalg.svd(matrix, full_matrices=False) keep the first r columns, numbers and rows."


def built(rng, rows, columns):
    """Return a matrix and its singular values, each 0.6 times the one before."""
    rank = min(rows, columns)
    left, right = (np.linalg.qr(ordinary(rng, n, rank).astype(np.float64))[0] for n in (rows, columns))
    sizes = rng.uniform(5, 9) * 0.6 ** np.arange(rank)
    return (left * sizes) @ right.T, sizes


def factors(matrix, ratio):
    """Return U, S and V in float64: S as a list, also of a diagonal matrix, V with a row for each singular value."""
    U, S, V = low_rank_approximate(matrix, ratio)
    S = np.diag(S) if np.ndim(S) == 2 else S
    shapes = f"{np.shape(U)}, {np.shape(S)}, {np.shape(V)}"
    axes = (np.ndim(U), np.ndim(S), np.ndim(V))
    assert axes == (2, 1, 2), (
        f"U, S, V have the shapes {shapes}; S is a list of numbers, U and V are matrices. {CUT_HINT}"
    )
    rank = len(S)
    V = V.T if V.shape == (matrix.shape[1], rank) else V
    fits = U.shape == (matrix.shape[0], rank) and V.shape == (rank, matrix.shape[1])
    assert fits, f"U, S, V of a matrix {matrix.shape} have the shapes {shapes}, which do not fit together. {CUT_HINT}"
    return U.astype(np.float64), S.astype(np.float64), V.astype(np.float64)


def require_leading_directions(U, matrix, sizes):
    """Require that the columns of U, whatever their lengths, span the leading directions of the matrix."""
    basis = np.linalg.qr(U)[0]
    error = ((matrix - basis @ (basis.T @ matrix)) ** 2).sum()
    want = (sizes[U.shape[1] :] ** 2).sum()
    call = "squared error of the matrix, projected on the columns of U"
    assert_close(error, want, rtol=1e-3, atol=1e-4, call=call, given={"matrix": matrix}, hint=CUT_HINT)


@number("10.1")
@weight(2)
@pytest.mark.parametrize(("shape", "ratio", "rank"), [((9, 7), 0.5, 3), ((6, 11), 0.8, 4)], ids=["tall", "wide"])
def test_the_rank_that_is_kept(rng, shape, ratio, rank):
    """The rank is int(rank_ratio * min(M, N)), and U holds the leading directions."""
    matrix, sizes = built(rng, *shape)
    U, S, _ = factors(matrix, ratio)
    call = f"number of singular values for {shape} and rank_ratio {ratio}"
    assert_close(len(S), rank, rtol=0, atol=0, call=call, hint=RANK_HINT)
    require_leading_directions(U, matrix, sizes)


@number("10.2")
@weight(1)
@visibility("hidden")
def test_the_rank_is_at_least_one(rng):
    """However small the ratio, one singular value stays, with the leading direction."""
    matrix, sizes = built(rng, 5, 4)
    U, S, _ = factors(matrix, 0.1)
    assert_shape(S, (1,), call="S for (5, 4) and rank_ratio 0.1", hint=RANK_HINT)
    require_leading_directions(U, matrix, sizes)


@number("10.3")
@weight(2)
def test_v_is_already_transposed(rng):
    """V has the shape (r, N), so that U @ np.diag(S) @ V approximates the matrix."""
    matrix, sizes = built(rng, 5, 8)
    U, S, V = low_rank_approximate(matrix, 0.8)
    assert_shape(
        S, (4,), call="S of a matrix (5, 8) with rank_ratio 0.8", hint="S is a list of numbers, without zeros."
    )
    hint = "np.linalg.svd returns V transposed: keep its first r rows."
    assert_shape(V, (4, 8), call="V of a matrix (5, 8)", hint=hint)
    product = (U * S) @ V
    error = np.linalg.norm(product - matrix)
    text = f"U @ np.diag(S) @ V misses the matrix by {error:.3g}, and the first singular values come within {sizes[3]:.3g}."
    assert error < sizes[3], f"{text} {CUT_HINT}"


@number("11.1")
@weight(2.5)
@pytest.mark.parametrize("shape", [(8, 6), (5, 9)], ids=["tall", "wide"])
def test_the_error_is_what_was_left_out(rng, shape):
    """The squared error is the sum of the squares of the singular values left out, and none is smaller."""
    matrix, sizes = built(rng, *shape)
    U, S, V = factors(matrix, 0.5)
    error = ((matrix - (U * S) @ V) ** 2).sum()
    want = (sizes[len(S) :] ** 2).sum()
    call = f"squared error of U @ np.diag(S) @ V, with {len(S)} singular values"
    assert_close(error, want, rtol=1e-3, atol=1e-4, call=call, given={"matrix": matrix}, hint=CUT_HINT)
    assert len(S) < len(sizes), f"All {len(sizes)} singular values were kept at rank_ratio 0.5. {RANK_HINT}"


@number("11.2")
@weight(1.5)
@visibility("hidden")
def test_factors_are_orthonormal(rng):
    """The columns of U, and the rows of V, have length 1 and are at right angles."""
    matrix, sizes = built(rng, 8, 7)
    U, S, V = factors(matrix, 0.6)
    rank = len(S)
    assert_close(
        U.T @ U, np.eye(rank), atol=1e-4, call="U.T @ U", hint="Do not multiply S into U: it is returned by itself."
    )
    assert_close(
        V @ V.T, np.eye(rank), atol=1e-4, call="V @ V.T", hint="Do not multiply S into V: it is returned by itself."
    )
    along = np.linalg.norm(matrix.T @ U, axis=0)
    assert_close(
        along, sizes[:rank], rtol=1e-3, call="lengths of matrix.T @ U", given={"matrix": matrix}, hint=CUT_HINT
    )


@number("11.3")
@weight(1.5)
@visibility("hidden")
def test_singular_values_descend(rng):
    """S holds the singular values themselves, the largest first."""
    matrix, sizes = built(rng, 7, 10)
    S = factors(matrix, 0.9)[1]
    assert_close(S, sizes[: len(S)], rtol=1e-3, call="S", given={"matrix": matrix}, hint=CUT_HINT)


@number("11.4")
@weight(1.5)
@visibility("hidden")
def test_a_matrix_of_low_rank_is_restored(rng):
    """A matrix whose rank is no more than what is kept is restored."""
    matrix = ordinary(rng, 10, 3) @ ordinary(rng, 3, 8)
    U, S, V = factors(matrix, 0.5)
    call = "U @ np.diag(S) @ V of a matrix of rank 3, with rank_ratio 0.5 of 8"
    # float32 singular values carry errors of about 1e-6 of the largest, here about 15.
    assert_close((U * S) @ V, matrix, rtol=1e-4, atol=1e-3, call=call, given={"matrix": matrix}, hint=CUT_HINT)
