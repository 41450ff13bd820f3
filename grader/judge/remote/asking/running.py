"""What runs a text or unpickles bytes: in a test these may be the student's, and are never run here. Side: judge.

`eval(repr(point))` and `pickle.loads(pickle.dumps(point))` are done in the student's process, and give what they give there. A
text that stands in the suite's own source is evaluated here, and what was pickled here is unpickled here. Everything else that
would run what the student's code may have said ends the run as the suite's fault.
"""

import hashlib
import json
import marshal
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, NoReturn

from grader.interpreter.namesakes import LIBRARY
from grader.judge.exceptions import AlwaysMisuse, RemoteMisuse, StudentErrorClass
from grader.judge.in_candidate import is_plain
from grader.judge.process import numbers
from grader.judge.remote.current import current, has_current
from grader.judge.remote.lending import library_node
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import RemoteObject, exactly, is_suites

NAME = re.compile(r"[^\W\d]\w*")
MOST_CHARACTERS = 100_000  # of a text that is evaluated
DEEPEST = 3  # containers inside each other that are looked through for the student's objects
MODULES = "grader.judge.remote.modules"
PROGRAM = (
    "a program that is started here does not see the student's code; use the fixture run_module, which runs a module of the "
    "student's as a program, or a function marked @in_candidate"
)
UNPICKLING = "what the student's code has made would be run here; use pickle.loads"

_eval, _exec = eval, exec
_pickled: set[bytes] = set()  # digests of what was pickled here
_originals: dict[tuple[Any, str], Any] = {
    (module, name): getattr(module, name)
    for module, names in (
        (pickle, "dump dumps loads load Unpickler"),
        (json, "dump dumps"),
        (marshal, "loads load"),
        (subprocess.Popen, "__init__"),
        (os, "system popen"),
    )
    for name in names.split()
}


class Unpickler(pickle.Unpickler):
    """Python's, which reads nothing in a test."""

    def load(self) -> Any:
        """Return what a file holds."""
        if has_current():
            _refuse(UNPICKLING)
        return super().load()


def forward() -> None:
    """Watch over these functions, in this process from now on."""
    setattr(pickle, "dump", _dump)  # noqa: B010 - typeshed calls them final
    setattr(pickle, "dumps", _dumps)  # noqa: B010
    setattr(pickle, "loads", _loads)  # noqa: B010
    setattr(pickle, "load", lambda file, **named: _loads(file.read(), **named))  # noqa: B010
    setattr(pickle, "Unpickler", Unpickler)  # noqa: B010
    setattr(json, "dump", _dump_json)  # noqa: B010
    setattr(json, "dumps", _dumps_json)  # noqa: B010
    for place, name, sentence in (
        (marshal, "loads", UNPICKLING),
        (marshal, "load", UNPICKLING),
        (subprocess.Popen, "__init__", PROGRAM),
        (os, "system", PROGRAM),
        (os, "popen", PROGRAM),
    ):
        setattr(place, name, _unless_testing(_originals[place, name], sentence))


def restore() -> None:
    """Undo `forward`."""
    for (place, name), own in _originals.items():
        setattr(place, name, own)
    _pickled.clear()


def ask_eval(source: Any, space: dict[str, Any] | None = None, names: Any = None, /) -> Any:
    """Return what an expression gives: here for one that the suite's source has, else in the student's process."""
    frame = sys._getframe(1)
    spaces = [frame.f_globals, frame.f_locals] if space is None else [space, names or {}]
    if not has_current() or _is_own(source, frame):
        return _eval(source, spaces[0], spaces[1])
    if isinstance(source, CodeType):
        _refuse("what eval would run here may be the student's; compare texts, or do it @in_candidate")
    if type(source) is not str or len(source) > MOST_CHARACTERS:
        raise current().refuse(
            RemoteMisuse("an expression is expected, as a text that is not too long to be evaluated")
        )
    known = spaces[0] | dict(spaces[1])
    used = {name: known[name] for name in NAME.findall(source) if name in known and _crosses(known[name])}
    return RemoteName(LIBRARY + "builtins", "eval")(source, used)


def ask_exec(source: Any, space: dict[str, Any] | None = None, names: Any = None, /, **named: Any) -> None:
    """Run statements that the suite's source has; refuse all others."""
    frame = sys._getframe(1)
    if has_current() and not _is_own(source, frame):
        _refuse("what exec would run here may be the student's; do it in a function marked @in_candidate")
    spaces = [frame.f_globals, frame.f_locals] if space is None else [space, names if names is not None else space]
    _exec(source, *spaces, **named)


def ask_open(file: Any, *args: Any, **named: Any) -> Any:
    """Open a file; refuse what this process talks to others by, whose number the student's code may have answered."""
    return open(numbers.checked(file) if has_current() else file, *args, **named)


for _function in (ask_eval, ask_exec, ask_open):
    vars(_function)["_assay_asks"] = True


def _is_own(source: Any, frame: FrameType) -> bool:
    """Whether a text is written in the file that evaluates it."""
    return type(source) is str and any(value is source or value == source for value in frame.f_code.co_consts)


def _crosses(value: Any) -> bool:
    is_students = _is_students(value) or isinstance(value, StudentErrorClass) or type(value).__module__ == MODULES
    return is_students or is_plain(value) or library_node(value) is not None


def _is_students(value: Any) -> bool:
    return issubclass(type(value), RemoteObject | RemoteName)


def _holds_students(value: Any, depth: int = 0) -> bool:
    if _is_students(value):
        return True
    items = [*value, *value.values()] if type(value) is dict else value if type(value) in (list, tuple, set) else ()
    return depth < DEEPEST and any(_holds_students(item, depth + 1) for item in items)


def _dumps(value: Any, *args: Any, **named: Any) -> bytes:
    if has_current() and _holds_students(value):
        answer = RemoteName(LIBRARY + "pickle", "dumps")(value, *args, **named)
        if type(answer) is not bytes:
            raise TypeError("pickling an object of yours gave no bytes")
        return answer
    made: bytes = _originals[pickle, "dumps"](value, *args, **named)
    _pickled.add(hashlib.sha256(made).digest())
    return made


def _dump(value: Any, file: Any, *args: Any, **named: Any) -> None:
    if has_current() and _holds_students(value):
        file.write(_dumps(value, *args, **named))
    else:
        _originals[pickle, "dump"](value, file, *args, **named)


def _dumps_json(value: Any, **named: Any) -> str:
    """Return what is written of a value in JSON: of a list or a dictionary of the student's own kind, it is one there."""
    if has_current() and named.get("cls") is None and _holds_students(value):
        answer = RemoteName(LIBRARY + "json", "dumps")(value, **named)
        return exactly(str, answer)
    made: str = _originals[json, "dumps"](value, **named)
    return made


def _dump_json(value: Any, fp: Any, **named: Any) -> None:
    if has_current() and named.get("cls") is None and _holds_students(value):
        fp.write(_dumps_json(value, **named))
    else:
        _originals[json, "dump"](value, fp, **named)


def _loads(data: Any, /, **named: Any) -> Any:
    if not has_current() or hashlib.sha256(data).digest() in _pickled:
        return _originals[pickle, "loads"](data, **named)
    return RemoteName(LIBRARY + "pickle", "loads")(bytes(data), **named)


def _unless_testing(own: Callable[..., Any], sentence: str) -> Callable[..., Any]:
    def refuse(*args: Any, **named: Any) -> Any:
        is_any_callers = sentence is PROGRAM  # imports unmarshal, too
        if has_current() and (is_any_callers or is_suites(sys._getframe(1))):
            _refuse(sentence)
        return own(*args, **named)

    return refuse


def _refuse(sentence: str) -> NoReturn:
    raise current().refuse(AlwaysMisuse(sentence))
