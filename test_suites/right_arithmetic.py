"""Nodes of arithmetic that are right, whatever the student's are: for tests of graphs and networks.

Always true: a node that is right is left alone, and a wrong one is back in its place after the test; what is wrong in it is
charged by test_arithmetic.py and test_matrices.py.
"""

from collections.abc import Iterator

import numpy as np
import pytest
import tinytorch.core.autograd as autograd
from marks import in_candidate
from tinytorch.core.tensor import Tensor


@pytest.fixture(autouse=True)
def arithmetic_is_right() -> Iterator[None]:
    """For the tests of a file that imports this, let right derivatives of a + b, a * b and a @ b stand in for wrong ones.

    Whole graphs are made of these three: without it, one slip in one of them would cost every check of a graph.
    """
    originals = put_in(right_ones_for_wrong())
    yield
    put_in(originals)


@in_candidate
def right_ones_for_wrong():
    """Return the names of the classes whose derivative is wrong, each with an apply that is right."""
    formulas = {
        "AddBackward": lambda a, b, g: (g, g),
        "MulBackward": lambda a, b, g: (g * b, g * a),
        "MatmulBackward": lambda a, b, g: (g @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ g),
    }
    nodes = {name: getattr(autograd, name, None) for name in formulas}
    return {
        name: by_formula(formulas[name])
        for name, node in nodes.items()
        if node is not None and not is_right(node, formulas[name])
    }


@in_candidate
def put_in(methods):
    """Give each named class its apply, and return what they had."""
    originals = {name: getattr(autograd, name).apply for name in methods}
    for name, apply in methods.items():
        getattr(autograd, name).apply = apply
    return originals


@in_candidate
def is_right(node, formula):
    """Whether a node maps a gradient of whole numbers to what the formula says, for both operands and for either."""
    a, b, g = (np.arange(1.0 + k, 10.0 + k, dtype=np.float32).reshape(3, 3) for k in range(3))
    for wanted in ((True, True), (True, False), (False, True)):
        try:
            left, right = (Tensor(value, requires_grad=flag) for value, flag in zip((a, b), wanted, strict=True))
            parts = zip(node(left, right).apply(g), formula(a, b, g), wanted, strict=True)
            if not all(np.array_equal(np.asarray(part), value) for part, value, flag in parts if flag):
                return False
        except Exception:  # whatever a wrong node makes of it
            return False
    return True


@in_candidate
def by_formula(formula):
    """Return an apply that follows the formula, with None for what wants no gradient."""

    def apply(self, grad_output):
        arrays = [np.asarray(getattr(value, "data", value)) for value in self.saved_tensors]
        flags = [getattr(value, "requires_grad", False) for value in self.saved_tensors]
        parts = formula(*arrays, np.asarray(grad_output))
        return tuple(part if flag else None for part, flag in zip(parts, flags, strict=True))

    return apply
