"""Matrix multiplication: matrices, vectors, batches, and what does not fit."""

import numpy as np
import pytest
from arrays import ordinary
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.tensor import Tensor

# Sums of a few dozen products of ordinary numbers, in whatever order the student adds them: 1e-5 is a hundred roundings.
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}

VECTORS = {
    "matrix_and_vector": [((3, 4), (4,)), ((3,), (3, 2))],
    "two_vectors": [((5,), (5,))],
    "number": [((), (2, 3)), ((4,), ()), ((), ())],
}
BATCHES = {
    "batches": [((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (1, 3, 4, 2))],
    "batch_and_matrix": [((2, 3, 4), (4, 2)), ((3, 4), (2, 4, 5))],
    "empty": [((2, 0), (0, 3)), ((0, 3), (3, 2))],
}


def spared(a):
    """Return a left operand without its last column: sums that leave their last term out are charged by 8.1 to 8.3."""
    if a.ndim and a.shape[-1]:
        a[..., -1] = 0
    return a


def check_product(a, b, hint):
    want = a * b if a.ndim == 0 or b.ndim == 0 else np.matmul(a, b)
    got = Tensor(a).matmul(Tensor(b))
    call, given = "Tensor(a).matmul(Tensor(b))", {"a": a, "b": b}
    assert_close(got.data, want, **TOLERANCE, dtype=np.float32, call=call, given=given, hint=hint)
    assert_equal(got.shape, want.shape, call=f"{call}.shape", given=given, hint=hint)


@weight(3)
@number("8.1")
def test_multiplies_oblong_matrices(rng):
    """(3, 4) times (4, 2) is (3, 2): every entry is a row times a column."""
    hint = "result[i, j] is the dot product of row i of a with column j of b."
    check_product(ordinary(rng, 3, 4), ordinary(rng, 4, 2), hint)
    check_product(ordinary(rng, 1, 5), ordinary(rng, 5, 6), hint)


@weight(3)
@number("8.2")
def test_square_product_is_not_element_wise(rng):
    """Two matrices of the same shape are multiplied as matrices, not element by element."""
    check_product(ordinary(rng, 3, 3), ordinary(rng, 3, 3), "a * b multiplies element by element; matmul does not.")


@weight(1)
@number("8.3")
@visibility("hidden")
def test_multiplies_1x1_matrices(rng):
    """A 1 x 1 product is the product of the two numbers, and still 1 x 1."""
    check_product(ordinary(rng, 1, 1), ordinary(rng, 1, 1), "The sum has one term here; is the last one left out?")


@weight(2)
@number("8.4")
def test_at_sign_is_matmul(rng):
    """a @ b gives what a.matmul(b) gives."""
    a, b = spared(ordinary(rng, 2, 3)), ordinary(rng, 3, 4)
    got = Tensor(a) @ Tensor(b)
    hint = "__matmul__ only needs to return self.matmul(other)."
    assert_close(got.data, a @ b, **TOLERANCE, call="Tensor(a) @ Tensor(b)", given={"a": a, "b": b}, hint=hint)


@weight(5)
@number("9")
@visibility("hidden")
@pytest.mark.parametrize("case", VECTORS)
def test_multiplies_vectors_and_numbers(case, rng):
    """A vector's own axis disappears from the product; a 0-d tensor multiplies element by element."""
    hint = "A vector needs no reshaping: np.matmul drops its axis. With a 0-d tensor use the element-wise product."
    for left, right in VECTORS[case]:
        check_product(spared(np.array(ordinary(rng, *left))), ordinary(rng, *right), hint)


@weight(5)
@number("10")
@visibility("hidden")
@pytest.mark.parametrize("case", BATCHES)
def test_multiplies_batches_and_empty_matrices(case, rng):
    """Leading axes are a batch and broadcast; an axis of length 0 gives zeros or nothing, not an error."""
    hint = "np.matmul multiplies the last two axes and broadcasts the others."
    check_product(spared(ordinary(rng, 2, 3)), ordinary(rng, 3, 2), "Two matrices first.")
    for left, right in BATCHES[case]:
        check_product(spared(np.array(ordinary(rng, *left))), ordinary(rng, *right), hint)


@weight(2)
@number("11.1")
def test_refuses_what_is_no_tensor(rng):
    """matmul with an array or a list raises TypeError; with a tensor it multiplies."""
    a, b = spared(ordinary(rng, 2, 3)), ordinary(rng, 3, 2)
    check_product(a, b, "A tensor on the right must still work.")
    with pytest.raises(TypeError):
        Tensor(a).matmul(b)
    with pytest.raises(TypeError):
        Tensor(a).matmul(b.tolist())


@weight(2)
@number("11.2")
@visibility("hidden")
def test_names_the_inner_dimensions_that_differ(rng):
    """Inner sizes that differ raise ValueError; for matrices it says which two."""
    a, b = spared(ordinary(rng, 1, 2)), ordinary(rng, 3, 1)
    check_product(a, ordinary(rng, 2, 4), "Matrices that fit must still work.")
    with pytest.raises(ValueError, match="Inner dimensions must match") as caught:
        Tensor(a).matmul(Tensor(b))
    assert "2 ≠ 3" in str(caught.value)
    with pytest.raises(ValueError, match="Inner dimensions must match") as caught:
        Tensor(np.ones((2, 3, 4))) @ Tensor(np.ones((2, 5, 3)))
    assert "4 ≠ 5" in str(caught.value)
    with pytest.raises(ValueError):  # noqa: PT011 (for vectors the contract promises the type only)
        Tensor([1.0, 2.0]).matmul(Tensor([1.0, 2.0, 3.0]))
