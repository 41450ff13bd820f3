"""Which modules a source file imports, read without running it. Side: worker, for a student's file in a limited child only."""

import ast
import contextlib


def imported(source: bytes, path: str = "") -> list[str]:
    """Return the dotted names that a source file imports; of `from a import b`, both a and a.b. Source: Python grammar.

    path: where the file lies, from which relative imports start; without it they are passed over.
    """
    names: list[str] = []
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and (base := base_of(node, path)):
                names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


def base_of(node: ast.ImportFrom, path: str) -> str:
    """Return the absolute name of what a file at `path` imports from, empty where it cannot be said."""
    package = path.split("/")[: -node.level] if node.level else []
    return ".".join([*package, *filter(None, [node.module])]) if package or not node.level else ""
