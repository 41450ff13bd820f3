"""Blackboard's grade file: `Username` and the headings that Blackboard's own file has, with our points below them.

UTF-16 with tabs, every cell quoted, called `.xls`, as Blackboard itself writes it. A heading without its column number would
become a new column of text worth nothing, so only those of the uploaded file are written. Source: Blackboard Learn help,
"Uploading or downloading Grade Center items for working offline".
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import Cell, Dialect, Key, csv_pieces, kept_cell
from course_admin.gradebook.exports.export import (
    CannotExport,
    Export,
    Format,
    Wanted,
    checked_key,
    graded_students,
    listed,
    some_lines,
)
from course_admin.gradebook.exports.lms_file import (
    Item,
    LmsFile,
    match_items,
    number_there,
    read_lms_file,
    refuse_repeated,
    row_keys,
)
from course_admin.gradebook.exports.people import Kind, match_people
from course_admin.gradebook.exports.replaced import replaced_grades

SYSTEM = "Blackboard"
#: Columns that tell who a row is -> what they say.
KEYS = {"student id": Kind.NUMBER, "username": Kind.LOGIN}
#: What a download has in a cell without a grade: no more than an empty one, which changes nothing.
NO_GRADE = re.compile(r"\s*(needs grading|in progress)\b.*", re.IGNORECASE)  # also with points of a part behind it

DIALECT = Dialect("\t", encoding="utf-16-le", quotes_all=True)

_ITEM = re.compile(
    r"(?P<title>.*\S)\s*\[Total Pts: (?P<points>up to )?(?P<number>[\d.,]+)\s*(?P<kind>[^\]]*)\]\s*\|\d+\s*"
)
OTHERWISE = gettext_noop(
    "Blackboard shows these otherwise than as a score, and would read points so: {others}. Set their primary display to Score "
    "there, and download the file again."
)
SCORE = ("score", "")  # a column that is shown as anything else is read so, too: a number as a percentage


def prepare(wanted: Wanted) -> Export:
    """Match the uploaded file's rows and columns, and prepare those of them that have grades."""
    file = read_lms_file(wanted, SYSTEM, (("Username",),), KEYS)
    username = file.place("Username") or 0
    refuse_repeated(file, username, file.rows)
    items, others = _items(file)
    said = gettext(OTHERWISE).format(others=listed(others))
    if others and not items:
        raise CannotExport(said)
    columns, gaps, remarks = match_items(wanted, items, file)
    if others:
        remarks.append(said)
    people, unmatched = match_people(wanted.students(), row_keys(file, file.rows, KEYS), SYSTEM)
    header = [Key("Username"), *(checked_key(item.heading, gettext("A column's heading")) for item in columns.values())]
    rows = {pk: file.rows[row] for pk, row in people.items()}
    keys = {
        pk: checked_key(cells[username], gettext("The Username in line {line}").format(line=line))
        for pk, (line, cells) in rows.items()
    }
    there = {pk: cells for pk, (_, cells) in rows.items()}
    places = {pk: item.place for pk, item in columns.items()}
    remarks += replaced_grades(wanted, places, there, lambda cell: NO_GRADE.fullmatch(cell) is not None)
    lines = _lines(wanted, columns, keys, there)
    return Export(csv_pieces(header, some_lines(lines), DIALECT), (*unmatched, *gaps), tuple(remarks))


def _items(file: LmsFile) -> tuple[list[Item], list[str]]:
    """Return the columns that take points, with a number of their own and not worked out; and headings of those shown otherwise."""
    items, others = [], []
    for place, heading in enumerate(file.header):
        if (match := _ITEM.fullmatch(heading)) and not match["points"]:
            if match["kind"].strip().casefold() in SCORE:
                items.append(Item(place, heading, match["title"], number_there(match["number"])))
            else:
                others.append(heading)
    return items, others


def _lines(
    wanted: Wanted, columns: Mapping[int, Item], keys: Mapping[int, Key], there: Mapping[int, list[str]]
) -> Iterator[list[Cell]]:
    for student, grades in graded_students(wanted, keys):
        if grades.keys().isdisjoint(columns):
            continue
        cells: list[Cell] = [keys[student.pk]]
        for pk, item in columns.items():
            kept = there[student.pk][item.place]
            stays = "" if NO_GRADE.fullmatch(kept) else kept_cell(kept)
            cells.append(grades[pk].points if pk in grades else stays)
        yield cells


FORMAT = Format(
    name="blackboard",
    title=_("Blackboard grade file (tab-separated)"),
    suffix=".xls",
    content_type="application/vnd.ms-excel",
    prepare=prepare,
    own_file=_("In Blackboard: Grade Center, Work Offline, Download, with the columns of the assignments."),
)
