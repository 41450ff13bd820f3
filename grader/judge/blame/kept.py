"""Names of a suite's files under which something of an earlier test may be kept, such as an answer. Side: judge."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from grader.judge.blame.straight import SCOPES, tree_of

CACHING = frozenset("cache lru_cache cached_property singledispatch".split())
CHANGING = frozenset("append add update extend setdefault insert put push appendleft pop remove clear set".split())


@functools.lru_cache(maxsize=4)
def keeping(root: Path) -> frozenset[str]:
    """Return the names of all that the files below a folder change while a test runs, and of functions that remember."""
    return frozenset(name for path in root.rglob("*.py") for name in _of_file(tree_of(str(path))))


def _of_file(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, SCOPES[1:3]):
            words = [ast.unparse(each).partition("(")[0].rpartition(".")[2] for each in node.decorator_list]
            if not CACHING.isdisjoint(words):
                yield node.name
            yield from _changed_in(node)


def _changed_in(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield from _root(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            yield from _root(node.func.value)
        elif isinstance(node, ast.AugAssign):
            yield from _root(node.target)


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    if isinstance(node, ast.Name) and node.id not in ("self", "cls"):
        yield node.id
