"""What the judge may ask for of the student's objects, by name: each is what Python itself would do. Side: candidate."""

import copy
import importlib
import math
import operator
import os
import time
from collections import Counter, OrderedDict, UserList
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any


def _call(function: Any, args: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> Any:
    return function(*args, **dict(named))


class Memo:
    """What has been copied already, while the test copies something in which several objects are."""

    def __init__(self) -> None:
        self.known: dict[int, Any] = {}


def _deepcopy(value: Any, memo: Memo | None = None) -> Any:
    return copy.deepcopy(value) if memo is None else copy.deepcopy(value, memo.known)


def _plain(value: Any) -> tuple[Any, ...] | None:
    """Return, in a tuple, what an instance of a subclass of a built-in class is there, unless its class compares otherwise.

    Of a namespace without a class of its own, what is in it, and that it is one.
    """
    kind = type(value)
    if kind is SimpleNamespace:
        return vars(value), True
    for base, made in _PLAIN.items():
        if issubclass(kind, base):
            is_own = any(getattr(kind, name) is not getattr(base, name) for name in _COMPARISONS)
            return None if is_own else (made(value),)
    return None


_COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
_PLAIN: dict[type, Callable[[Any], Any]] = {
    int: lambda value: int.__add__(value, 0),
    float: float.__float__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    tuple: lambda value: tuple.__add__((), value),
    list: list.copy,
    OrderedDict: lambda value: OrderedDict(OrderedDict.items(value)),
    Counter: lambda value: Counter(dict.copy(value)),
    dict: dict.copy,
    UserList: lambda value: [*value.data],
    Mapping: lambda value: dict(value.items()),  # which is what its `==` compares
    set: lambda value: set().union(set.__iter__(value)),
}


def _exit(manager: Any, error: BaseException | None) -> Any:
    return type(manager).__exit__(manager, *_raised(error))


def _aexit(manager: Any, error: BaseException | None) -> Any:
    return type(manager).__aexit__(manager, *_raised(error))


def _raised(error: BaseException | None) -> tuple[type | None, BaseException | None, Any]:
    """Return what a manager is told of an exception that the test's block ended with."""
    if error is None:
        return None, None, None
    try:
        raise error
    except BaseException:
        return type(error), error, error.__traceback__


_loops: list[Any] = []  # the event loop of this process, once there is one


def _await(value: Any, seconds: float | None) -> Any:
    """Run what a test awaits to its end, in the one event loop of this test.

    seconds: of a time-out of the test's; then returns a tuple of the answer, or None if the time has run out.
    """
    if not _loops:
        asyncio = importlib.import_module("asyncio")  # which few tests need
        _loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(_loops[0])

    async def run() -> Any:
        return await value

    async def run_for(most: float) -> tuple[Any] | None:
        task = _loops[0].create_task(run())
        done, _waiting = await importlib.import_module("asyncio").wait({task}, timeout=most)
        if not done:
            task.cancel()
            return None
        return (task.result(),)

    return _loops[0].run_until_complete(run() if seconds is None else run_for(seconds))


#: What the judge may ask for, by name, besides SESSION_OPERATIONS.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "bool": bool,
    "plain": _plain,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "contains": operator.contains,
    "len": len,
    "pause": time.sleep,  # Python's own, whatever a test has put in its place
    "iter": iter,
    "reversed": reversed,
    "type": type,
    "super": super,
    "memo": Memo,
    "deepcopy": _deepcopy,
    "next": next,
    "repr": repr,
    "str": str,
    "format": format,
    "int": int,
    "float": float,
    "complex": complex,
    "bytes": bytes,
    "fspath": os.fspath,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "index": operator.index,
    "round": round,
    "abs": abs,
    "dir": dir,
    "hash": hash,
    "callable": callable,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "enter": lambda manager: type(manager).__enter__(manager),
    "exit": _exit,
    "await": _await,
    "aiter": aiter,
    "anext": anext,
    "aenter": lambda manager: type(manager).__aenter__(manager),
    "aexit": _aexit,
    "divmod": divmod,
    "pow": pow,
    **{
        name: getattr(operator, name)
        for name in (
            "eq ne add sub mul truediv floordiv mod matmul and_ or_ xor lshift rshift lt le gt ge iadd isub imul itruediv "
            "ifloordiv imod ipow imatmul iand ior ixor ilshift irshift neg pos invert"
        ).split()
    },
}
