"""The starter of a module: the template repository that a course publishes on GitHub. Side: any.

It holds the module's file without bodies, the visible tests with their support modules, marks of our own that stand in for
gradescope-utils, and a workflow that runs the tests. Always true: nothing but NumPy and pytest is needed to run them, no
answer and no hidden test is in it, and nothing of a student's earlier modules: those they bring themselves.
"""

import ast
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.suite.authoring import starter_files as files
from grader.suite.authoring.skeleton import points_of_tests, skeleton, visible_tests
from grader.suite.course_table import read_course_table
from grader.suite.manifest import Suite, load_suite

SUITES = Path(__file__).resolve().parents[3] / "test_suites"
MILESTONES = "milestones.py"  # what tests of milestones share, which have no starter
GIVEN = "given.py"  # in a suite's folder: definitions that the starter hands out as they stand


def write_starter(module: str, folder: Path) -> list[str]:
    """Write a module's starter into a new or empty folder and return the paths; raises UsageError if it cannot."""
    tree = starter_tree(module)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty; name a new folder for the starter")
        for path, text in tree.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"the starter cannot be written to {folder}: {problem}") from None
    return list(tree)


def starter_tree(module: str, *, with_earlier: bool = False) -> dict[str, str]:
    """Return the text of every file of a module's starter, by path; raises UsageError for a module without a suite.

    with_earlier: add the reference's other files, for whoever grades the starter instead of publishing it.
    """
    rows = modules()
    by_topic = {row["topic"]: row for row in rows.values()}
    row = rows.get(module.zfill(2)) or by_topic.get(module)
    if row is None:
        raise UsageError(f"there is no module {module!r}; the course has {', '.join(rows)} ({', '.join(by_topic)})")
    if not (SUITES / row["suite"] / "suite.toml").is_file():
        raise UsageError(f"module {row['number']} has no suite yet, so it has no starter")
    suite = load_suite(SUITES / row["suite"])
    if suite.reference is None:
        raise UsageError(f"module {row['number']} has no reference implementation, so it has no starter")
    needs = [rows[number] for number in _all_needs(rows, row["number"])]
    tree = {row["file"]: _module(row, suite)}
    for folder in Path(row["file"]).parents[:-1]:
        tree[f"{folder}/__init__.py"] = (suite.reference / folder / "__init__.py").read_text(encoding="utf-8")
    if with_earlier:
        for path in sorted(suite.reference.rglob("*.py")):
            tree.setdefault(path.relative_to(suite.reference).as_posix(), path.read_text(encoding="utf-8"))
    tree |= _tests(suite) | files.MARKS
    if needs:
        entries = "".join(f'    "{need["file"]}": "module {need["number"]}, {need["title"]}",\n' for need in needs)
        tree["conftest.py"] = files.CONFTEST.replace("{needed}", entries)
    return tree | {
        "pytest.ini": files.PYTEST_INI,
        "requirements.txt": files.REQUIREMENTS,
        ".gitignore": files.GITIGNORE,
        ".github/workflows/tests.yml": files.WORKFLOW,
        "README.md": _readme(row, suite, needs),
    }


def _all_needs(rows: dict[str, dict[str, Any]], number: str) -> list[str]:
    """Return the numbers of the modules that a module builds on, directly or through another, in order."""
    found: set[str] = set()
    for need in rows[number]["needs"]:
        found |= {need, *_all_needs(rows, need)}
    return sorted(found)


def modules() -> dict[str, dict[str, Any]]:
    """Return the modules of the offered edition by number, with what the one table says of their topics."""
    table = read_course_table(SUITES)
    numbers = {topic: row.number for topic, row in table.offered.modules.items()}
    return {
        row.number: {
            **asdict(table.topics[topic]),
            **asdict(row),
            "file": row.file,
            "needs": sorted(numbers[need] for need in row.needs),
        }
        for topic, row in table.offered.modules.items()
    }


def _module(row: dict[str, Any], suite: Suite) -> str:
    """Return the module's file without bodies; methods with an underscore stay only if the tests name them."""
    assert suite.reference is not None
    given = suite.folder / GIVEN
    source = (suite.reference / row["file"]).read_text(encoding="utf-8")
    return skeleton(
        source,
        public=[*row["names"], *row["constants"]],
        private=re.findall(r"\.(_[a-z]\w*)", "".join(_sources(suite).values())),
        given=given.read_text(encoding="utf-8") if given.is_file() else "",
        absent=helper_modules(source, suite.reference),
    )


def helper_modules(source: str, reference: Path) -> list[str]:
    """Return the modules that a file of the reference imports and no student is asked for: its own helpers."""
    offered = {row["module"] for row in modules().values()}
    imported = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module}
    return sorted(name for name in imported - offered if (reference / f"{name.replace('.', '/')}.py").is_file())


def _sources(suite: Suite) -> dict[str, str]:
    """Return the suite's own test files by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(suite.folder.glob("test_*.py"))}


def _tests(suite: Suite) -> dict[str, str]:
    """Return the visible tests, and the support modules that every suite shares."""
    shared = {
        name: path
        for name, path in suite.files.items()
        if path.suffix == ".py" and "/" not in name and name != MILESTONES
    }
    tests = {name: path.read_text(encoding="utf-8") for name, path in shared.items()}
    tests |= {name: text for name, source in _sources(suite).items() if (text := visible_tests(source))}
    return {f"tests/{name}": text for name, text in tests.items()}


def _readme(row: dict[str, Any], suite: Suite, needs: list[dict[str, Any]]) -> str:
    """Return the README: how to run the tests, what to bring, what to write, how it is graded."""
    sources = _sources(suite)
    weights = [points_of_tests(source) for source in sources.values()]
    visible, total = (f"{sum(column):g}" for column in zip(*weights, strict=True))
    first = next(name for name, source in sources.items() if visible_tests(source))
    text = files.README_START.format(**row, first=first)
    if needs:
        listed = "\n".join(f"- `{need['file']}` (module {need['number']}, {need['title']})" for need in needs)
        text += files.README_NEEDS.format(files=listed)
    text += files.README_WRITE.format(names="\n".join(f"- `{name}`" for name in row["names"]))
    if paths := suite.advice.get("paths"):
        listed = "\n".join(f"- **{path['name']}**, {path['title']}: {path['text']}." for path in paths)
        text += files.README_PATHS.format(file=row["file"], paths=listed)
    text += files.README_GRADING.format(visible=visible, total=total)
    return text + (files.README_BUDGETS if "test_budgets.py" in sources else "")
