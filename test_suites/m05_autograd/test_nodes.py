"""Nodes applied directly: each maps the gradient of its result to a tuple of gradients, one for each saved tensor.

Expected values are worked out from the definitions in NumPy.
"""

import numpy as np
import pytest
from arrays import ordinary, whole
from asserts import assert_close, assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from tinytorch.core.autograd import (
    EmbeddingBackward,
    MatmulBackward,
    MulBackward,
    PermuteBackward,
    SliceBackward,
    SubBackward,
    TransposeBackward,
)
from tinytorch.core.tensor import Tensor

EXACT = {"rtol": 0, "atol": 0}  # whole numbers: float32 holds them and their sums exactly


@number("5.14")
@weight(0.75)
@pytest.mark.parametrize("indices", [[2, 0, 2, 4, 2], [[1, 1], [3, 1]]], ids=["vector", "matrix"])
def test_embedding_adds_up_repeated_rows(rng, indices):
    """EmbeddingBackward adds the gradients of a row that was looked up several times."""
    indices = np.array(indices)
    table, g = whole(rng, 5, 3), whole(rng, *indices.shape, 3)
    node = EmbeddingBackward(Tensor(table, requires_grad=True), Tensor(indices))
    want = np.zeros((5, 3))
    for position in np.ndindex(indices.shape):
        want[indices[position]] += g[position]
    hint = "grad[indices] += g keeps only the last of several equal indices; np.add.at adds them all."
    call = f"EmbeddingBackward(weight, {indices.tolist()}).apply(g)[0]"
    assert_close(node.apply(g)[0], want, **EXACT, call=call, hint=hint)


@number("5.14")
@weight(0.5)
@visibility("hidden")
@pytest.mark.parametrize("axes", [(1, 2, 0), (2, 0, 1)])
def test_permute_is_undone_by_the_inverse(rng, axes):
    """PermuteBackward applies the inverse permutation, which for a 3-cycle is not the permutation itself."""
    x = Tensor(ordinary(rng, 2, 3, 4), requires_grad=True)
    g = ordinary(rng, *(x.shape[axis] for axis in axes))
    node = PermuteBackward(x, axes)
    inverse = tuple(axes.index(axis) for axis in range(3))
    hint = "np.argsort(axes) is the permutation that puts the axes back."
    call = f"PermuteBackward(x, {axes})"
    assert_equal([t is x for t in node.saved_tensors], [True], call=f"{call}.saved_tensors is (x,)", hint=hint)
    assert_equal(tuple(node.inverse_axes), inverse, call=f"{call}.inverse_axes", hint=hint)
    assert_close(node.apply(g)[0], g.transpose(inverse), **EXACT, call=f"{call}.apply(g)[0]", hint=hint)


@number("5.14")
@weight(0.5)
@visibility("hidden")
def test_constants_are_answered_with_none(rng):
    """apply returns None in the place of an argument that wants no gradient."""
    a, b, g = whole(rng, 2, 2), whole(rng, 2, 2), whole(rng, 2, 2)
    x, y, constant = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True), Tensor(b)
    hint = "One entry for each saved tensor: the gradient, or None for a number or a tensor without requires_grad."
    cases = {
        "MulBackward(x, 3.0)": (MulBackward(x, 3.0), 3 * g, None),
        "MulBackward(x, y)": (MulBackward(x, y), g * b, g * a),
        "SubBackward(constant, x)": (SubBackward(constant, x), None, -g),
        "MatmulBackward(x, constant)": (MatmulBackward(x, constant), g @ b.T, None),
    }
    for call, (node, *want) in cases.items():
        parts = node.apply(g)
        assert_equal(len(parts), 2, call=f"len({call}.apply(g))", hint=hint)
        assert_equal([part is None for part in parts], [part is None for part in want], call=call, hint=hint)
        for part, expected in zip(parts, want, strict=True):
            if expected is not None:
                assert_close(part, expected, **EXACT, call=f"{call}.apply(g)", hint=hint)


@number("5.14")
@weight(0.25)
@visibility("hidden")
def test_slice_and_transpose_alone(rng):
    """SliceBackward takes a gradient with a batch axis of size 1 in front; TransposeBackward(x, None, None) swaps back."""
    x = Tensor(whole(rng, 5, 3), requires_grad=True)
    g = whole(rng, 1, 2, 3)
    want = np.zeros((5, 3))
    want[1:3] = g[0]
    hint = "Module 11 adds a batch axis to what it picked: drop leading axes of size 1."
    assert_close(
        SliceBackward(x, slice(1, 3)).apply(g)[0], want, **EXACT, call="SliceBackward(x, 1:3).apply(g)", hint=hint
    )
    g = whole(rng, 3, 5)
    hint = "Without dimensions, the last two axes were swapped."
    assert_close(
        TransposeBackward(x, None, None).apply(g)[0], g.T, **EXACT, call="TransposeBackward(x, None, None)", hint=hint
    )
