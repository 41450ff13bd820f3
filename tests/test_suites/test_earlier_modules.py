"""In the course's own suites a slip in an earlier module costs a later one nothing, and its student reads which one to mend."""

from pathlib import Path

import pytest

from grader.source import Tree, stage_folder
from grader.suite.check.listed_mutants import load_mutants
from grader.suite.course_table import read_course_table
from grader.suite.manifest import load_suite
from grader.suite.order import Order
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import engine

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT / "test_suites"
REFERENCE = stage_folder(ROOT / "reference_impl")
MODULES = read_course_table(SUITES).offered.modules
TENSOR, LAYERS = "tinytorch/core/tensor.py", "tinytorch/core/layers.py"
#: Slips that only a later module can show: arrays are multiplied, so that the graph of gradients ends at the layer.
DROPOUT = ("return x * Tensor(kept / (1 - self.p))", "return Tensor(x.data * kept / (1 - self.p))")
LINEAR = ("out = x.matmul(self.weight)", "out = Tensor(x.data @ self.weight.data)")
SUM = ("def sum(self, axis=None, keepdims=False):", "def sum(self, axis=None, keepdims=True):")


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("suite", "path", "slip"),
    [
        ("m05_autograd", LAYERS, DROPOUT),
        ("m05_autograd", LAYERS, LINEAR),
        ("m05_autograd", TENSOR, SUM),
        ("m04_losses", TENSOR, None),
    ],
    ids=["dropout works on arrays", "linear works on arrays", "sums keep their axes", "no tensor"],
)
def test_a_slip_in_an_earlier_module_costs_nothing(suite: str, path: str, slip: tuple[str, str] | None) -> None:
    files = REFERENCE.contents()
    if slip is None:
        del files[path]
    else:
        assert files[path].decode().count(slip[0]) == 1
        files[path] = files[path].decode().replace(*slip).encode()
    result = grade(
        Tree.of(files), load_suite(SUITES / suite), engine("bubblewrap"), seed=4, order=Order(without="test_budgets.py")
    )
    assert [(check.id, check.message) for check in result.checks if check.verdict is not Verdict.PASSED] == []
    number = next(row.number for row in MODULES.values() if row.file == path)
    how = "is missing" if slip is None else "fails in what this one builds on"
    assert f"Module {number} ({path}) {how}; graded on the reference's." in result.notes


@pytest.mark.medium
@pytest.mark.parametrize("row", [row for row in MODULES.values() if row.number != "00"], ids=lambda row: row.topic)
def test_no_listed_mistake_of_a_suite_is_an_earlier_modules(row) -> None:
    """It would cost nothing there, and so be caught by nobody."""
    earlier = {other.file for other in MODULES.values() if other.number < row.number}
    suite = SUITES / read_course_table(SUITES).topics[row.topic].suite
    theirs = REFERENCE.contents()
    changed = {
        (mutant.name, path)
        for mutant in load_mutants(suite)
        for path, data in mutant.apply(REFERENCE).contents().items()
        if data != theirs.get(path)
    }
    assert {(name, path) for name, path in changed if path in earlier} == set()
