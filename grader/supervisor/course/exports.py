"""Exports of a course's notebooks that cannot be imported as they are: cells that they need are not marked. Side: worker.

What each such export leaves out is said by the edition (`export_lacks` in the course's table). Always true: only a file that says
it is an export gets any of it, only names that it does not define itself, and no line of it moves.
"""

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping

from grader.source.notebooks.assembly import HEADER
from grader.source.notebooks.exports import exported_from
from grader.suite.course_table import CourseTable, Module

GIVEN = (
    "{file} lacks {names}, as the course's own export of that notebook does; they were put in for it. Mark the cells that define "
    "them with '#| export', too."
)
MOST_NAMED = 5


def complete_exports(
    contents: Mapping[str, bytes], course: CourseTable, topics: Collection[str]
) -> tuple[dict[str, bytes], list[str]]:
    """Return those files of some topics that got what the course's own export of them lacks, and a note for each."""
    completed, notes = {}, []
    for topic, lacks in course.offered.export_lacks.items():
        row = course.offered.modules[topic]
        data = contents.get(row.file, b"") if topic in topics else b""
        given = _lacking(data, lacks, course.topics[topic].names) if _is_export(data) else {}
        if given:
            rest = data.partition(b"\n")[2]  # behind the first line, which is a comment
            text = "\n".join(dict.fromkeys(map(ast.unparse, given.values())))
            completed[row.file] = f"exec({text!r})\n".encode() + rest
            notes.append(_note(row, list(given)))
    return completed, notes


def _is_export(data: bytes) -> bool:
    """Say whether a file is what nbdev wrote, or what was assembled here from cells, and its first line can be replaced."""
    is_assembled = data.startswith(f"{HEADER[0]}\n".encode())
    return data.startswith(b"#") and b"from __future__" not in data and (is_assembled or bool(exported_from(data)))


def _lacking(data: bytes, lacks: str, public: tuple[str, ...]) -> dict[str, ast.stmt]:
    """Return the statements of `lacks` that a file needs, by the names that they bind, in their order."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in tree.body):
        return {}
    own = {name for statement in _statements(tree) for name in _bound_by(statement)}
    offered = {name: statement for statement in ast.parse(lacks).body for name in _bound_by(statement)}
    wanted, waiting = set(), [*_used(tree), *public]
    while waiting:
        name = waiting.pop()
        if name in offered and name not in own and name not in wanted:
            wanted.add(name)
            waiting += _used(offered[name])
    return {name: statement for name, statement in offered.items() if name in wanted}


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield what stands at a module's top level, in `if` and `try` as well, but not in functions and classes."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            waiting += [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt | ast.ExceptHandler)]


def _bound_by(statement: ast.stmt) -> list[str]:
    """Return the names that a statement binds in its module."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in statement.names]
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        return [statement.name]
    targets = [each for target in getattr(statement, "targets", ()) for each in ast.walk(target)]
    return [each.id for each in targets if isinstance(each, ast.Name)]


def _used(tree: ast.AST) -> set[str]:
    """Return the names that a piece of code reads."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return names - set(dir(builtins))


def _note(row: Module, names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")
    return GIVEN.format(file=row.file, names=shown)
