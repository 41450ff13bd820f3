"""A sample is drawn by its seed and said to be one, draws are as many as were asked for, and messages are read."""

from pathlib import Path

import pytest

from grader.suite.authoring.scaffold import new_suite
from grader.suite.check.checker import Checker
from grader.suite.check.effort import Effort
from grader.suite.check.messages import UNREADABLE, as_text
from grader.suite.manifest import load_suite
from tests.grader.engines import engine

PUZZLING = """
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import weight
from work import clamp


@weight(10)
def test_clamps_numbers_on_both_sides():
    got = [clamp(x, 0, 10) for x in (5, 12, -3)]
    assert_equal(got, [5, 10, 0], hint="See the method at 0x7f3a.")
"""


def test_a_sample_is_drawn_by_its_seed_and_keeps_the_order() -> None:
    items = list(range(100))
    drawn = Effort(sample=3).drawn(items, 10)
    assert drawn == sorted(drawn) == Effort(sample=3).drawn(items, 10)
    assert len(set(drawn)) == 10
    assert drawn != Effort(sample=4).drawn(items, 10)
    assert Effort().drawn(items, None) == Effort().drawn(items, 200) == items


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_sampled_check_says_what_it_left_out_and_what_puzzles_a_student(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    (folder / "test_values.py").write_text(PUZZLING)
    mutant = folder / "mutants" / "forgets_the_upper_limit.mutant"
    (folder / "mutants" / "again.mutant").write_text(mutant.read_text())
    effort = Effort(draws=3, seeds=1, listed=1, generated=2)
    report = Checker(load_suite(folder), engine("bubblewrap"), effort=effort).check()
    rules = {rule.name.partition(":")[0]: rule for rule in report.rules}
    assert report.as_json()["effort"] == {"draws": 3, "seeds": 1, "listed": 1, "generated": 2, "sample": 0}
    assert rules["every listed mutant loses points where it says, and only there"].summary == "1 of 1, 1 more not drawn"
    assert rules["stability"].summary == "seeds 1, 2, 3, 1 mutants"
    assert report.generated == 2
    assert "more not drawn" in rules["of the generated mutants at least 97% are killed"].summary
    (finding,) = rules["messages"].findings
    assert finding.endswith(
        "test_values.py::test_clamps_numbers_on_both_sides says 'at 0x....'"
    )  # addresses are taken out of every message
    assert "hint:      See the method at 0x" in as_text(report.read)


@pytest.mark.parametrize(
    ("text", "is_readable"),
    [
        ("U @ np.diag(S) @ V: the values are not the expected ones.", True),
        ("(S) beyond the course", False),
        ("DID NOT RAISE <class 'ValueError'>", False),
        ("got: a method() of yours", False),
        ("Your code accepted this; it should raise ValueError.", True),
    ],
)
def test_words_that_only_python_understands_are_found(text: str, is_readable: bool) -> None:
    assert (UNREADABLE.search(text) is None) == is_readable
