"""Remote names and objects: what stands in the judge for the student's modules, classes and instances. Side: judge.

Plain values come back by value; every other object is a `RemoteObject`. It has no truth value, no `__array__` and no
`==`, because whatever answered those questions would be the student's word; each raises a `RemoteMisuse` that says what to
compare instead.
"""

import importlib.abc
import importlib.machinery
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from grader.judge.connection import CandidateRaised, Connection, RemoteMisuse
from grader.judge.in_candidate import ship
from grader.wire import values

_Plain = TypeVar("_Plain")

#: Attributes that NumPy and pytest look for; a remote object has none of them.
_NEVER = frozenset(
    (
        "__array_interface__ __array_struct__ __array_priority__ __array_function__ __wrapped__ __test__ __signature__ "
        "__tracebackhide__ __pytest_wrapped__ __copy__ __deepcopy__ __reduce_ex__ __getstate__ __getinitargs__ "
        "_pytestfixturefunction pytestmark __code__ __text_signature__ __dataclass_fields__ __attrs_attrs__"
    ).split()
)
_BINARY = "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split()
_ORDER = "lt le gt ge".split()
_IN_PLACE = "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift".split()
_UNARY = "neg pos invert abs".split()


def current() -> Connection:
    """Return the running test's connection; raises RemoteMisuse outside a test."""
    if _state.connection is None:
        raise RemoteMisuse("the student's code can be used in tests and fixtures only, not while the suite is imported")
    return _state.connection


class _State:
    connection: Connection | None = None


_state = _State()


def use(connection: Connection | None) -> None:
    """Make this the connection of the running test."""
    _state.connection = connection


class RemoteObject:
    """A student's object, held in the candidate. Its class is named after the student's class."""

    __slots__ = ("_assay_connection", "_assay_handle")
    __array_ufunc__ = None
    _assay_connection: Connection
    _assay_handle: int

    def __init__(self, connection: Connection, handle: int) -> None:
        object.__setattr__(self, "_assay_connection", connection)
        object.__setattr__(self, "_assay_handle", handle)

    def _assay_shown(self) -> str:
        return f"a {type(self).__name__}"

    def __getattr__(self, name: str) -> Any:
        if name in _NEVER:
            raise AttributeError(name)
        return self._assay_connection.request("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._assay_connection.request("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._assay_connection.request("delattr", self, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._assay_connection.request("call", self, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._assay_connection.request("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._assay_connection.request("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._assay_connection.request("delitem", self, key)

    def __contains__(self, item: Any) -> bool:
        return _exactly(bool, self._assay_connection.request("contains", self, item))

    def __len__(self) -> int:
        return _exactly(int, self._assay_connection.request("len", self))

    def __iter__(self) -> Iterator[Any]:
        iterator: Iterator[Any] = self._assay_connection.request("iter", self)
        return iterator

    def __next__(self) -> Any:
        try:
            return self._assay_connection.request("next", self)
        except StopIteration:
            raise StopIteration from None

    def __enter__(self) -> Any:
        return self._assay_connection.request("enter", self)

    def __exit__(self, kind: type | None, value: Any, traceback: Any) -> Any:
        sent = kind and next((base for base in kind.__mro__ if base in values.TYPE_NAMES), Exception)
        suppressed = self._assay_connection.request("exit", self, sent) is True
        return suppressed and isinstance(value, CandidateRaised)  # never an assertion of the test's own

    def __repr__(self) -> str:
        return _exactly(str, self._assay_connection.request("repr", self))

    def __str__(self) -> str:
        return _exactly(str, self._assay_connection.request("str", self))

    def __format__(self, spec: str) -> str:
        return _exactly(str, self._assay_connection.request("format", self, spec))

    def __dir__(self) -> list[str]:
        return list(self._assay_connection.request("dir", self))

    def __int__(self) -> int:
        return _exactly(int, self._assay_connection.request("int", self))

    def __index__(self) -> int:
        return _exactly(int, self._assay_connection.request("index", self))

    def __float__(self) -> float:
        return _exactly(float, self._assay_connection.request("float", self))

    def __round__(self, digits: int | None = None) -> Any:
        return self._assay_connection.request("round", self, digits)

    def __instancecheck__(self, instance: Any) -> bool:
        return _exactly(bool, self._assay_connection.request("isinstance", instance, self))

    def __subclasscheck__(self, cls: Any) -> bool:
        return _exactly(bool, self._assay_connection.request("issubclass", cls, self))

    def __bool__(self) -> bool:
        raise RemoteMisuse(
            f"a {type(self).__name__} object came back where a plain value is tested for truth; "
            "compare its data, its length or `is None` instead"
        )

    def __eq__(self, other: object) -> bool:
        raise RemoteMisuse(
            f"a {type(self).__name__} object came back where plain values are compared; compare its .data instead"
        )

    def __ne__(self, other: object) -> bool:
        return self.__eq__(other)

    __hash__ = object.__hash__

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RemoteMisuse(
            f"a {type(self).__name__} object came back where an array is expected; use its .data instead"
        )

    def __reduce__(self) -> Any:
        raise RemoteMisuse(f"a {type(self).__name__} object cannot be copied or pickled outside the candidate")


def _exactly(kind: type[_Plain], value: Any) -> _Plain:
    if type(value) is not kind:
        raise TypeError(f"your code returned {type(value).__name__} where Python requires {kind.__name__}")
    return value


def _crossing(name: str) -> Callable[..., Any]:
    def ask(self: RemoteObject, *args: Any) -> Any:
        return self._assay_connection.request(name, self, *args)

    return ask


def _reflected(name: str) -> Callable[..., Any]:
    def ask(self: RemoteObject, other: Any) -> Any:
        return self._assay_connection.request(name, other, self)

    return ask


def _dunder(name: str, prefix: str = "") -> str:
    return f"__{prefix}{name.rstrip('_')}__"


for _name in _BINARY:
    setattr(RemoteObject, _dunder(_name), _crossing(_name))
    setattr(RemoteObject, _dunder(_name, "r"), _reflected(_name))
for _name in _ORDER + _IN_PLACE + _UNARY:
    setattr(RemoteObject, _dunder(_name), _crossing(_name))

_remote_classes: dict[str, type[RemoteObject]] = {}


def _remote_class(name: str) -> type[RemoteObject]:
    """Return the local class that carries a student's class name, for `type(x).__name__` and messages."""
    shown = name if name.isidentifier() and len(name) <= 100 else "object"
    if shown not in _remote_classes:
        if len(_remote_classes) > 1000:
            _remote_classes.clear()
        _remote_classes[shown] = type(shown, (RemoteObject,), {"__slots__": ()})
    return _remote_classes[shown]


class RemoteName:
    """A name in one of the student's modules, as `from tinytorch.core.tensor import Tensor` gives it.

    It is looked up in the candidate at each use. A name that stands for a plain value behaves like that value.
    """

    __slots__ = ("_assay_module", "_assay_path")
    __array_ufunc__ = None
    _assay_module: str
    _assay_path: str

    def __init__(self, module: str, path: str) -> None:
        object.__setattr__(self, "_assay_module", module)
        object.__setattr__(self, "_assay_path", path)

    def _assay_shown(self) -> str:
        return self._assay_path

    def _assay_value(self) -> Any:
        return current().request("name", self._assay_module, self._assay_path)

    def __getattr__(self, name: str) -> Any:
        if name in _NEVER or (_state.connection is None and name.startswith("__")):
            raise AttributeError(name)
        if _state.connection is None:
            return RemoteName(self._assay_module, f"{self._assay_path}.{name}")
        return current().request("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        current().request("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        current().request("delattr", self, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return current().request("call", self, args, kwargs)

    def __instancecheck__(self, instance: Any) -> bool:
        return _exactly(bool, current().request("isinstance", instance, self))

    def __subclasscheck__(self, cls: Any) -> bool:
        return _exactly(bool, current().request("issubclass", cls, self))

    def __repr__(self) -> str:
        return f"{self._assay_module}.{self._assay_path}" if _state.connection is None else repr(self._assay_value())

    def __bool__(self) -> bool:
        return bool(self._assay_value())

    def __eq__(self, other: object) -> Any:
        return self._assay_value() == _value_of(other)

    def __ne__(self, other: object) -> Any:
        return self._assay_value() != _value_of(other)

    __hash__ = object.__hash__

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self._assay_value(), dtype)

    def __reduce__(self) -> Any:
        raise RemoteMisuse(f"{self._assay_path} cannot be copied or pickled outside the candidate")


def _value_of(other: Any) -> Any:
    return other._assay_value() if isinstance(other, RemoteName) else other


def _forwarded(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: RemoteName, *args: Any) -> Any:
        return function(self._assay_value(), *map(_value_of, args))

    return apply


def _forwarded_reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: RemoteName, other: Any) -> Any:
        return function(other, self._assay_value())

    return apply


for _name in _BINARY:
    setattr(RemoteName, _dunder(_name), _forwarded(getattr(operator, _name)))
    setattr(RemoteName, _dunder(_name, "r"), _forwarded_reflected(getattr(operator, _name)))
for _name in [*_ORDER, *_UNARY, "getitem", "setitem", "delitem", "contains", "index"]:
    setattr(RemoteName, _dunder(_name), _forwarded(getattr(operator, _name)))
for _function in (len, iter, next, int, float, str, format, round, dir):
    setattr(RemoteName, f"__{_function.__name__}__", _forwarded(_function))
RemoteName.__enter__ = _forwarded(lambda value: value.__enter__())  # type: ignore[attr-defined]
RemoteName.__exit__ = _forwarded(lambda value, *error: value.__exit__(*error))  # type: ignore[attr-defined]


class RemoteFunction:
    """A function the suite marked `@in_candidate`: its source runs beside the student's code, values come back."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.key = f"{function.__module__}:{function.__name__}"
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return current().request("call", self, args, kwargs)

    def _assay_shown(self) -> str:
        return self.__name__

    def _ship(self, connection: Connection) -> str:
        """Send the source once per test, and return the key it is known by there."""
        if self.key not in connection.shipped:
            source, bindings, imports = ship(self.function)
            connection.shipped.add(self.key)
            connection.request("define", self.key, source, bindings, imports)
        return self.key


class RemoteModule(ModuleType):
    """One of the student's modules, as `import tinytorch.core.tensor` gives it."""

    def __getattr__(self, name: str) -> Any:
        if name in _NEVER or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        remote = RemoteName(self.__name__, name)
        if _state.connection is None:
            return remote
        value = remote._assay_value()
        return remote if isinstance(value, RemoteObject) else value


def refer(connection: Connection, value: Any) -> list[Any] | None:
    """Return the node of something that stands for a student's object or name, or None for anything else."""
    if isinstance(value, RemoteObject):
        if value._assay_connection is not connection:
            raise RemoteMisuse("an object of an earlier test was used; make it anew in this test")
        return [values.REFERENCE, value._assay_handle]
    if isinstance(value, RemoteName):
        return [values.NAME, value._assay_module, value._assay_path]
    if isinstance(value, RemoteModule):
        return [values.NAME, value.__name__, ""]
    if isinstance(value, RemoteFunction):
        return [values.FUNCTION, value._ship(connection)]
    return None


def make_proxy(connection: Connection, handle: int, type_name: str) -> RemoteObject:
    """Return the remote object of a new handle."""
    return _remote_class(type_name)(connection, handle)


class RemoteFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes the names of the student's packages, and of everything below them, remote modules."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = tuple(packages)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in self.packages:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return RemoteModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: the module's contents are in the candidate."""


def install(packages: Sequence[str]) -> None:
    """Make these packages remote for every import from now on."""
    sys.meta_path.insert(0, RemoteFinder(packages))
