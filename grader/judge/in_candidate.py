"""What an `@in_candidate` function takes along when its source is sent to the candidate. Side: judge.

The source is cut from the test file without its decorators; the names it uses from the file are sent as values, as
imports (NumPy and the standard library), or as remote names. Anything else is refused with a sentence for the author.
"""

import ast
import functools
import inspect
import sys
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

from grader.errors import SuiteError
from grader.wire import values

#: Modules that exist on both sides.
SHARED = sys.stdlib_module_names | {"numpy"}


def ship(function: Callable[..., Any]) -> tuple[str, dict[str, Any], dict[str, list[str]]]:
    """Return a function's source, the values and remote names it uses, and what it imports: alias -> [module, path].

    Raises SuiteError if it uses something that cannot go along.
    """
    source, names = read(function)
    if function.__code__.co_freevars:
        raise _refused(function, ", ".join(function.__code__.co_freevars), "is a variable of an enclosing function")
    bindings: dict[str, Any] = {}
    imports: dict[str, list[str]] = {}
    for name in sorted(names & function.__globals__.keys()):
        value = function.__globals__[name]
        if not _is_remote(value) and getattr(value, "_assay_asks", False):
            continue  # which Python's own function answers there
        target = None if _is_remote(value) else _import_of(value)
        if target is not None:
            imports[name] = target
        elif _is_remote(value) or is_plain(value):
            bindings[name] = value
        else:
            raise _refused(function, name, f"is a {type(value).__name__} of the judge")
    return source, bindings, imports


@functools.cache
def read(function: Callable[..., Any]) -> tuple[str, frozenset[str]]:
    """Return a function's source without its decorators, and the names in it: the same in every test, and slow to find."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list.clear()
    source = "from __future__ import annotations\n" + "\n".join(lines[definition.lineno - 1 : definition.end_lineno])
    return source, frozenset(node.id for node in ast.walk(definition) if isinstance(node, ast.Name))


def _refused(function: Callable[..., Any], name: str, reason: str) -> SuiteError:
    code = function.__code__
    return SuiteError(
        f"{code.co_filename}:{code.co_firstlineno}: the @in_candidate function {function.__name__} uses {name}, which "
        f"{reason} and cannot be sent; pass a plain value as an argument or mark the helper @in_candidate"
    )


def _import_of(value: Any) -> list[str] | None:
    """Return [module, path] of a module, or of a function or class, that exists on both sides."""
    if type(value) is ModuleType:
        return [value.__name__, ""] if value.__name__.partition(".")[0] in SHARED else None
    module, path = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(path, str) or module.partition(".")[0] not in SHARED:
        return None
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return [module, path] if found is value else None


def _is_remote(value: Any) -> bool:
    return hasattr(type(value), "_assay_shown") or type(value).__module__ == "grader.judge.remote.modules"


def is_plain(value: Any) -> bool:
    """Whether a value crosses by itself."""
    try:
        values.encode(value, lambda _object: None, 1 << 24)
    except values.ValueRefused:
        return False
    return True
