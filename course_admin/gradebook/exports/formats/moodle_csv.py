"""Moodle's CSV import of grades: who somebody is, then a column of points and one of feedback for each assignment.

Whoever imports it says in Moodle's form which column is which item. One bad row stops the whole import there, so that who
cannot be found is named here. Source: moodle, grade/import/csv/classes/load_data.php.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import Cell, Key, csv_pieces, plain_dialect
from course_admin.courses.models import Enrollment
from course_admin.gradebook.exports.export import (
    Export,
    Format,
    Wanted,
    checked_for_php,
    checked_header,
    checked_key,
    counted,
    graded_students,
    listed,
    refused_above_the_maximum,
    some_lines,
    unique_titles,
    with_maxima,
)
from course_admin.gradebook.exports.people import AT_ONCE
from course_admin.gradebook.grading.grades import GradeRow

#: Column -> its cell. Moodle matches by one of them, which whoever imports chooses.
COLUMNS: dict[str, Callable[[Enrollment], Key]] = {
    "ID number": lambda student: Key(student.student_id),
    "Email address": lambda student: Key(student.email),
}
#: What follows an assignment's title -> its cell.
OF_AN_ASSIGNMENT: dict[str, Callable[[GradeRow], Cell]] = {
    "": lambda row: row.points,
    " feedback": lambda row: row.grade.sentence,
}


def prepare(wanted: Wanted) -> Export:
    """Prepare the lines of those who have a grade, and say who lacks what Moodle matches by."""
    titles = unique_titles(wanted.assignments)
    headings = [
        checked_key(f"{title}{what}", gettext("A title")) for title in titles.values() for what in OF_AN_ASSIGNMENT
    ]
    header = checked_header([*map(Key, COLUMNS), *headings])
    dialect = replace(plain_dialect(wanted.decimal_mark), is_for_php=True)
    for heading in headings:
        checked_for_php(heading, gettext("A title"), dialect.delimiter)
    gaps, remarks, left_out = _identities(wanted)
    maxima = with_maxima(titles, wanted.assignments)
    remarks.append(
        gettext("Moodle takes points as they are, so its items must be out of as many as here: {maxima}.").format(
            maxima=maxima
        )
    )
    remarks += refused_above_the_maximum(wanted)
    if len(titles) > 1:
        remarks.append(
            gettext(
                "A student with a grade for one assignment and none for another has an empty cell, which Moodle takes for no "
                "grade, over one that was entered there as well: export one assignment at a time if there are such."
            )
        )
    return Export(csv_pieces(header, some_lines(_lines(wanted, left_out)), dialect), tuple(gaps), tuple(remarks))


def _identities(wanted: Wanted) -> tuple[list[str], list[str], set[int]]:
    """Say who has nothing that Moodle matches by, and who lacks one of the two; and return who is left out for that.

    Moodle matches by one column, and refuses the whole file for one row in which it is empty: where no column has everybody, the
    one with more of them is to be matched by, and the others are left out. Raises CannotExport for a formula.
    """
    lacking: dict[str, dict[int, str]] = {name: {} for name in COLUMNS}
    nobody: dict[int, str] = {}
    for student in wanted.students().iterator(chunk_size=AT_ONCE):
        values = {name: column(student) for name, column in COLUMNS.items()}
        for name, value in values.items():
            checked_key(value, gettext("The {name} of {student}").format(name=name, student=student.name))
        if not any(values.values()):
            nobody[student.pk] = student.name
            continue
        for name, value in values.items():
            if not value:
                lacking[name][student.pk] = student.name
    gaps, left_out = [], set(nobody)
    if nobody:
        words = gettext("with neither number nor address, whom Moodle cannot find")
        gaps.append(_said(gettext("{counted} {words}: {names}."), nobody, words=words))
    matched_by = min(lacking, key=lambda name: len(lacking[name])) if all(lacking.values()) else None
    if matched_by is not None:
        words = gettext("without {name}, for which Moodle would refuse the whole file").format(name=matched_by)
        gaps.append(_said(gettext("{counted} {words}: {names}."), lacking[matched_by], words=words))
        left_out |= set(lacking[matched_by])
    remarks = [
        _said(gettext("{counted} without {name}: {names}. Match by the other column in Moodle."), people, name=name)
        for name, people in lacking.items()
        if people and name != matched_by
    ]
    return gaps, remarks, left_out


def _said(sentence: str, people: Mapping[int, str], **parts: str) -> str:
    return sentence.format(counted=counted(len(people), "student"), names=listed(list(people.values())), **parts)


def _lines(wanted: Wanted, left_out: Container[int]) -> Iterator[list[Cell]]:
    for student, rows in graded_students(wanted):
        if rows and student.pk not in left_out:
            cells = [
                column(rows[each.pk]) if each.pk in rows else None
                for each in wanted.assignments
                for column in OF_AN_ASSIGNMENT.values()
            ]
            yield [*(column(student) for column in COLUMNS.values()), *cells]


FORMAT = Format(
    name="moodle",
    title=_("Moodle grade import (CSV)"),
    suffix=".csv",
    content_type="text/csv; charset=utf-8",
    prepare=prepare,
    knows_decimal_comma=True,
)
