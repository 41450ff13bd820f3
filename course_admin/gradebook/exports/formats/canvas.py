"""Canvas's gradebook CSV: the file that Canvas exported, with our points in its columns.

A student comes only with a grade, and a cell for which there is none keeps what Canvas's file has: an empty cell over a
score would remove it. Whoever is excused there stays so. Source: canvas-lms, gradebook_importer.rb and
gradebook_exporter.rb.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import Cell, Dialect, csv_pieces, kept_cell
from course_admin.gradebook.exports.export import (
    CannotExport,
    Export,
    Format,
    Wanted,
    checked_key,
    counted,
    folded,
    graded_students,
    listed,
    some_lines,
)
from course_admin.gradebook.exports.lms_file import (
    Item,
    LmsFile,
    Row,
    match_items,
    number_there,
    read_lms_file,
    refuse_repeated,
    row_keys,
)
from course_admin.gradebook.exports.people import Kind, match_people
from course_admin.gradebook.exports.replaced import replaced_grades

SYSTEM = "Canvas"
#: Columns that tell who a row is -> what they say.
KEYS = {"id": Kind.CANVAS, "sis user id": Kind.NUMBER, "sis login id": Kind.LOGIN}
#: Columns that are for people to read: Canvas matches by none of them as long as there is an ID.
TEXTS = {"student", "lastname", "firstname", "section"}

_ITEM = re.compile(r"(?P<title>.*\S)\s*\((?P<id>\d+)\)\s*")
TOTALS = gettext_noop(
    "Canvas takes columns with such headings for its own totals, and reads nothing below them: {totals}. Rename the assignments."
)
#: What Canvas's importer takes for a column of its own totals, whatever stands around it.
_TOTAL = re.compile(r"(?:Current|Final) (?:Score|Points|Grade)|Override (?:Score|Grade|Status)")
_POINTS_POSSIBLE, _EXCUSED = "points possible", "ex"


def prepare(wanted: Wanted) -> Export:
    """Match the uploaded file's rows and columns, and prepare those of them that have grades."""
    file = read_lms_file(wanted, SYSTEM, (("ID",), ("Section",)), KEYS, person="ID")
    number, end = file.place("ID") or 0, (file.place("Section") or 0) + 1
    _check_order(file)
    students = [row for row in file.rows if row[1][number].strip()]
    refuse_repeated(file, number, students)
    maxima = _maxima(file, end)
    items, read_only, totals = _items(file, end, maxima)
    said = gettext(TOTALS).format(totals=listed(totals))
    if totals and not items:
        raise CannotExport(said)
    columns, gaps, remarks = match_items(wanted, items, file)
    people, unmatched = match_people(wanted.students(), row_keys(file, students, KEYS), SYSTEM)
    if read_only:
        remarks.append(
            gettext("Canvas lets nobody write to these columns: {read_only}.").format(read_only=listed(read_only))
        )
    if totals:
        remarks.append(said)
    excused = sum(_is_excused(students[row][1][item.place]) for row in people.values() for item in columns.values())
    if excused:
        remarks.append(
            gettext("{counted} excused in Canvas, which it stays whatever is here.").format(
                counted=counted(excused, "grade")
            )
        )
    header = [
        *file.header[:end],
        *(checked_key(item.heading, gettext("A column's heading")) for item in columns.values()),
    ]
    second = [*maxima[:end], *(kept_cell(maxima[item.place]) for item in columns.values())]
    semicolons = file.delimiter == ";"
    mark = wanted.decimal_mark or ("," if semicolons else ".")
    dialect = Dialect(";" if semicolons or mark == "," else ",", mark)  # Canvas itself reads no tabs
    rows = {pk: _identity(file, end, students[row]) for pk, row in people.items()}
    there = {pk: students[row][1] for pk, row in people.items()}
    remarks += replaced_grades(wanted, {pk: item.place for pk, item in columns.items()}, there, _is_excused)
    lines = _lines(wanted, columns, rows, there)
    return Export(
        csv_pieces(header, _with_second(second, some_lines(lines)), dialect), (*unmatched, *gaps), tuple(remarks)
    )


def _maxima(file: LmsFile, end: int) -> list[str]:
    """Return the row of maxima, whatever it is called: nobody's, of numbers. Canvas itself knows it by its English name.

    Raises CannotExport if there is none.
    """
    rows = [cells for _line, cells in file.rows]
    for cells in rows:
        if folded(cells[0]) == _POINTS_POSSIBLE:
            return cells
    for cells in rows:
        says_who, below = "".join(cells[1:end]).strip(), [cell for cell in cells[end:] if cell.strip()]
        if not says_who and any(number_there(cell) is not None for cell in below):
            return ["    Points Possible", *cells[1:]]
    raise CannotExport(gettext("The file has no row Points Possible: export the entire gradebook from Canvas again."))


def _check_order(file: LmsFile) -> None:
    """Raise CannotExport for columns in an order in which Canvas takes no file."""
    name, number, *_ = (folded(heading) for heading in file.header if folded(heading) != "firstname")
    if name not in ("student", "lastname") or number != "id":
        raise CannotExport(
            gettext(
                "Canvas reads only files whose columns begin with Student and ID: export the file again, and upload it as it is."
            )
        )


def _items(file: LmsFile, end: int, maxima: Sequence[str]) -> tuple[list[Item], list[str], list[str]]:
    """Return the columns of assignments that take grades, and the headings of those that take none, or are read as totals."""
    items, read_only, totals = [], [], []
    for place, heading in enumerate(file.header[end:], end):
        if match := _ITEM.fullmatch(heading):
            if maxima[place].strip().startswith("("):  # (read only), in the language of who exported it
                read_only.append(heading)
            elif _TOTAL.search(heading):
                totals.append(heading)
            else:
                items.append(Item(place, heading, match["title"], number_there(maxima[place])))
    return items, read_only, totals


def _is_excused(cell: str) -> bool:
    return cell.strip().casefold() == _EXCUSED


def _identity(file: LmsFile, end: int, row: Row) -> list[Cell]:
    """Return the cells that say who a row is, as they were: what Canvas matches by cannot be written otherwise."""
    line, cells = row
    pairs = zip(file.header[:end], cells[:end], strict=True)
    return [
        text
        if heading.strip().casefold() in TEXTS
        else checked_key(text, gettext("The {heading} in line {line}").format(heading=heading.strip(), line=line))
        for heading, text in pairs
    ]


def _with_second(second: Sequence[Cell], lines: Iterator[list[Cell]]) -> Iterator[Sequence[Cell]]:
    yield second
    yield from lines


def _lines(
    wanted: Wanted, columns: Mapping[int, Item], people: Mapping[int, list[Cell]], there: Mapping[int, list[str]]
) -> Iterator[list[Cell]]:
    """Yield the lines of those who have a grade: who they are, then their points or what Canvas has."""
    for student, grades in graded_students(wanted, people):
        if grades.keys().isdisjoint(columns):
            continue
        cells: list[Cell] = []
        for pk, item in columns.items():
            kept = there[student.pk][item.place]
            cells.append(kept_cell(kept) if pk not in grades or _is_excused(kept) else grades[pk].points)
        yield [*people[student.pk], *cells]


FORMAT = Format(
    name="canvas",
    title=_("Canvas gradebook (CSV)"),
    suffix=".csv",
    content_type="text/csv; charset=utf-8",
    prepare=prepare,
    own_file=_("In Canvas: Grades, Export, Export Entire Gradebook."),
    knows_decimal_comma=True,
)
