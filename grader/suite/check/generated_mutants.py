"""Mutants made by rule from the reference's own syntax tree: operators, constants, arguments, statements. Side: worker.

Each mutant changes one node. Its id names the function, the kind of change and its number there, so that it stays the same
when lines move; `mutants/equivalent.txt` lists the ids that change nothing a test could see, each with its reason.
Source of the operators: Offutt et al. 1996, "An experimental determination of sufficient mutant operators".
"""

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SuiteError

EQUIVALENT = "equivalent.txt"
_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
}
_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_SHAPING = ("axis", "keepdims")


@dataclass(frozen=True, slots=True)
class Generated:
    """One changed copy of a file."""

    id: str
    line: int
    source: str
    diff: str


def generate(file: str, source: str) -> list[Generated]:
    """Return every mutant of a module's source, in the order of its lines."""
    tree = ast.parse(source)
    plain = ast.unparse(tree)
    numbers: Counter[str] = Counter()
    made: dict[str, Generated] = {}  # by source: two rules that make the same change make one mutant
    for scope, kind, line, apply, undo in _changes(tree):
        apply()
        changed = ast.unparse(tree)
        undo()
        key = f"{scope} {kind}".strip()
        numbers[key] += 1
        if changed == plain:
            continue
        diff = "\n".join(difflib.unified_diff(plain.splitlines(), changed.splitlines(), file, file, lineterm="", n=1))
        made.setdefault(changed, Generated(f"{key} {numbers[key]}", line, changed, diff))
    return sorted(made.values(), key=lambda mutant: mutant.line)


def _changes(tree: ast.Module) -> Iterator[tuple[str, str, int, "_Do", "_Do"]]:
    """Yield (scope, kind, line, apply, undo) for every change of one node."""
    for scope, node in _scoped(tree, ""):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY and not _is_text(node):
            new = _BINARY[type(node.op)]()
            yield scope, f"{type(node.op).__name__}->{type(new).__name__}", line, *_swap(node, "op", new)
        elif isinstance(node, ast.AugAssign) and type(node.op) in _BINARY:
            new = _BINARY[type(node.op)]()
            yield scope, f"{type(node.op).__name__}=->{type(new).__name__}=", line, *_swap(node, "op", new)
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARE:
            turned = _COMPARE[type(node.ops[0])]()
            kind = f"{type(node.ops[0]).__name__}->{type(turned).__name__}"
            yield scope, kind, line, *_swap(node, "ops", [turned, *node.ops[1:]])
        elif isinstance(node, ast.BoolOp):
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield scope, f"{type(node.op).__name__}->{type(other).__name__}", line, *_swap(node, "op", other)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
            yield scope, f"{type(node.op).__name__} dropped", line, *_replace_unary(node)
        elif isinstance(node, ast.keyword) and node.arg in _SHAPING:
            yield scope, f"{node.arg} changed", line or node.value.lineno, *_swap(node, "value", _other_shape(node))
        elif isinstance(node, ast.Constant) and not isinstance(node.value, (str, bytes, type(None), type(...))):
            yield scope, f"constant {node.value!r} changed", line, *_swap(node, "value", _other_constant(node.value))
        for name, body in ast.iter_fields(node):
            if name in ("body", "orelse") and isinstance(body, list):
                yield from _dropped(scope, body)


class _Do:
    """One in-place edit of a node, to be called."""

    def __init__(self, node: ast.AST, field: str, value: object) -> None:
        self.node, self.field, self.value = node, field, value

    def __call__(self) -> None:
        setattr(self.node, self.field, self.value)


def _swap(node: ast.AST, field: str, value: object) -> tuple[_Do, _Do]:
    return _Do(node, field, value), _Do(node, field, getattr(node, field))


def _replace_unary(node: ast.UnaryOp) -> tuple[_Do, _Do]:
    return (
        _swap(node, "op", ast.UAdd() if isinstance(node.op, ast.USub) else ast.Not())
        if isinstance(node.op, ast.USub)
        else _swap(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
    )


def _other_shape(keyword: ast.keyword) -> ast.expr:
    if keyword.arg == "keepdims":
        value = keyword.value
        return ast.Constant(not value.value) if isinstance(value, ast.Constant) else ast.UnaryOp(ast.Not(), value)
    if isinstance(keyword.value, ast.Constant) and keyword.value.value == 0:
        return ast.Constant(-1)
    return ast.Constant(0)


def _other_constant(value: object) -> object:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, (int, float, complex)) else value


def _dropped(scope: str, body: list[ast.stmt]) -> Iterator[tuple[str, str, int, _Do, _Do]]:
    """Yield the removal of each statement that does something."""
    for index, statement in enumerate(body):
        if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Raise, ast.Expr, ast.If, ast.For, ast.Return)):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue
            yield (scope, f"{type(statement).__name__} dropped", statement.lineno, *_drop(body, index))


def _drop(body: list[ast.stmt], index: int) -> tuple[_Do, _Do]:
    return _DropStatement(body, index, ast.Pass()), _DropStatement(body, index, body[index])


class _DropStatement(_Do):
    """One in-place edit of a list of statements."""

    def __init__(self, body: list[ast.stmt], index: int, statement: ast.stmt) -> None:
        self.body, self.index, self.statement = body, index, statement

    def __call__(self) -> None:
        self.body[self.index] = self.statement


def _scoped(node: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield every node that runs, with the dotted name of the function or class it stands in; messages are left alone."""
    yield scope, node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.JoinedStr, ast.arguments)) or (
            isinstance(child, ast.expr) and _is_annotation(node, child)
        ):
            continue
        named = isinstance(child, (ast.FunctionDef, ast.ClassDef))
        yield from _scoped(child, f"{scope}.{child.name}".lstrip(".") if named else scope)  # type: ignore[attr-defined]


def _is_annotation(parent: ast.AST, child: ast.expr) -> bool:
    return child in (getattr(parent, "annotation", None), getattr(parent, "returns", None)) or isinstance(
        parent, ast.Raise
    )


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(side, (ast.JoinedStr, ast.Constant)) and _holds_text(side) for side in (node.left, node.right)
    )


def _holds_text(side: ast.expr) -> bool:
    return isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))


def read_equivalent(folder: Path) -> dict[str, str]:
    """Return the ids listed as equivalent with their reasons; raises SuiteError for a line without a reason."""
    path = folder / EQUIVALENT
    listed = {}
    if path.is_file():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                key, separator, reason = line.partition(":")
                if not separator or not reason.strip():
                    raise SuiteError(f"{path}:{number}: an equivalent mutant is written `id: reason`")
                listed[key.strip()] = reason.strip()
    return listed
