"""The offline grading worksheet of one Moodle assignment: the sheet that Moodle gave, with points and feedback filled in.

Only rows with a grade are written, each otherwise as it was: Moodle finds a student by its own number in `Identifier`, and
leaves out a row whose grade it has changed since. Source: moodle, mod/assign/feedback/offline/importgradeslib.php.
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.courses.csv_cells import Cell, Dialect, csv_pieces, kept_cell
from course_admin.gradebook.exports.export import (
    CannotExport,
    Export,
    Format,
    Wanted,
    above_the_maximum,
    checked_for_php,
    checked_key,
    counted,
    folded,
    graded_students,
    listed,
    some_lines,
    with_maxima,
)
from course_admin.gradebook.exports.lms_file import (
    LmsFile,
    Row,
    number_there,
    read_lms_file,
    refuse_repeated,
    row_keys,
)
from course_admin.gradebook.exports.people import Kind, match_people
from course_admin.gradebook.exports.replaced import replaced_grades
from grader.points import points_text

SYSTEM = "Moodle"
#: Columns that tell who a row is here, in English and in German -> what they say.
KEYS = {
    **dict.fromkeys(("id number", "id-nummer"), Kind.NUMBER),
    **dict.fromkeys(("email address", "e-mail-adresse"), Kind.EMAIL),
    **dict.fromkeys(("username", "anmeldename"), Kind.LOGIN),
}
#: What Moodle calls its columns in English and in German: it reads them back by the name that they have in its language.
IDENTIFIER, GRADE = ("Identifier", "ID"), ("Grade", "Bewertung")
MAXIMUM, CHANGED = ("Maximum Grade", "Bestwertung"), ("Last modified (grade)", "Zuletzt geändert (Bewertung)")
SCALE = ("Scale", "Skala", "Bewertungsskala")
MAY_CHANGE = ("Grade can be changed", "Bewertung kann geändert werden")
FEEDBACK = ("Feedback comments", "Feedback als Kommentar")

_ADDRESS = re.compile(r"\s*[^@\s]+@[^@\s]+\s*")


def prepare(wanted: Wanted) -> Export:
    """Match the sheet's rows, and prepare those that have a grade."""
    (assignment,) = wanted.assignments
    file = read_lms_file(wanted, SYSTEM, (IDENTIFIER, GRADE, CHANGED), (*KEYS, *MAXIMUM, *FEEDBACK))
    refuse_repeated(file, file.place(*IDENTIFIER) or 0, file.rows)
    _refuse_scale(file)
    _refuse_other_maximum(file, assignment)
    matched, unmatched = match_people(wanted.students(), row_keys(file, file.rows, _kinds(file)), SYSTEM)
    locked = _locked(file, matched)
    people = {pk: row for pk, row in matched.items() if pk not in locked}
    is_english = folded(file.header[file.place(*IDENTIFIER) or 0]) == folded(IDENTIFIER[0])
    mark = wanted.decimal_mark or ("," if file.delimiter == ";" and not is_english else ".")
    dialect = Dialect(";" if mark == "," else file.delimiter, mark, is_for_php=True)
    rows = {pk: _cells(file, file.rows[row], dialect.delimiter) for pk, row in people.items()}
    header = [checked_key(heading, gettext("A column's heading")) for heading in file.header]
    remarks = _remarks(wanted, file, is_cut_at_the_comma=is_english and mark == ",")
    there = {pk: file.rows[row][1] for pk, row in people.items()}
    remarks += replaced_grades(wanted, {assignment.pk: file.place(*GRADE) or 0}, there, lambda cell: False)
    return Export(
        csv_pieces(header, some_lines(_lines(wanted, file, rows)), dialect),
        (*unmatched, *_left_out(wanted, locked)),
        tuple(remarks),
    )


def _remarks(wanted: Wanted, file: LmsFile, *, is_cut_at_the_comma: bool) -> list[str]:
    """Say what Moodle would do without a word, and what the sheet leaves open."""
    (assignment,) = wanted.assignments
    remarks = []
    if file.place(*MAXIMUM) is None:
        maximum = with_maxima({assignment.pk: assignment.title}, [assignment])
        sentence = gettext("The sheet does not say out of how many points it is, compare yourself: {maximum}.")
        remarks.append(sentence.format(maximum=maximum))
    if above := above_the_maximum(wanted):
        words = gettext("whose row Moodle leaves out without a word")
        remarks.append(
            gettext("{counted} above an assignment's maximum, {words}: {names}.").format(
                counted=counted(len(above), "grade"), words=words, names=listed(above)
            )
        )
    if is_cut_at_the_comma:
        remarks.append(
            gettext(
                "The sheet is of a Moodle in English, which reads 12,5 as 12: choose decimal points if that is its language."
            )
        )
    return remarks


def _refuse_scale(file: LmsFile) -> None:
    """Raise CannotExport for an assignment whose grades are words there: Moodle takes no points for it."""
    place = file.place(*SCALE)
    if place is not None and any(cells[place].strip() for _, cells in file.rows):
        raise CannotExport(
            gettext(
                "The assignment is graded by a scale in Moodle, which takes no points: set its grade to points there."
            )
        )


def _locked(file: LmsFile, people: Mapping[int, int]) -> set[int]:
    """Return the students whose grades the sheet says nobody can change: Moodle leaves their rows out without a word."""
    place = file.place(*MAY_CHANGE)
    if place is None:
        return set()
    return {pk for pk, row in people.items() if folded(file.rows[row][1][place]) in ("no", "nein")}


def _left_out(wanted: Wanted, locked: set[int]) -> list[str]:
    names = list(wanted.students().filter(pk__in=locked).values_list("name", flat=True))
    words = gettext("whose grade is locked in Moodle")
    return (
        [
            gettext("{counted} {words}: {names}.").format(
                counted=counted(len(names), "student"), words=words, names=listed(names)
            )
        ]
        if names
        else []
    )


def _kinds(file: LmsFile) -> Mapping[str, Kind]:
    """Return which columns tell who a row is; one of addresses, another on each row, does whatever it is called there."""
    found = dict(KEYS)
    for place, heading in enumerate(file.header):
        filled = [cells[place].strip().casefold() for _, cells in file.rows if cells[place].strip()]
        if filled and len(set(filled)) == len(filled) and all(map(_ADDRESS.fullmatch, filled)):
            found.setdefault(heading.strip().casefold(), Kind.EMAIL)
    return found


def _refuse_other_maximum(file: LmsFile, assignment: Assignment) -> None:
    place = file.place(*MAXIMUM)
    for line, cells in file.rows if place is not None else ():
        maximum = number_there(cells[place or 0])
        if maximum != assignment.points:
            raise CannotExport(
                gettext(
                    "Line {line} is out of {maximum} in Moodle, and {assignment} out of {points} here: make "
                    "them the same, and export again."
                ).format(
                    line=line,
                    maximum=cells[place or 0] or gettext("nothing"),
                    assignment=assignment.title,
                    points=points_text(assignment.points),
                )
            )


def _cells(file: LmsFile, row: Row, delimiter: str) -> list[Cell]:
    """Return a row as it was; what Moodle reads back cannot be written otherwise, a teacher's own words among it."""
    line, there = row
    cells: list[Cell] = [kept_cell(text) for text in there]
    for names in (IDENTIFIER, CHANGED):
        place = file.place(*names) or 0
        if there[place].strip() != "-":
            what = gettext("The {name} in line {line}").format(name=file.header[place].strip(), line=line)
            cells[place] = checked_key(there[place], what)
    feedback = file.place(*FEEDBACK)
    if feedback is not None:
        what = gettext("The {name} in line {line}").format(name=file.header[feedback].strip(), line=line)
        cells[feedback] = checked_for_php(there[feedback], what, delimiter)
    return cells


def _lines(wanted: Wanted, file: LmsFile, rows: Mapping[int, list[Cell]]) -> Iterator[list[Cell]]:
    (assignment,) = wanted.assignments
    grade, feedback = file.place(*GRADE) or 0, file.place(*FEEDBACK)
    for student, grades in graded_students(wanted, rows):
        if (row := grades.get(assignment.pk)) is not None:
            cells = list(rows[student.pk])
            cells[grade] = row.points
            if feedback is not None and not str(cells[feedback] or "").strip():  # what a teacher wrote there stays
                cells[feedback] = row.grade.sentence
            yield cells


FORMAT = Format(
    name="moodle-worksheet",
    title=_("Moodle offline grading worksheet (CSV)"),
    suffix=".csv",
    content_type="text/csv; charset=utf-8",
    prepare=prepare,
    own_file=_(
        "In Moodle, with English or German as its language: the assignment, Submissions, Download grading worksheet."
    ),
    is_for_one_assignment=True,
    knows_decimal_comma=True,
)
