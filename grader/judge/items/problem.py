"""What went wrong in one part of a test, and which of several such things decides. Side: judge."""

import unittest
from collections.abc import Sequence
from typing import NamedTuple

import pytest

SKIPPING = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)


class Problem(NamedTuple):
    """An exception that ended a part of a test; `subtest` describes that part where it is a subtest."""

    exception: BaseException
    subtest: str = ""


def deciding(problems: Sequence[Problem]) -> BaseException | None:
    """Return the exception that a test's end comes to: the first failure, or else the first skip."""
    failures = [problem.exception for problem in problems if not isinstance(problem.exception, SKIPPING)]
    skips = [problem.exception for problem in problems if isinstance(problem.exception, SKIPPING)]
    return next(iter([*failures, *skips]), None)
