"""Doctests of the student's are found and run in their process; a docstring of theirs is never run here. Side: judge.

`DocTestFinder().find(work)`, `DocTestSuite(work)` and `run_docstring_examples(work.f, ...)` work as in one process. A doctest
that a test makes of a text is run here if the text stands in one of the suite's own files.
"""

import doctest
import functools
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.interpreter.namesakes import LIBRARY
from grader.judge.exceptions import SuiteMisuse
from grader.judge.remote.current import current, has_current
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import RemoteObject, exactly

_find, _run = doctest.DocTestFinder.find, doctest.DocTestRunner.run
_count: Callable[..., None] = vars(doctest.DocTestRunner)["_DocTestRunner__record_outcome"]
NOT_OWN = (
    "a doctest was made of a text that stands in no file of the suite's, and may be the student's: it would be run here; "
    "write doctest.DocTestFinder().find(...) of the student's module or function, or doctest.testmod"
)


class StudentsDocTest(doctest.DocTest):
    """A doctest of the student's, which stays in their process."""

    def __init__(self, there: Any) -> None:
        self.there = there
        examples = [doctest.Example(exactly(str, each.source), exactly(str, each.want)) for each in there.examples]
        name, text = exactly(str, there.name), exactly(str, there.docstring)
        super().__init__(examples, {}, name, exactly(str, there.filename), None, text)

    __hash__ = doctest.DocTest.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def forward(folder: Path | None) -> None:
    """Have doctests of the student's looked for and run where they are; folder: the suite's."""
    doctest.DocTestFinder.find = _finding  # type: ignore[method-assign]
    doctest.DocTestRunner.run = _running(folder)  # type: ignore[method-assign]


def restore() -> None:
    """Undo `forward`."""
    doctest.DocTestFinder.find = _find  # type: ignore[method-assign]
    doctest.DocTestRunner.run = _run  # type: ignore[method-assign]


@functools.wraps(_find)
def _finding(
    self: Any, obj: Any, name: Any = None, module: Any = None, globs: Any = None, extraglobs: Any = None
) -> Any:
    is_module = isinstance(obj, ModuleType) and type(obj) is not ModuleType
    if not is_module and not issubclass(type(obj), RemoteObject | RemoteName):
        return _find(self, obj, name, module, globs, extraglobs)
    finder = RemoteName(LIBRARY + "doctest", "DocTestFinder")(exclude_empty=self._exclude_empty)
    return [StudentsDocTest(there) for there in finder.find(obj, name, module, globs, extraglobs)]


def _running(folder: Path | None) -> Callable[..., Any]:
    @functools.wraps(_run)
    def run(self: Any, test: Any, compileflags: Any = None, out: Any = None, clear_globs: bool = True) -> Any:
        if isinstance(test, StudentsDocTest):
            runner = RemoteName(LIBRARY + "doctest", "DocTestRunner")(None, bool(self._verbose), self.optionflags)
            done = runner.run(test.there, None, out)
            counts = exactly(int, done.failed), exactly(int, done.attempted), 0
            _count(self, test, *counts[: _count.__code__.co_argcount - 2])
            return doctest.TestResults(*counts[:2])
        if has_current() and test.examples and not _is_suites(folder, test.docstring):
            raise current().refuse(SuiteMisuse(NOT_OWN))
        return _run(self, test, compileflags, out, clear_globs)

    return run


def _is_suites(folder: Path | None, text: Any) -> bool:
    """Whether a doctest's text stands, as it is, in a file of the suite's."""
    if folder is None or type(text) is not str:
        return False
    files = (path for path in folder.rglob("*") if path.is_file())
    return any(text in path.read_text(encoding="utf-8", errors="replace") for path in files)
