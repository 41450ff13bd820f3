"""Questions that Python answers from a proxy's class, put to the student's object instead. Side: judge.

`callable(x)` and `isinstance(x, Iterable)` look at the methods of x's class. A proxy's class has them all, so both would
say yes to everything; once `forward` has been called they are asked in the candidate.
"""

import abc
import builtins
import copy
import dataclasses
import doctest
import functools
import importlib
import inspect
import operator
import random
import sys
import typing
from collections.abc import Callable
from pathlib import Path, PosixPath
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from grader.interpreter.namesakes import LIBRARY
from grader.judge.channel import environment, threads
from grader.judge.connection import Connection
from grader.judge.exceptions import RemoteMisuse, SuiteMisuse
from grader.judge.process import files, logs, numbers, patches, tracebacks
from grader.judge.process.mirror import Mirror
from grader.judge.remote.asking import (
    awaiting,
    descriptors,
    doctests,
    kinds,
    lifetimes,
    patterns,
    running,
    stacks,
)
from grader.judge.remote.current import current, has_current, if_any
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import RemoteObject, exactly, is_suites
from grader.judge.starting import calls
from grader.wire import library
from grader.wire.identities import is_copy

MODULES = "grader.judge.remote.modules"  # whose class stands for the student's modules
_callable = callable
#: What may be asked about a student's object or class where it is: module -> names of functions.
INSPECTING: dict[ModuleType, str] = {
    inspect: """
        signature getfullargspec getsource getdoc getmembers isfunction isclass ismethod isbuiltin isroutine isgenerator
        isgeneratorfunction iscoroutine iscoroutinefunction isasyncgen isasyncgenfunction isabstract isdatadescriptor getmro
        getgeneratorstate getattr_static getsourcelines getsourcefile getfile getmodule unwrap
    """,
    dataclasses: "fields is_dataclass asdict astuple replace",
    typing: "get_type_hints",
    copy: "copy deepcopy",
    operator: "length_hint",
    doctest: "testmod",
    importlib: "reload",
}
_inspections: dict[tuple[ModuleType, str], Callable[..., Any]] = {
    (module, name): getattr(module, name) for module, names in INSPECTING.items() for name in names.split()
}
_seeds = (random.seed, np.random.seed)
_states: tuple[Callable[..., Any], ...] = (random.getstate, random.setstate)
_sharing = {name: getattr(np, name) for name in ("shares_memory", "may_share_memory")}
_checked_by_abc: Callable[[Any, Any], bool] = abc.ABCMeta.__instancecheck__


def forward(folder: Path | None = None) -> None:
    """Have both questions asked of the student's objects, in this process from now on; everything else is as it was.

    folder: the suite's, whose files the student's code is given where a test names them.
    """
    builtins.callable = ask_callable  # type: ignore[assignment]
    abc.ABCMeta.__instancecheck__ = ask_abstract  # type: ignore[method-assign]
    random.seed = _seeding("random", _seeds[0])
    np.random.seed = _seeding("numpy.random", _seeds[1])
    random.getstate, random.setstate = (_following(own) for own in _states)
    for (module, name), own in _inspections.items():
        setattr(module, name, _inspecting(module.__name__, name, own))
    for name, sharing in _sharing.items():
        setattr(np, name, _asking_of_originals(sharing))
    kinds.forward()
    running.forward()
    patterns.forward()
    doctests.forward(folder)
    lifetimes.forward()
    stacks.forward()
    descriptors.forward()
    tracebacks.forward()
    library.ForeignPath.refuse = staticmethod(refuse_a_file)
    library.CHECKS[:] = [refuse_own_file]
    logs.forward(lambda: _logs() if has_current() else None, is_suites)
    patches.forward(watch)
    numbers.forward(
        lambda sentence: current().refuse(RemoteMisuse(sentence)), lambda frame: has_current() and is_suites(frame)
    )
    environment.forward(if_any, is_suites)
    threads.forward(if_any)
    files.forward(lambda: _files() if has_current() else None, folder)


def restore() -> None:
    """Undo `forward`."""
    builtins.callable = _callable
    abc.ABCMeta.__instancecheck__ = _checked_by_abc  # type: ignore[method-assign]
    random.seed, np.random.seed = _seeds
    random.getstate, random.setstate = _states
    for (module, name), own in _inspections.items():
        setattr(module, name, own)
    for name, sharing in _sharing.items():
        setattr(np, name, sharing)
    kinds.restore()
    calls.calls.clear()
    running.restore()
    patterns.restore()
    doctests.restore()
    lifetimes.restore()
    stacks.restore()
    descriptors.restore()
    tracebacks.restore()
    library.ForeignPath.refuse = None
    library.CHECKS.clear()
    files.restore()
    for part in (numbers, logs, patches, threads, environment, awaiting):
        part.restore()


def ask_callable(value: Any) -> bool:
    """Return whether an object can be called; while a suite is imported every name of the student's can."""
    if _is_students(value) and has_current():
        return exactly(bool, _connection_of(value).request("callable", value))
    return _callable(value)


def ask_abstract(cls: type, instance: Any) -> bool:
    """Return whether an object is an instance of an abstract class; those of the library are there on both sides."""
    if _is_students(instance) and has_current() and cls.__module__.partition(".")[0] in sys.stdlib_module_names:
        abstract = RemoteName(LIBRARY + cls.__module__, cls.__qualname__)
        return exactly(bool, _connection_of(instance).request("isinstance", instance, abstract))
    return _checked_by_abc(cls, instance)


def _seeding(module: str, own: Callable[..., None]) -> Callable[..., None]:
    """Return a `seed` that seeds the generators of both processes."""

    def seed(*args: Any, **named: Any) -> None:
        own(*args, **named)
        if has_current() and not (module == "random" and _is_followed(sys._getframe(1))):
            RemoteName(LIBRARY + module, "seed")(*args, **named)

    return seed


def _following(own: Callable[..., Any]) -> Callable[..., Any]:
    """Return a question about where the generator of `random` stands, from which on it is one for both sides."""

    @functools.wraps(own)
    def ask(*args: Any) -> Any:
        answer = own(*args)
        if has_current():
            _is_followed(sys._getframe(1))
        return answer

    return ask


def _is_followed(frame: FrameType) -> bool:
    """Have the generator be one for both sides, if a file of the suite's asks; return whether it is."""
    mirror = current().mirror
    if not isinstance(mirror, Mirror) or not is_suites(frame):
        return False
    mirror.chance.is_followed = True
    return True


def _asking_of_originals(own: Callable[..., bool]) -> Callable[..., bool]:
    """Return a question about two arrays' memory that is asked of what the student has, where an array here is a copy of it."""

    @functools.wraps(own)
    def ask(one: Any, other: Any, *args: Any, **named: Any) -> bool:
        if not has_current() or not (is_copy(one) or is_copy(other)):
            return own(one, other, *args, **named)
        originals = [_original(each) if is_copy(each) else each for each in (one, other)]
        return exactly(bool, RemoteName(LIBRARY + "numpy", own.__name__)(*originals, *args, **named))

    return ask


def _original(copy: Any) -> Any:
    """Return what means, in a request, the array of the student's that came back as this one."""
    sharing = current().sharing
    original = None if sharing is None else sharing.original(copy)
    if original is None:
        sentence = (
            "whether a large or an earlier array that came back shares memory with another shows there only: ask it in a "
            "function marked @in_candidate"
        )
        raise current().refuse(SuiteMisuse(sentence))
    return original


def _inspecting(module: str, name: str, own: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the library's that asks about the student's objects where they are."""

    @functools.wraps(own)
    def ask(value: Any, *args: Any, **named: Any) -> Any:
        if type(value) is functools.partial and _is_students(value.func) and has_current():
            value = RemoteName(LIBRARY + "functools", "partial")(value.func, *value.args, **value.keywords)
        if not ((_is_students(value) or type(value).__module__ == MODULES) and has_current()):
            return own(value, *args, **named)
        answer = RemoteName(LIBRARY + module, name)(value, *args, **named)
        return _LIKE_OURS.get(name, lambda _value, answer: answer)(value, answer)

    return ask


class _Signature(inspect.Signature):
    """The signature of a function of the student's, shown as it is shown there."""

    _assay_text: str

    def __str__(self) -> str:
        return str(self._assay_text)


def _signature(_value: Any, there: Any) -> inspect.Signature:
    """Return a signature of this process's with the names, kinds, defaults and annotations of one of the student's."""
    parameters = [
        inspect.Parameter(
            exactly(str, each.name),
            inspect._ParameterKind(int(each.kind)),
            default=each.default,
            annotation=each.annotation,
        )
        for each in there.parameters.values()
    ]
    made = _Signature(parameters, return_annotation=there.return_annotation)
    made._assay_text = exactly(str, str(there))
    return made


#: What is made here of the candidate's answer, for who compares it with Python's own.
_LIKE_OURS: dict[str, Callable[[Any, Any], Any]] = {
    "signature": _signature,
    "reload": lambda value, _answer: value,
    "getmodule": lambda _value, there: sys.modules.get(exactly(str, there.__name__)),
}


def watch(entry: patches.Entry) -> None:
    """Have the running test's view of this process look at one more name."""
    mirror = current().mirror if has_current() else None
    if isinstance(mirror, Mirror):
        mirror.watch(entry)


def _files() -> files.Files | None:
    mirror = current().mirror
    return mirror.files if isinstance(mirror, Mirror) else None


def _logs() -> tuple[Connection, logs.Logs] | None:
    connection = current()
    return (connection, connection.mirror.logs) if isinstance(connection.mirror, Mirror) else None


def refuse_a_file(path: PosixPath) -> None:
    """Refuse to open here what the student's code named there."""
    if has_current() and not files.are_shared(path):
        sentence = (
            "a path of the student's process names no file of the test's; compare its text, or look there @in_candidate"
        )
        raise current().refuse(RemoteMisuse(sentence))


def refuse_own_file(path: PosixPath) -> None:
    """Refuse to send a path of a file of the suite's, which the student's process cannot see."""
    if has_current() and files.are_beside(str(path)):
        sentence = (
            f"{path} is a file of the judge's, which the student's code cannot open; pass its name from the "
            "suite's folder on, and the file is there"
        )
        raise current().refuse(SuiteMisuse(sentence))


def _connection_of(value: Any) -> Connection:
    return value._assay_connection if issubclass(type(value), RemoteObject) else current()


def _is_students(value: Any) -> bool:
    return issubclass(type(value), (RemoteObject, RemoteName))
