"""Whether an expression of the suite's is made of its own things alone, whatever the student's code answers. Side: judge."""

import ast
import builtins
import unittest
from collections.abc import Collection
from types import FrameType
from typing import Any

#: Fixtures of pytest's and ours in which nothing of the student's is.
FIXTURES = frozenset(
    "request monkeypatch tmp_path tmpdir tmp_path_factory capsys capfd caplog subtests rng self".split()
)
MADE_OF_PARTS = (
    ast.BinOp,
    ast.UnaryOp,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.Subscript,
    ast.Slice,
    ast.Starred,
    ast.Compare,
    ast.Attribute,
    ast.Call,
    ast.keyword,
)
BINDING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
DEEPEST = 20
UNKNOWN = ast.Yield()  # which is nobody's own


class Names:
    """What the names of one function of the suite's stand for."""

    def __init__(self, scope: ast.AST, frame: FrameType, given: Collection[str]) -> None:
        self.scope = scope
        self.frame = frame
        self.given = given  # names under which the student's own values stand

    def is_own(self, node: ast.AST, depth: int = 0) -> bool:
        """Whether nothing of the student's is in a value."""
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return self._is_own_name(node.id, depth)
        if not isinstance(node, MADE_OF_PARTS) or depth > DEEPEST:
            return False
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr | ast.keyword)]
        return all(self.is_own(part, depth + 1) for part in parts)

    def is_named(self, node: ast.AST, depth: int = 0) -> bool:
        """Whether everybody has the same kind of thing there: by a name of the suite's or the student's, or of a class so named."""
        if isinstance(node, ast.Attribute):
            return self.is_named(node.value, depth)
        if isinstance(node, ast.Call):
            return _is_class_name(node.func) and self.is_named(node.func, depth)
        if not isinstance(node, ast.Name) or depth > DEEPEST:
            return False
        if not self._is_local(node.id):
            return True
        bound = self._bound(node.id)
        return self.is_own(node) or (len(bound) == 1 and bound[0] is not None and self.is_named(bound[0], depth + 1))

    def _is_local(self, name: str) -> bool:
        return self.frame.f_locals is not self.frame.f_globals and name in self.frame.f_locals

    def _is_own_name(self, name: str, depth: int) -> bool:
        if self._is_local(name):
            bound = self._bound(name)
            if not bound:
                return name in FIXTURES or isinstance(self.frame.f_locals[name], unittest.TestCase)
            return all(value is None or self.is_own(value, depth + 1) for value in bound)
        if name in self.given:
            return False
        missing = object()
        value = self.frame.f_globals.get(name, getattr(builtins, name, missing))
        return value is not missing and not is_students(value)

    def _bound(self, name: str) -> list[ast.expr | None]:
        """Return what a function binds a name to: None for what a statement makes, and the name itself for anything else."""
        found: list[ast.expr | None] = []
        for node in ast.walk(self.scope):
            is_made = isinstance(node, BINDING) and node.name == name and node is not self.scope
            if is_made or (isinstance(node, ast.alias) and (node.asname or node.name.partition(".")[0]) == name):
                found.append(None)
            elif isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store | ast.Del):
                found.append(self._values.get(id(node), UNKNOWN))
        return found

    @property
    def _values(self) -> dict[int, ast.expr]:
        """What stands on the right of each name that alone stands on the left."""
        values: dict[int, ast.expr] = {}
        for node in ast.walk(self.scope):
            if isinstance(node, ast.Assign):
                values |= {id(target): node.value for target in node.targets}
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                values[id(node.target)] = node.value
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                values[id(node.optional_vars)] = node.context_expr
        return values


def is_students(value: Any) -> bool:
    """Whether a value stands for something of the student's; nothing is asked of it."""
    kind = type(value)
    return hasattr(kind, "_assay_shown") or kind.__module__.startswith("grader.judge")


def _is_class_name(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name[:1].isupper()
