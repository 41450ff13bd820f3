"""Right solutions of every module that look nothing like the reference get all points: other algorithms, dtypes and manners.

Each lies in `rephrased/`, or written as beginners and the course's notebooks do in `plain/`, or with all that Python's library
offers in `elaborate/` (named tuples, enumerations, properties, tables of their own), at the path of its module, and takes that
place in the reference. What is no part of a contract may differ there: names of helpers, what attributes are computed
from, whether arrays are views, what a class derives from. A third of them is drawn for each commit.
"""

from pathlib import Path

import pytest

from grader.source import Tree, stage_folder
from grader.suite.authoring.starter import modules
from grader.suite.manifest import load_suite
from grader.supervisor.run import grade
from tests.drawing import drawn
from tests.grader.engines import engine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REFERENCE = ROOT / "reference_impl"
MODULES = [row for row in modules().values() if row["number"] != "00"]
SOLUTIONS = [
    pytest.param(HERE / manner, row, id=f"{manner}-{row['suite']}")
    for manner in ("rephrased", "plain", "elaborate")
    for row in MODULES
    if (HERE / manner / row["file"]).is_file()
]

pytestmark = [pytest.mark.slow, pytest.mark.bubblewrap, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("folder", "row"), drawn(SOLUTIONS, 3))
def test_another_right_solution_gets_every_point(folder: Path, row: dict[str, str]) -> None:
    files = {row["file"]: (folder / row["file"]).read_bytes()}
    tree = Tree.of({**stage_folder(REFERENCE).contents(), **files})
    result = grade(tree, load_suite(ROOT / "test_suites" / row["suite"]), engine("bubblewrap"), seed=4)
    lost = [
        check for check in result.checks if check.points < check.max_points
    ]  # strict checks, without points, may fail
    assert [(check.id, check.message) for check in lost] == []
    assert result.score == result.max_score == 100
