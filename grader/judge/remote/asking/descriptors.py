"""Descriptors of the student's in a class of the test's: what Python would ask of them there, nothing here does. Side: judge.

A function that a decorator of the student's made is bound to the test's object, and a property asks its functions, as in one
process. `class Item: price = work.Positive()` would hold what stands for the object, and never call its `__get__`: refused.
"""

import builtins
import sys
from types import FunctionType, MethodType
from typing import Any

from grader.judge.exceptions import CandidateRaised, SuiteMisuse
from grader.judge.remote.current import current, has_current
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import RemoteObject, is_suites

_build = builtins.__build_class__


def build_class(*args: Any, **named: Any) -> Any:
    """Return a class as its statement says; with what it has of the student's in the place of itself."""
    made = _build(*args, **named)
    if type.__instancecheck__(type, made) and has_current() and is_suites(sys._getframe(1)):
        for name, value in list(vars(made).items()):
            if issubclass(type(value), RemoteObject | RemoteName):
                setattr(made, name, _in_class(value, f"{made.__name__}.{name}"))
    return made


class _Method:
    """A function of the student's in a class of the test's."""

    def __init__(self, function: RemoteObject | RemoteName) -> None:
        self.function = function

    def __get__(self, held: Any, _owner: type | None = None) -> Any:
        return self.function if held is None else MethodType(self.function, held)


def _in_class(value: RemoteObject | RemoteName, where: str) -> Any:
    """Return what does in a class of the test's what an object of the student's would; raises SuiteMisuse where nothing can."""
    connection = current()
    if connection.request("isinstance", value, FunctionType) is True:
        return _Method(value)
    if connection.request("isinstance", value, property) is True:
        return property(*(connection.request("getattr", value, name) for name in ("fget", "fset", "fdel")))
    if _is_descriptor(value):
        sentence = (
            f"{where} is a descriptor of the student's, which a class of the test's does not use; make the class in a "
            "function marked @in_candidate"
        )
        raise connection.refuse(SuiteMisuse(sentence))
    return value


def _is_descriptor(value: RemoteObject | RemoteName) -> bool:
    connection = current()
    kind = connection.request("type", value)
    for name in ("__get__", "__set__"):
        try:
            connection.request("getattr", kind, name)
        except BaseException as problem:
            if not isinstance(problem, CandidateRaised):
                raise
        else:
            return True
    return False


def forward() -> None:
    """Have class statements look, in this process from now on."""
    builtins.__build_class__ = build_class


def restore() -> None:
    """Undo `forward`."""
    builtins.__build_class__ = _build
