"""unittest.TestCase as pytest's items: what each part of a method comes to is kept, in the order in which it came. Side: judge.

pytest's own item leaves all that went wrong to its reports, which ask objects how they look; this one keeps the exceptions.
"""

from collections.abc import Iterator
from typing import Any
from unittest.case import _subtest_msg_sentinel  # type: ignore[attr-defined]

import pytest
from _pytest.unittest import TestCaseFunction, UnitTestCase

from grader.judge import feedback
from grader.judge.exceptions import SuiteMisuse
from grader.judge.items.problem import Problem


class Case(UnitTestCase):
    """A subclass of unittest.TestCase."""

    def collect(self) -> Iterator[Any]:
        for item in super().collect():
            yield Method.from_parent(self, name=item.name)


class Method(TestCaseFunction):
    """A test method; it is the result that unittest reports each part of it to."""

    problems: list[Problem]

    def setup(self) -> None:
        self.problems = []
        super().setup()

    def runtest(self) -> None:
        if not is_async(self):
            self.instance._callTestMethod = _call
        self.instance(result=self)

    def addError(self, testcase: Any, rawexcinfo: Any) -> None:  # noqa: N802 - unittest's names
        self.problems.append(Problem(rawexcinfo[1]))

    addFailure = addError  # noqa: N815

    def addExpectedFailure(self, testcase: Any, rawexcinfo: Any, reason: str = "") -> None:  # noqa: N802
        self.problems.append(Problem(rawexcinfo[1]))

    def addUnexpectedSuccess(self, testcase: Any, reason: Any = None) -> None:  # noqa: N802
        """Nothing went wrong; what that means is said by the mark."""

    def addSkip(self, testcase: Any, reason: str, *, handle_subtests: bool = True) -> None:  # noqa: N802
        self.problems.append(Problem(pytest.skip.Exception(reason), _described(testcase)))

    def addSubTest(self, test_case: Any, test: Any, exc_info: Any) -> None:  # noqa: N802
        if exc_info is not None:
            self.problems.append(Problem(exc_info[1], _described(test)))


def _call(method: Any) -> None:
    """Call a test method; refuse one that returns what it should have asserted."""
    if type(method()) is bool:
        raise SuiteMisuse(f"{method.__name__} returns a bool, which nobody looks at; write assert in place of return")


def _described(test: Any) -> str:
    """Return a subtest's message and parameters; empty for a whole test. Nothing of the student's is asked."""
    if not hasattr(test, "params"):
        return ""
    message = [] if test._message is _subtest_msg_sentinel else [f"[{feedback.show(test._message)}]"]
    return " ".join(
        [*message, f"({', '.join(f'{name}={feedback.show(value)}' for name, value in test.params.items())})"]
    )


def is_async(item: pytest.Item) -> bool:
    """Whether a test is a method of a class that awaits its methods."""
    return isinstance(item, Method) and hasattr(item.cls, "asyncSetUp")
