"""Read what a notebook exports, as text: nbformat parses it, nothing in it is run. Side: worker.

Directives are those of nbdev: `#| default_exp core.tensor` names the module that a notebook writes, and a cell whose
first lines hold `#| export`, `#| exporti` or `#| exports` is written to it, or to the module named behind the word.
Whatever a notebook holds, reading it ends in a `Notebook` or in one `NotebookProblem`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CONTAINERS = 200_000  # lists and objects in one notebook's JSON
NESTING = 100
FORMATS = (3, 4)  # nbformat majors
TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
BRACKET = re.compile(rb"[\[\]{}]")
DIRECTIVE = re.compile(r"\s*#\s*\|\s*(\w+):?[ \t]*([^#]*)")
EXPORTS = frozenset({"export", "exporti", "exports"})
MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,9}")


class NotebookProblem(Exception):
    """A notebook cannot be read; the text completes "The notebook X "."""


@dataclass(frozen=True, slots=True)
class Cell:
    """An exported cell, without its directives."""

    number: int  # from 1, over all cells of the notebook
    module: str  # the module it is written to
    first_line: int  # of `lines`, counted from 1 within the whole cell
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notebook:
    """What one notebook exports."""

    path: str
    default_module: str  # empty if it names none
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()

    def cells_for(self, module: str) -> tuple[Cell, ...]:
        """Return the cells that are written to one module, in order."""
        return tuple(cell for cell in self.cells if cell.module == module)


def read_notebook(path: str, data: bytes) -> Notebook:
    """Return a notebook's exports; raises NotebookProblem if it is not a notebook that can be read."""
    sources = _code_sources(_parse(data))
    directives = {number: list(_directives(lines)) for number, lines in sources.items()}
    named = [argument for found in directives.values() for word, argument in found if word == "default_exp"]
    if len(set(named)) > 1:
        raise NotebookProblem(f"names {len(set(named))} different modules with default_exp; keep one of them")
    default_module = _check_module(named[0]) if named else ""
    cells, notes = [], []
    for number, lines in sources.items():
        exports = [argument for word, argument in directives[number] if word in EXPORTS]
        count = _directive_line_count(lines)
        if exports and (exports[-1] or default_module):
            module = _check_module(exports[-1]) if exports[-1] else default_module
            cells.append(Cell(number, module, count + 1, tuple(lines[count:])))
        elif not exports and any(_export_word(line) for line in lines[count:]):
            notes.append(f"{path}, cell {number}, was not exported: '#| export' must stand in its first lines.")
    return Notebook(path, default_module, tuple(cells), tuple(notes))


def _parse(data: bytes) -> Any:
    """Return the notebook in nbformat 4."""
    _check_shape(data)
    import nbformat  # here, since it costs a tenth of a second and most submissions hold no notebook
    from nbformat.reader import reads

    try:
        notebook = reads(data.decode("utf-8-sig"))
        if notebook.get("nbformat") not in FORMATS:
            raise NotebookProblem("is in a format of Jupyter's that is not supported; save it with a current Jupyter")
        return nbformat.convert(notebook, to_version=4)
    except NotebookProblem:
        raise
    except UnicodeDecodeError:
        raise NotebookProblem("is not UTF-8 text") from None
    except Exception:  # whatever a parser trips over in hostile JSON, it means one thing for the student
        raise NotebookProblem("is not a valid Jupyter notebook; open it in Jupyter and save it again") from None


def _check_shape(data: bytes) -> None:
    """Bound the work of parsing before it starts: how many containers there are, and how deep they nest."""
    depth = containers = 0
    for bracket in BRACKET.finditer(TEXT.sub(b'""', data)):
        opens = bracket[0] in b"[{"
        depth += 1 if opens else -1
        containers += opens
        if depth > NESTING or containers > CONTAINERS:
            raise NotebookProblem("is nested too deeply or holds too many values; clear its outputs and save it again")


def _code_sources(notebook: Any) -> dict[int, list[str]]:
    """Return the lines of every code cell by its number."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise NotebookProblem("has no list of cells; open it in Jupyter and save it again")
    sources = {}
    for number, cell in enumerate(cells, start=1):
        source = cell.get("source") if isinstance(cell, dict) else None
        if not isinstance(source, str):
            raise NotebookProblem(f"has a cell, number {number}, without text; open it in Jupyter and save it again")
        if cell.get("cell_type") == "code":
            sources[number] = _lines(source, number)
    return sources


def _lines(source: str, number: int) -> list[str]:
    try:
        source.encode("utf-8")
    except UnicodeEncodeError:
        raise NotebookProblem(f"has a cell, number {number}, with text that is not valid Unicode") from None
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _directive_line_count(lines: list[str]) -> int:
    """Return how many lines stand above a cell's first line that is neither blank nor a directive."""
    for index, line in enumerate(lines):
        if line.strip() and not DIRECTIVE.match(line):
            return index
    return len(lines)


def _directives(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines[: _directive_line_count(lines)]:
        match = DIRECTIVE.match(line)
        if match:
            yield match[1], match[2].strip()


def _export_word(line: str) -> bool:
    match = DIRECTIVE.match(line)
    return bool(match and match[1] in EXPORTS)


def _check_module(name: str) -> str:
    if len(name) > 200 or not MODULE.fullmatch(name):
        raise NotebookProblem("names a module that is none; write for example '#| default_exp core.tensor'")
    return name
