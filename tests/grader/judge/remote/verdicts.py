"""One construct of a test, judged in one process and over the socket: do both come to the same verdict?

A row is what a right and a wrong student write in work.py, and the body of a test.
"""

import decimal
import importlib.util
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from grader.errors import SuiteError
from grader.judge import remote
from grader.judge.exceptions import CandidateEnded, RemoteMisuse, SuiteMisuse
from tests.grader.judge.local_candidate import local_candidate

HEAD = "import pytest\nimport work\n"


class Row(NamedTuple):
    """A construct: two students' module, and a test of it."""

    right: str
    wrong: str
    test: str
    trusts_equality: bool = False


def rows(table: str) -> dict[str, Row]:
    """Return the rows of a text: `=== name`, the right module, `--- wrong`, the wrong one, `--- test`, the test."""
    found = {}
    for block in table.split("=== ")[1:]:
        name, _, rest = block.partition("\n")
        right, wrong, test = re.split(r"^--- (?:wrong|test)\n", rest, flags=re.MULTILINE)
        found[name] = Row(right, wrong, test)
    return found


def plain(folder: Path, student: str, test: str) -> str:
    """Return how a test ends with the student's module imported in its own process."""
    work = _load("work", _written(folder / "work.py", student))
    sys.modules["work"] = work
    try:
        module = _load("test_plain", _written(folder / "test_plain.py", HEAD + textwrap.dedent(test)))
        return _outcome(module)
    finally:
        del sys.modules["work"]


def judged(folder: Path, student: str, test: str, *, trusts_equality: bool = False) -> str:
    """Return how a test ends whose student's module is in another process: passed, failed, or whose fault it is."""
    _written(folder / "work.py", student)
    with remote_work():
        module = _load("test_judged", _written(folder / "test_judged.py", HEAD + textwrap.dedent(test)))
        sys.modules["test_judged"] = module
        with local_candidate(folder, "work") as connection:
            connection.trusts_equality = trusts_equality
            try:
                remote.Given(folder).fill(connection, folder / "test_judged.py", {})
                outcome = _outcome(module)
            finally:
                del sys.modules["test_judged"]
            if isinstance(connection.misuse, SuiteError | SuiteMisuse):
                return f"suite: {connection.misuse}"
            return outcome if connection.misuse is None else f"failed: {connection.misuse}"


@contextmanager
def remote_work() -> Iterator[None]:
    """Have `import work` give the remote module, and questions of Python's forwarded."""
    finder = remote.RemoteFinder(["work"])
    sys.meta_path.insert(0, finder)
    remote.forward()
    try:
        yield
    finally:
        remote.restore()
        sys.meta_path.remove(finder)
        for name in [
            each for each in sys.modules if each.partition(".")[0] == "work"
        ]:  # "work.random" of a patch as well
            del sys.modules[name]


def _outcome(module: ModuleType) -> str:
    """Return how a test ends; what it, or a student in this process, sets of decimals is gone with it."""
    try:
        with decimal.localcontext():
            module.test()
    except (SuiteError, SuiteMisuse) as problem:
        return f"suite: {problem}"
    except (AssertionError, CandidateEnded, RemoteMisuse) as problem:
        return f"failed: {problem}"
    except BaseException as problem:
        return f"failed: {type(problem).__name__}: {problem}"
    return "passed"


def _written(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text))
    return path


def _load(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # another of this name, size and second may follow
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module
