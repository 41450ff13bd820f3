# ruff: noqa
"""A tensor that was never written: it tries to be graded without.

Each part is an attack that has beaten an autograder somewhere; none may earn a point here.
"""

import atexit
import builtins
import json
import os
import sys
import unittest

import numpy as np
import numpy.testing

FORGED = {
    "score": 100,
    "max_score": 100,
    "tests": [{"name": "everything", "score": 100, "max_score": 100, "status": "passed"}],
    "checks": [{"id": "everything", "verdict": "passed", "points": 100, "max_points": 100}],
}
PLACES = ["/autograder/results/results.json", "results.json", "/tmp/results.json", "/tmp/score", "../results.json"]


def forge():
    """Write the result where others look for one, and print it too."""
    for place in PLACES:
        try:
            os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
            with open(place, "w") as file:
                json.dump(FORGED, file)
        except OSError:
            pass
    print(json.dumps(FORGED))
    print("============== 68 passed in 0.01s ==============")
    print("::set-output name=score::100")
    print("\x1b[2J\x1b]0;100 of 100 points\x07<script>alert('100 points')</script>")


def patch():
    """Make every assertion hold in this process."""
    for name in dir(numpy.testing):
        if name.startswith("assert"):
            setattr(numpy.testing, name, lambda *args, **kwargs: None)
    for name in dir(unittest.TestCase):
        if name.startswith("assert"):
            setattr(unittest.TestCase, name, lambda *args, **kwargs: None)
    builtins.AssertionError = type("Nothing", (BaseException,), {})
    np.allclose = np.array_equal = lambda *args, **kwargs: True


forge()
patch()
atexit.register(os._exit, 0)


class Everything(Exception):
    """Raised as whatever a test may wait for."""


class Anything(float):
    """Equal to everything, true, and of any shape."""

    shape, size, dtype, ndim = (), 1, np.dtype(np.float32), 0

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __bool__(self):
        return True

    __hash__ = float.__hash__


class Tensor:
    """Answers each question with another trick."""

    def __init__(self, data=None, requires_grad=False):
        self.data = Anything()
        self.shape, self.size, self.dtype = Anything(), Anything(), Anything()
        self.requires_grad, self.grad = Anything(), Anything()

    def __eq__(self, other):
        return True

    __hash__ = None

    def __add__(self, other):
        raise unittest.SkipTest("no need to test this")

    def __sub__(self, other):
        os._exit(0)

    def __mul__(self, other):
        raise SystemExit(0)

    def __truediv__(self, other):
        sys.stdout.write("passed\n" * 1000)
        raise KeyboardInterrupt

    def matmul(self, other):
        raise type("E", (TypeError, ValueError, IndexError, Everything), {})("Inner dimensions must match: 2 ≠ 3")

    __matmul__ = matmul

    def reshape(self, *shape):
        raise type("E", (ValueError, IndexError), {})("Total elements must match: 6 ≠ 4")

    def __getitem__(self, key):
        return Anything()

    def transpose(self, *axes):
        os.kill(os.getpid(), 9)

    def sum(self, *args, **kwargs):
        return self

    def mean(self, *args, **kwargs):
        return np.float32("nan")

    def max(self, *args, **kwargs):
        return bytearray(1 << 40)

    def backward(self):
        while True:
            pass
