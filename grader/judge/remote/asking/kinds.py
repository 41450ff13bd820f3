"""`type`, `isinstance` and `issubclass` as a suite's files use them: of the student's objects the candidate is asked. Side: judge.

A proxy has a class of its own here. Under these names a suite's files, and unittest's assertions, find functions that put the
question to the student's process, where the answer of the proxy's own class would not be the student's. Nothing else in this
process has them: the engine's own questions are about proxies.
"""

import abc
import enum
import sys
import types
import unittest.case
from typing import Any

from grader.judge.connection import Connection
from grader.judge.remote.asking.running import ask_eval, ask_exec, ask_open
from grader.judge.remote.current import current, has_current
from grader.judge.remote.derived import Base, ask_super, at_top, make
from grader.judge.remote.lending import library_node
from grader.judge.remote.names import RemoteName, make_derived
from grader.judge.remote.objects import OF_THE_SUITE, RemoteObject, base_of_derived, class_of_object, exactly
from grader.wire import values

_type, _isinstance, _issubclass = type, isinstance, issubclass
_set_equal = unittest.TestCase.assertSetEqual
METACLASSES = {f"{kind.__module__}.{kind.__qualname__}": kind for kind in (abc.ABCMeta, enum.EnumType)}


class _AskingClass(type):
    def __call__(cls, *args: Any, **named: Any) -> Any:
        is_students = len(args) == 1 and not named and has_current() and _is_students(args[0])
        made = class_of(args[0]) if is_students else _type(*args, **named)
        return Type if made is _type else made

    def __instancecheck__(cls, instance: Any) -> bool:
        return ask_isinstance(instance, _type)

    def __subclasscheck__(cls, kind: type) -> bool:
        return ask_issubclass(kind, _type)


class Type(type, metaclass=_AskingClass):
    """Python's `type`, which knows the class of a student's object."""

    _assay_asks = True


Type.__name__ = Type.__qualname__ = "type"


def ask_isinstance(value: Any, kinds: Any) -> bool:
    """Return whether a value is an instance of a class, or of one of several."""
    spec = vars(value).get("_spec_class") if _type(value).__module__ == "unittest.mock" else None
    if spec is not None and _is_students(spec) and has_current() and any(map(_is_students, _flat(kinds))):
        return _asked("issubclass", spec, _flat(kinds))
    if _isinstance(value, kinds):
        return True
    others = [kind for kind in _flat(kinds) if not _is_students(kind)]  # those of the student's have answered
    return has_current() and _is_students(value) and _asked("isinstance", value, others)


def ask_issubclass(kind: Any, kinds: Any) -> bool:
    """Return whether a class is derived from a class, or from one of several."""
    if has_current() and _is_students(kind):
        return _asked("issubclass", kind, _flat(kinds))
    return _issubclass(kind, kinds)


def ask_set_equal(case: unittest.TestCase, first: Any, second: Any, msg: Any = None) -> None:
    """Compare a set of the student's own class as == does: its `difference` would be told what the test expects."""
    if not has_current() or current().trusts_equality or not (_is_students(first) or _is_students(second)):
        _set_equal(case, first, second, msg)
    elif first != second:
        case.fail(case._formatMessage(msg, f"{first!r} != {second!r}"))


for _function in (ask_isinstance, ask_issubclass, ask_super):
    vars(_function)["_assay_asks"] = True
ASKING = {
    "super": ask_super,
    "type": Type,
    "isinstance": ask_isinstance,
    "issubclass": ask_issubclass,
    "eval": ask_eval,
    "exec": ask_exec,
    "open": ask_open,
}


def give(space: dict[str, Any]) -> None:
    """Have a file of the suite's find these functions, unless it has names of its own for them."""
    for name, asking in ASKING.items():
        space.setdefault(name, asking)
    space[OF_THE_SUITE] = True


def forward() -> None:
    """Have unittest's assertions ask the student's process, and know what `x.__class__` is in a suite's files."""
    vars(unittest.case)["isinstance"] = ask_isinstance
    unittest.TestCase.assertSetEqual = ask_set_equal  # type: ignore[assignment]
    class_of_object[:] = [class_of]
    base_of_derived[:] = [Base]
    make_derived[:] = [make]


def give_mock() -> None:
    """Have `unittest.mock`, once a suite has imported it, know what an object of the student's is that it is to look like."""
    if "unittest.mock" in sys.modules:
        vars(sys.modules["unittest.mock"])["isinstance"] = ask_isinstance


def restore() -> None:
    """Undo `forward`."""
    vars(sys.modules.get("unittest.mock", unittest.case)).pop("isinstance", None)
    vars(unittest.case).pop("isinstance", None)
    unittest.TestCase.assertSetEqual = _set_equal  # type: ignore[method-assign]
    class_of_object.clear()
    base_of_derived.clear()
    make_derived.clear()
    at_top.clear()


def class_of(value: Any) -> Any:
    """Return the class of a student's object."""
    answer = _connection_of(value).request("type", value)
    if not _issubclass(_type(answer), RemoteObject) or _type(answer).__name__ != "type":
        return answer
    return METACLASSES.get(f"{answer.__module__}.{answer.__qualname__}", answer)


def _asked(question: str, value: Any, kinds: list[Any]) -> bool:
    """Ask the candidate about each of several classes; a class of the test's is none of the student's."""
    connection = _connection_of(value)
    crossing = [_type if kind is Type else kind for kind in kinds if kind is Type or _crosses(kind)]
    return any(exactly(bool, connection.request(question, value, kind)) for kind in crossing)


def _flat(kinds: Any) -> list[Any]:
    if _type(kinds) is tuple:
        return [each for kind in kinds for each in _flat(kind)]
    return [*kinds.__args__] if _type(kinds) is types.UnionType else [kinds]


def _crosses(kind: Any) -> bool:
    if _is_students(kind) or not _isinstance(kind, _type):
        return True
    return kind in values.TYPE_NAMES or library_node(kind) is not None


def _connection_of(value: Any) -> Connection:
    return value._assay_connection if _issubclass(_type(value), RemoteObject) else current()


def _is_students(value: Any) -> bool:
    return _issubclass(_type(value), (RemoteObject, RemoteName))
