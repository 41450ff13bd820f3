"""Read a Python file in percent format as the notebook that it is: what stands below a line `# %%` is a cell. Side: worker.

The course keeps its modules as `src/01_tensor/01_tensor.py` in this form, and editors show such files as notebooks. Only a file
that names its module (`#| default_exp core.tensor`) or marks cells for export is read; nbdev's own exports have marks of cells,
and no such lines. A cell is text, and no code, if its mark says `[markdown]`, `[md]` or `[raw]`. Source: jupytext, "The
percent format".
"""

import re
from dataclasses import replace

from grader.source.notebooks.problem import NotebookProblem
from grader.source.notebooks.reader import Notebook, exports_of

MARK = re.compile(r"# ?%%(?!%)(.*)")
TEXT_CELL = re.compile(r"\[(markdown|md|raw)\]")
NAMES_A_MODULE = re.compile(rb"^#[ \t]*\|?[ \t]*default_exp\b", re.MULTILINE)
EXPORTS_CELLS = re.compile(rb"^#[ \t]*\|[ \t]*export[is]?\b", re.MULTILINE)
HAS_CELLS = re.compile(rb"^# ?%%", re.MULTILINE)


def is_in_cells(data: bytes) -> bool:
    """Say whether the text of a Python file is one in percent format that exports a module."""
    return bool(HAS_CELLS.search(data) and (NAMES_A_MODULE.search(data) or EXPORTS_CELLS.search(data)))


def read_percent(path: str, data: bytes) -> Notebook | None:
    """Return the exports of a file in percent format, or None for any other; its cells have number 0 and count the file's lines.

    Raises NotebookProblem if it is one and cannot be read.
    """
    if not path.endswith(".py") or not is_in_cells(data):
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotebookProblem("is not UTF-8 text") from None
    found = exports_of(path, _cells(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")))
    cells = tuple(replace(cell, number=0, first_line=cell.number + cell.first_line - 1) for cell in found.cells)
    notes = tuple(note.replace(", cell ", ", the cell at line ") for note in found.notes)
    return Notebook(path, found.default_module, cells, notes)


def _cells(lines: list[str]) -> dict[int, list[str]]:
    """Return the lines of each code cell by the number of its first line, from 1; what stands above the first mark is a cell."""
    marks = [(index, match[1]) for index, line in enumerate(lines) if (match := MARK.match(line))]
    starts = [(0, ""), *((index + 1, title) for index, title in marks)]
    ends = [*(index for index, _ in marks), len(lines)]
    return {
        start + 1: lines[start:end]
        for (start, title), end in zip(starts, ends, strict=True)
        if not TEXT_CELL.search(title)
    }
