"""Cells of a CSV file: how values are written, and why a text never becomes a formula.

Source: RFC 4180; OWASP ASVS 1.2.10 and CWE-1236 for formula injection. A text that a spreadsheet would calculate gets a
leading apostrophe; a number that we format is never touched.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

_FIRST_NOT_BLANK = ("=", "+", "-", "@")
_FIRST = (*_FIRST_NOT_BLANK, "＝", "＋", "－", "＠", "\t", "\r", "\n", "\0")
_FOUR_DECIMALS = Decimal("0.0001")

Cell = str | int | Decimal | datetime | bool | None


def text_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    is_risky = text.startswith(_FIRST) or text.lstrip().startswith(_FIRST_NOT_BLANK)
    return f"'{text}" if is_risky else text


def cell(value: Cell) -> str:
    """Return a value as its cell: numbers with a point and no zeros at the end, times in UTC, nothing as nothing."""
    if isinstance(value, str):  # by far the most, so first
        return text_cell(value)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            rounded = f"{value.quantize(_FOUR_DECIMALS, ROUND_HALF_EVEN):f}"
            return rounded.rstrip("0").rstrip(".")
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """Yield a CSV file line by line."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield writer.writerow([text_cell(name) for name in header])
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


class _Echo:
    """A file that gives each line back instead of keeping it, so that a large export streams."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line
