"""What is graded is the student's module: `__init__` files are the course's, and no later module patches an earlier one."""

from pathlib import Path

import pytest

from grader.source import Tree, stage_folder
from grader.suite.course_table import read_course_table
from grader.suite.manifest import load_suite
from grader.suite.order import Order
from grader.supervisor.course.overlay import earlier_files, files_of, with_course_files
from grader.supervisor.run import grade
from grader.verdict import Verdict
from tests.grader.engines import engine, make_suite

COURSE = Path(__file__).resolve().parents[4]
REFERENCE = stage_folder(COURSE / "reference_impl")
#: What a repository of the course has at its package's root: every module is imported, and autograd is switched on.
EAGER = b"""
from .core.tensor import Tensor
from .core.activations import ReLU, Sigmoid
from .core.layers import Linear
from .core.losses import MSELoss
from .core.autograd import enable_autograd
from .core.training import Trainer
from .core.spatial import Conv2d
enable_autograd()
"""


def suite_of(name: str):
    return load_suite(COURSE / "test_suites" / name)


@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in (COURSE / "test_suites").glob("m[0-9]*/suite.toml"))
)
def test_nothing_of_the_reference_but_what_a_module_builds_on_lies_beside_it(name):
    """Files that other suites share lie beside each of them: what those import is no part of this one."""
    suite = suite_of(name)
    modules = read_course_table(COURSE / "test_suites").offered.modules
    built_on, waiting = set(), list(suite.needs)
    while waiting:
        topic = waiting.pop()
        built_on |= {topic}
        waiting += modules[topic].needs
    found = earlier_files(REFERENCE, suite)
    assert {topic for topic, row in modules.items() if files_of(found, row.module)} <= built_on


def work(suite: str, files: dict[str, bytes]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    tree, notes = with_course_files(Tree.of(files), suite_of(suite))
    return tree.contents(), notes


def test_the_root_is_the_courses_own_and_its_student_reads_so():
    found, notes = work("m02_activations", {"tinytorch/__init__.py": EAGER, "tinytorch/core/tensor.py": b"mine"})
    for path in ("tinytorch/__init__.py", "tinytorch/core/__init__.py"):
        assert found[path] == REFERENCE.read(path)
    assert found["tinytorch/core/tensor.py"] == b"mine"
    assert notes == ("The course's own tinytorch/__init__.py stood in for yours, which is no part of the work.",)


def test_nothing_is_said_where_nothing_was_there():
    """Neither of files that the starter brought, nor of empty ones, nor of those that a notebook lacks."""
    same = {path: REFERENCE.read(path) for path in ("tinytorch/__init__.py", "tinytorch/core/__init__.py")}
    for files in (same, dict.fromkeys(same, b"\n"), {}):
        assert work("m02_activations", {**files, "tinytorch/core/tensor.py": b"mine"})[1] == ()


def test_packages_of_the_students_own_stay_as_they_are():
    own = {
        "tinytorch/parts/__init__.py": b"mine",
        "tinytorch/core/tensor/__init__.py": b"mine",
        "notes/__init__.py": b"",
    }
    found, _ = work("m02_activations", own)
    assert {path: found[path] for path in own} == own


@pytest.mark.parametrize(
    ("suite", "is_there"),
    [
        ("m01_tensor", False),
        ("m04_losses", False),
        ("m05_autograd", True),
        ("m08_dataloader", True),
        ("ms1_perceptron", True),
    ],
)
def test_what_patches_earlier_modules_is_not_there_for_them(suite: str, is_there: bool):
    found, notes = work(suite, {"tinytorch/core/autograd.py": b"mine", "tinytorch/core/losses.py": b"x = 1"})
    assert ("tinytorch/core/autograd.py" in found) is is_there
    assert notes == ()


def test_who_imports_it_reads_why_it_is_not_there():
    files = {"tinytorch/core/autograd.py": b"", "tinytorch/core/losses.py": b"from .autograd import Function"}
    (note,) = work("m04_losses", files)[1]
    assert note.startswith("tinytorch.core.autograd is not there in this assignment")


def test_a_suite_of_no_course_and_another_package_are_left_alone(tmp_path: Path):
    files = Tree.of({"sums/__init__.py": b"mine", "tinytorch/__init__.py": b"mine"})
    assert with_course_files(files, make_suite(tmp_path)) == (files, ())
    assert work("m00_readiness", {"tinytorch/__init__.py": b"mine"})[0] == {"tinytorch/__init__.py": b"mine"}


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.parametrize("suite", ["m02_activations", "m04_losses", "m06_optimizers"])
def test_an_unwritten_later_module_costs_an_earlier_one_nothing(suite: str):
    """The root imports modules that are not there, and autograd, which hides what module 04 itself computes."""
    files = {
        path: data for path, data in REFERENCE.contents().items() if "spatial" not in path and "training" not in path
    }
    tree = Tree.of({**files, "tinytorch/__init__.py": EAGER})
    result = grade(tree, suite_of(suite), engine("bubblewrap"), seed=3, order=Order(without="test_budgets.py"))
    assert [(check.id, check.message) for check in result.checks if check.verdict is not Verdict.PASSED] == []
    assert any("stood in for yours" in note for note in result.notes)


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_an_unwritten_module_gets_nothing_through_a_root_that_imports_a_later_one():
    """Autograd computes the losses anew: with it, a module 04 without bodies had every answer right."""
    losses = REFERENCE.read("tinytorch/core/losses.py").replace(
        b"        return Tensor(", b"        raise NotImplementedError("
    )
    tree = Tree.of({**REFERENCE.contents(), "tinytorch/__init__.py": EAGER, "tinytorch/core/losses.py": losses})
    result = grade(tree, suite_of("m04_losses"), engine("bubblewrap"), seed=3, order=Order(without="test_budgets.py"))
    values = [check for check in result.checks if check.id.startswith(("test_mse", "test_bce"))]
    assert values
    assert all(check.points == 0 for check in values)
