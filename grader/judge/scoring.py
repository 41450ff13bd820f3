"""What the end of a test comes to: its verdict, its points, what its student reads, its place on a leaderboard. Side: judge.

`function` is the test's, which carries its marks and what its fixtures left on it; `problem` the first thing that went wrong.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from grader.judge import exceptions, feedback
from grader.judge.collection import as_written, in_hundredths
from grader.judge.items.problem import SKIPPING, Problem
from grader.judge.items.scores import is_amount
from grader.verdict import Verdict
from grader.wire.messages import EndTest

UNSPEAKABLE = "The test could not go on with what your code returned, and what it returned could not be shown either."


def verdict(problem: BaseException | None) -> Verdict:
    """Return how a test ended."""
    if problem is None:
        return Verdict.PASSED
    if isinstance(problem, (exceptions.CandidateEnded, exceptions.OverBudget)):
        return problem.verdict
    if isinstance(problem, SKIPPING):
        return Verdict.SKIPPED
    if isinstance(problem, exceptions.CandidateRaised) and isinstance(problem, MemoryError):
        return Verdict.OUT_OF_MEMORY
    return Verdict.FAILED


def message(
    function: Any,
    problem: BaseException | None,
    calls: Sequence[tuple[str, tuple[Any, ...]]],
    parts: Sequence[Problem] = (),
) -> str:
    """Return what is said of a test that did not pass; an exception may hold proxies, which answer as they like.

    parts: all that went wrong in a test with subtests.
    """
    if problem is None:
        return ""
    hidden = getattr(function, "__hide_errors__", None)
    if hidden is not None:
        return str(hidden)
    if isinstance(problem, (exceptions.CandidateEnded, exceptions.OverBudget)):
        return str(problem)[: feedback.MAX_MESSAGE_CHARACTERS]
    try:
        return feedback.failure(problem, calls, parts)
    except (Exception, exceptions.CandidateEnded, exceptions.RemoteMisuse):
        return UNSPEAKABLE


def earned(function: Any, problem: BaseException | None, ended: Verdict, points: Fraction) -> Fraction:
    """Return a test's points: all, or the part that its set_score names or its budget leaves, never more and never less than 0.

    In whole hundredths, as `points` are.
    """
    if isinstance(problem, exceptions.OverBudget):
        return in_hundredths(points * as_written(problem.credit))
    if ended is not Verdict.PASSED:
        return Fraction(0)
    score = getattr(function, "__score__", None)
    if score is None:
        return points
    weight = as_written(getattr(function, "__weight__", 0))
    if weight == 0 or not is_amount(score):
        return Fraction(0)
    return in_hundredths(points * min(max(as_written(float(score)) / weight, Fraction(0)), Fraction(1)))


def lost(check: str, seconds: float) -> EndTest:
    """Return the end of a test whose judge died of what the student's code sent."""
    return EndTest(check, Verdict.FAILED.value, 0.0, feedback.UNCOMPARABLE, "", seconds)


def leaderboard(function: Any) -> list[Any] | None:
    """Return column, value and order of a test's place on a leaderboard; None if it has none."""
    column = getattr(function, "__leaderboard_column__", None)
    value = getattr(function, "__leaderboard_value__", None)
    if not column or not is_amount(value):
        return None
    return [str(column), float(value), str(getattr(function, "__leaderboard_sort_order__", "desc"))]
