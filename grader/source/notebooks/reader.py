"""Read what a notebook exports, as text: its JSON is parsed, nothing in it is run. Side: worker.

Only cells and their sources are looked at; outputs, metadata, ids and counts decide nothing and may be missing. Which
cells are exported is said in `grader.source.notebooks.directives`. Whatever a notebook holds, reading it ends in a
`Notebook`, or in all of its cells for who wants to show them (`read_cells`), or in one `NotebookProblem`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.source.notebooks.directives import (
    DEFAULT,
    EXPORTS,
    has_export_word,
    leading_directives,
    leading_line_count,
    names_module_in_old_way,
)
from grader.source.notebooks.outputs import drop_outputs
from grader.source.notebooks.problem import NotebookProblem

FORMAT = 4  # nbformat's major; version 3 has worksheets instead of cells
SAVE_AGAIN = "open it in Jupyter and save it again"
MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,9}")
MODULE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """An exported cell, without its directives."""

    number: int  # from 1, over all cells of the notebook; 0 in a file in percent format, whose own lines count
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

    def cells_by_module(self) -> dict[str, list[Cell]]:
        """Return the cells that are written to each module, in order."""
        found: dict[str, list[Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.module, []).append(cell)
        return found


@dataclass(frozen=True, slots=True)
class WholeCell:
    """Any cell as its author sees it, directives included."""

    number: int
    is_code: bool
    lines: tuple[str, ...]


def read_cells(data: bytes) -> list[WholeCell]:
    """Return every cell of a notebook; raises NotebookProblem if it is not a notebook that can be read."""
    sources = _sources(_parse(drop_outputs(data)))
    return [WholeCell(number, is_code, tuple(_split(text))) for number, is_code, text in sources]


def read_notebook(path: str, data: bytes) -> Notebook:
    """Return a notebook's exports; raises NotebookProblem if it is not a notebook that can be read."""
    return exports_of(path, _code_sources(_parse(drop_outputs(data))))


def exports_of(path: str, sources: Mapping[int, list[str]]) -> Notebook:
    """Return what code cells export, by their numbers; raises NotebookProblem if they name their module wrongly."""
    old = names_module_in_old_way(sources.values())
    directives = {number: list(leading_directives(lines, old)) for number, lines in sources.items()}
    named = [found.argument for rows in directives.values() for found in rows if found.word == DEFAULT]
    if len(set(named)) > 1:
        raise NotebookProblem(f"names {len(set(named))} different modules with default_exp; keep one of them")
    default_module = _check_module(named[0]) if named else ""
    cells, notes, homeless = [], [], 0
    for number, lines in sources.items():
        exports = [found.argument for found in directives[number] if found.word in EXPORTS]
        count = leading_line_count(lines, old)
        if exports and (exports[-1] or default_module):
            module = _check_module(exports[-1]) if exports[-1] else default_module
            cells.append(Cell(number, module, count + 1, tuple(lines[count:])))
        elif exports:
            homeless += 1
        elif any(has_export_word(line, old) for line in lines[count:]):
            notes.append(f"{path}, cell {number}, was not exported: '#| export' must stand in its first lines.")
    if homeless:
        notes.append(
            f"{path} exports {'one cell' if homeless == 1 else f'{homeless} cells'} to no module: name it in a cell of its own, "
            f"for example '#| default_exp core.tensor'."
        )
    return Notebook(path, default_module, tuple(cells), tuple(notes))


def _parse(slim: bytes) -> dict[str, Any]:
    try:
        notebook = json.loads(slim.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotebookProblem("is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise NotebookProblem(f"is not a valid Jupyter notebook; {SAVE_AGAIN}") from None
    if not isinstance(notebook, dict):
        raise NotebookProblem(f"is not a valid Jupyter notebook; {SAVE_AGAIN}")
    if "worksheets" in notebook or notebook.get("nbformat", FORMAT) in (1, 2, 3):
        raise NotebookProblem(f"is in a format that Jupyter has not written since 2015; {SAVE_AGAIN}")
    if notebook.get("nbformat", FORMAT) != FORMAT:
        raise NotebookProblem("is in a format of Jupyter's that is not supported; save it with a current Jupyter")
    return notebook


def _code_sources(notebook: dict[str, Any]) -> dict[int, list[str]]:
    """Return the lines of every code cell by its number."""
    return {number: _lines(text, number) for number, is_code, text in _sources(notebook) if is_code}


def _sources(notebook: dict[str, Any]) -> list[tuple[int, bool, str]]:
    """Return number, whether it is code, and text of every cell; one that does not say what it is counts as code."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise NotebookProblem(f"has no list of cells; {SAVE_AGAIN}")
    sources = []
    for number, cell in enumerate(cells, start=1):
        source = (cell.get("source") or "") if isinstance(cell, dict) else None
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise NotebookProblem(f"has a cell, number {number}, without text; {SAVE_AGAIN}")
        sources.append((number, (cell.get("cell_type") or "code") == "code", source))
    return sources


def _lines(source: str, number: int) -> list[str]:
    try:
        source.encode("utf-8")
    except UnicodeEncodeError:
        raise NotebookProblem(f"has a cell, number {number}, with text that is not valid Unicode") from None
    return _split(source)


def _split(source: str) -> list[str]:
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _check_module(name: str) -> str:
    if name.endswith(".py"):
        raise NotebookProblem(
            f"names its module with the ending .py; write '#| default_exp {name.removesuffix('.py')}'"
        )
    if len(name) > MODULE_CHARACTERS or not MODULE.fullmatch(name):
        raise NotebookProblem("names a module that is none; write for example '#| default_exp core.tensor'")
    return name
