"""`bench stability` counts what differs between gradings of the same code, and says where."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from grader.bench.stability import Repeated, differing
from grader.cli.main import main
from grader.result import Check, RunResult
from grader.verdict import Verdict
from tests.grader.engines import HONEST, MANIFEST, make_suite, make_tree

CHECK = Check("a", "a", 1.0, 1.0, Verdict.PASSED)
LOST = replace(CHECK, points=0.0, verdict=Verdict.FAILED)
FLAKY = """
import os
from gradescope_utils.autograder_utils.decorators import weight
import sums

@weight(1)
def test_steady():
    assert sums.add(1, 2) == 3

@weight(2)
def test_flaky():
    assert os.urandom(1)[0] % 2 == 0 * sums.add(1, 2)
"""
MUTANT = """# caught-by: test_sums.py::test_add
# file: sums.py
<<<<<<<
    return a + b
=======
    return a - b
>>>>>>>
"""


def result(*checks: Check) -> RunResult:
    points = sum(check.points for check in checks)
    return RunResult("m", points, float(len(checks)), checks)


def test_what_most_came_to_is_the_grade_and_the_others_differ() -> None:
    repeated = Repeated("tree", "suite")
    for _ in range(3):
        repeated.add(result(CHECK, replace(LOST, id="b")))
    repeated.add(result(LOST, replace(LOST, id="b")))
    assert (repeated.verdicts, repeated.differing_verdicts, differing(repeated.totals)) == (8, 1, 1)
    assert set(repeated.unstable) == {"a"}
    assert differing(Counter()) == 0


def test_points_alone_are_a_difference_too() -> None:
    repeated = Repeated("tree", "suite")
    repeated.add(result(replace(CHECK, points=0.5, verdict=Verdict.OVER_BUDGET)))
    repeated.add(result(replace(CHECK, points=0.25, verdict=Verdict.OVER_BUDGET)))
    assert repeated.differing_verdicts == 1


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.alone
def test_a_steady_suite_has_no_difference_and_its_mutants_are_graded_as_well(tmp_path: Path) -> None:
    reference = make_tree(tmp_path / "reference", {"sums.py": HONEST})
    manifest = MANIFEST.replace("[limits]", f'reference = "{reference}"\n[limits]')
    suite = make_suite(tmp_path / "suite", manifest=manifest)
    (suite.folder / "mutants").mkdir()
    (suite.folder / "mutants" / "subtracts.mutant").write_text(MUTANT)
    out = tmp_path / "figures.json"
    command = ["bench", "stability", str(reference), "--suite", str(suite.folder), "-n", "3", "--mutants", "1"]
    assert main([*command, "--neighbours", "0", "1", "--sandbox", "bubblewrap", "--json", str(out)]) == 0
    rows = json.loads(out.read_text())["rows"]
    assert [(row["neighbours"], row["results"], row["verdicts"]) for row in rows] == [(0, 6, 18), (1, 6, 18)]
    assert all(row["differing_verdicts"] == row["differing_totals"] == 0 and not row["unstable"] for row in rows)


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.alone
def test_a_verdict_that_hangs_on_chance_is_found_and_the_command_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = make_tree(tmp_path / "tree", {"sums.py": HONEST})
    suite = make_suite(tmp_path / "suite", FLAKY)
    command = ["bench", "stability", str(tree), "--suite", str(suite.folder), "-n", "25", "--neighbours", "0"]
    assert main([*command, "--sandbox", "bubblewrap"]) == 1
    said = capsys.readouterr().out.replace("\n", " ")
    assert "test_sums.py::test_flaky" in said
    assert "test_steady" not in said


@pytest.mark.bubblewrap
def test_one_grading_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = make_suite(tmp_path / "suite")
    assert main(["bench", "stability", "--suite", str(suite.folder), "-n", "1", "--sandbox", "bubblewrap"]) == 2
    assert "from two gradings on" in capsys.readouterr().err
