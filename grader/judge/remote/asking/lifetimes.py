"""Weak references and `gc.collect` of a suite's: how long an object of the student's lives shows where it is. Side: judge.

`weakref.ref(account)` in a file of the suite's is a weak reference in the student's process; calling it asks there. Collections
of weak references (`WeakSet`, `WeakValueDictionary`) would hold what stands for an object here, and are refused.
"""

import _weakrefset
import gc
import sys
import weakref
from typing import Any

from grader.interpreter.namesakes import LIBRARY
from grader.judge.channel import loans
from grader.judge.remote.current import current, has_current
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import RemoteObject, is_suites

_ref, _proxy, _collect = weakref.ref, weakref.proxy, gc.collect


class _Asking(type):
    def __call__(cls, value: Any, *callback: Any) -> Any:
        if cls is not Reference:
            return super().__call__(value, *callback)
        if not _is_students(value):
            return _ref(value, *callback)
        _check(value, is_suites(sys._getframe(1)))
        return RemoteName(f"{LIBRARY}weakref", "ref")(value, *callback)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _ref)


class Reference(weakref.ref, metaclass=_Asking):  # type: ignore[type-arg]
    """Python's `weakref.ref`, which makes one of a student's object in the student's process."""

    def __new__(cls, value: Any, *callback: Any) -> Any:
        """Return one of a subclass that the library has, of the test's own objects only."""
        _check(value, is_known=not _is_students(value))
        return _ref.__new__(cls, value, *callback)


def ask_proxy(value: Any, *callback: Any) -> Any:
    """Return a weak proxy of an object, in the process where it is."""
    if not _is_students(value):
        return _proxy(value, *callback)
    _check(value, is_suites(sys._getframe(1)))
    return RemoteName(f"{LIBRARY}weakref", "proxy")(value, *callback)


def collect(*generation: int) -> int:
    """Collect what is unreachable, in both processes if a file of the suite's asks for it."""
    found = _collect(*generation)
    if has_current() and is_suites(sys._getframe(1)):
        found += int(RemoteName(f"{LIBRARY}gc", "collect")(*generation))
        loans.give_up(current(), is_thorough=True)
    return found


def _check(value: Any, is_known: bool) -> None:
    if not is_known:
        raise TypeError(f"cannot create weak reference to {type(value).__name__!r} object")


def _is_students(value: Any) -> bool:
    return has_current() and issubclass(type(value), (RemoteObject, RemoteName))


def forward() -> None:
    """Have a suite's files find these, in this process from now on."""
    vars(weakref).update(ref=Reference, ReferenceType=Reference, proxy=ask_proxy)
    vars(_weakrefset)["ref"] = Reference
    gc.collect = collect  # type: ignore[assignment]


def restore() -> None:
    """Undo `forward`."""
    vars(weakref).update(ref=_ref, ReferenceType=_ref, proxy=_proxy)
    vars(_weakrefset)["ref"] = _ref
    gc.collect = _collect
