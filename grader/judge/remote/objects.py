"""Remote objects: the student's instances, held in the candidate, asked over the socket. Side: judge."""

import sys
from collections.abc import Callable, Generator, Iterator
from types import FrameType
from typing import Any, TypeVar

from grader.judge.connection import Connection
from grader.judge.exceptions import CandidateRaised, RemoteMisuse
from grader.judge.feedback import with_article
from grader.judge.process import timeouts
from grader.judge.process.expressions import is_raised_here
from grader.judge.remote.comparing import QUESTIONS, by_name, compare, operate, refuse_whole_truth, refused

_Plain = TypeVar("_Plain")

#: Attributes that NumPy, pickle and pytest look for; a remote object has none of them, whatever the student's has.
NEVER = frozenset(
    (
        "__array_interface__ __array_struct__ __array_priority__ __array_function__ __test__ "
        "__tracebackhide__ __pytest_wrapped__ __copy__ __deepcopy__ __reduce_ex__ __getstate__ __getinitargs__ "
        "_pytestfixturefunction pytestmark __attrs_attrs__"
    ).split()
)
#: And those that are the student's for a file of the suite's, and are not there for anybody else who looks for them.
LOOKED_FOR = frozenset(("__wrapped__", "__code__", "__signature__", "__text_signature__", "__dataclass_fields__"))
CALLED = frozenset(("method", "function", "builtin_function_or_method", "method-wrapper"))  # shown by name, not by kind
BINARY = "add sub mul truediv floordiv mod divmod pow matmul and_ or_ xor lshift rshift".split()
ORDER = "lt le gt ge".split()
IN_PLACE = "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift".split()
UNARY = "neg pos invert abs".split()
CONVERSIONS = "floor ceil trunc complex bytes fspath".split()
REFUSING = frozenset(("__array__", "__reduce__", "__mro_entries__"))  # which say what to write instead
#: Set by `derived`: what takes the place of a base that is the student's.
base_of_derived: list[type] = []
MEMO = "assay"  # beside the numbers that `copy` keeps in a memo
COMPARED = frozenset(f"__{name}__" for name in QUESTIONS)
#: What a file of the suite's has in its namespace, see `asking.kinds`; and what the class of an object is for such a file.
OF_THE_SUITE = "_assay_is_suites"
class_of_object: list[Callable[[Any], Any]] = []


def is_suites(frame: FrameType) -> bool:
    """Whether a question comes from a file of the suite's, and so is about the student's object, not about its proxy."""
    return OF_THE_SUITE in frame.f_globals


def _deepcopy(thing: Any, memo: dict[Any, Any]) -> Any:
    """Copy an object in one go with all other objects of the student's that are found in what the test copies."""
    connection = connection_of(thing)
    memo[MEMO] = memo[MEMO] if MEMO in memo else connection.request("memo")
    return connection.request("deepcopy", thing, memo[MEMO])


class RemoteObject:
    """A student's object, held in the candidate. Its class is named after the student's class."""

    __slots__ = ()
    __array_ufunc__ = None
    _assay_connection: Connection
    _assay_handle: int
    _assay_name: str

    def __init__(self, connection: Connection, handle: int) -> None:
        object.__setattr__(self, "_assay_connection", connection)
        object.__setattr__(self, "_assay_handle", handle)
        object.__setattr__(self, "_assay_name", with_article(type(self).__name__))

    def _assay_shown(self) -> str:
        return self._assay_name

    def __getattribute__(self, name: str) -> Any:
        """Ask the student's object, for what has a special name as well: what this class has of them is Python's to call."""
        if name[:6] == "_assay" or name in REFUSING:
            return object.__getattribute__(self, name)
        if name in COMPARED and not self._assay_is_class():
            return by_name(self, name.strip("_"))
        if name == "__class__":
            return class_of_object[0](self) if is_suites(sys._getframe(1)) else type(self)
        if name == "__deepcopy__":
            return lambda memo: _deepcopy(self, memo)
        if name in NEVER or (name in LOOKED_FOR and not is_suites(sys._getframe(1))):
            raise AttributeError(name)
        refuse_whole_truth(self, name)
        found = connection_of(self).request("getattr", self, name)
        if type(found).__name__ in CALLED and issubclass(type(found), RemoteObject):
            object.__setattr__(found, "_assay_name", f"{self._assay_name}.{name}")
        return found

    def _assay_is_class(self) -> bool:
        return self._assay_connection.request("isinstance", self, type) is True

    def __setattr__(self, name: str, value: Any) -> None:
        self._assay_connection.request("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._assay_connection.request("delattr", self, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return connection_of(self).request("call", self, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._assay_connection.request("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._assay_connection.request("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._assay_connection.request("delitem", self, key)

    def __contains__(self, item: Any) -> bool:
        return exactly(bool, self._assay_connection.request("contains", self, item))

    def __len__(self) -> int:
        return exactly(int, self._assay_connection.request("len", self))

    def __iter__(self) -> Iterator[Any]:
        iterator: Iterator[Any] = self._assay_connection.request("iter", self)
        return iterator

    def __reversed__(self) -> Iterator[Any]:
        iterator: Iterator[Any] = self._assay_connection.request("reversed", self)
        return iterator

    def __next__(self) -> Any:
        return self._assay_connection.request("next", self)

    def __enter__(self) -> Any:
        return self._assay_connection.request("enter", self)

    def __exit__(self, kind: type | None, value: Any, traceback: Any) -> Any:
        suppressed = self._assay_connection.request("exit", self, value) is True
        return suppressed and (isinstance(value, CandidateRaised) or is_raised_here(value, traceback))

    def __await__(self) -> Generator[Any, None, Any]:
        seconds = timeouts.seconds_left()
        answer = self._assay_connection.request("await", self, seconds)  # all of it is run at once
        if seconds is not None and answer is None:
            yield from timeouts.run_out()
        return answer if seconds is None else answer[0]

    def __aiter__(self) -> Any:
        return self._assay_connection.request("aiter", self)

    def __anext__(self) -> Any:
        return self._assay_connection.request("anext", self)

    async def __aenter__(self) -> Any:
        return await self._assay_connection.request("aenter", self)

    async def __aexit__(self, kind: type | None, value: Any, traceback: Any) -> Any:
        suppressed = await self._assay_connection.request("aexit", self, value) is True
        return suppressed and (isinstance(value, CandidateRaised) or is_raised_here(value, traceback))

    def __repr__(self) -> str:
        return exactly(str, self._assay_connection.request("repr", self))

    def __str__(self) -> str:
        return exactly(str, self._assay_connection.request("str", self))

    def __format__(self, spec: str) -> str:
        return exactly(str, self._assay_connection.request("format", self, spec))

    def __dir__(self) -> list[str]:
        return list(self._assay_connection.request("dir", self))

    def __int__(self) -> int:
        return exactly(int, operate(self, "int", self))

    def __index__(self) -> int:
        return exactly(int, operate(self, "index", self))

    def __float__(self) -> float:
        return exactly(float, operate(self, "float", self))

    def __round__(self, digits: int | None = None) -> Any:
        return operate(self, "round", self, digits)

    def __instancecheck__(self, instance: Any) -> bool:
        return exactly(bool, self._assay_connection.request("isinstance", instance, self))

    def __subclasscheck__(self, cls: Any) -> bool:
        return exactly(bool, self._assay_connection.request("issubclass", cls, self))

    def __bool__(self) -> bool:
        if self._assay_handle in self._assay_connection.doubts.answers:
            raise refused(self)
        return exactly(bool, self._assay_connection.request("bool", self))

    def __hash__(self) -> int:
        return exactly(int, self._assay_connection.request("hash", self))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise _misuse(self, "object came back where an array is expected; use its .data instead")

    def __reduce__(self) -> Any:
        raise _misuse(self, "object cannot be copied or pickled outside the candidate")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (base_of_derived[0],)


del RemoteObject.__annotations__  # which would answer for the student's
FIELDS = ("_assay_connection", "_assay_handle", "_assay_name")
OBJECTS_FIELDS = (*FIELDS, "__weakref__")  # for the table of handles, see `channel.handles`


class RemoteText(RemoteObject, str):
    """An instance of a subclass of `str`: what it holds has crossed, for what takes texts only, as `", ".join` does."""

    __slots__ = FIELDS

    def __new__(cls, connection: Connection, handle: int, text: str) -> "RemoteText":
        return str.__new__(cls, text)

    def __init__(self, connection: Connection, handle: int, text: str) -> None:
        super().__init__(connection, handle)

    __hash__ = str.__hash__


def connection_of(asked: RemoteObject) -> Connection:
    """Return an object's connection, read past its own `__getattribute__`."""
    found: Connection = object.__getattribute__(asked, "_assay_connection")
    return found


def handle_of(asked: RemoteObject) -> int:
    """Return the handle under which an object is held."""
    found: int = object.__getattribute__(asked, "_assay_handle")
    return found


def _misuse(asked: RemoteObject, sentence: str) -> RemoteMisuse:
    return asked._assay_connection.refuse(RemoteMisuse(f"{with_article(type(asked).__name__)} {sentence}"))


def exactly(kind: type[_Plain], value: Any) -> _Plain:
    if type(value) is not kind:
        raise TypeError(f"your code returned {type(value).__name__} where Python requires {kind.__name__}")
    return value


def _comparing(name: str) -> Callable[..., Any]:
    def ask(self: RemoteObject, other: Any) -> Any:
        return compare(self, name, other)

    return ask


def _crossing(name: str) -> Callable[..., Any]:
    def ask(self: RemoteObject, *args: Any) -> Any:
        return operate(self, name, self, *args)

    return ask


def _reflected(name: str) -> Callable[..., Any]:
    def ask(self: RemoteObject, other: Any) -> Any:
        return operate(self, name, other, self)

    return ask


def dunder(name: str, prefix: str = "") -> str:
    return f"__{prefix}{name.rstrip('_')}__"


for _name in BINARY:
    setattr(RemoteObject, dunder(_name), _crossing(_name))
    setattr(RemoteObject, dunder(_name, "r"), _reflected(_name))
for _name in IN_PLACE + UNARY + CONVERSIONS:
    setattr(RemoteObject, dunder(_name), _crossing(_name))
for _name in QUESTIONS:
    setattr(RemoteObject, dunder(_name), _comparing(_name))


def _docstring(asked: RemoteObject) -> Any:
    return asked._assay_connection.request("getattr", asked, "__doc__")


_remote_classes: dict[tuple[str, bool], type[RemoteObject]] = {}


def _remote_class(name: str, is_text: bool) -> type[RemoteObject]:
    """Return the local class that carries a student's class name, for `type(x).__name__` and messages."""
    shown = name if name.isidentifier() and len(name) <= 100 else "object"
    if (shown, is_text) not in _remote_classes:
        if len(_remote_classes) > 1000:
            _remote_classes.clear()
        base, own = (RemoteText, ()) if is_text else (RemoteObject, OBJECTS_FIELDS)
        _remote_classes[shown, is_text] = type(shown, (base,), {"__slots__": own, "__doc__": property(_docstring)})
    return _remote_classes[shown, is_text]


def make_proxy(connection: Connection, handle: int, type_name: str, text: str | None = None) -> RemoteObject:
    """Return the remote object of a new handle; text: what one of a subclass of `str` holds."""
    kind: Any = _remote_class(type_name, text is not None)
    made: RemoteObject = kind(connection, handle, *(() if text is None else (text,)))
    return made
