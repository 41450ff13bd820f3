"""Where a large array differs, as a small picture: the map that a suite's comparison draws in text (`test_suites/failure.py`).

A map has lines of blocks, each `.` where nothing differs, else 1 to 9 ninths of its elements. What is no such map is no picture.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext

CELL_WIDTH, CELL_HEIGHT = 10, 14
NINTHS = 9
_MAP = re.compile(r"[.1-9]{1,32}(?:\n[.1-9]{1,32}){0,7}")


@dataclass(frozen=True, slots=True)
class Cell:
    """One block in which something differs."""

    x: int
    y: int
    opacity: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The picture: its blocks by line, each the ninths of its elements that differ."""

    lines: tuple[tuple[int, ...], ...]
    cell_width: int = CELL_WIDTH
    cell_height: int = CELL_HEIGHT

    @property
    def width(self) -> int:
        """In the picture's own units."""
        return CELL_WIDTH * len(self.lines[0])

    @property
    def height(self) -> int:
        """In the picture's own units."""
        return CELL_HEIGHT * len(self.lines)

    @property
    def cells(self) -> list[Cell]:
        """The blocks in which something differs; the more, the stronger."""
        return [
            Cell(CELL_WIDTH * x, CELL_HEIGHT * y, f"{ninths / NINTHS:.2f}")
            for y, line in enumerate(self.lines)
            for x, ninths in enumerate(line)
            if ninths
        ]

    @property
    def sentence(self) -> str:
        """The same in words."""
        total, found = len(self.lines) * len(self.lines[0]), len(self.cells)
        if found == total:
            return gettext("Values differ all over the array.")
        rows = [y for y, line in enumerate(self.lines, start=1) if any(line)]
        columns = [x for x, column in enumerate(zip(*self.lines, strict=True), start=1) if any(column)]
        across = _between(columns, len(self.lines[0]))
        if len(self.lines) == 1:
            return gettext("Values differ in {found} of {total} parts of the array: {across} from its start.").format(
                found=found, total=total, across=across
            )
        return gettext(
            "Values differ in {found} of {total} parts of the array: {down} from the top, {across} from the left."
        ).format(found=found, total=total, down=_between(rows, len(self.lines)), across=across)


def heat_map(text: str) -> HeatMap | None:
    """Return the picture of a map; None if the text is none, or one in which nothing differs."""
    if not _MAP.fullmatch(text):
        return None
    lines = tuple(tuple(0 if character == "." else int(character) for character in line) for line in text.split("\n"))
    is_even = len({len(line) for line in lines}) == 1
    return HeatMap(lines) if is_even and any(map(any, lines)) else None


def _between(places: list[int], most: int) -> str:
    if places[0] == places[-1]:
        return gettext("part {place} of {most}").format(place=places[0], most=most)
    return gettext("parts {first} to {last} of {most}").format(first=places[0], last=places[-1], most=most)
