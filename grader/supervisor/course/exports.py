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


def lacking_names(contents: Mapping[str, bytes], course: CourseTable, topics: Collection[str]) -> dict[str, list[str]]:
    """Return, by topic, the names that exports of a student's need and the course's own lack. Parses what the student wrote."""
    found = {}
    for topic, lacks, data in exports_of(contents, course, topics):
        names = _lacking(data, _offered(lacks), course.topics[topic].names)
        if names:
            found[topic] = names
    return found


def exports_of(
    contents: Mapping[str, bytes], course: CourseTable, topics: Collection[str]
) -> list[tuple[str, str, bytes]]:
    """Return those of some topics whose file is an export and can lack something: topic, what it can lack, and the file."""
    rows = ((topic, lacks, course.offered.modules[topic].file) for topic, lacks in course.offered.export_lacks.items())
    found = [(topic, lacks, contents.get(file, b"")) for topic, lacks, file in rows if topic in topics]
    return [each for each in found if _is_export(each[2])]


def complete_exports(
    contents: Mapping[str, bytes], course: CourseTable, lacking: Mapping[str, Collection[str]]
) -> tuple[dict[str, bytes], list[str]]:
    """Return the files that got what their export lacks, by topic, and a note for each."""
    completed, notes = {}, []
    for topic, lacks, data in exports_of(contents, course, lacking):
        row = course.offered.modules[topic]
        given = {name: statement for name, statement in _offered(lacks).items() if name in lacking[topic]}
        rest = data.partition(b"\n")[2]  # behind the first line, which is a comment
        text = "\n".join(dict.fromkeys(map(ast.unparse, given.values())))
        completed[row.file] = f"exec({text!r})\n".encode() + rest
        notes.append(_note(row, list(given)))
    return completed, notes


def _offered(lacks: str) -> dict[str, ast.stmt]:
    """Return the statements that the course's own export lacks, by the names that they bind."""
    return {name: statement for statement in ast.parse(lacks).body for name in _bound_by(statement)}


def _is_export(data: bytes) -> bool:
    """Say whether a file is what nbdev wrote, or what was assembled here from cells, and its first line can be replaced."""
    is_assembled = data.startswith(f"{HEADER[0]}\n".encode())
    return data.startswith(b"#") and b"from __future__" not in data and (is_assembled or bool(exported_from(data)))


def _lacking(data: bytes, offered: Mapping[str, ast.stmt], public: tuple[str, ...]) -> list[str]:
    """Return which of the offered names a file needs and does not define, in the order in which they are offered."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in tree.body):
        return []
    own = {name for statement in _statements(tree) for name in _bound_by(statement)}
    wanted, waiting = set(), [*_used(tree), *public]
    while waiting:
        name = waiting.pop()
        if name in offered and name not in own and name not in wanted:
            wanted.add(name)
            waiting += _used(offered[name])
    return [name for name in offered if name in wanted]


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
