"""A plain folder of tests, of pytest or unittest, under any names. Side: worker."""

import ast
import re

from grader.errors import SourceError
from grader.suite.importing.code import look_at_tests, parse
from grader.suite.importing.imported import Contents, Imported, Notes, title_of
from grader.suite.importing.requirements import look_at_requirements

#: What modules are called that help tests, and are no work of a student's.
HELPER = re.compile(r"test|helper|util|support|common|fixture|conftest")


def read_plain(name: str, files: Contents) -> Imported:
    """Return the suite of a folder: files that hold tests, what lies beside them, and solutions as its reference."""
    tests_folder = next((start for start in ("tests/", "test/") if _holds_tests(files, start)), "")
    kept = {path.removeprefix(tests_folder): data for path, data in files.items() if path.startswith(tests_folder)}
    kept.pop("__init__.py", None)
    imported = Imported("a folder of tests", title_of(name), kept, Notes())
    tests = [path for path in sorted(kept) if "/" not in path and _has_tests(path, kept[path], imported)]
    if not tests:
        raise SourceError("No file with tests was found: functions named test_..., or classes of unittest.TestCase.")
    imported.tests = [path for path in tests if not path.startswith("test_")]
    imported.notes.taken.append(f"{len(tests)} files of tests: {', '.join(f'`{path}`' for path in tests[:10])}.")
    _leave_out_solutions(files, tests_folder, tests, imported)
    look_at_tests(imported.files, imported)
    look_at_requirements(files, imported)
    return imported


def _holds_tests(files: Contents, start: str) -> bool:
    return any(path.startswith(start) and path.endswith(".py") and b"test" in data for path, data in files.items())


def _has_tests(path: str, data: bytes, imported: Imported) -> bool:
    tree = parse(path, data, imported) if path.endswith(".py") else None
    return tree is not None and any(_is_test(node) for node in tree.body)


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name.startswith("test")
    if isinstance(node, ast.ClassDef):
        return any(isinstance(inner, ast.FunctionDef) and inner.name.startswith("test") for inner in node.body)
    return False


def _leave_out_solutions(files: Contents, folder: str, tests: list[str], imported: Imported) -> None:
    """Take modules beside the tests that these import, and no helper of theirs, for the solution: the reference."""
    wanted = Imported("", "", {}, Notes())
    look_at_tests({path: imported.files[path] for path in tests}, wanted)
    for package in wanted.packages:
        if HELPER.search(package) or (folder and f"{folder}{package}.py" in files):
            continue
        found = {
            path: data
            for path, data in files.items()
            if path in (f"{package}.py", f"src/{package}.py") or path.startswith((f"{package}/", f"src/{package}/"))
        }
        for path, data in found.items():
            imported.reference[path.removeprefix("src/")] = data
            imported.files.pop(path.removeprefix(folder), None)
    if imported.reference:
        imported.notes.taken.append(
            f"{', '.join(f'`{path}`' for path in sorted(imported.reference)[:10])} as the reference: the tests import it, and "
            "students hand it in. No judge and no student sees it."
        )
        imported.notes.person.append(
            "Look whether `reference/` holds the solution and nothing that the tests need; what they need belongs beside them."
        )
