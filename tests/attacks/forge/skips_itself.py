# threat: T04
# expect: no point
import unittest


class Skipped(Exception):
    """Looks like the outcome of a test runner."""


Skipped.__module__ = "_pytest.outcomes"


class Tensor:
    def __init__(self, *args, **kwargs):
        raise unittest.SkipTest("not needed")

    def __getattr__(self, name):
        raise Skipped("not needed")
