"""Modules of the student's that a file of tests imports for what the import does: nothing in the file uses their name. Side: judge.

Here an import asks nobody until a name of it is used, so that one slip costs the checks that need it. A module whose name is never
used would be asked for by nobody, and a module that cannot be imported would show as whatever it has not brought about: in one
process every test of such a file ends with the import's own exception.
"""

import ast
from functools import cache
from pathlib import Path


@cache
def imported_for_effect(file: Path) -> tuple[str, ...]:
    """Return the modules, whoever's, that statements `import a.b` at a file's top name, and nothing in it uses."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    named = [alias for node in tree.body if isinstance(node, ast.Import) for alias in node.names]
    return tuple(alias.name for alias in named if (alias.asname or alias.name.partition(".")[0]) not in used)
