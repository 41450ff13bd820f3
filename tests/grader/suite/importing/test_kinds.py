"""Every kind of source becomes a suite that grades as the source did: right work gets all points, other work what it earned."""

import json
from pathlib import Path

import pytest

from grader.result import RunResult
from grader.source import stage_folder
from grader.suite.doctor.plain_pytest import plain_outcomes
from grader.suite.importing.writing import import_suite
from grader.suite.manifest import load_suite
from tests.grader.engines import by_name, engine, grade_files
from tests.grader.suite.importing.samples import ADD, CLASSIC, NBGRADER, OTTER, UNITS, WORKFLOW, archive, write

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(300)]


def graded(source: Path, tmp_path: Path, files: dict[str, str]) -> RunResult:
    """Import a source, unless that was done already, and grade a submission by it."""
    folder = tmp_path / "imported"
    if not folder.exists():
        import_suite(source, folder)
    return grade_files("bubblewrap", tmp_path / str(len(list(tmp_path.iterdir()))), files, load_suite(folder))


def points(result: RunResult) -> dict[str, tuple[float, float]]:
    return {name: (check.points, check.max_points) for name, check in by_name(result).items()}


def page(tmp_path: Path) -> str:
    return (tmp_path / "imported" / "NOTES.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_nbgrader_notebook(tmp_path: Path) -> None:
    source = tmp_path / "squares.ipynb"
    source.write_text(NBGRADER)
    folder = tmp_path / "imported"
    import_suite(source, folder)
    reference = (folder / "reference" / "work.py").read_text()
    assert "SOLUTION" not in reference
    right = graded(source, tmp_path, {"work.py": reference})
    assert points(right) == {
        "test_correct_squares_visible": (0, 0),
        "test_correct_squares": (2, 2),
        "test_squares_invalid": (1, 1),
    }
    assert by_name(right)["test_correct_squares"].visibility == "hidden"
    short = graded(source, tmp_path, {"work.py": "def squares(n):\n    return [i * i for i in (1, 2, 3)][:n]\n"})
    assert points(short) == {
        "test_correct_squares_visible": (0, 0),
        "test_correct_squares": (0, 2),
        "test_squares_invalid": (0, 1),
    }
    assert by_name(short)["test_correct_squares_visible"].verdict == "passed"
    assert "1 cells with 5 points are graded by hand" in page(tmp_path)


@pytest.mark.slow
def test_otters_tests(tmp_path: Path) -> None:
    source = write(tmp_path / "source", OTTER)
    right = graded(source, tmp_path, {"work.py": "def square(x):\n    return x * x\n"})
    assert points(right) == {"test_q1_case_1": (2, 2), "test_q1_case_2": (2, 2), "test_q2_test_negative": (3, 3)}
    assert by_name(right)["test_q1_case_2"].visibility == "hidden"
    wrong = graded(source, tmp_path, {"work.py": "def square(x):\n    return x * abs(x)\n"})
    assert points(wrong)["test_q2_test_negative"] == (0, 3)
    assert wrong.score == 4


@pytest.mark.slow
@pytest.mark.parametrize("form", ["classic", "workflow"])
def test_github_classroom(form: str, tmp_path: Path) -> None:
    tests = (
        {".github/classroom/autograding.json": json.dumps(CLASSIC)}
        if form == "classic"
        else {".github/workflows/classroom.yml": WORKFLOW}
    )
    source = write(tmp_path / "source", {**tests, "test_units.py": UNITS, "add.py": "print('starter')\n"})
    right = graded(source, tmp_path, {"add.py": ADD})
    assert points(right) == {"test_adds": (4, 4), "test_add": (3, 3), "test_negative": (3, 3)}
    reference = stage_folder(write(tmp_path / "reference", {"add.py": ADD}))
    plain = plain_outcomes(engine("bubblewrap"), load_suite(tmp_path / "imported"), reference)
    assert {found.outcome for found in plain.values()} == {"passed"}, plain
    wrong = graded(source, tmp_path, {"add.py": ADD.replace("a + b", "abs(a + b)")})
    assert points(wrong) == {"test_adds": (4, 4), "test_add": (3, 3), "test_negative": (0, 3)}
    silent = graded(source, tmp_path, {"add.py": "def add(a, b):\n    return a + b\n"})
    assert points(silent)["test_adds"] == (0, 4)
    assert ("needs a shell" in page(tmp_path)) is (form == "classic")


@pytest.mark.slow
def test_a_plain_folder_in_an_archive_with_its_solution(tmp_path: Path) -> None:
    source = archive(
        tmp_path / "week3.zip",
        {
            "week3/tests/check_rows.py": """
                import helper
                from rows import total

                def test_total():
                    assert total(helper.ROWS) == 6
            """,
            "week3/tests/helper.py": "ROWS = [1, 2, 3]\n",
            "week3/rows.py": "def total(rows):\n    return sum(rows)\n",
            "week3/requirements.txt": "pandas==2.2\n",
        },
    )
    folder = tmp_path / "imported"
    import_suite(source, folder)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py")) == [
        "check_rows.py",
        "helper.py",
        "reference/rows.py",
    ]
    right = graded(source, tmp_path, {"rows.py": (folder / "reference" / "rows.py").read_text()})
    assert points(right) == {"test_total": (100, 100)}
    assert graded(source, tmp_path, {"rows.py": "def total(rows):\n    return 5\n"}).score == 0
    assert "`pandas` (requirements.txt) was installed" in page(tmp_path)
