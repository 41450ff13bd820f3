"""CSV files that somebody uploads: bytes become rows of cells, or one sentence says why they cannot.

Nothing is guessed: UTF-8, or UTF-16 where the file says so; the delimiter is the one that its first line has most of, unless
who reads it knows better.
"""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext

FILE_BYTES = 5_000_000
ROWS, CELL_CHARACTERS = 20_000, 10_000


class FileUnreadable(ValueError):
    """The file as a whole cannot be read; its text is a sentence that says why."""


def require_size(data: bytes) -> None:
    """Raise FileUnreadable if a file is larger than what is read."""
    if len(data) > FILE_BYTES:
        raise FileUnreadable(
            gettext("The file has {count} bytes; at most {most} are read.").format(count=len(data), most=FILE_BYTES)
        )


def without_nul(text: str) -> str:
    """Return the text. Raises FileUnreadable if it holds a NUL, which no table has."""
    if "\0" in text:
        raise FileUnreadable(gettext("The file holds a NUL character; export it again as CSV."))
    return text


def csv_text(data: bytes) -> str:
    """Return a file's text. Raises FileUnreadable if it is too large, or no text in a known encoding."""
    require_size(data)
    name, encoding = ("UTF-16", "utf-16") if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("UTF-8", "utf-8-sig")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileUnreadable(
            gettext("Byte {start} is not {name}; save the file as UTF-8.").format(start=error.start, name=name)
        ) from None
    return without_nul(text)


def delimiter_of(text: str) -> str:
    """Return what a file's cells are divided by: a comma, a semicolon or a tab."""
    return max(",;\t", key=text.split("\n", 1)[0].count)


def csv_rows(
    text: str, delimiter: str = "", first_line: int = 1, *, is_spaced: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it starts on. Raises FileUnreadable at the first that is no CSV.

    `first_line`: where in its file the text begins. Without a delimiter, it is the one that the text's own first line shows.
    `is_spaced`: spaces behind a delimiter are no part of a cell, and what they hide is a quote.
    """
    lines, delimiter = io.StringIO(text, newline=""), delimiter or delimiter_of(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=is_spaced)
    line = first_line
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + first_line
    except csv.Error as error:
        raise FileUnreadable(gettext("Line {line} is not CSV: {error}.").format(line=line, error=error)) from None
