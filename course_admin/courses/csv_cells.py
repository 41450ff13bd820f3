"""Cells of a file that leaves the service: how values are written, and why a text never becomes a formula.

Source: RFC 4180; OWASP ASVS 1.2.10 and CWE-1236 for formula injection. A text that a spreadsheet would calculate gets an
apostrophe before the sign that makes it a formula; a number that we format is never touched, and neither is what another
system matches by (`Key`): where that would be a formula the export is refused.

A file with commas may be opened where cells are divided by semicolons, and the other way round; the quotes around a cell
mean nothing then. So a formula is looked for after every sign that may divide cells, not only at the start.
"""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from grader.points import points_text

LINES_AT_ONCE = 200  # a piece of a download

_SIGNS = "=+\\-@＝＋－＠"
_ANY = re.compile(f"[{_SIGNS}\t\r\n\0]")
#: What stands at the start of a formula; apostrophes before it get one more, so that a reader can take one away.
_START = re.compile(f"'*(?:[{_SIGNS}\t\r\n\0]|\\s+[=+\\-@])")
#: A formula further on; a number such as the `-5 %` of a late policy is none.
_INNER = re.compile(f"([,;\t\r\n]\\s*\"*\\s*)((?!-\\d[\\d.]*\\s*%?\\s*(?:[,;\t\r\n]|\\Z))'*[{_SIGNS}])")
_BEFORE_A_QUOTE = re.compile(r'\\(?="|\Z)')
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?(?: ?%)?|-")


class Key(str):
    """A text that another system matches by: written as it is, since it was found to be no formula."""

    __slots__ = ()


Cell = str | int | Decimal | datetime | bool | None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file writes its cells; `encoding`: with `-sig` for the mark by which Excel knows UTF-8.

    `is_for_php`: its reader takes a quote behind a backslash for no end of a cell, and would read on into the next rows.
    """

    delimiter: str = ","
    decimal_mark: str = "."
    encoding: str = "utf-8"
    quotes_all: bool = False
    is_for_php: bool = False


PLAIN = Dialect()


def plain_dialect(decimal_mark: str | None, for_excel: bool = False) -> Dialect:
    """Return how a table is written where numbers have a point, or a comma, with which cells are divided by semicolons."""
    encoding = "utf-8-sig" if for_excel else "utf-8"
    return Dialect(";", ",", encoding) if decimal_mark == "," else Dialect(encoding=encoding)


class FormulaFound(ValueError):
    """What another system matches by would be a formula in a spreadsheet; its text is that key."""


def text_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whichever sign divides its cells."""
    if not _ANY.search(text):
        return text
    safe = _INNER.sub(r"\1'\2", text)
    return f"'{safe}" if _START.match(text) else safe


def key_cell(text: str) -> Key:
    """Return what another system matches by. Raises FormulaFound if it could not be written as it is."""
    if text_cell(text) != text:
        raise FormulaFound(text)
    return Key(text)


def for_php(text: str, delimiter: str) -> str:
    """Return a text that PHP's reader of CSV takes for the whole cell: no backslash before a quote. Source: PHP, `fgetcsv`."""
    if "\\" not in text or not any(sign in text for sign in f'{delimiter}"\r\n'):
        return text  # without quotes around it a backslash is one
    return _BEFORE_A_QUOTE.sub(r"\\ ", text)


def kept_cell(text: str) -> str:
    """Return a cell that was written already: numbers, and the sign for nothing, as they are; or a text."""
    return Key(text) if _NUMBER.fullmatch(text) else text


def cell(value: Cell, decimal_mark: str = ".") -> str:
    """Return a value as its cell: points in two decimals at most, times in UTC, nothing as nothing."""
    if isinstance(value, str):  # by far the most, so first
        return value if type(value) is Key else text_cell(value)
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return points_text(value, decimal_mark)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def csv_lines(header: Iterable[Cell], rows: Iterable[Iterable[Cell]], dialect: Dialect = PLAIN) -> Iterator[str]:
    """Yield a CSV file line by line."""
    echo, delimiter = _Echo(), dialect.delimiter
    if dialect.quotes_all:
        writer = csv.writer(echo, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    else:
        writer = csv.writer(echo, delimiter=delimiter, lineterminator="\r\n")
    for row in itertools.chain([header], rows):
        cells = [cell(value, dialect.decimal_mark) for value in row]
        yield writer.writerow([for_php(text, delimiter) for text in cells] if dialect.is_for_php else cells)


def csv_pieces(header: Iterable[Cell], rows: Iterable[Iterable[Cell]], dialect: Dialect) -> Iterator[bytes]:
    """Yield a CSV file's bytes, some lines at a time."""
    lines = csv_lines(header, rows, dialect)
    mark = "\ufeff" if dialect.encoding == "utf-16-le" else ""
    encoding = dialect.encoding
    while lots := "".join(itertools.islice(lines, LINES_AT_ONCE)):
        yield (mark + lots).encode(encoding)
        mark, encoding = "", encoding.removesuffix("-sig")


class _Echo:
    """A file that gives each line back instead of keeping it, so that a large export streams."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line
