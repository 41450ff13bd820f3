"""`sys.modules["queue"]` in a suite whose student's package is called `queue`: that is Python's, and refused. Side: judge."""

import ast
import sys
from collections.abc import Collection, Iterator
from pathlib import Path


def lookups(folder: Path, packages: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each place where a suite's file looks such a package up in `sys.modules`."""
    doubles = sys.stdlib_module_names & set(packages)
    for path in sorted(folder.rglob("*.py")) if doubles else ():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = _looked_up(node)
            if name is not None and name.partition(".")[0] in doubles:
                yield (
                    f"{path.relative_to(folder.parent)}:{node.lineno}: sys.modules has Python's {name} here, not the student's; "  # type: ignore[attr-defined]
                    f"write import {name}"
                )


def _looked_up(node: ast.AST) -> str | None:
    """Return the name that an expression looks up in `sys.modules`."""
    key: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        holder, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        holder, key = node.func.value, node.args[0]
    is_modules = key is not None and ast.unparse(holder) in ("sys.modules", "modules")
    return key.value if is_modules and isinstance(key, ast.Constant) and isinstance(key.value, str) else None
