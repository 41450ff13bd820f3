"""What ends a test on our side ends it even where its suite has caught it: an expected error is one of the student's code."""

from pathlib import Path

import pytest

from grader.errors import GraderError, SuiteError, YardstickStalled
from grader.result import Check
from grader.source import Tree
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import engine, make_suite

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.timeout(180)]

MANIFEST = 'title = "Sums"\npackage = "sums"\nreference = "{reference}"\n'
SUITE = """
import contextlib, io
import pytest
from gradescope_utils.autograder_utils.decorators import weight
from marks import budget, in_candidate
from sums import number, total

@in_candidate
def run(values):
    return total(values)

def cost(measure):
    measure(run, inputs=lambda rng: (rng.integers(0, 9, 20_000).tolist(),), answer=lambda values: sum(values))

@weight(1)
@budget(cpu=3)
def test_expects_an_error(measure):
    with pytest.raises(Exception):
        cost(measure)

@weight(1)
@budget(cpu=3)
def test_expects_anything(measure):
    with pytest.raises(BaseException):
        cost(measure)

@weight(1)
@budget(cpu=3)
def test_catches_all(measure):
    try:
        cost(measure)
    except BaseException:
        pass

@weight(1)
@budget(cpu=3)
@pytest.mark.xfail
def test_is_expected_to_fail(measure):
    try:
        cost(measure)
    except BaseException:
        raise AssertionError("all the same") from None

@weight(1)
def test_what_is_printed():
    with contextlib.redirect_stdout(io.StringIO()):
        assert number() == 7
"""
HONEST = "def number():\n    return 7\ndef total(values):\n    return sum(values)\n"
SLOW = HONEST.replace("return sum(values)", "return [sum(values) for _ in range(40)][0]")
DIES = HONEST.replace("return sum(values)", "import os\n    os.abort()")
#: Answers the judge's own question for what was printed with something else.
LIES_ABOUT_ITS_OUTPUT = """
import sys
sys.modules["grader.candidate.surroundings"].Surroundings.heard = lambda self: 7
"""


def judged(folder: Path, module: str, reference: str = HONEST) -> dict[str, Check]:
    (folder / "reference").mkdir()
    (folder / "reference" / "sums.py").write_text(reference)
    loaded = make_suite(folder / "suite", SUITE, MANIFEST.format(reference=folder / "reference"))
    checks = grade(Tree.of({"sums.py": module.encode()}), loaded, engine("bubblewrap"), seed=1).checks
    return {check.id.rpartition("::")[2]: check for check in checks}


@pytest.mark.parametrize(
    ("module", "verdict"), [(SLOW, Verdict.OVER_BUDGET), (DIES, Verdict.CRASHED)], ids=["slow", "dies"]
)
def test_what_ends_a_measurement_is_no_error_that_a_test_expects(module: str, verdict: Verdict, tmp_path: Path) -> None:
    checks = judged(tmp_path, module)
    assert checks.pop("test_what_is_printed").verdict is Verdict.PASSED
    assert {check.verdict for check in checks.values()} == {verdict}, checks
    assert {check.points for check in checks.values()} == {0}


@pytest.mark.parametrize(
    ("reference", "fault"),
    [(DIES, YardstickStalled), (HONEST.replace("sum(values)", "1 / 0"), SuiteError)],
    ids=["dies", "fails"],
)
def test_a_yardstick_that_ends_is_never_what_a_test_expects(
    reference: str, fault: type[GraderError], tmp_path: Path
) -> None:
    with pytest.raises(fault, match="the yardstick of run"):
        judged(tmp_path, HONEST, reference)


def test_a_lie_about_what_was_printed_is_the_students(tmp_path: Path) -> None:
    checks = judged(tmp_path, HONEST + LIES_ABOUT_ITS_OUTPUT)
    assert checks["test_what_is_printed"].verdict is Verdict.FAILED
    assert "no answer" in checks["test_what_is_printed"].message
