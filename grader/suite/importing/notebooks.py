"""Notebooks as sources: their cells, what they import, and tests made of the code in them. Side: worker."""

import ast
import json
from dataclasses import dataclass
from typing import Any

from grader.errors import SourceError
from grader.suite.importing.code import HERE, LIBRARIES, free_names, imports
from grader.suite.importing.imported import Imported, identifier

WORK = "work"  # the module that students hand in, where there was a notebook
ALIASES = {"np": "numpy", "math": "math", "random": "random", "re": "re", "os": "os"}
#: What nose.tools offered, by the methods of unittest that it offered them from.
NOSE = {
    "assert_equal": "assertEqual",
    "assert_equals": "assertEqual",
    "eq_": "assertEqual",
    "assert_not_equal": "assertNotEqual",
    "assert_true": "assertTrue",
    "ok_": "assertTrue",
    "assert_false": "assertFalse",
    "assert_is_instance": "assertIsInstance",
    "assert_almost_equal": "assertAlmostEqual",
    "assert_in": "assertIn",
    "assert_raises": "assertRaises",
    "assert_is_none": "assertIsNone",
}


@dataclass(frozen=True)
class Cell:
    """One code cell."""

    number: int
    source: str
    metadata: dict[str, Any]


def code_cells(path: str, data: bytes) -> list[Cell]:
    """Return a notebook's code cells; raises SourceError if it cannot be read."""
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
        cells = notebook["cells"]
        found = [
            Cell(number, _source(cell["source"]), cell.get("metadata") or {})
            for number, cell in enumerate(cells, 1)
            if cell.get("cell_type") == "code"
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SourceError(f"The notebook '{path}' cannot be read; open it in Jupyter and save it again.") from None
    if not all(isinstance(cell.metadata, dict) for cell in found):
        raise SourceError(f"The notebook '{path}' cannot be read; open it in Jupyter and save it again.")
    return found


def _source(source: Any) -> str:
    text = "".join(source) if isinstance(source, list) else source
    if not isinstance(text, str):
        raise TypeError
    return text.replace("\r\n", "\n")


def is_python(source: str) -> bool:
    """Say whether a cell is Python all through, without magics."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def without_libraries(source: str) -> str:
    """Return a cell's code without its imports of what the student's box does not have."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            tops = {name.partition(".")[0] for _, name in imports(node)}
            if tops & (LIBRARIES - {"numpy"}):
                lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines)


class TestFile:
    """A file of tests in the making: each test is a function, the names it lacks come from the student's module."""

    def __init__(self, name: str, imported: Imported) -> None:
        self.name = name
        self.imported = imported
        self.names: set[str] = set()
        self.needed: set[str] = set()
        self.shared: dict[str, str] = {}  # name -> statement that imports it
        self.functions: list[str] = []

    def know_imports(self, sources: list[str]) -> None:
        """Remember what the notebook imports for itself, by the names that it binds."""
        for source in filter(is_python, sources):
            for node in ast.parse(source).body:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    self._know(node)

    def _know(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            top = next(name for _, name in imports(node)).partition(".")[0] if not getattr(node, "level", 0) else ""
            if isinstance(node, ast.ImportFrom):
                statement = f"from {node.module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            else:
                statement = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            if top == "nose" and alias.name in NOSE:
                self.shared[bound] = f"{bound} = unittest.TestCase().{NOSE[alias.name]}"
            elif top and (top in HERE or top not in LIBRARIES):
                self.shared[bound] = statement

    def add(self, title: str, body: str, points: float, visibility: str = "visible", *, name: str = "") -> bool:
        """Add a test of a piece of code; False, with a note, if it is no Python."""
        try:
            self.needed |= free_names(body)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self.imported.notes.person.append(f"The test {title} is no plain Python, and was left out.")
            return False
        function = identifier(f"test_{name or title}", self.names)
        marks = [f"@weight({points:g})"] + ([f'@visibility("{visibility}")'] if visibility != "visible" else [])
        lines = [*marks, f"def {function}():", f"    {json.dumps(title, ensure_ascii=False)}"]
        lines += [f"    {line}" if line.strip() else "" for line in _lines_of(body)]
        self.functions.append("\n".join(lines))
        return True

    def render(self) -> bytes:
        """Return the file."""
        shared = {name: self.shared.get(name) or _alias(name) for name in sorted(self.needed)}
        theirs = [name for name, statement in shared.items() if statement is None]
        header = ["from gradescope_utils.autograder_utils.decorators import visibility, weight"]
        statements = sorted({statement for statement in shared.values() if statement})
        if any("unittest.TestCase()" in statement for statement in statements):
            header.insert(0, "import unittest\n")
        header += [statement for statement in statements if statement.startswith(("import ", "from "))]
        header += [f"from {WORK} import {name}" for name in theirs]
        header += [statement for statement in statements if not statement.startswith(("import ", "from "))]
        docstring = f'"""Made from {self.imported.title}: each test as it stood there."""\n'
        text = "\n".join([docstring, *header]) + "\n\n\n" + "\n\n\n".join(self.functions) + "\n"
        return text.encode("utf-8", "replace")


def _alias(name: str) -> str | None:
    module = ALIASES.get(name)
    return None if module is None else f"import {module}" + (f" as {name}" if module != name else "")


def _lines_of(body: str) -> list[str]:
    """Return the code's lines as its syntax says them, so that indenting changes no text within."""
    try:
        plain = [line for line in body.splitlines() if line.strip()]
        has_long_texts = any(
            isinstance(node, ast.Constant | ast.JoinedStr) and (node.end_lineno or 0) > node.lineno
            for node in ast.walk(ast.parse(body))
        )
        return ast.unparse(ast.parse(body)).splitlines() if has_long_texts else (plain or ["pass"])
    except RecursionError:
        return ["pass"]
