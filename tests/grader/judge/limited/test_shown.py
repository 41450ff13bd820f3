"""A failed `assert` is written down in a moment, whatever it is about, and no object of a student's is asked how it looks."""

from pathlib import Path

import numpy as np
import pytest

from grader.judge.limited import shown
from grader.source import Tree
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import MANIFEST, by_name, engine, make_suite

SUITE = """
from gradescope_utils.autograder_utils.decorators import weight
import sums

@weight(1)
def test_object():
    assert sums.Shown() is None

@weight(1)
def test_held():
    assert [sums.Shown()] == []

@weight(1)
def test_small():
    assert sums.small() == [1, 2, 4]

@weight(1)
def test_array():
    assert sums.array() is None

@weight(1)
def test_text():
    assert sums.text() == "x" * 10_000_000 + "\\\\n"
"""
MODULE = """
import os
import numpy as np
class Shown:
    def __repr__(self):
        os._exit(0)
def small():
    return [1, 2, 3]
def array():
    return np.full((7,) * 7, np.nan)
def text():
    return "\\n".join("ab" * 10 for _ in range(400_000))
"""


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(60)
def test_a_failed_assert_shows_outlines_and_small_values_in_full(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, SUITE, MANIFEST + "judge_cpu_seconds = 2\n")
    checks = by_name(grade(Tree.of({"sums.py": MODULE.encode()}), suite, engine("bubblewrap"), seed=1))
    assert {check.verdict for check in checks.values()} == {Verdict.FAILED}
    assert "assert a Shown is None" in checks["test_object"].message
    assert "[a Shown] == []" in checks["test_held"].message
    assert "assert [1, 2, 3] == [1, 2, 4]" in checks["test_small"].message
    assert "array of shape (7, 7, 7, 7, 7, 7, 7), float64" in checks["test_array"].message
    assert all(check.duration_s < 30 and len(check.message) < 2000 for check in checks.values())


SMALL = [1, "a", None, True, 2.5, [1, [2, (3,)]], {"a": {1, 2}}, b"x", 2**3000]
LARGE = [list(range(200)), "x" * 2000, 2**5000, np.zeros(3), np.float32(1), object(), [object()], {"a": [np.zeros(1)]}]


@pytest.mark.parametrize("value", SMALL, ids=lambda value: type(value).__name__)
def test_small_plain_values_are_left_to_pytest(value: object) -> None:
    assert shown.is_small(value)


@pytest.mark.parametrize("value", LARGE, ids=lambda value: type(value).__name__)
def test_everything_else_is_not(value: object) -> None:
    assert not shown.is_small(value)
