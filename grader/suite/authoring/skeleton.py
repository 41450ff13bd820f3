"""What a student is given of our sources: a module without its bodies, a test file without its hidden tests. Side: any.

Both are cut out line by line, at the places that the syntax tree names: docstrings, comments and layout stay as they were
written. Nothing is imported or run. Always true: what is left compiles, and every public body raises NotImplementedError.
"""

import ast
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

WIDTH = 120
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines first..last, counted from 1, become other lines."""

    first: int
    last: int
    lines: tuple[str, ...] = ()


# --- a module without its bodies ---


def skeleton(
    source: str,
    public: Collection[str] = (),
    private: Collection[str] = (),
    given: str = "",
    absent: Collection[str] = (),
) -> str:
    """Return a module whose bodies raise NotImplementedError: imports, constants, signatures and docstrings stay.

    public: the names to keep, besides what their signatures, bases and values need; all without an underscore if empty.
    private: methods with an underscore to keep. given: source whose definitions stand in for those of the same name.
    absent: modules that whoever fills in the bodies does not have; imports from them go, for only bodies need them.
    @abstractmethod goes, for it is an answer too; a call at the top level, of what is yet to be written, becomes a comment.
    """
    lines = source.splitlines()
    tree = ast.parse(source)
    kept = _kept(tree, public)
    handed_out = {name: text for text in _statements(given) for name in defined(ast.parse(text).body[0])}
    edits: list[_Edit] = []
    for node in tree.body[bool(ast.get_docstring(tree)) :]:
        names = defined(node)
        if isinstance(node, ast.ImportFrom) and node.module in absent:
            edits.append(_removal(node, lines))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            continue
        elif isinstance(node, ast.Expr):
            *before, last = [f"# {line}" for line in lines[node.lineno - 1 : _last(node)]]
            edits.append(_Edit(node.lineno, _last(node), (*before, f"{last}  # once it is written")))
        elif not names & kept:
            edits.append(_removal(node, lines))
        elif names & handed_out.keys():
            edits.append(_Edit(_first(node), _last(node), tuple(handed_out[min(names)].splitlines())))
        else:
            edits += _stubs(node, lines, "", private)
    return _apply(lines, edits)


def _kept(tree: ast.Module, public: Collection[str]) -> set[str]:
    """Return the top-level names that stay: the public ones, and those that their shells name."""
    nodes = {name: node for node in tree.body for name in defined(node)}
    kept = {name for name in nodes if (name in public if public else not name.startswith("_"))}
    while missing := {used for name in kept for used in _shell_names(nodes[name])} & nodes.keys() - kept:
        kept |= missing
    return kept


def _shell_names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a definition needs before any body runs: decorators, defaults, bases, values of constants."""
    if isinstance(node, Function):
        for part in (*node.decorator_list, node.args, *([node.returns] if node.returns else [])):
            yield from _names(part)
    elif isinstance(node, ast.ClassDef):
        for part in (*node.decorator_list, *node.bases, *node.keywords, *node.body):
            yield from _shell_names(part)
    else:
        yield from _names(node)


def _stubs(node: ast.stmt, lines: list[str], owner: str, private: Collection[str]) -> Iterator[_Edit]:
    """Yield the edits that take the bodies out of one definition."""
    if isinstance(node, ast.ClassDef):
        hidden = [part for part in node.body if _is_hidden(part, private)]
        if len(hidden) == len(node.body):
            yield _Edit(_first(node.body[0]), _last(node), (" " * node.body[0].col_offset + "pass",))
            return
        for part in node.body:
            yield from (
                [_removal(part, lines)] if part in hidden else _stubs(part, lines, f"{owner}{node.name}.", private)
            )
    elif isinstance(node, Function):
        for decorator in node.decorator_list:
            if ast.unparse(decorator).split(".")[-1] == "abstractmethod":
                yield _Edit(decorator.lineno, decorator.lineno)
        sentence = _sentence(owner, node.name)
        first = node.body[0]
        indented = " " * (node.col_offset + 4) + sentence
        if lines[first.lineno - 1][: first.col_offset].strip():  # def f(x): return x
            yield _Edit(first.lineno, _last(node), (lines[first.lineno - 1][: first.col_offset].rstrip(), indented))
        elif _is_text(first):
            yield _Edit(_last(first) + 1, _last(node), (indented,))
        else:
            yield _Edit(_end_of_header(node, lines) + 1, _last(node), (indented,))
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda) and isinstance(node.targets[0], ast.Name):
        indent, name = " " * node.col_offset, node.targets[0].id
        header = f"{indent}def {name}({ast.unparse(node.value.args)}):"
        yield _Edit(node.lineno, _last(node), (header, f"{indent}    {_sentence(owner, name)}"))


def _is_hidden(part: ast.stmt, private: Collection[str]) -> bool:
    return isinstance(part, Function) and re.match(r"_(?!_)", part.name) is not None and part.name not in private


def _sentence(owner: str, name: str) -> str:
    return f'raise NotImplementedError("{owner}{name} is yours to write.")'


def _end_of_header(node: Function, lines: list[str]) -> int:
    """Return the line of the colon before a body, above which the comments of the body begin."""
    line = node.body[0].lineno - 1
    while not lines[line - 1].split("#")[0].rstrip().endswith(":"):
        line -= 1
    return line


# --- a test file without its hidden tests ---


def visible_tests(source: str) -> str:
    """Return a test file with its visible tests and what they need; an empty text if it has none.

    An import that a linter is told to keep (noqa: F401) is kept: it is there for what importing does.
    """
    lines = source.splitlines()
    tree = ast.parse(source)
    body = [node for node in tree.body if not (_is_test(node) and _visibility(node) != "visible")]
    if not any(_is_test(node) for node in body):
        return ""
    while unused := [node for node in body if _is_unused(node, body, lines)]:
        body = [node for node in body if node not in unused]
    edits = [_removal(node, lines) for node in tree.body if node not in body]
    used = _used(body)
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom) and "noqa: F401" not in lines[node.lineno - 1]:
            left = [alias for alias in node.names if _bound(alias) in used]
            if len(left) < len(node.names):
                edits.append(_Edit(node.lineno, _last(node), tuple(_import(node, left))))
    return _apply(lines, edits)


def points_of_tests(source: str) -> tuple[float, float]:
    """Return the points of a test file's visible tests and of all its tests."""
    visible = total = 0.0
    for node in ast.parse(source).body:
        if _is_test(node):
            points = float(_mark(node, "weight", 0))
            total += points
            visible += points if _visibility(node) == "visible" else 0
    return visible, total


def _is_unused(node: ast.stmt, body: list[ast.stmt], lines: list[str]) -> bool:
    """Whether a helper, a constant or an import is named by nothing else that is left."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = {_bound(alias) for alias in node.names}
        if "noqa: F401" in lines[node.lineno - 1]:
            return False
    else:
        names = defined(node)
    if not names or _is_test(node) or "pytestmark" in names or "autouse=True" in _decorators(node):
        return False
    return not names & _used([other for other in body if other is not node])


def _used(body: Iterable[ast.stmt]) -> set[str]:
    """Return every name that is read, and every argument, for an argument may be the name of a fixture."""
    return {name for node in body for name in _names(node)}


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _import(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> list[str]:
    """Write an import of fewer names, in parentheses where a line would grow too long."""
    fewer = ast.Import(names) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, names, node.level)
    line = ast.unparse(fewer)
    if len(line) <= WIDTH:
        return [line]
    head, _, tail = line.partition(" import ")
    return [
        f"{head} import (",
        *textwrap.wrap(f"{tail},", WIDTH - 4, initial_indent=" " * 4, subsequent_indent=" " * 4),
        ")",
    ]


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, Function) and node.name.startswith("test_")


def _visibility(node: ast.stmt) -> str:
    return str(_mark(node, "visibility", "visible"))


def _mark(node: ast.stmt, name: str, default: Any) -> Any:
    """Return the argument of a gradescope-utils mark on a test, or the default without such a mark."""
    for decorator in getattr(node, "decorator_list", ()):
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).split(".")[-1] == name:
            return ast.literal_eval(decorator.args[0])
    return default


def _decorators(node: ast.stmt) -> str:
    return " ".join(ast.unparse(decorator) for decorator in getattr(node, "decorator_list", ()))


# --- both ---


def defined(node: ast.stmt) -> set[str]:
    """Return the names that a top-level definition or assignment binds."""
    if isinstance(node, Function | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def _names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, ast.arg):
            yield part.arg


def _statements(source: str) -> Iterator[str]:
    """Yield the source of each definition at the top level, docstring and imports left out."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if defined(node):
            yield "\n".join(lines[_first(node) - 1 : _last(node)])


def _removal(node: ast.stmt, lines: list[str]) -> _Edit:
    """Return the edit that removes a statement with the comments above it and one of the gaps around it."""
    first, last = _first(node), _last(node)
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    if last == len(lines) or not lines[last].strip():
        while first > 1 and not lines[first - 2].strip():
            first -= 1
    return _Edit(first, last)


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", ())
    return min([node.lineno, *(int(decorator.lineno) for decorator in decorators)])


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _apply(lines: list[str], edits: Iterable[_Edit]) -> str:
    changed = list(lines)
    for edit in sorted(edits, key=lambda edit: (edit.first, edit.last), reverse=True):
        changed[edit.first - 1 : edit.last] = edit.lines
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(changed)).strip("\n") + "\n"
