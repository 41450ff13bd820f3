"""Right solutions of every module that look nothing like the reference get all points: other algorithms, dtypes and manners.

Each lies in `rephrased/` at the path of its module, and takes that place in the reference. What is no part of a contract may
differ there: names of helpers, what attributes are computed from, whether arrays are views, what a class derives from.
"""

from pathlib import Path

import pytest

from grader.source import Tree, stage_folder
from grader.suite.authoring.starter import modules
from grader.suite.manifest import load_suite
from grader.supervisor.run import grade
from tests.grader.engines import engine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REFERENCE = ROOT / "reference_impl"
REPHRASED = HERE / "rephrased"
MODULES = [row for row in modules().values() if row["number"] != "00"]

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.bubblewrap, pytest.mark.timeout(600)]


@pytest.mark.parametrize("row", MODULES, ids=lambda row: row["suite"])
def test_another_right_solution_gets_every_point(row: dict[str, str]) -> None:
    files = {row["file"]: (REPHRASED / row["file"]).read_bytes()}
    tree = Tree.of({**stage_folder(REFERENCE).contents(), **files})
    result = grade(tree, load_suite(ROOT / "test_suites" / row["suite"]), engine("bubblewrap"), seed=4)
    lost = [
        check for check in result.checks if check.points < check.max_points
    ]  # strict checks, without points, may fail
    assert [(check.id, check.message) for check in lost] == []
    assert result.score == result.max_score == 100
