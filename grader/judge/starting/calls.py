"""Calls of the student's at the top of a suite's files: made at the beginning of each test, in their order. Side: judge.

`ACCOUNT = Account(10)`, what `parametrize` is given, and a decorator of the student's on a function of the test's are such
calls. While a suite is imported there is no student; what a call will have given is a name, as what is imported is.
"""

import sys
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

from grader.errors import SuiteError
from grader.judge import feedback
from grader.judge.connection import Connection
from grader.judge.exceptions import CandidateRaised

MADE = "at the top"  # the module of what such calls give: no module can be called so


class Call(NamedTuple):
    """A call at the top of a file: of what, with which arguments, and where."""

    function: Any
    args: tuple[Any, ...]
    named: dict[str, Any]
    file: str


calls: list[Call] = []


def note(function: Any, args: tuple[Any, ...], named: dict[str, Any]) -> str:
    """Note a call, and return the path of what it will have given.

    Raises SuiteError for one that decorates a test or a method: what it gives would be looked at before anybody knows it.
    """
    frame = sys._getframe(2)
    for arg in args:
        is_test = isinstance(arg, FunctionType | type) and arg.__name__.lower().startswith("test")
        if is_test or (isinstance(arg, FunctionType) and "__qualname__" in frame.f_locals):
            raise SuiteError(
                f"the student's code decorates {arg.__name__} at the top of the file; do it inside of the test"
            )
    calls.append(Call(function, args, named, frame.f_code.co_filename))
    return str(len(calls) - 1)


def shown(path: str) -> str:
    """Return how what a call has given is written in a message."""
    number, *names = path.split(".")
    return ".".join([f"{feedback.show(calls[int(number)].function)}(...)", *names])


def make_all(connection: Connection, file: Path) -> None:
    """Make all of them in a test of a file; raises what one of that file's own ends in."""
    for number, call in enumerate(calls):
        try:
            connection.made[number] = connection.request("call", call.function, call.args, call.named)
        except BaseException as problem:
            if not isinstance(problem, CandidateRaised) or call.file == str(file):
                raise
            connection.made[number] = problem


def made(connection: Connection, path: str) -> Any:
    """Return what a call has given in this test, or an attribute of that; raises what it ended in."""
    number, *names = path.split(".")
    found = connection.made[int(number)]
    if isinstance(found, CandidateRaised):
        problem: Any = found
        raise problem
    for name in names:
        found = getattr(found, name)
    return found


def given(connection: Connection, path: str, otherwise: Any) -> Any:
    """Return what a call has given; for one that raised, or an attribute, something else, which whoever uses it asks."""
    found = connection.made[int(path)] if path.isdecimal() else None
    return otherwise if not path.isdecimal() or isinstance(found, CandidateRaised) else found
