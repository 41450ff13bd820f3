"""The student's own lines around a place that a traceback names, from the archive of what was graded.

A module that was assembled from notebooks is no file of the student's: its lines are those of the cell that the traceback names,
never those of an older file of the same name. An archive that is large, gone or not ours gives no lines, and the report stands
without them.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from course_admin.submissions.code.browser import NOTEBOOK
from course_admin.submissions.code.places import Place
from course_admin.submissions.code.stored import lines_of, tree_of
from course_admin.submissions.models import Attempt
from course_admin.submissions.reports.failures.messages import Frame
from grader.sanitize import clean
from grader.source import NotebookProblem, Tree, read_cells

AROUND = 2  # lines above and below
ARCHIVE_BYTES = 4 << 20  # of larger ones nothing is shown: a page is made within a moment
FILE_BYTES = 200_000
NOTEBOOK_BYTES = 1_000_000
LINE_BYTES = 200


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of a file."""

    number: int
    text: str
    is_hit: bool


class Sources:
    """The files of one attempt, read when the first line is asked for."""

    def __init__(self, attempt: Attempt, most_bytes: int = ARCHIVE_BYTES) -> None:
        self._attempt, self._most_bytes = attempt, most_bytes
        self._notebooks: dict[str, dict[int, list[str]]] = {}

    @cached_property
    def _tree(self) -> Tree | None:
        return tree_of(self._attempt, self._most_bytes)

    @cached_property
    def files(self) -> dict[str, str]:
        """The text files by their paths."""
        found = self._tree.files if self._tree else ()
        return {file.path: file.data.decode("utf-8", "backslashreplace") for file in found if file.size <= FILE_BYTES}

    def place_of(self, frame: Frame) -> Place | None:
        """Return where in the student's own files a frame lies; None if no file of theirs has that line."""
        if frame.place:
            place = Place(frame.notebook, frame.cell_line, frame.cell)
        else:
            place = Place(self.path_of(frame.path) or "", frame.line)
        return place if 1 <= place.line <= len(self._lines(place)) else None

    def around(self, place: Place | None) -> list[SourceLine]:
        """Return the lines around a place; none if there is none."""
        lines = self._lines(place) if place else []
        if place is None or not lines:
            return []
        first, last = max(place.line - AROUND, 1), min(place.line + AROUND, len(lines))
        return [
            SourceLine(number, clean(lines[number - 1], LINE_BYTES, 1), number == place.line)
            for number in range(first, last + 1)
        ]

    def line_at(self, place: Place) -> str | None:
        """Return what a line says; None if no text of the student's has that line."""
        lines = self._lines(place)
        is_raw = place.path.endswith(NOTEBOOK) and not place.cell
        if is_raw or not 1 <= place.line <= len(lines) or "\0" in self.files.get(place.path, ""):
            return None
        return clean(lines[place.line - 1], LINE_BYTES, 1)

    def path_of(self, path: str) -> str | None:
        """Return where in the tree a file lies, by its path as the sandbox saw it: from the package on."""
        if path in self.files:
            return path
        found = [name for name in self.files if name.endswith(f"/{path}")]
        return found[0] if len(found) == 1 else None

    def _lines(self, place: Place) -> list[str]:
        if place.cell:
            return self._cells(place.path).get(place.cell, [])
        return lines_of(self.files[place.path]) if place.path in self.files else []

    def _cells(self, path: str) -> dict[int, list[str]]:
        """Return the lines of a notebook's cells; none if it is large, missing, or no notebook."""
        if path not in self._notebooks:
            found = [file for file in (self._tree.files if self._tree else ()) if file.path == path]
            self._notebooks[path] = {}
            if found and found[0].size <= NOTEBOOK_BYTES:
                with suppress(NotebookProblem):
                    self._notebooks[path] = {cell.number: list(cell.lines) for cell in read_cells(found[0].data)}
        return self._notebooks[path]
