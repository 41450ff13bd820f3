"""Remote names: what a suite imports from the student's modules, looked up in the candidate at each use. Side: judge."""

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judge.connection import Connection
from grader.judge.exceptions import CandidateRaised, SuiteMisuse
from grader.judge.remote.current import current, has_current
from grader.judge.remote.objects import (
    BINARY,
    LOOKED_FOR,
    NEVER,
    ORDER,
    REFUSING,
    UNARY,
    RemoteObject,
    base_of_derived,
    class_of_object,
    dunder,
    exactly,
    is_suites,
)
from grader.judge.starting.calls import MADE, made, note, shown

DERIVED = "test"  # the module of classes that a test derives from the student's
#: Set by `derived`: has such a class made in the running test.
make_derived: list[Callable[[Connection, str], None]] = []


class RemoteName:
    # A name in one of the student's modules, as `from tinytorch.core.tensor import Tensor` gives it: looked up in the
    # candidate at each use. One that stands for a plain value behaves like that value. Its docstring is the student's.
    __doc__ = property(lambda self: _docstring(self))
    __slots__ = ("_assay_module", "_assay_path")
    __array_ufunc__ = None
    _assay_module: str
    _assay_path: str

    def __new__(cls, module: str, path: str) -> "RemoteName":
        """Return the one object of a name, so that `is` between two of them says whether they are the same."""
        name = _names.get((module, path))
        if name is None:
            name = _names[module, path] = object.__new__(cls)
            object.__setattr__(name, "_assay_module", module)
            object.__setattr__(name, "_assay_path", path)
        return name

    def _assay_shown(self) -> str:
        return shown(self._assay_path) if self._assay_is_made() else self._assay_path

    def _assay_is_made(self) -> bool:
        return self._assay_module == MADE

    def _assay_value(self) -> Any:
        """Return what the suite has imported: what stood there when the test began, if the test has put something else there."""
        originals = current().originals
        key = (self._assay_module, self._assay_path)
        return originals[key] if key in originals else self._assay_now()

    def _assay_now(self) -> Any:
        if self._assay_is_made():
            return made(current(), self._assay_path)
        if self._assay_module == DERIVED:
            make_derived[0](current(), self._assay_path)
        return current().request("name", self._assay_module, self._assay_path)

    def __getattribute__(self, name: str) -> Any:
        """Ask for an attribute of what stands under the name, special ones included; while a suite is imported, name it."""
        if name[:6] == "_assay" or name in REFUSING:
            return object.__getattribute__(self, name)
        if not has_current():
            return self._assay_named(name)
        if name == "__class__":
            return self._assay_class(is_suites(sys._getframe(1)))
        if name in NEVER or (name in LOOKED_FOR and not is_suites(sys._getframe(1))):
            raise AttributeError(name)
        return current().request("getattr", self, name)

    def _assay_named(self, name: str) -> Any:
        if name.startswith("__") or name in NEVER | LOOKED_FOR:
            return object.__getattribute__(self, name)
        return RemoteName(self._assay_module, f"{self._assay_path}.{name}")

    def _assay_class(self, is_asked_by_suite: bool) -> Any:
        """Return what isinstance is told in a test: the kind of a plain value that stands under the name."""
        try:
            value = self._assay_value()
        except BaseException as problem:
            if not isinstance(problem, CandidateRaised):
                raise
            return RemoteName
        if value is None or not issubclass(type(value), RemoteObject):
            return RemoteName if value is None else type(value)
        return class_of_object[0](self) if is_asked_by_suite else RemoteName

    def __setattr__(self, name: str, value: Any) -> None:
        current().request("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        current().request("delattr", self, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not has_current():
            return RemoteName(MADE, note(self, args, kwargs))
        return current().request("call", self, args, kwargs)

    def __instancecheck__(self, instance: Any) -> bool:
        return exactly(bool, current().request("isinstance", instance, self))

    def __subclasscheck__(self, cls: Any) -> bool:
        return exactly(bool, current().request("issubclass", cls, self))

    def __repr__(self) -> str:
        return f"{self._assay_module}.{self._assay_path}" if not has_current() else repr(self._assay_value())

    def __bool__(self) -> bool:
        return bool(self._assay_value())

    def __eq__(self, other: object) -> Any:
        return self._assay_value() == _value_of(other)

    def __ne__(self, other: object) -> Any:
        return self._assay_value() != _value_of(other)

    __hash__ = object.__hash__

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self._assay_value(), dtype)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (base_of_derived[0],)

    def __reduce__(self) -> Any:
        raise current().refuse(
            SuiteMisuse(f"{self._assay_path} is the student's, and cannot be copied or pickled in a test")
        )


del RemoteName.__annotations__  # which would answer for the student's
_names: dict[tuple[str, str], RemoteName] = {}
#: Its two fields, read past its own `__getattribute__`.
module_of: Callable[[RemoteName], str] = vars(RemoteName)["_assay_module"].__get__
path_of: Callable[[RemoteName], str] = vars(RemoteName)["_assay_path"].__get__


def _docstring(name: RemoteName) -> Any:
    return current().request("getattr", name, "__doc__") if has_current() else None


def _value_of(other: Any) -> Any:
    return other._assay_value() if type(other) is RemoteName else other


def _forwarded(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: RemoteName, *args: Any) -> Any:
        return function(self._assay_value(), *map(_value_of, args))

    return apply


def _forwarded_reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: RemoteName, other: Any) -> Any:
        return function(other, self._assay_value())

    return apply


for _name in BINARY:
    _operator = divmod if _name == "divmod" else getattr(operator, _name)
    setattr(RemoteName, dunder(_name), _forwarded(_operator))
    setattr(RemoteName, dunder(_name, "r"), _forwarded_reflected(_operator))
for _name in [*ORDER, *UNARY, "getitem", "setitem", "delitem", "contains", "index"]:
    setattr(RemoteName, dunder(_name), _forwarded(getattr(operator, _name)))
for _function in (len, iter, reversed, next, int, float, str, format, round, dir):
    setattr(RemoteName, f"__{_function.__name__}__", _forwarded(_function))
RemoteName.__enter__ = _forwarded(lambda value: value.__enter__())  # type: ignore[attr-defined]
RemoteName.__exit__ = _forwarded(lambda value, *error: value.__exit__(*error))  # type: ignore[attr-defined]
