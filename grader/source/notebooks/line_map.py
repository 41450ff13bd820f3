"""Which cell of which notebook a line of an assembled file came from. Side: worker.

Cells are counted from 1 over all cells of a notebook, text cells too; lines are counted from 1 within the cell as the
student sees it, directives included.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

FRAME = re.compile(r'File "([^"\n]+)", line ([0-9]{1,7})')


@dataclass(frozen=True, slots=True)
class Span:
    """A run of lines in an assembled file and where its first line stands in the notebook."""

    first_line: int
    line_count: int
    notebook: str
    cell: int
    cell_line: int


class LineMap:
    """Answers where a line of an assembled file was written; files that were not assembled are not in it."""

    def __init__(self, spans: Mapping[str, Iterable[Span]] | None = None) -> None:
        self._spans = {
            path: tuple(sorted(rows, key=lambda span: span.first_line)) for path, rows in (spans or {}).items()
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """The assembled files."""
        return tuple(self._spans)

    def locate(self, path: str, line: int) -> str | None:
        """Return "notebook, cell N, line M", of a file in percent format "file, line M", or None for a line that no cell wrote."""
        spans = self._spans.get(path, ())
        index = bisect_right(spans, line, key=lambda span: span.first_line) - 1
        if index < 0 or line >= spans[index].first_line + spans[index].line_count:
            return None
        span = spans[index]
        cell = f", cell {span.cell}" if span.cell else ""
        return f"{span.notebook}{cell}, line {span.cell_line + line - span.first_line}"

    def annotate(self, text: str) -> str:
        """Return a traceback with the notebook's place behind each frame that lies in an assembled file."""
        return FRAME.sub(self._annotate_frame, text)

    def _annotate_frame(self, frame: re.Match[str]) -> str:
        path = frame[1]
        while path and path not in self._spans:  # of an absolute path some end is a file of the tree
            path = path.partition("/")[2]
        place = self.locate(path, int(frame[2]))
        return f"{frame[0]} ({place})" if place else frame[0]

    def to_rows(self) -> dict[str, list[list[int | str]]]:
        """Return the map as plain lists, for `LineMap.from_rows`."""
        return {path: [list(astuple(span)) for span in spans] for path, spans in self._spans.items()}

    @classmethod
    def from_rows(cls, rows: Mapping[str, Iterable[Iterable[int | str]]]) -> "LineMap":
        """Return the map of such lists; raises TypeError or ValueError if they are none."""
        spans = {path: [Span(*span) for span in listed] for path, listed in rows.items()}  # type: ignore[arg-type]
        for span in (span for listed in spans.values() for span in listed):
            if not all(isinstance(value, str) == (index == 2) for index, value in enumerate(astuple(span))):
                raise ValueError("a span's notebook is a text, its other fields are numbers")
        return cls(spans)

    def under(self, folder: str) -> "LineMap":
        """Return the map for the tree seen from one of its folders."""
        start = f"{folder}/" if folder else ""
        return LineMap({path.removeprefix(start): rows for path, rows in self._spans.items() if path.startswith(start)})
