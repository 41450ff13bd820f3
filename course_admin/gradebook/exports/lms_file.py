"""The other system's own file, which staff upload so that its numbers and headings fit: read, checked, matched.

Columns are found by name. Whatever would let a grade land in the wrong place is refused in one sentence: a file of another
system or course, a heading or a person that is there twice, an assignment that is out of other points there than here.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext, ngettext

from course_admin.assignments.models import Assignment
from course_admin.courses.csv_files import CELL_CHARACTERS, ROWS, FileUnreadable, csv_rows, csv_text, delimiter_of
from course_admin.gradebook.exports.export import CannotExport, Wanted, folded, listed
from course_admin.gradebook.exports.people import Kind
from course_admin.pages.numbers import plural_number
from grader.points import points_text

Row = tuple[int, list[str]]  # the line it starts on, and its cells
Names = tuple[str, ...]  # of one column

COLUMNS = 2_000  # a term's assignments, each with the columns that the system works out


@dataclass(frozen=True, slots=True)
class LmsFile:
    """A file as it was uploaded; every row has as many cells as the header, and knows the line it starts on."""

    system: str
    delimiter: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def place(self, *names: str) -> int | None:
        """Return where the first of some columns stands; None if none does."""
        folds = [folded(heading) for heading in self.header]
        return next((folds.index(folded(name)) for name in names if folded(name) in folds), None)


@dataclass(frozen=True, slots=True)
class Item:
    """One column of the file that takes grades; `maximum`: None if the file does not say."""

    place: int
    heading: str
    title: str
    maximum: Decimal | None


def read_lms_file(
    wanted: Wanted, system: str, needed: Collection[Names], keys: Collection[str] = (), person: str = ""
) -> LmsFile:
    """Return the uploaded file. Raises CannotExport unless it has the `needed` columns, and every row all cells.

    Each column is needed by one of its names: what it is called in one of the languages in which the system writes it. `keys`:
    the columns that tell who a row is; `person`: a row that is empty there is nobody's, and may end where it has no more to say.
    """
    try:
        text = csv_text(wanted.uploaded or b"")
        delimiter = _delimiter(text, needed)
        rows = [(line, cells) for line, cells in csv_rows(text, delimiter) if any(cell.strip() for cell in cells)]
    except FileUnreadable as error:
        raise CannotExport(str(error)) from None
    if len(rows) > ROWS:
        raise CannotExport(gettext("The file has more than {most} rows.").format(most=ROWS))
    header = rows[0][1] if rows else []
    file = LmsFile(system, delimiter, tuple(header), tuple(rows[1:]))
    missing = [names[0] for names in needed if file.place(*names) is None]
    if missing:
        raise CannotExport(
            gettext(
                "This is no file of {system}, or one in another language: its first line has no column {missing}. Choose English "
                "as your language in {system}, export again, and upload the file as it is."
            ).format(system=system, missing=listed(missing))
        )
    if person:
        file = replace(file, rows=tuple(_filled_up(row, file, file.place(person)) for row in file.rows))
    _check_shape(file, {folded(name) for name in (*keys, *(name for names in needed for name in names))})
    return file


def _filled_up(row: Row, file: LmsFile, person: int | None) -> Row:
    """Return a row that is nobody's with as many cells as the header; another as it is."""
    line, cells = row
    is_of_nobody = person is None or not "".join(cells[person : person + 1]).strip()
    return line, [*cells, *[""] * (len(file.header) - len(cells))] if is_of_nobody else cells


def _delimiter(text: str, needed: Collection[Names]) -> str:
    """Return the sign that divides the cells: one with which the first line has the `needed` columns, if there is one.

    What its first line has most of may be the commas of its titles.
    """
    likely = delimiter_of(text)
    for sign in (likely, *",;\t"):
        try:
            _, cells = next(csv_rows(text, sign), (0, []))
        except FileUnreadable:
            continue
        there = {folded(cell) for cell in cells}
        if all(any(folded(name) in there for name in names) for names in needed):
            return sign
    return likely


def _check_shape(file: LmsFile, read: Container[str]) -> None:
    """Raise CannotExport for a file that is no table, or has twice what is `read`; what is not read may be called alike."""
    if len(file.header) > COLUMNS:
        raise CannotExport(
            gettext("The file has {count} columns; at most {most} are read.").format(
                count=len(file.header), most=COLUMNS
            )
        )
    seen = set()
    for heading in file.header:
        if folded(heading) in seen and folded(heading) in read:
            raise _there_twice(heading, file)
        seen.add(folded(heading))
    for line, cells in file.rows:
        if len(cells) != len(file.header):
            raise CannotExport(
                ngettext(
                    "Line {line} has {count} cell, and the header {header_count}.",
                    "Line {line} has {count} cells, and the header {header_count}.",
                    len(cells),
                ).format(line=line, count=len(cells), header_count=len(file.header))
            )
        if any(len(cell) > CELL_CHARACTERS for cell in cells):
            raise CannotExport(
                gettext("Line {line} has a cell of more than {most} characters.").format(
                    line=line, most=CELL_CHARACTERS
                )
            )


def _there_twice(heading: str, file: LmsFile) -> CannotExport:
    return CannotExport(
        gettext("The column {heading} is there twice. Export the file again from {system}.").format(
            heading=heading.strip(), system=file.system
        )
    )


def refuse_repeated(file: LmsFile, place: int, rows: Iterable[Row]) -> None:
    """Raise CannotExport if two rows have the same in a column that tells people apart."""
    seen: dict[str, int] = {}
    for line, cells in rows:
        value = cells[place].strip()
        if value and (first := seen.setdefault(value.casefold(), line)) != line:
            column = file.header[place].strip()
            raise CannotExport(
                gettext("{value} stands in the column {column} twice, in lines {first} and {line}.").format(
                    value=value, column=column, first=first, line=line
                )
            )


def row_keys(
    file: LmsFile, rows: Iterable[Row], kinds: Mapping[str, Kind], prefix: str = ""
) -> list[list[tuple[Kind, str]]]:
    """Return what each row says of its person, in the columns named in `kinds`; a `prefix` of cells is no part of it."""
    folds = [heading.strip().casefold() for heading in file.header]
    places = [(place, kinds[name]) for place, name in enumerate(folds) if name in kinds]
    return [[(kind, cells[place].strip().removeprefix(prefix)) for place, kind in places] for _, cells in rows]


def match_items(
    wanted: Wanted, items: Sequence[Item], file: LmsFile
) -> tuple[Mapping[int, Item], list[str], list[str]]:
    """Return the column of each assignment by its key, sentences about assignments without one, and about other columns.

    A column is an assignment's if it has its title or short name. Raises CannotExport if one could be several, if none is
    anybody's, or if an assignment is out of other points there than here.
    """
    by_title: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_title[folded(item.title)].append(item)
    found: dict[int, Item] = {}
    owners: dict[int, Assignment] = {}
    missing = []
    for each in wanted.assignments:
        fits = {item.place: item for name in (each.title, each.slug) for item in by_title.get(folded(name), ())}
        if len(fits) > 1 and len({folded(item.heading) for item in fits.values()}) == 1:
            raise _there_twice(next(iter(fits.values())).heading, file)
        if len(fits) > 1:
            headings = listed([item.heading for item in fits.values()])
            raise CannotExport(
                gettext("{system} has several columns that could be {title}: {headings}. Rename all but one.").format(
                    system=file.system, title=each.title, headings=headings
                )
            )
        if not fits:
            missing.append(each.title)
            continue
        ((place, item),) = fits.items()
        if place in owners:
            both = gettext("{first} and {second}").format(first=owners[place].slug, second=each.slug)
            raise CannotExport(
                gettext("The column {heading} could be {both}: give them different titles, or export one.").format(
                    heading=item.heading, both=both
                )
            )
        owners[place], found[each.pk] = each, item
        _refuse_other_maximum(each, item, file)
    if not found:
        there = listed([item.title for item in items]) or "none"
        raise CannotExport(
            gettext(
                "None of the assignments of {course} is in this file: it is of another course, or they "
                "are called otherwise there. Its assignments: {there}; here: {here}."
            ).format(course=wanted.course, there=there, here=listed(missing) or gettext("none"))
        )
    gaps = [gettext("No column of the file is called {name}.").format(name=name) for name in missing]
    others = [item.heading for item in items if item.place not in owners]
    remarks = (
        [gettext("Columns of the file in which nothing is written: {others}.").format(others=listed(others))]
        if others
        else []
    )
    unknown = [item.heading for item in found.values() if item.maximum is None]
    if unknown:
        remarks.append(
            gettext("The file does not say out of how many points these are, compare yourself: {unknown}.").format(
                unknown=listed(unknown)
            )
        )
    return found, gaps, remarks


def _refuse_other_maximum(assignment: Assignment, item: Item, file: LmsFile) -> None:
    if item.maximum is not None and item.maximum != assignment.points:
        raise CannotExport(
            ngettext(
                "{assignment} is out of {maximum} point in {system} and out of {points} here: make them "
                "the same, and export again.",
                "{assignment} is out of {maximum} points in {system} and out of {points} here: make them "
                "the same, and export again.",
                plural_number(item.maximum),
            ).format(
                assignment=assignment.title,
                maximum=points_text(item.maximum),
                system=file.system,
                points=points_text(assignment.points),
            )
        )


def number_there(text: str) -> Decimal | None:
    """Return a number as other systems write it, its last comma or point being the decimal one; None if it is none."""
    match = re.fullmatch(r"([\d.,]*?)(?:[.,](\d*))?", text.strip())
    if match is None or not re.search(r"\d", text):
        return None
    return Decimal(f"{re.sub('[.,]', '', match[1]) or '0'}.{match[2] or '0'}")
