"""What the end of a test comes to: verdicts, points that are never more than planned, and places on a leaderboard."""

import builtins
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from grader.judge import feedback, scoring
from grader.judge.exceptions import CandidateEnded, OverBudget, Raised
from grader.verdict import Verdict
from grader.wire.messages import EndTest

FOUR = Fraction(4)


def function(**marks: Any) -> Callable[[], None]:
    """Return a test function of weight 4 that carries these marks."""

    def test() -> None:
        """Nothing is run."""

    vars(test).update({"__weight__": 4, **{f"__{name}__": value for name, value in marks.items()}})
    return test


def earned(problem: BaseException | None = None, **marks: Any) -> float:
    ended = scoring.verdict(problem)
    return float(scoring.earned(function(**marks), problem, ended, FOUR))


def raised(name: str) -> BaseException:
    problem: BaseException = getattr(builtins, name)("no")
    vars(problem)["_assay_raised"] = Raised(None, 0, name, "no", [])
    return problem


@pytest.mark.parametrize(
    ("problem", "verdict"),
    [
        (None, Verdict.PASSED),
        (AssertionError("no"), Verdict.FAILED),
        (raised("ValueError"), Verdict.FAILED),
        (raised("MemoryError"), Verdict.OUT_OF_MEMORY),
        (MemoryError(), Verdict.FAILED),
        (CandidateEnded(Verdict.TIMED_OUT, "late"), Verdict.TIMED_OUT),
        (OverBudget("slow", 0.5), Verdict.OVER_BUDGET),
        (pytest.skip.Exception("not now"), Verdict.SKIPPED),
    ],
)
def test_a_test_s_end_has_one_verdict(problem: BaseException | None, verdict: Verdict) -> None:
    assert scoring.verdict(problem) is verdict


@pytest.mark.parametrize(
    ("score", "points"),
    [
        (None, 4.0),
        (0, 0.0),
        (1, 1.0),
        (4, 4.0),
        (400, 4.0),
        (-1, 0.0),
        (1 / 3, 0.33),
        (0.145, 0.15),
        (2.675, 2.68),
        (np.int64(3), 3.0),
        (np.float32(2.5), 2.5),
        (np.array([True, True, True, False]).sum(), 3.0),
        (np.bool_(True), 1.0),
        (math.nan, 0.0),
        (math.inf, 0.0),
        (10**400, 0.0),
        ("4", 0.0),
        ([4], 0.0),
    ],
)
def test_a_score_is_part_of_the_weight_and_never_more(score: Any, points: float) -> None:
    assert earned(**({} if score is None else {"score": score})) == points


def test_a_score_counts_only_where_the_test_passes() -> None:
    assert earned(AssertionError("no"), score=4) == 0.0
    assert earned(CandidateEnded(Verdict.CRASHED, ""), score=4) == 0.0


def test_a_score_without_a_weight_earns_nothing() -> None:
    assert earned(score=4, weight=0) == 0.0


def test_a_score_of_a_test_that_was_never_given_a_weight_earns_nothing() -> None:
    unmarked = function(score=4)
    del vars(unmarked)["__weight__"]
    assert scoring.earned(unmarked, None, Verdict.PASSED, FOUR) == 0


@pytest.mark.parametrize(("credit", "points"), [(0.0, 0.0), (0.5, 2.0), (0.25, 1.0)])
def test_over_a_budget_only_its_credit_is_left(credit: float, points: float) -> None:
    assert earned(OverBudget("slow", credit), score=4) == points


def test_a_leaderboard_needs_a_column_and_a_number() -> None:
    assert scoring.leaderboard(function(leaderboard_column="speed", leaderboard_value=np.float64(2))) == [
        "speed",
        2.0,
        "desc",
    ]
    assert scoring.leaderboard(function(leaderboard_column="speed", leaderboard_value=math.nan)) is None
    assert scoring.leaderboard(function(leaderboard_value=1.0)) is None
    rising = function(leaderboard_column="seconds", leaderboard_value=1, leaderboard_sort_order="asc")
    assert scoring.leaderboard(rising) == ["seconds", 1.0, "asc"]


def test_errors_that_a_test_hides_stay_hidden() -> None:
    assert scoring.message(function(hide_errors="Look again."), AssertionError("42"), []) == "Look again."


def test_of_a_test_that_passed_nothing_is_said() -> None:
    assert scoring.message(function(), None, []) == ""
    assert scoring.message(function(hide_errors="Look again."), None, []) == ""


@pytest.mark.parametrize("end", [CandidateEnded(Verdict.TIMED_OUT, "late" * 9000), OverBudget("late" * 9000, 0.5)])
def test_what_the_supervisor_or_a_budget_says_stands_alone_and_is_cut(end: BaseException) -> None:
    calls = [("call", ("work.double", 2))]
    assert scoring.message(function(), end, calls) == ("late" * 9000)[: feedback.MAX_MESSAGE_CHARACTERS]


def test_a_test_whose_judge_died_is_failed_and_earns_nothing() -> None:
    end = scoring.lost("test_a.py::test_b", 1.5)
    assert end == EndTest("test_a.py::test_b", "failed", 0.0, feedback.UNCOMPARABLE, "", 1.5)


def test_a_message_that_cannot_be_made_says_so() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert scoring.message(function(), Odd(), []) == scoring.UNSPEAKABLE
