"""What the page of a submission's files shows: the list, and of the chosen file its lines, or its cells, or why it is not shown.

A file is not shown whose bytes are no text, or which is larger than a page bears. Of a notebook every cell is shown, without
outputs: code by its lines as tracebacks name them (`cell 3, line 2`), other cells as they were written.
"""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from course_admin.submissions.code.markup import marked_up, visible
from course_admin.submissions.code.places import Place
from course_admin.submissions.code.stored import lines_of, tree_of
from course_admin.submissions.models import Attempt
from grader.source import NotebookProblem, TreeFile, escape_name, read_cells

ARCHIVE_BYTES = 24 << 20  # the largest submission that is graded, as an archive
FILE_BYTES = 200_000
NOTEBOOK_BYTES = 1_000_000  # as JSON
LINES = 5_000
PYTHON = (".py", ".pyi")
NOTEBOOK = ".ipynb"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the list; `why_not`: a clause, empty if it can be shown."""

    path: str
    name: str  # as it is shown
    size: int
    why_not: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line: its name in addresses, its number, its HTML."""

    anchor: str
    number: int
    html: SafeString


@dataclass(frozen=True, slots=True)
class Block:
    """A file, or one cell of a notebook; `cell` is 0 for a file."""

    cell: int
    is_code: bool
    lines: list[CodeLine]


@dataclass(frozen=True, slots=True)
class Browser:
    """A submission's files, one of them open."""

    entries: list[Entry]
    notes: tuple[str, ...]  # what was left out, and why
    chosen: Entry | None
    blocks: list[Block]


def browser_of(attempt: Attempt, path: str | None) -> Browser | None:
    """Return the files with one open: the named one, else the largest Python file; None if there are none to be shown.

    Raises LookupError if there is no file of that name.
    """
    tree = tree_of(attempt, ARCHIVE_BYTES)
    if tree is None:
        return None
    files = {file.path: file for file in tree.files}
    if path is not None and path not in files:
        raise LookupError(path)
    file = files[path] if path is not None else _first_choice(tree.files)
    if file is None:
        return Browser([], tree.notes(), None, [])
    entries = [_entry(each) for each in tree.files]
    chosen = next(each for each in entries if each.path == file.path)
    blocks, problem = _blocks(file) if not chosen.why_not else ([], "")
    return Browser(
        entries, tree.notes(), Entry(chosen.path, chosen.name, chosen.size, chosen.why_not or problem), blocks
    )


def _first_choice(files: tuple[TreeFile, ...]) -> TreeFile | None:
    code = [file for file in files if file.path.endswith((*PYTHON, NOTEBOOK)) and not _why_not(file)]
    return max(code, key=lambda file: file.size, default=files[0] if files else None)


def _entry(file: TreeFile) -> Entry:
    return Entry(file.path, escape_name(file.path), file.size, _why_not(file))


def _why_not(file: TreeFile) -> str:
    most = NOTEBOOK_BYTES if file.path.endswith(NOTEBOOK) else FILE_BYTES
    if b"\0" in file.data:
        return gettext("it is not text")
    if file.size > most:
        return gettext("it is larger than {most} kB").format(most=most // 1000)
    return ""


def _blocks(file: TreeFile) -> tuple[list[Block], str]:
    """Return what is shown of a file, or a clause that says why it is not."""
    if not file.path.endswith(NOTEBOOK):
        lines = lines_of(file.data.decode("utf-8", "backslashreplace"))
        cells = [(0, file.path.endswith(PYTHON), lines)]
    else:
        try:
            cells = [(cell.number, cell.is_code, list(cell.lines)) for cell in read_cells(file.data)]
        except NotebookProblem as problem:
            return [], gettext("this notebook {problem}").format(problem=problem)
    count = sum(len(lines) for _, _, lines in cells)
    if count > LINES:
        return [], ngettext("it has {count} line", "it has {count} lines", count).format(count=count)
    return [_block(*cell) for cell in cells], ""


def _block(cell: int, is_code: bool, lines: list[str]) -> Block:
    shown = marked_up(visible(lines), is_python=is_code)
    rows = [CodeLine(Place("", number, cell).anchor, number, html) for number, html in enumerate(shown, start=1)]
    return Block(cell, is_code, rows)
