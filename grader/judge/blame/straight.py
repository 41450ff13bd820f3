"""Whether everybody who comes into a function of the suite's comes to one of its lines, read off the source. Side: judge.

A line in a branch, in a loop, in a message of `assert`, behind a `return` or behind something that may be meant to raise is one
that an answer of the student's can lead to.
"""

import ast
import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

SCOPES = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SWALLOWING = frozenset("raises assertRaises assertRaisesRegex suppress RaisesGroup".split())
#: The parts of a node that are always executed; of any other node all parts are.
ALWAYS = {
    ast.If: ("test",),
    ast.IfExp: ("test",),
    ast.While: ("test",),
    ast.For: ("iter",),
    ast.AsyncFor: ("iter",),
    ast.Assert: ("test",),
    ast.Match: ("subject",),
    ast.Try: ("finalbody",),
    ast.TryStar: ("finalbody",),
    ast.comprehension: (),
}

Place = tuple[int, int, int, int]  # line, last line, column, last column


@functools.lru_cache(maxsize=50)
def tree_of(file: str) -> ast.Module:
    """Return a file of the suite's as it was parsed."""
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def place_of(trace: TracebackType) -> Place | None:
    """Return the place in its file at which a frame stands."""
    place = list(trace.tb_frame.f_code.co_positions())[trace.tb_lasti // 2]
    return None if None in place else place  # type: ignore[return-value]


def path_to(trace: TracebackType) -> list[ast.AST]:
    """Return the nodes from a frame's function down to what it stands at; nothing where that cannot be told."""
    place = place_of(trace)
    if place is None:
        return []
    path: list[ast.AST] = [tree_of(trace.tb_frame.f_code.co_filename)]
    while (inner := _inner(path[-1], place)) is not None:
        path.append(inner)
    begins = [number for number, node in enumerate(path[:-1]) if _is_scope_of(node, path[number + 1])]
    return path[begins[-1] :] if _span(path[-1]) == place else []


def _inner(node: ast.AST, place: Place) -> ast.AST | None:
    """Return the part of a node that holds a place."""
    for part in ast.iter_child_nodes(node):
        span = _span(part)
        if span is None:
            found = _inner(part, place)  # arguments, keywords and the like have no place, or are no step
            if found is not None:
                return found
        elif (span[0], span[2]) <= (place[0], place[2]) and (place[1], place[3]) <= (span[1], span[3]):
            return part
    return None


def _span(node: ast.AST) -> Place | None:
    line = getattr(node, "lineno", None)
    if line is None or isinstance(node, ast.keyword):
        return None
    return line, node.end_lineno, node.col_offset, node.end_col_offset  # type: ignore[attr-defined]


def _is_scope_of(node: ast.AST, part: ast.AST) -> bool:
    if isinstance(node, COMPREHENSIONS):
        return False  # whatever is in one is executed for each thing that is looked at
    is_outside = part in getattr(node, "decorator_list", ()) or part in getattr(node, "bases", ())
    return isinstance(node, SCOPES) and not is_outside


def is_straight(path: list[ast.AST]) -> bool:
    """Whether the last of these nodes is come to by everybody who calls the first."""
    return bool(path) and not _leaves_before(path[0], path[-1]) and all(map(_is_always, path[:-1], path[1:]))


def returns_comparisons(function: Callable[..., Any]) -> bool:
    """Whether all that a function returns is what a comparison gives, which is the same kind of thing for everybody."""
    code = inspect.unwrap(function).__code__
    own = [node for node in ast.walk(tree_of(code.co_filename)) if isinstance(node, SCOPES[1:3])]
    found = [node for node in own if node.name == code.co_name and node.lineno >= code.co_firstlineno]
    returned = [node.value for node in ast.walk(found[0]) if isinstance(node, ast.Return)] if found else []
    return bool(returned) and all(
        isinstance(value, ast.Compare) or (isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not))
        for value in returned
    )


def _leaves_before(scope: ast.AST, failed: ast.AST) -> bool:
    """Whether a function may have been left before it comes to a line."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return | ast.Break | ast.Continue) and node.lineno < failed.lineno:  # type: ignore[attr-defined]
            return True
        if not isinstance(node, SCOPES):
            waiting += ast.iter_child_nodes(node)
    return False


def _is_always(node: ast.AST, part: ast.AST) -> bool:
    if isinstance(node, COMPREHENSIONS):
        return part is node.generators[0].iter
    if isinstance(node, ast.BoolOp):
        return part is node.values[0]
    if isinstance(node, ast.Compare):
        return part in (node.left, node.comparators[0])
    if isinstance(node, ast.For) and part in node.body:
        return _is_never_empty(node.iter)
    if isinstance(node, ast.Try | ast.TryStar) and part is node.body[0]:
        return True
    if isinstance(node, ast.With | ast.AsyncWith) and part in node.body[1:]:
        names = {getattr(each, "id", getattr(each, "attr", "")) for item in node.items for each in ast.walk(item)}
        return names.isdisjoint(SWALLOWING)
    always = ALWAYS.get(type(node))
    return always is None or any(_is_part(getattr(node, name), part) for name in always)


def _is_part(field: object, part: ast.AST) -> bool:
    return part in field if isinstance(field, list) else part is field


def _is_never_empty(things: ast.expr) -> bool:
    """Whether a loop over this is gone through once at least."""
    if isinstance(things, ast.Tuple | ast.List):
        return bool(things.elts) and not any(isinstance(each, ast.Starred) for each in things.elts)
    return isinstance(things, ast.Constant) and bool(things.value)
