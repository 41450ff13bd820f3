"""hypothesis in a suite: the smallest example is told, the run's seed gives the examples, nothing is kept."""

from pathlib import Path

import pytest

from grader.result import RunResult
from grader.suite.manifest import Suite
from tests.grader.engines import by_name, grade_files, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.timeout(300)]

TESTS = """
import unittest

import pytest
from gradescope_utils.autograder_utils.decorators import weight
from hypothesis import example, given, settings
from hypothesis import strategies as st

import sums


@weight(2)
@given(st.lists(st.integers()))
def test_reversed(xs):
    assert sums.turned(xs) == xs[::-1]


class TestSums(unittest.TestCase):
    @weight(1)
    @given(text=st.text(max_size=5))
    @example(text="ab")
    def test_text(self, text):
        self.assertEqual(sums.turned(text), text[::-1])


@weight(1)
@pytest.mark.parametrize("low", [0])
@settings(max_examples=20)
@given(x=st.integers())
def test_drawn(low, x):
    sums.note(x)
    assert sums.clamp(x, low) >= low


@weight(1)
@given(st.integers(min_value=1))
def test_raises(x):
    with pytest.raises(ValueError):
        sums.clamp(x, -x)
"""
RIGHT = """
def turned(xs):
    return xs[::-1]

def note(x):
    print(x)

def clamp(x, low):
    if low < 0:
        raise ValueError(low)
    return max(x, low)
"""
WRONG = """
def turned(xs):
    return xs if len(xs) > 1 else xs[:]

def note(x):
    print(x)

def clamp(x, low):
    if x == 7 and low < 0:
        return 0
    if low < 0:
        raise ValueError(low)
    return x
"""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return make_suite(tmp_path / "suite", TESTS)


def graded(suite: Suite, folder: Path, student: str, seed: int) -> RunResult:
    return grade_files("bubblewrap", folder, {"sums.py": student}, suite, seed=seed)


def test_properties_are_graded_and_drawn_from_the_seed(suite: Suite, tmp_path: Path) -> None:
    first, again, other = (by_name(graded(suite, tmp_path / str(n), RIGHT, seed)) for n, seed in enumerate((1, 1, 2)))
    assert {check.verdict.value for check in [*first.values(), *other.values()]} == {"passed"}, first
    assert [check.points for check in first.values()] == [2, 1, 1, 1]
    drawn = [checks["test_drawn[0]"].output for checks in (first, again, other)]
    assert len(drawn[0].split()) == 20
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_smallest_example_is_told(suite: Suite, tmp_path: Path) -> None:
    wrong = by_name(graded(suite, tmp_path, WRONG, 1))
    said = {name: check.message.partition("It fails for ")[2].partition("\n")[0] for name, check in wrong.items()}
    assert said["test_reversed"] == "test_reversed( xs=[0, 1], )"
    assert said["TestSums::test_text"].endswith("text='ab', )")
    assert said["test_drawn[0]"] == "test_drawn( low=0, x=-1, )"
    assert {check.verdict.value for name, check in wrong.items() if said[name]} == {"failed"}
