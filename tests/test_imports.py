"""The house stands: imports run one way by the contracts of pyproject.toml, each file says its side, no floor is crowded."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES_ON_A_FLOOR = 10
LINES_OF_A_FILE = 300
#: Longer than LINES_OF_A_FILE, each with its reason.
LONGER = {"course_admin/back_office/field_names.py": "a list, one name a line"}


def files(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts]


def imports(path: Path) -> Iterator[str]:
    """Yield the absolute name of everything that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_imports_run_one_way() -> None:
    # In a process of its own, for it silences every logger that there is.
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_suites_never_import_the_reference_or_the_engine() -> None:
    forbidden = ("reference_impl", "grader", "django", "course_admin")
    wrong = [
        (path.name, name)
        for path in files("test_suites")
        for name in imports(path)
        if name.partition(".")[0] in forbidden
    ]
    assert wrong == []


def test_every_file_of_the_engine_says_on_which_side_it_runs() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in files("grader")
        if "Side: " not in (ast.get_docstring(ast.parse(path.read_text())) or "")
    ]
    assert silent == []


@pytest.mark.parametrize("package", ["grader", "course_admin"])
def test_no_floor_holds_more_than_ten_files(package: str) -> None:
    floors: dict[str, int] = {}
    for path in files(package):
        if not re.fullmatch(r"__(init|main)__\.py", path.name):
            floor = str(path.parent.relative_to(ROOT))
            floors[floor] = floors.get(floor, 0) + 1
    assert {floor: count for floor, count in floors.items() if count > FILES_ON_A_FLOOR} == {}


def test_no_file_is_longer_than_can_be_read_at_once() -> None:
    long = {
        str(path.relative_to(ROOT))
        for package in ("grader", "course_admin", "reference_impl")
        for path in files(package)
        if len(path.read_text(encoding="utf-8").splitlines()) > LINES_OF_A_FILE
    }
    assert long == set(LONGER)


@pytest.mark.medium
def test_generic_code_knows_no_course() -> None:
    """What is a course's lies in its suites and their tables: elsewhere its names are examples, and say so."""
    named = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in (*files("grader"), *files("course_admin"))
        if "demo" not in path.parts and "bench" not in path.parts
        for text in words_of(path)
        if re.search(r"tinytorch|\bm\d\d_", text, re.IGNORECASE) and not re.search("such as |as in ", text)
    ]
    assert named == []


def words_of(path: Path) -> Iterator[str]:
    """Yield what a file names and says, its docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value
        elif isinstance(node, ast.Name | ast.alias):
            yield node.id if isinstance(node, ast.Name) else node.name


def test_importing_the_engine_starts_nothing() -> None:
    """Whatever a module does when it is imported, it opens no socket and starts no thread or process."""
    starters = {"Thread", "Popen", "socket", "fork"}
    for path in files("grader"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, (ast.Expr, ast.Assign)):
                called = {
                    child.func.attr if isinstance(child.func, ast.Attribute) else getattr(child.func, "id", "")
                    for child in ast.walk(node)
                    if isinstance(child, ast.Call)
                }
                assert not called & starters, f"{path}:{node.lineno}"
