"""A Gradescope autograder: unittest with gradescope-utils' marks, `run_autograder` and what sets it up. Side: worker."""

import ast
import fnmatch
import re

from grader.errors import SourceError
from grader.suite.importing.code import look_at_tests
from grader.suite.importing.imported import CONFTEST, Contents, Imported, Notes, text_of, title_of
from grader.suite.importing.requirements import look_at_requirements

HARNESS = ("run_autograder", "setup.sh", "run_tests.py", "requirements.txt", "README.md")
UNITTESTS_OWN = "test*.py"
#: Gradescope's way to look for files means a folder that only its container has; this one means the student's.
FILES_CONFTEST = '''"""Lets gradescope-utils' check_submitted_files look where the student's files are."""

import gradescope_utils.autograder_utils.files as files
from marks import in_candidate


@in_candidate
def missing(paths):
    import os
    import sys

    folders = ["/submission", os.getcwd(), *sys.path]
    return [path for path in paths if not any(os.path.exists(os.path.join(folder, path)) for folder in folders)]


def check_submitted_files(paths, base=""):
    return missing(list(paths))


files.check_submitted_files = check_submitted_files
'''


def is_gradescope(files: Contents) -> bool:
    """Say whether a source is an autograder as Gradescope takes it."""
    return "run_autograder" in files


def read_gradescope(name: str, files: Contents) -> Imported:
    """Return the suite of an autograder's tests."""
    folder = "tests/" if any(path.startswith("tests/") and path.endswith(".py") for path in files) else ""
    kept = {
        path.removeprefix(folder): data
        for path, data in files.items()
        if path.startswith(folder) and (folder or path not in HARNESS)
    }
    kept.pop("__init__.py", None)
    imported = Imported("a Gradescope autograder", title_of(name), kept, Notes())
    patterns = _patterns(files)
    tests = [path for path in kept if _is_found(path, kept, patterns)]
    if not tests:
        raise SourceError(f"The autograder has no file tests/{patterns[0]}; only Python tests can be imported.")
    imported.tests = sorted(path for path in tests if not path.rpartition("/")[2].startswith("test_"))
    imported.notes.taken.append(
        f"{len(tests)} test files of `{folder or './'}`, with their weights, numbers and visibilities."
    )
    look_at_tests(kept, imported)
    look_at_requirements({path: data for path, data in files.items() if "/" not in path}, imported)
    _look_at_files(kept, imported)
    _look_at_harness(files, imported)
    return imported


def _patterns(files: Contents) -> list[str]:
    """Return the names of test files that `run_tests.py` looks for: unittest's own, if it names none."""
    runner = text_of(files.get("run_tests.py", b""))
    return re.findall(r"""['"]([\w*?\[\]-]*\*[\w*?\[\]-]*\.py)['"]""", runner) or [UNITTESTS_OWN]


def _is_found(path: str, files: Contents, patterns: list[str]) -> bool:
    """Whether unittest finds a file: in the folder of the tests, and in those below that are packages."""
    *folders, name = path.split("/")
    packages = ["/".join(folders[: depth + 1]) for depth in range(len(folders))]
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns) and all(
        f"{package}/__init__.py" in files for package in packages
    )


def _look_at_files(kept: Contents, imported: Imported) -> None:
    """Take over which files Gradescope's own check asks for."""
    asked = False
    for path, data in sorted(kept.items()):
        if not path.endswith(".py") or b"check_submitted_files" not in data:
            continue
        asked = True
        try:
            tree = ast.parse(text_of(data))
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("check_submitted_files") and node.args:
                imported.required_files += _texts(node.args[0])
    if asked and CONFTEST not in kept:
        kept[CONFTEST] = FILES_CONFTEST.encode()
        imported.notes.taken.append(
            f"`check_submitted_files` looks at what was handed in, by `{CONFTEST}`, which is new."
        )
    elif asked:
        imported.notes.person.append(
            f"`check_submitted_files` looks for `/autograder/submission`, which no judge has; take it out of the tests, "
            f"since `required_files` names the files, or replace it in `{CONFTEST}`."
        )


def _texts(node: ast.expr) -> list[str]:
    if not isinstance(node, ast.List | ast.Tuple):
        return []
    return [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _look_at_harness(files: Contents, imported: Imported) -> None:
    """Note what the harness did that a suite has no need of, or does in another way."""
    imported.notes.differs.append(
        "`run_autograder` and `run_tests.py` are not run: the judge runs the tests itself, each in a process of its own, so that "
        "one that crashes or hangs costs its own points only."
    )
    imported.notes.differs.append(
        "Tests and student's code are in two boxes. What a test prints is not shown to students; what their code prints is."
    )
    script = text_of(files["run_autograder"])
    copies = [line.strip() for line in script.splitlines() if line.strip().startswith(("cp ", "mv ", "ln "))]
    copies = [line for line in copies if not any(f"/submission/{name}" in line for name in imported.packages)]
    if copies:
        imported.notes.person.append(
            f"`run_autograder` moves files before the tests run (`{copies[0][:100]}`): name what students hand in as `package`, "
            "and put data files beside the tests or the student's code."
        )
    runner = text_of(files.get("run_tests.py", b""))
    if re.search(r"(?<!stdout_)visibility=(?!['\"]visible['\"])", runner):
        imported.notes.person.append(
            "`run_tests.py` sets one visibility for all tests; mark the tests themselves with `@visibility(...)`."
        )
    if "@leaderboard" in "".join(text_of(data) for data in imported.files.values()):
        imported.notes.person.append(
            "`@leaderboard` of a unittest class is not recorded; use the fixture `set_leaderboard_value`."
        )
