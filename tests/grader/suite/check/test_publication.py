"""Publication: what a hidden test asks for stands in the starter or in a visible test; what costs points cites its section."""

from pathlib import Path

import pytest

from grader.source import stage_folder
from grader.suite.authoring.scaffold import new_suite
from grader.suite.check.publication import unpublished
from grader.suite.manifest import load_suite
from grader.supervisor.judge_box import PlannedCheck

STARTER = 'class Box:\n    """A box with a width."""\n    def area(self):\n        """Raises ValueError that says "too wide"."""\n'
REFERENCE = """
class Box:
    def __init__(self, width):
        self.width, self.inner = width, width

    def area(self):
        return {"sides": 4}

    def copy(self):
        return self
"""
TEST = """
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate


@in_candidate
def looks_inside(box):
    return box.inner


@weight(1)
@number("1")
@visibility("{visibility}")
def test_a():
    {body}
"""


def found(folder: Path, body: str, visibility: str = "hidden", points: float = 1.0, section: str = "1") -> list[str]:
    (folder / "test_values.py").write_text(TEST.format(body=body, visibility=visibility))
    (folder / "reference" / "work.py").write_text(REFERENCE)
    suite = load_suite(folder)
    assert suite.reference is not None
    check = PlannedCheck("test_values.py::test_a[x]", "a", points, visibility, section, (), False)
    cited = PlannedCheck("test_values.py::test_b", "b", 0.0, visibility, "2", (), False)
    return unpublished(suite, [check, cited], [STARTER], stage_folder(suite.reference))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("assert box.inner == 1", "asks for `inner`"),
        ("assert looks_inside(box) == 1", "asks for `inner`"),
        ("assert box.area()['sides'] == 4", "asks for `sides`"),
        ("pytest.raises(ValueError, match=r'too high: \\d+')", "says 'too high'"),
    ],
)
def test_a_hidden_test_asks_for_nothing_unheard_of(tmp_path: Path, body: str, words: str) -> None:
    folder = new_suite("week_1", tmp_path)
    (finding,) = found(folder, body)
    assert finding.startswith("test_values.py::test_a asks for")
    assert words in finding
    assert found(folder, body, visibility="visible") == []
    assert found(folder, body, points=0.0) == []


@pytest.mark.parametrize(
    "body",
    [
        "assert box.width == box.copy()",
        "pytest.raises(ValueError, match='too wide')",
        "assert unknown.to_the_reference == 1",
    ],
)
def test_what_the_starter_says_and_what_python_has_may_be_asked_for(tmp_path: Path, body: str) -> None:
    assert found(new_suite("week_1", tmp_path), body) == []


def test_a_check_with_points_cites_its_section(tmp_path: Path) -> None:
    folder = new_suite("week_1", tmp_path)
    assert found(folder, "pass", section="") == ["test_values.py::test_a[x] cites no section: @number(...)"]
    assert found(folder, "pass", section="", points=0.0) == []
