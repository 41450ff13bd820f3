"""What the judge may ask for of the student's objects, by name: each is what Python itself would do. Side: candidate."""

import operator
from collections.abc import Callable
from typing import Any


def _call(function: Any, args: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> Any:
    return function(*args, **dict(named))


def _exit(manager: Any, error: Any) -> Any:
    problem = error("raised in the test") if isinstance(error, type) else error
    return type(manager).__exit__(manager, None if problem is None else type(problem), problem, None)


#: What the judge may ask for, by name, besides SESSION_OPERATIONS.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "contains": operator.contains,
    "len": len,
    "iter": iter,
    "next": next,
    "repr": repr,
    "str": str,
    "format": format,
    "int": int,
    "float": float,
    "complex": complex,
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
    "divmod": divmod,
    **{
        name: getattr(operator, name)
        for name in (
            "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift lt le gt ge iadd isub imul itruediv "
            "ifloordiv imod ipow imatmul iand ior ixor ilshift irshift neg pos invert"
        ).split()
    },
}
