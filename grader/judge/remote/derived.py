"""Classes of a test's that are derived from the student's: made in the candidate, of methods that stay here. Side: judge.

`class Dog(work.Animal)` makes a class of the student's process whose methods are lent: each call of one is a call back to the
test's own function. It is made where its statement stands in a test, or at a test's beginning if that is the top of a file, and
anew in every test. `super()` in a method is asked of the candidate. A class that a test derives from one of the library's, such
as a `datetime` whose `now` stands still, is made there in the same way once it is handed over.
"""

import abc
import itertools
import sys
from typing import Any

from grader.judge.connection import Connection
from grader.judge.exceptions import CandidateRaised, SuiteMisuse
from grader.judge.remote.current import current, has_current
from grader.judge.remote.lending import library_node
from grader.judge.remote.names import DERIVED, RemoteName
from grader.judge.remote.objects import OF_THE_SUITE, RemoteObject
from grader.wire import values

Members = list[list[Any]]  # name, kind and what it is made of
_PARTS: dict[type, tuple[str, str]] = {
    staticmethod: ("static", "__func__"),
    classmethod: ("class", "__func__"),
    property: ("property", "fget fset fdel"),
}
_OF_THE_STATEMENT = frozenset(
    "__module__ __qualname__ __orig_bases__ __classcell__ __annotations__ __dict__ __weakref__".split()
)
_made: dict[str, tuple[str, tuple[Any, ...], Members, dict[str, Any]]] = {}
at_top: list[str] = []  # of files of the suite
_of_library: dict[type, str] = {}  # classes of the test's that are derived from the library's, and their paths
_super = super
_numbers = itertools.count()


class Deriving(type):
    """Takes the place of the class of a base that is the student's: a `class` statement calls it."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], /, **named: Any) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, namespace)
        others = [base for base in bases if base is not Base]
        if others:
            raise SuiteMisuse(
                f"{name} is derived from a class of the student's, and has {others[0].__name__} besides; make it @in_candidate"
            )
        path = f"{name}.{next(_numbers)}"
        members = [[key, *_apart(value)] for key, value in namespace.items() if key not in _OF_THE_STATEMENT]
        _made[path] = (name, namespace["__orig_bases__"], members, named)
        derived = RemoteName(DERIVED, path)
        if "__classcell__" in namespace:
            namespace["__classcell__"].cell_contents = derived
        if has_current():
            make(current(), path)
        else:
            at_top.append(path)
        return derived


class Base(metaclass=Deriving):
    """Stands for a base that is the student's while a `class` statement is executed."""


def make(connection: Connection, path: str) -> None:
    """Have the candidate make a class, once in a test."""
    if path not in connection.shipped:
        connection.shipped.add(path)
        try:
            connection.request("derive", path, *_made[path])
        except BaseException:
            connection.shipped.discard(path)  # whoever uses it is told again
            raise


def is_made(path: str) -> bool:
    """Whether a test has such a class."""
    return path in _made


def make_all(connection: Connection) -> None:
    """Have those made that stand at the top of a file: the student's class may keep a list of what is derived from it."""
    for path in at_top:
        try:
            make(connection, path)
        except BaseException as problem:
            if not isinstance(problem, CandidateRaised):
                raise


def library_class(connection: Connection, kind: Any) -> list[Any] | None:
    """Return the node of a class that a test derives from classes of the library's, made in the candidate; None for any other."""
    if not isinstance(kind, type) or type(kind) not in (type, abc.ABCMeta) or issubclass(kind, BaseException):
        return None
    if kind not in _of_library:
        space = vars(sys.modules.get(kind.__module__, object))
        bases = kind.__bases__
        if OF_THE_SUITE not in space or bases == (object,) or not all(map(_is_of_both, bases)):
            return None
        path = _of_library[kind] = f"{kind.__name__}.{next(_numbers)}"
        members = [[key, *_apart(value)] for key, value in vars(kind).items() if key not in _OF_THE_STATEMENT]
        _made[path] = (kind.__name__, bases, members, {})
    make(connection, _of_library[kind])
    return [values.NAME, DERIVED, _of_library[kind]]


def _is_of_both(base: type) -> bool:
    return base in values.TYPE_NAMES or library_node(base) is not None or base in _of_library


def _apart(value: Any) -> list[Any]:
    kind, names = _PARTS.get(type(value), ("value", ""))
    return [kind, *(getattr(value, name) for name in names.split())] if names else [kind, value]


def ask_super(*args: Any) -> Any:
    """Return what `super()` is in a method: of a class that is derived from the student's, the candidate's."""
    if args:
        is_students = any(issubclass(type(each), RemoteName | RemoteObject) for each in args)
        return current().request("super", *args) if is_students else _super(*args)
    frame = sys._getframe(1)
    kind = frame.f_locals["__class__"]
    self = frame.f_locals[frame.f_code.co_varnames[0]]
    if type(kind) is RemoteName or (kind in _of_library and issubclass(type(self), RemoteName | RemoteObject)):
        return current().request("super", kind, self)
    return _super(kind, self)
