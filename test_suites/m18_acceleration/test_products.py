"""vectorized_matmul: matrices, batches of them, and what cannot be multiplied.

Always true: expected products are NumPy's in float64; rtol 1e-5 and atol 1e-5 * sqrt(K) leave room for sums of K float32
products in any order. An array in place of a Tensor is read, too: that the result is a Tensor has a check of its own.
"""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor
from tinytorch.perf.acceleration import vectorized_matmul


def values(out):
    """Return the numbers of a result."""
    return out.data if isinstance(out, Tensor) else out


def assert_product(a, b, hint):
    """Multiply two arrays as Tensors and compare with NumPy."""
    __tracebackhide__ = True
    got = values(vectorized_matmul(Tensor(a), Tensor(b)))
    want = a.astype(np.float64) @ b.astype(np.float64)
    call = f"vectorized_matmul(a, b), {a.shape} @ {b.shape}"
    assert_close(got, want, atol=1e-5 * a.shape[-1] ** 0.5, call=call, given={"a": a, "b": b}, hint=hint)


def symmetric(rng, size):
    """Return a matrix that is its own transpose: a product with it hangs on no order of its axes."""
    half = ordinary(rng, size, size)
    return half + half.T


def error_text(a, b):
    """Return what the ValueError says that these two must raise."""
    __tracebackhide__ = True
    try:
        vectorized_matmul(Tensor(a), Tensor(b))
    except ValueError as problem:
        return str(problem)
    raise AssertionError(
        f"vectorized_matmul(a, b) with shapes {a.shape} and {b.shape} must raise ValueError; it returned."
    )


MATRICES_HINT = "out[i, j] is the sum of a[i, k] * b[k, j] over k; NumPy's a.data @ b.data does it in one call."


@number("2.1")
@weight(2)
def test_product_by_hand(rng):
    """[[1, 2], [3, 4]] @ [[5, 6], [7, 8]] is [[19, 22], [43, 50]], and two drawn 2x2 matrices are multiplied alike."""
    got = values(vectorized_matmul(Tensor([[1, 2], [3, 4]]), Tensor([[5, 6], [7, 8]])))
    call = "vectorized_matmul of [[1, 2], [3, 4]] and [[5, 6], [7, 8]]"
    assert_close(got, [[19, 22], [43, 50]], call=call, hint=MATRICES_HINT)
    assert_product(ordinary(rng, 2, 2), ordinary(rng, 2, 2), MATRICES_HINT)


@number("2.2")
@weight(4)
@pytest.mark.parametrize(("M", "K", "N"), [(2, 3, 4), (7, 5, 7), (6, 6, 6), (33, 20, 9)])
def test_product_of_matrices(M, K, N, rng):
    """(M, K) @ (K, N) gives (M, N), the sum over K of row times column."""
    assert_product(ordinary(rng, M, K), ordinary(rng, K, N), MATRICES_HINT)


@number("2.3")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize("side", ["left", "right"])
def test_product_of_a_transposed_tensor(side, rng):
    """A Tensor that was transposed is multiplied like any other: its rows lie apart in memory."""
    a, b = ordinary(rng, 5, 3), ordinary(rng, 5, 4)
    left, right = (Tensor(a).transpose(), Tensor(b)) if side == "left" else (Tensor(b.T), Tensor(a.T).transpose())
    want = a.T @ b if side == "left" else b.T @ a
    hint = "Go by shape and index, not by how the numbers lie in memory."
    got = values(vectorized_matmul(left, right))
    assert_close(got, want, atol=1e-5, call=f"vectorized_matmul, the {side} side transposed", hint=hint)


@number("2.4")
@weight(2)
@visibility("hidden")
@pytest.mark.parametrize(("M", "K", "N"), [(1, 1, 1), (4, 1, 3), (1, 6, 1), (1, 5, 4)])
def test_product_with_axes_of_length_one(M, K, N, rng):
    """An axis of length 1 is an axis like any other: (4, 1) @ (1, 3) is (4, 3), (1, 6) @ (6, 1) is (1, 1)."""
    assert_product(ordinary(rng, M, K), ordinary(rng, K, N), "Keep every axis: the result has shape (M, N).")


BATCH_HINT = "All axes but the last two are batch axes: they broadcast, and np.matmul, not np.dot, does that."


@number("3.1")
@weight(2)
def test_product_of_equal_batches(rng):
    """(B, M, K) @ (B, K, N) gives (B, M, N): one product for each pair."""
    assert_product(ordinary(rng, 3, 4, 5), ordinary(rng, 3, 5, 2), BATCH_HINT)


@number("3.2")
@weight(4)
@pytest.mark.parametrize(
    ("left", "right"),
    [((3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((1, 3, 4), (6, 4, 2)), ((2, 1, 3, 4), (5, 4, 2))],
    ids=["(3, 4) @ (2, 4, 5)", "(2, 3, 4) @ (4, 5)", "(1, 3, 4) @ (6, 4, 2)", "(2, 1, 3, 4) @ (5, 4, 2)"],
)
def test_batch_axes_broadcast(left, right, rng):
    """Batch axes broadcast: (3, 4) @ (2, 4, 5) gives (2, 3, 5)."""
    assert_product(ordinary(rng, *left), ordinary(rng, *right), BATCH_HINT)


@number("3.3")
@weight(2)
@visibility("hidden")
def test_product_with_two_batch_axes(rng):
    """(2, 3, M, K) @ (2, 3, K, N) gives (2, 3, M, N)."""
    assert_product(ordinary(rng, 2, 3, 4, 5), ordinary(rng, 2, 3, 5, 6), BATCH_HINT)


def assert_still_multiplies(rng):
    """Require that a good pair is multiplied, so that raising always earns nothing."""
    __tracebackhide__ = True
    assert_product(ordinary(rng, 3, 4), symmetric(rng, 4), MATRICES_HINT)


@number("4.1")
@weight(3)
@pytest.mark.parametrize(
    ("left", "right"),
    [((3,), (3, 4)), ((2, 3), (3,)), ((), (2, 2)), ((2, 2), ()), ((3,), (4, 5))],
    ids=["(3,) @ (3, 4)", "(2, 3) @ (3,)", "() @ (2, 2)", "(2, 2) @ ()", "(3,) @ (4, 5)"],
)
def test_fewer_than_two_axes_are_refused(left, right, rng):
    """A side with fewer than two axes raises ValueError whose text contains 2D+, before the lengths are compared."""
    assert_still_multiplies(rng)
    text = error_text(ordinary(rng, *left), ordinary(rng, *right))
    wanted = f"The ValueError for shapes {left} and {right} must contain 2D+ in its text; it says: {text}"
    assert "2D+" in text, wanted


@number("4.2")
@weight(3)
@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3), (2, 3)), ((4, 1), (3, 2)), ((5, 2, 3), (5, 4, 2)), ((2, 3), (4, 2, 3))],
    ids=["(2, 3) @ (2, 3)", "(4, 1) @ (3, 2)", "(5, 2, 3) @ (5, 4, 2)", "(2, 3) @ (4, 2, 3)"],
)
def test_other_inner_lengths_are_refused(left, right, rng):
    """Inner lengths that differ raise ValueError whose text contains shape mismatch, in any case of letters."""
    assert_still_multiplies(rng)
    text = error_text(ordinary(rng, *left), ordinary(rng, *right))
    wanted = f"The ValueError for shapes {left} and {right} must contain 'Shape mismatch' in its text; it says: {text}"
    assert "shape mismatch" in text.lower(), wanted
