"""Accidents of a test that no answer of the student's can have caused, told by where and how they happened. Side: judge.

A name, a module or a file that is not there; a function of the suite's called with too few arguments; a method of unittest's
misspelt; a fixture called as a function. Each is looked for where Python noted it: in the exception, its traceback, the call's
place in the source. Wherever the student's value may have been part of it, it is none of these.
"""

import ast
import re
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, FunctionType, MethodType, ModuleType, TracebackType
from typing import Any

import pytest

from grader.errors import SuiteError
from grader.judge.exceptions import SuiteMisuse
from grader.judge.process.expressions import expression_at
from grader.judge.process.files import are_shared
from grader.wire.identities import is_copy

FILES = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError)
ARGUMENTS = re.compile(
    r"\(\) (missing \d|takes |got an unexpected keyword|got multiple values|got some positional-only)"
)
NO_WEAKREF = "cannot create weak reference to"
#: Of these kinds is an answer by value, of which Python itself makes none.
PLAIN = re.compile(rf"{NO_WEAKREF} '(NoneType|bool|int|float|complex|str|bytes|bytearray|list|dict|tuple|range|slice)'")
READ_ONLY = "read-only"  # in what NumPy says of a write to such an array
PYTESTS_OWN = ("/_pytest/fixtures.py", "/_pytest/python.py")


def is_suites(problem: BaseException, root: Path) -> bool:
    """Whether an exception is an accident of the suite below `root`, whatever the student's code has answered."""
    if isinstance(problem, (SuiteError, SuiteMisuse, ImportError)):
        return True
    if isinstance(problem, FILES):  # in the test's own folders the student's code may not have written what it should
        return not are_shared(problem.filename)
    if type(problem) is NameError:  # UnboundLocalError may be for what a loop over the student's values never did
        return True
    traces = list(traces_of(problem))
    own = [number for number, trace in enumerate(traces) if _file(trace).startswith(f"{root}/")]
    if isinstance(problem, pytest.fail.Exception):
        after = traces[own[-1] :] if own else []
        return not own or any(_file(trace).endswith(PYTESTS_OWN) for trace in after)
    if own and type(problem) is TypeError and str(problem).startswith(NO_WEAKREF):
        # What stands for an object of the student's says nothing of how long that lives.
        return not PLAIN.match(str(problem))
    if not own or own[-1] != len(traces) - 1:
        return False
    if isinstance(problem, AttributeError):
        return _is_misspelt(problem, traces[-1], root)
    if type(problem) is ValueError and READ_ONLY in str(problem):
        return _writes_to_a_copy(traces[-1])
    if type(problem) is TypeError and str(problem).startswith("called match pattern must be"):
        return True  # for which a name of the student's is no class
    return type(problem) is TypeError and ARGUMENTS.search(str(problem)) is not None and _is_own_call(traces[-1], root)


def _writes_to_a_copy(trace: TracebackType) -> bool:
    """Whether an array that is written to is a copy of the student's, or cannot be told: one of the test's own may be frozen."""
    written = expression_at(trace, ast.Subscript)
    found = _found(written.value, trace.tb_frame) if isinstance(written, ast.Subscript) else None
    return found is None or is_copy(found)


def traces_of(problem: BaseException) -> Iterator[TracebackType]:
    """Yield the frames that an exception passed through, the outermost first."""
    trace = problem.__traceback__
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _file(trace: TracebackType) -> str:
    return trace.tb_frame.f_code.co_filename


def _is_misspelt(problem: AttributeError, trace: TracebackType, root: Path) -> bool:
    """Whether a module's, a TestCase's or a class's attribute is missing that nothing in the suite ever sets."""
    found = expression_at(trace, ast.Attribute)
    written = found.value if isinstance(found, ast.Attribute) else None  # in a `getattr` the name may be the answer
    if type(problem.obj) is ModuleType:
        return written is not None
    if isinstance(problem.obj, type) and (
        written is None or not _is_own_class(problem.obj, written, trace.tb_frame, root)
    ):
        return False
    return isinstance(problem.obj, unittest.TestCase | type) and problem.name not in _attributes_set(root)


def _is_own_class(kind: type, written: ast.expr, frame: FrameType, root: Path) -> bool:
    """Whether a class is the suite's own, or one of Python's that its source names: others may be the student's answer."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if str(file or "").startswith(f"{root}/"):
        return True
    while isinstance(written, ast.Attribute):
        written = written.value
    is_local = not isinstance(written, ast.Name) or written.id in frame.f_locals
    return not is_local and not issubclass(kind, BaseException)


def _attributes_set(root: Path) -> set[str]:
    """Return the names of all attributes that the suite's files set, and of all that stand in a text."""
    names: set[str] = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
    return names


def _is_own_call(trace: TracebackType, root: Path) -> bool:
    """Whether what is called there is written in Python on this side, with arguments that are counted in the source."""
    call = expression_at(trace, ast.Call)
    if (
        not isinstance(call, ast.Call)
        or any(isinstance(arg, ast.Starred) for arg in call.args)
        or any(k.arg is None for k in call.keywords)
    ):
        return False
    found = _found(call.func, trace.tb_frame)
    if isinstance(found, type):
        return _is_own_class(found, call.func, trace.tb_frame, root)
    return isinstance(found, FunctionType | MethodType)


def _found(name: ast.expr, frame: FrameType) -> Any:
    """Return what a dotted name stands for in a frame; None for anything else, and nothing of the student's is asked."""
    if isinstance(name, ast.Name):
        return frame.f_locals.get(name.id, frame.f_globals.get(name.id))
    if isinstance(name, ast.Attribute):
        holder = _found(name.value, frame)
        if type(holder) is ModuleType or isinstance(holder, unittest.TestCase):
            return getattr(holder, name.attr, None)
    return None
