"""Counts from inside the candidate: a hint and a line of the report, and never a point."""

import re
from pathlib import Path

import pytest

from grader.judge.budget.counts import Counts, rounded
from grader.result import Check
from grader.source import Tree
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import MANIFEST, engine, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.timeout(120)]

SUITE = """
import numpy as np
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate
from sums import total

@in_candidate
def run(x):
    return total(x)

@weight(1)
@budget(cpu={cpu}, lines=3.0, calls=3.0, allocated=3.0)
def test_total(measure):
    measure(run, inputs=lambda rng: (rng.random(3000),), answer=lambda x: np.cumsum(x), rtol=1e-3)
"""
REFERENCE = "import numpy as np\ndef total(x):\n    return np.cumsum(x)\n"
LOOP = """
import numpy as np
def total(x):
    sums = np.empty(len(x))
    run = 0.0
    for n, value in enumerate(x):
        run += value
        sums[n] = run
    return sums
"""
LIAR = LOOP + "import sys\nsys.settrace = lambda function: None\n"


def judged(folder: Path, text: str, cpu: float) -> Check:
    (folder / "reference").mkdir()
    (folder / "reference" / "sums.py").write_text(REFERENCE)
    manifest = MANIFEST.replace("[limits]", f'reference = "{folder}/reference"\n[limits]')
    suite = make_suite(folder / "suite", SUITE.format(cpu=cpu), manifest)
    (check,) = grade(Tree.of({"sums.py": text.encode()}), suite, engine("bubblewrap"), seed=1).checks
    return check


def test_a_loop_over_its_budget_is_told_how_many_lines_it_ran(tmp_path: Path) -> None:
    check = judged(tmp_path, LOOP, 3.0)
    assert check.verdict is Verdict.OVER_BUDGET
    assert "One call ran about 10,000 lines" in check.message
    assert re.search(r"and the reference \d+ \(counted inside your own process, so only a hint\)", check.message)


def test_advice_costs_no_point(tmp_path: Path) -> None:
    check = judged(tmp_path, LOOP, 1e6)
    assert (check.verdict, check.points) == (Verdict.PASSED, 1)
    assert check.budget is not None
    assert check.budget["lines"]["standing"] == "advice"
    assert check.budget["lines"]["counted"][0] == 10_000 > 10 > check.budget["lines"]["counted"][1]
    assert {check.budget[kind]["standing"] for kind in ("calls", "allocated", "cpu")} == {"within"}


def test_who_hides_from_the_count_gains_nothing(tmp_path: Path) -> None:
    check = judged(tmp_path, LIAR, 3.0)
    assert check.verdict is Verdict.OVER_BUDGET
    assert "One call ran" not in check.message


@pytest.mark.parametrize("reply", [None, [1, 2, 3], [1, 2, 3, -4], [1, 2, 3, 4.0], [1, True, 2, 3], "abcd"])
def test_a_reply_that_holds_no_counts_is_refused(reply: object) -> None:
    with pytest.raises(AssertionError, match="did not return its counts"):
        Counts.of(reply)


def test_a_hint_is_given_where_lines_explain_the_cost() -> None:
    few, many = Counts(1, 5, 0), Counts(1, 5000, 0)
    assert "about 10,000 lines" in many.hint(few, "the reference")
    assert few.hint(few, "the reference") == ""
    assert Counts(1, 99, 0).hint(few, "the reference") == ""


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, 1), (4, 10), (31, 10), (40_213, 100_000), (2**53, 10**16)])
def test_a_number_of_the_candidates_is_a_power_of_ten(count: int, shown: int) -> None:
    assert rounded(count) == shown


def test_a_figure_repeats_no_digit_of_the_candidates() -> None:
    """Whatever the count says, the row of the report holds powers of ten, the yardstick's count and the limit alone."""
    for secret in (123_456_789, 31, 2_999):
        figure = Counts(secret, 0, 0).figure("calls", Counts(1_000, 0, 0), 3.0, "the reference")
        assert str(secret)[:2] not in str({**figure, "limit": 0, "counted": figure["counted"][0]}).replace("1000", "")
    assert Counts(2_999, 0, 0).figure("calls", Counts(1_000, 0, 0), 3.0, "")["standing"] == "within"
    assert Counts(3_100, 0, 0).figure("calls", Counts(1_000, 0, 0), 3.0, "")["standing"] == "advice"
