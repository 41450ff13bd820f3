"""Linear algebra: what a matrix product does, and which shapes fit (25 points)."""

import dis
import os
import sys

import numpy as np
import pytest
from arrays import whole
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, tags, visibility, weight
from marks import in_candidate
from readiness import matmul_by_hand, predict_shape

READY_MADE = ("dot", "matmul", "einsum", "inner", "tensordot", "vdot", "vecdot", "matvec", "vecmat", "multi_dot")


@number("3.1")
@weight(4)
@tags("linear algebra")
@pytest.mark.parametrize("sizes", [(2, 3, 4), (4, 3, 2), (3, 5, 3), (2, 1, 3)])
def test_product_of_nested_lists(rng, sizes):
    """matmul_by_hand multiplies nested lists whose sizes differ."""
    n, k, m = sizes
    A, B = whole(rng, n, k), whole(rng, k, m)
    call = f"matmul_by_hand of ({n}, {k}) and ({k}, {m})"
    hint = "Entry [i][j] is the sum over k of A[i][k] * B[k][j]."
    found = matmul_by_hand(A.tolist(), B.tolist())
    assert_close(found, A @ B, call=call, given={"A": A, "B": B}, hint=hint)


@number("3.1")
@weight(3)
@tags("linear algebra")
@visibility("hidden")
@pytest.mark.parametrize("sizes", [(3, 2, 5), (4, 4, 4)])
def test_product_of_arrays(rng, sizes):
    """matmul_by_hand takes arrays as it takes nested lists."""
    n, k, m = sizes
    A, B = rng.standard_normal((n, k)), rng.standard_normal((k, m))
    assert_close(matmul_by_hand(A, B), A @ B, call="matmul_by_hand(A, B)", given={"A": A, "B": B})


@number("3.1")
@weight(2)
@tags("linear algebra")
def test_product_of_square_matrices_is_not_entry_by_entry():
    """matmul_by_hand of two square matrices, worked by hand; the order matters."""
    A, B = [[1, 2], [3, 4]], [[0, 1], [5, 2]]
    hint = "Rows of the first matrix meet columns of the second."
    assert_close(matmul_by_hand(A, B), [[10, 5], [20, 11]], call=f"matmul_by_hand({A}, {B})", hint=hint)
    assert_close(matmul_by_hand(B, A), [[3, 4], [11, 18]], call=f"matmul_by_hand({B}, {A})", hint=hint)


@number("3.1")
@weight(2)
@tags("linear algebra")
@visibility("hidden")
@pytest.mark.parametrize("sizes", [(1, 4, 1), (4, 1, 3), (1, 1, 1), (1, 3, 2)])
def test_product_with_a_length_of_one(rng, sizes):
    """matmul_by_hand of a row and a column, a column and a row, and single entries keeps two axes."""
    n, k, m = sizes
    A, B = whole(rng, n, k), whole(rng, k, m)
    found = matmul_by_hand(A.tolist(), B.tolist())
    assert_close(found, A @ B, call="matmul_by_hand(A, B)", given={"A": A, "B": B})


@number("3.1")
@weight(1)
@tags("linear algebra")
def test_identity_changes_nothing(rng):
    """matmul_by_hand with an identity matrix on either side gives the other matrix."""
    A = whole(rng, 2, 3)
    left = matmul_by_hand([[1, 0], [0, 1]], A.tolist())
    right = matmul_by_hand(A.tolist(), [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert_close(left, A, call="matmul_by_hand(identity, A)", given={"A": A})
    assert_close(right, A, call="matmul_by_hand(A, identity)", given={"A": A})


def entries(product):
    """Return the entries of a product in order of size: what a check is not about, such as their places, costs nothing there."""
    return np.sort(np.ravel(product))


@number("3.2")
@weight(3)
@tags("linear algebra")
@visibility("hidden")
@pytest.mark.parametrize("shapes", [((2, 3), (5, 7)), ((3, 2), (6, 4))])
def test_shapes_that_do_not_fit_are_refused(shapes):
    """matmul_by_hand raises ValueError naming both shapes if they do not fit, and multiplies those that do."""
    (n, k), (k2, m) = shapes
    names_both_shapes = "".join(rf"(?=[\s\S]*\b{first}\D+{second}\b)" for first, second in shapes)
    with pytest.raises(ValueError, match=names_both_shapes):
        matmul_by_hand(np.ones((n, k)).tolist(), np.ones((k2, m)).tolist())
    found = matmul_by_hand(np.ones((n, k)).tolist(), np.ones((k, m)).tolist())
    assert_close(
        entries(found), np.full(n * m, float(k)), call=f"entries of a product of ones, ({n}, {k}) and ({k}, {m})"
    )


@in_candidate
def product_and_shortcuts(A, B):
    """Return the product, and the names of the ready-made products that ran in the student's own code meanwhile.

    The interpreter reports every step that it takes; one counts if it is an `@`, or fetches one of READY_MADE.
    """
    numpy_folder = os.path.dirname(np.__file__)
    functions = [getattr(np, name) for name in READY_MADE if hasattr(np, name)]
    seen = set()

    def watch(frame, event, arg):
        if frame.f_code.co_filename.startswith(numpy_folder):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            step = next(step for step in dis.get_instructions(frame.f_code) if step.offset == frame.f_lasti)
            if step.opname == "BINARY_OP" and step.argrepr in ("@", "@="):
                seen.add("@")
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM") and step.argval in READY_MADE:
                seen.add(step.argval)
            elif step.opname == "LOAD_GLOBAL":  # by identity, for a helper of the student's own may be called dot
                value = frame.f_globals.get(step.argval)
                seen.update(function.__name__ for function in functions if function is value)
        return watch

    earlier = sys.gettrace()
    sys.settrace(watch)
    try:
        product = matmul_by_hand(A, B)
    finally:
        sys.settrace(earlier)
    return product, sorted(seen)


@number("3.3")
@weight(4)
@tags("linear algebra")
@pytest.mark.parametrize("kind", ["nested lists", "arrays"])
def test_product_is_made_by_hand(rng, kind):
    """matmul_by_hand multiplies with its own loops: no @, dot, einsum or the like runs."""
    A, B = whole(rng, 2, 3), whole(rng, 3, 2)
    operands = (A.tolist(), B.tolist()) if kind == "nested lists" else (A, B)
    product, shortcuts = product_and_shortcuts(*operands)
    call = f"entries of matmul_by_hand of {kind}, by size"
    assert_close(entries(product), entries(A @ B), call=call, given={"A": A, "B": B})
    hint = "Write the three loops yourself once; from module 01 on the ready-made product is yours to use."
    assert_equal(shortcuts, [], call=f"ready-made products that ran in matmul_by_hand of {kind}", hint=hint)


@number("3.4")
@weight(3)
@tags("linear algebra")
@pytest.mark.parametrize(("shape_a", "shape_b"), [((2, 3), (3, 4)), ((5, 1), (1, 5)), ((3, 3), (3, 3))])
def test_predicted_shape_of_a_product(shape_a, shape_b):
    """predict_shape gives rows of the first by columns of the second, as a tuple."""
    call = f"predict_shape({shape_a}, {shape_b})"
    hint = "(N, K) and (K, M) give (N, M)."
    assert_equal(predict_shape(shape_a, shape_b), (shape_a[0], shape_b[1]), call=call, hint=hint)


@number("3.4")
@weight(3)
@tags("linear algebra")
@visibility("hidden")
@pytest.mark.parametrize(("shape_a", "shape_b"), [((2, 3), (2, 3)), ((3, 2), (4, 3)), ((1, 4), (1, 4))])
def test_no_shape_where_nothing_fits(shape_a, shape_b):
    """predict_shape gives None where the inner sizes differ, and a shape once they agree."""
    call = f"predict_shape({shape_a}, {shape_b})"
    hint = "Compare the columns of the first with the rows of the second."
    assert_equal(predict_shape(shape_a, shape_b), None, call=call, hint=hint)
    fitting = (shape_a[1], shape_b[1])
    call = f"predict_shape({shape_a}, {fitting})"
    assert_equal(predict_shape(shape_a, fitting), (shape_a[0], shape_b[1]), call=call, hint=hint)
