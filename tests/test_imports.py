"""Imports run one way: read from the syntax trees of the whole project, so that a wrong arrow fails here first."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("grader", "course_admin", "test_suites", "reference_impl")

#: Lower layers first: a module may import from its own layer and from those before it.
GRADER_LAYERS = [
    {"verdict", "errors", "values", "text", "budget", "counting", "picture"},
    {"result", "feedback", "shipping", "connection"},
    {"remote", "pieces", "measuring", "collecting", "ending", "source", "advice"},
    {"suite", "judge", "sandbox", "archives", "broker", "skeleton", "starter_files", "starter"},
    {"hosting", "judging", "mixing", "metering", "pool"},
    {"outcome"},
    {"run", "suites", "scaffold", "fitness", "lanes"},
    {"needs", "course", "checking", "bench", "report"},
    {"tasks", "__main__"},
    {"check_tasks"},
]
#: What the candidate's agent may import of ours.
AGENT = {"grader.values", "grader.candidate"}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and absolute name of everything a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def files(package: str) -> list[Path]:
    return [path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts]


def arrows(package: str) -> Iterator[tuple[str, int, str]]:
    for path in files(package):
        for line, name in imports(path):
            yield str(path.relative_to(ROOT)), line, name


def test_nothing_in_the_engine_knows_django_or_the_service() -> None:
    wrong = [arrow for arrow in arrows("grader") if arrow[2].partition(".")[0] in ("django", "course_admin")]
    assert wrong == []


def test_celery_is_known_by_the_tasks_and_the_broker_alone() -> None:
    known = {path for path, _, name in arrows("grader") if name.partition(".")[0] in ("celery", "kombu")}
    assert known <= {"grader/tasks.py", "grader/check_tasks.py", "grader/broker.py", "grader/bench/listener.py"}


@pytest.mark.parametrize("package", PACKAGES[:2])
def test_nobody_pickles(package: str) -> None:
    wrong = [
        arrow for arrow in arrows(package) if arrow[2].partition(".")[0] in ("pickle", "dill", "cloudpickle", "marshal")
    ]
    assert wrong == []


def test_the_agent_imports_values_and_nothing_else_of_ours() -> None:
    ours = {
        name for path, _, name in arrows("grader") if path.startswith("grader/candidate/") and name.startswith("grader")
    }
    assert all(any(name.startswith(allowed) for allowed in AGENT) for name in ours), ours


def test_the_engine_imports_downwards() -> None:
    height = {name: index for index, layer in enumerate(GRADER_LAYERS) for name in layer}
    wrong = []
    for path, line, name in arrows("grader"):
        here = Path(path).relative_to("grader").parts[0].removesuffix(".py")
        there = name.split(".")[1] if name.startswith("grader.") else ""
        if there in height and here in height and height[there] > height[here]:
            wrong.append((path, line, name))
    assert wrong == []


def test_every_module_of_the_engine_has_its_layer() -> None:
    known = set().union(*GRADER_LAYERS) | {"candidate", "__init__", "__pycache__"}
    assert {path.name.removesuffix(".py") for path in (ROOT / "grader").iterdir()} <= known


def test_the_apps_of_the_service_import_downwards() -> None:
    height = {"courses": 0, "assignments": 1, "submissions": 2, "gradebook": 3, "review": 3, "integrations": 4}
    wrong = []
    for path, line, name in arrows("course_admin"):
        here, parts = Path(path).parts[1], name.split(".")
        there = parts[1] if parts[0] == "course_admin" and len(parts) > 1 else ""
        if here in height and there in height and here != there and height[there] >= height[here]:
            wrong.append((path, line, name))
    assert wrong == []


def test_suites_never_import_the_reference_or_the_engine() -> None:
    wrong = [a for a in arrows("test_suites") if a[2].partition(".")[0] in ("reference_impl", "grader", "django")]
    assert wrong == []


def test_every_file_of_the_engine_says_on_which_side_it_runs() -> None:
    silent = [
        str(path) for path in files("grader") if "Side: " not in (ast.get_docstring(ast.parse(path.read_text())) or "")
    ]
    assert silent == []
