"""What a test's author has marked: not to be run, or expected to fail. Neither counts; the others share the points. Side: judge.

Only what is known before any run is a mark. A test that skips itself while it runs earns nothing of its points: what it
depended on may have been the student's.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from _pytest.outcomes import OutcomeException
from _pytest.raises import AbstractRaises
from _pytest.skipping import evaluate_skip_marks, evaluate_xfail_marks

from grader.errors import SuiteError
from grader.judge.items.problem import SKIPPING


class UnexpectedSuccess(Exception):
    """A test passed that its author expects to fail."""


@dataclass(frozen=True)
class Expected:
    """A failure that is expected: in the words of its author, of which kind, and whether passing is a failure."""

    reason: str
    raises: Any
    is_strict: bool

    def judged(self, problem: BaseException | None) -> BaseException | None:
        """Return what is still wrong with a test of which this is expected."""
        if problem is None:
            return UnexpectedSuccess(self.reason) if self.is_strict else None
        is_failure = isinstance(problem, Exception | OutcomeException) and not isinstance(
            problem, (*SKIPPING, SuiteError)
        )
        return None if is_failure and self._fits(problem) else problem

    def _fits(self, problem: BaseException) -> bool:
        if isinstance(self.raises, AbstractRaises):
            return self.raises.matches(problem)
        return self.raises is None or isinstance(problem, self.raises)


def skip_reason(item: pytest.Item) -> str | None:
    """Return why a test's author has it skipped, whatever is handed in; None for a test that runs.

    Raises SuiteError for a condition that cannot be evaluated.
    """
    for holder in (getattr(item, "function", None), getattr(item, "cls", None)):
        if getattr(holder, "__unittest_skip__", False):
            return str(getattr(holder, "__unittest_skip_why__", ""))
    try:
        skipped = evaluate_skip_marks(item)
        expected = evaluate_xfail_marks(item)
    except (Exception, OutcomeException) as problem:
        raise SuiteError(f"{item.name}: {' '.join(str(problem).split())}") from None
    if skipped is not None:
        return skipped.reason
    return expected.reason if expected is not None and not expected.run else None


def expected_failure(item: pytest.Item) -> Expected | None:
    """Return the failure that a test's author expects, if any."""
    for holder in (getattr(item, "function", None), getattr(item, "cls", None)):
        if getattr(holder, "__unittest_expecting_failure__", False):
            return Expected("", None, is_strict=True)
    marked = evaluate_xfail_marks(item)
    return Expected(marked.reason, marked.raises, marked.strict) if marked is not None else None
