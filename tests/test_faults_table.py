"""The table of all that leads to "needs attention" (docs/security.md) is the code's own: nothing is missing, nothing made up."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE, SERVICE = ROOT / "grader", ROOT / "course_admin"
#: Measurements, what runs on other machines, and the check of a suite, which has its author's code before it and no student's.
NOT_GRADING = ("bench/", "client/", "suite/check/", "suite/doctor/")
#: Where a broken suite, too, ends a run that was begun.
RUNS_SUITES = "supervisor"
#: What reports a fault, in the service: a worker's, or of a worker's result.
REPORTING = "submissions"
#: What staff do on purpose is no path of a submission's.
BY_STAFF = "submissions/queue/staff_requests.py"


@functools.cache
def engine_files() -> dict[str, ast.Module]:
    """Return the engine's files that grade a submission, parsed."""
    paths = {path.relative_to(ENGINE).as_posix(): path for path in sorted(ENGINE.rglob("*.py"))}
    return {
        name: ast.parse(path.read_text(encoding="utf-8"))
        for name, path in paths.items()
        if not name.startswith(NOT_GRADING)
    }


def faults(files: dict[str, ast.Module]) -> set[str]:
    """Return the names of `Fault` and of every class below it."""
    names, classes = (
        {"Fault"},
        [node for tree in files.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)],
    )
    while (
        more := {
            node.name for node in classes if any(isinstance(base, ast.Name) and base.id in names for base in node.bases)
        }
        - names
    ):
        names |= more
    return names


def raised() -> Iterator[tuple[str, str]]:
    """Yield where the engine raises a fault, and which; of what is raised further on only the first place counts."""
    files = engine_files()
    names = faults(files)
    for name, tree in files.items():
        wanted = names | ({"SuiteError"} if name.startswith(RUNS_SUITES) else set())
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                calls = (part.func for part in ast.walk(node.exc) if isinstance(part, ast.Call))
                yield from ((name, call.id) for call in calls if isinstance(call, ast.Name) and call.id in wanted)


def noted() -> Iterator[tuple[str, str]]:
    """Yield where the service moves a run or a push there, `state=...NEEDS_ATTENTION`, or calls what may: `fault`."""
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_change = (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
            )
            if is_change and any(
                keyword.arg == "state" and "NEEDS_ATTENTION" in ast.dump(keyword.value) for keyword in node.keywords
            ):
                yield path.relative_to(SERVICE).as_posix(), "needs_attention"
            if (
                isinstance(node, ast.Call)
                and path.is_relative_to(SERVICE / REPORTING)
                and ast.unparse(node.func) in ("fault", "dispatch.fault")
            ):
                yield path.relative_to(SERVICE).as_posix(), "needs_attention"


def table() -> list[tuple[str, str, str, str]]:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    part = text.partition("## What leads to *needs attention*")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \| `(\w+)` \| (.+?) \| (.+) \|$", part, re.MULTILINE)


@pytest.mark.medium
def test_every_path_to_needs_attention_is_in_the_table_and_no_other() -> None:
    rows = [(place, kind) for place, kind, _when, _why in table()]
    assert len(rows) == len(set(rows))
    found = {*raised(), *noted()} - {(BY_STAFF, "needs_attention")}
    assert found - set(rows) == set(), "not in docs/security.md"
    assert set(rows) - found == set(), "nowhere in the code"


def test_every_row_says_when_and_why() -> None:
    assert [place for place, _kind, when, why in table() if len(when) < 10 or len(why) < 5] == []


@pytest.mark.parametrize("kind", ["Fault", "JudgeFault", "SandboxUnavailable", "ArchiveUnavailable"])
def test_faults_are_found_by_their_base(kind: str) -> None:
    assert kind in faults(engine_files())
