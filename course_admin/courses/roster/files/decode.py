"""The bytes of an uploaded file become a table of cells, each row with the line it stands on.

Read are CSV with commas, semicolons, tabs or bars, in UTF-8, UTF-16 or Windows-1252, and the first fitting sheet of an Excel
workbook, values only. What is read on a guess is noted, for whoever imports to check; what cannot be read is named as
what it is, with what to do. Nothing here knows what a roster is.
"""

import datetime
import io
import itertools
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import openpyxl
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from openpyxl.utils import column_index_from_string

from course_admin.courses.csv_files import ROWS, FileUnreadable, csv_rows, require_size
from course_admin.courses.roster.files.encodings import decode_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

UNPACKED_BYTES = 40_000_000  # of a workbook: what its archive says, which zipfile never exceeds
PARTS = 500  # files in a workbook's archive
COLUMNS, SHEETS, MERGED = 2_000, 20, 1_000
EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number
DELIMITERS = ",;\t|"
SAMPLE_ROWS = 30

SAVE_AS_CSV = _('open it and save it as "CSV UTF-8 (comma delimited)", then choose that file')
#: How files begin that are no text -> what they are called.
BINARY: "tuple[tuple[bytes, StrOrPromise], ...]" = (
    (b"\xd0\xcf\x11\xe0", _("an Excel workbook of the old kind (.xls) or one with a password")),
    (b"%PDF", _("a PDF document")),
    (b"\x1f\x8b", _("a gzip archive")),
    (b"Rar!", _("a RAR archive")),
    (b"\x89PNG", _("a picture")),
    (b"\xff\xd8\xff", _("a picture")),
)
_FORMULA = re.compile(rb"<f[ >/]")
_MERGED = re.compile(r'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
_FORMAT = re.compile(r'"[^"]*"|\\.|.')
_WHOLE_FORMAT = re.compile(r'(?:"[^"]*"|\\.|[-/ ()]|0)*0(?:"[^"]*"|\\.|[-/ ()]|0)*')
_WRAPPED = re.compile(r'\s*"((?:[^"]|"")*)"[\s,;]*')
_MARKUP = re.compile(r"\s*<(!doctype|html|table|\?xml|div|meta)", re.IGNORECASE)

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, blank ones left out, and what whoever imports should know of how they were read."""

    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    is_workbook: bool = False


def decode(data: bytes, rank: Callable[[list[Row]], int]) -> Table:
    """Return a file's table. `rank` says how much some first rows look like what is looked for.

    Raises FileUnreadable.
    """
    require_size(data)
    if data.startswith(b"PK\x03\x04"):
        return _workbook(data, rank)
    for start, name in BINARY:
        if data.startswith(start):
            raise FileUnreadable(gettext("This is {name}, not CSV: {advice}.").format(name=name, advice=SAVE_AS_CSV))
    text, notes = decode_text(data, DELIMITERS)
    if _MARKUP.match(text):
        raise FileUnreadable(
            gettext("This is a web page or XML, whatever its name says, and not CSV: {advice}.").format(
                advice=SAVE_AS_CSV
            )
        )
    return Table(_limited(_csv(text, rank)), notes)


def _csv(text: str, rank: Callable[[list[Row]], int]) -> Iterator[Row]:
    """Return each row with the line it starts on; of the delimiters, the one whose first rows look right."""
    told = re.match(r"[\"']?sep=(.)[\"']?[ \t,;]*(\r\n|\r|\n|$)", text, re.IGNORECASE)
    if told:
        return csv_rows(text[told.end() :], told[1], 2, is_spaced=True)

    def looks(delimiter: str) -> tuple[int, int]:
        rows: list[Row] = []
        with suppress(FileUnreadable):  # what comes before a row that is none says which delimiter it is
            rows.extend(itertools.islice(csv_rows(text, delimiter, is_spaced=True), SAMPLE_ROWS))
        return rank(rows), sum(len(row) > 1 for _, row in rows)

    if not any(looks(delimiter)[1] for delimiter in DELIMITERS):
        text = _unwrapped(text)
    return csv_rows(text, max(DELIMITERS, key=looks), is_spaced=True)


def _unwrapped(text: str) -> str:
    """Return a table without the quotes that a spreadsheet has put round each whole line of it; any other as it is."""
    lines = text.splitlines()
    cells = [_WRAPPED.fullmatch(line) for line in lines if line.strip()]
    if not cells or not all(cells):
        return text
    return "\n".join(each[1].replace('""', '"') if (each := _WRAPPED.fullmatch(line)) else "" for line in lines)


def _limited(rows: Iterator[Row]) -> list[Row]:
    """Return the rows that hold something. Raises FileUnreadable if there are too many, or one is too long."""
    kept: list[Row] = []
    for line, row in rows:
        while row and not row[-1].strip():
            row.pop()
        if not row:
            continue
        if len(row) > COLUMNS:
            raise FileUnreadable(
                gettext("Line {line} has {count} columns; at most {most} are read.").format(
                    line=line, count=len(row), most=COLUMNS
                )
            )
        kept.append((line, row))
        if len(kept) > ROWS:
            raise FileUnreadable(gettext("The file has more than {most} rows.").format(most=ROWS))
    return kept


def _workbook(data: bytes, rank: Callable[[list[Row]], int]) -> Table:
    """Return the visible sheet that looks most like what is looked for. Raises FileUnreadable."""
    sentence = gettext("This is an Excel workbook that cannot be read here: {advice}.").format(advice=SAVE_AS_CSV)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive)
        with warnings.catch_warnings(action="ignore"):  # of styles and validations, which nobody asked for
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"][:SHEETS]
            tables = {sheet.title: _filled_down(_limited(_sheet(sheet)), _merged(data, sheet)) for sheet in sheets}
            _require_results(data, sheets)
    except FileUnreadable:
        raise
    except Exception:  # openpyxl has no exception of its own: a damaged part ends as anything
        raise FileUnreadable(sentence) from None
    filled = {title: rows for title, rows in tables.items() if rows}
    if not filled:
        raise FileUnreadable(
            gettext("This is an Excel workbook without a filled sheet; {advice}.").format(advice=SAVE_AS_CSV)
        )
    title = max(filled, key=lambda name: rank(filled[name][:SAMPLE_ROWS]))
    others = ", ".join(name for name in filled if name != title)
    notes = [gettext("Read is the sheet {title}; not read: {others}.").format(title=title, others=others)]
    return Table(filled[title], notes if others else [], is_workbook=True)


def _check_archive(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "mimetype" in names or any(name.endswith(".iwa") for name in names):
        raise FileUnreadable(
            gettext("This is a spreadsheet of LibreOffice or Numbers, not CSV: {advice}.").format(advice=SAVE_AS_CSV)
        )
    if "[Content_Types].xml" not in names:
        raise FileUnreadable(gettext("This is a zip archive; unpack it and choose the CSV file in it."))
    if "xl/workbook.xml" not in names:
        raise FileUnreadable(
            gettext("This is an Excel workbook or another Office file without a sheet: {advice}.").format(
                advice=SAVE_AS_CSV
            )
        )
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
        raise FileUnreadable(
            gettext("This Excel workbook is too large when unpacked: {advice}.").format(advice=SAVE_AS_CSV)
        )
    for part in parts:
        with archive.open(part) as opened:
            head = opened.read(2_000).replace(b"\0", b"").upper()
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:  # no workbook needs them; they make small files large
            raise FileUnreadable(
                gettext("This Excel workbook declares entities, which is not read: {advice}.").format(
                    advice=SAVE_AS_CSV
                )
            )


def _sheet(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # what a file says of its own size is not believed
    rows = sheet.iter_rows(max_col=COLUMNS, max_row=ROWS + SAMPLE_ROWS)
    for line, cells in enumerate(rows, 1):
        yield line, [_cell_text(cell) for cell in cells]


def _merged(data: bytes, sheet: Any) -> list[tuple[int, int, int]]:
    """Return the cells of a sheet that are one over several rows: column and first and last row; of one row only, none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = archive.read(
            sheet._worksheet_path
        )  # openpyxl reads no merged cells where it does not read a sheet as a whole
    found = [
        [column_index_from_string(each[1]), int(each[2]), int(each[3])] for each in _MERGED.finditer(part.decode())
    ]
    return [(column, first, last) for column, first, last in found[:MERGED] if first < last]


def _filled_down(rows: list[Row], merged: list[tuple[int, int, int]]) -> list[Row]:
    """Return rows in which a cell that is one over several of them stands in each of these, as it is seen."""
    by_line = dict(rows)
    for column, first, last in merged:
        value = by_line.get(first, [])[column - 1 : column]
        for line in range(first + 1, min(last, ROWS) + 1) if value else ():
            if line in by_line:
                row = by_line[line]
                row += [""] * (column - len(row))
                row[column - 1] = value[0]
    return rows


def _require_results(data: bytes, sheets: list[Any]) -> None:
    """Raise FileUnreadable for a formula whose result is not in the file: programs that write workbooks work nothing out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(_FORMULA.search(archive.read(name)) for name in parts):
            return
    written = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    for sheet in sheets:
        for shown, typed in zip(
            sheet.iter_rows(max_row=ROWS), written[sheet.title].iter_rows(max_row=ROWS), strict=False
        ):
            for cell, formula in zip(shown, typed, strict=False):
                if cell.value is None and isinstance(formula.value, str) and formula.value.startswith("="):
                    place = f"{sheet.title}!{formula.column_letter}{formula.row}"
                    raise FileUnreadable(
                        gettext("The workbook does not hold what the formula in {place} gives: {save}.").format(
                            place=place, save=SAVE_AS_CSV
                        )
                    )


def _in_format(digits: str, shown: str) -> str:
    """Return a whole number as a format of zeros and fixed letters shows it; as it is in any other."""
    parts = _FORMAT.findall(shown) if _WHOLE_FORMAT.fullmatch(shown) else []
    places = sum(part == "0" for part in parts)
    if not places or digits.startswith("-"):
        return digits
    padded = digits.zfill(places)
    left = iter(padded)
    text = ""
    for part in parts:
        if part == "0":
            while len(padded) > places:  # more digits than places: all of those stand at the first
                text, padded = text + next(left), padded[1:]
            text += next(left)
        else:
            text += part.strip('"\\')
    return text


def _cell_text(cell: Any) -> str:
    """Return a cell as it is shown: whole numbers whole, and with the zeros and letters that its format puts around them."""
    match cell.value:
        case None:
            return ""
        case bool(value):
            return "TRUE" if value else "FALSE"
        case float() as number if abs(number) >= EXACT:
            return f"{number:.14E}"  # its last digits are lost: whoever cleans cells says so
        case int() | float() as number:
            text = str(int(number)) if float(number).is_integer() else repr(number)
            return _in_format(text, cell.number_format or "")
        case datetime.datetime() | datetime.date() | datetime.time() as value:
            return value.isoformat()
        case datetime.timedelta() as value:  # a time that is longer than a day
            minutes, seconds = divmod(int(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case value:
            return str(value)
