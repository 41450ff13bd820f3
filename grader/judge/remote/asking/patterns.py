"""`match` on the student's objects: `case Point(x, y)` in a suite's file asks the student's process. Side: judge.

Python takes nothing but a real class in such a pattern. Before a file of tests is compiled, each name of a class in a pattern is
given a look first: what is the student's is replaced by a class that forwards the question, and everything else stays as it is.
"""

import ast
import builtins
import itertools
from typing import Any

from _pytest.assertion import rewrite

from grader.judge.connection import Connection
from grader.judge.exceptions import RemoteMisuse
from grader.judge.remote.current import current, has_current
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import RemoteObject, exactly

IN_PATTERNS = "_assay_in_patterns"  # what a rewritten file calls
_rewrite_asserts = rewrite.rewrite_asserts


class _Asking(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        students = vars(cls)["_assay_students"]
        return exactly(bool, _connection(students).request("isinstance", instance, students))

    @property
    def __match_args__(cls) -> Any:
        students = vars(cls)["_assay_students"]
        return _connection(students).request("getattr", students, "__match_args__")


def in_patterns(kind: Any) -> Any:
    """Return what stands in a pattern for a class: itself, unless it is the student's."""
    if issubclass(type(kind), RemoteName | RemoteObject):
        return _Asking("Asking", (), {"_assay_students": kind})
    if not isinstance(kind, type) and has_current() and any(kind is value for value in current().given.values()):
        raise current().refuse(RemoteMisuse("a plain value stands where the test's pattern names a class of yours"))
    return kind


def forward() -> None:
    """Have files of tests that are imported from now on look at the classes of their patterns first."""
    rewrite.rewrite_asserts = _rewritten
    vars(builtins)[IN_PATTERNS] = in_patterns


def restore() -> None:
    """Undo `forward`."""
    rewrite.rewrite_asserts = _rewrite_asserts
    vars(builtins).pop(IN_PATTERNS, None)


def looking_first(tree: ast.Module) -> None:
    """Put an assignment before each `match` that names a class, and its name into the pattern."""
    if any(isinstance(node, ast.MatchClass) for node in ast.walk(tree)):
        _Looking().visit(tree)
        ast.fix_missing_locations(tree)


class _Looking(ast.NodeTransformer):
    def __init__(self) -> None:
        self.numbers = itertools.count()

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:
        self.generic_visit(node)
        looks: list[ast.stmt] = []
        for part in [each for case in node.cases for each in ast.walk(case.pattern)]:
            if isinstance(part, ast.MatchClass):
                name = f"_assay_class_{next(self.numbers)}"
                asked = ast.Call(ast.Name(IN_PATTERNS, ast.Load()), [part.cls], [])
                looks.append(ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], asked), part))
                part.cls = ast.copy_location(ast.Name(name, ast.Load()), part)
        return [*looks, node]


def _rewritten(mod: ast.Module, *args: Any, **named: Any) -> None:
    looking_first(mod)
    _rewrite_asserts(mod, *args, **named)


def _connection(students: Any) -> Connection:
    return students._assay_connection if issubclass(type(students), RemoteObject) else current()
