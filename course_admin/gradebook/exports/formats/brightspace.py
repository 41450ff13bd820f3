"""Brightspace's grade import: who somebody is as Brightspace's export has it, `… Points Grade` columns, `#` at each end.

Written from its own export, so that identifiers and names of items fit; an unknown item would be offered as a new one.
Source: D2L, "Importing grades".
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import Cell, Dialect, Key, csv_pieces, kept_cell
from course_admin.gradebook.exports.export import (
    CannotExport,
    Export,
    Format,
    Wanted,
    above_the_maximum,
    checked_key,
    counted,
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

SYSTEM = "Brightspace"
#: Columns that tell who a row is -> what they say. The first two start with `#` there, and are the ones that are written.
KEYS = {"orgdefinedid": Kind.NUMBER, "username": Kind.LOGIN, "email": Kind.EMAIL}
WRITTEN = ("OrgDefinedId", "Username")
END = Key("End-of-Line Indicator")
END_CELL = Key("#")

_ITEM = re.compile(r"(?P<title>.*\S)\s+Points Grade\s*(?:<Numeric MaxPoints:(?P<points>[\d.,]+).*>)?\s*")


def prepare(wanted: Wanted) -> Export:
    """Match the uploaded file's rows and columns, and prepare those of them that have grades."""
    file = read_lms_file(wanted, SYSTEM, ((END,),), KEYS)
    places = [place for name in WRITTEN if (place := file.place(name)) is not None]
    if not places:
        raise CannotExport(
            gettext("The file has neither OrgDefinedId nor Username: tick one of them in Brightspace's export.")
        )
    for place in places:
        refuse_repeated(file, place, file.rows)
    columns, gaps, remarks = match_items(wanted, _items(file), file)
    people, unmatched = match_people(wanted.students(), row_keys(file, file.rows, KEYS, "#"), SYSTEM)
    headings = [checked_key(item.heading, gettext("A column's heading")) for item in columns.values()]
    header = [*(Key(file.header[place].strip()) for place in places), *headings, END]
    rows = {pk: file.rows[row] for pk, row in people.items()}
    keys = {
        pk: [
            checked_key(
                cells[place],
                gettext("The {heading} in line {line}").format(heading=file.header[place].strip(), line=line),
            )
            for place in places
        ]
        for pk, (line, cells) in rows.items()
    }
    there = {pk: cells for pk, (_, cells) in rows.items()}
    remarks += replaced_grades(wanted, {pk: item.place for pk, item in columns.items()}, there, lambda cell: False)
    lines = _lines(wanted, columns, keys, there)
    above = above_the_maximum(wanted)
    if above:
        words = gettext("which is cut down to it, unless its item can be exceeded in Brightspace")
        remarks.append(
            gettext("{counted} above an assignment's maximum, {words}: {names}.").format(
                counted=counted(len(above), "grade"), words=words, names=listed(above)
            )
        )
    return Export(csv_pieces(header, some_lines(lines), Dialect()), (*unmatched, *gaps), tuple(remarks))


def _items(file: LmsFile) -> list[Item]:
    """Return the columns of points."""
    matches = ((place, heading, _ITEM.fullmatch(heading)) for place, heading in enumerate(file.header))
    return [
        Item(place, heading, match["title"], number_there(match["points"] or ""))
        for place, heading, match in matches
        if match
    ]


def _lines(
    wanted: Wanted, columns: Mapping[int, Item], keys: Mapping[int, list[Key]], there: Mapping[int, list[str]]
) -> Iterator[list[Cell]]:
    for student, grades in graded_students(wanted, keys):
        if not grades.keys().isdisjoint(columns):
            cells = [
                grades[pk].points if pk in grades else kept_cell(there[student.pk][item.place])
                for pk, item in columns.items()
            ]
            yield [*keys[student.pk], *cells, END_CELL]


FORMAT = Format(
    name="brightspace",
    title=_("Brightspace grades (CSV)"),
    suffix=".csv",
    content_type="text/csv; charset=utf-8",
    prepare=prepare,
    own_file=_(
        "In Brightspace: Grades, Enter Grades, Export, with both Org Defined ID and Username, and Points Grade."
    ),
)
