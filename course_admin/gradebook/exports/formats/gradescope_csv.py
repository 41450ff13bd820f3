"""A CSV with the columns of Gradescope's own export of all assignments, for what reads those.

Gradescope itself takes no grades from a file; results.json is its only way in. Source: headers of exported files.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta, tzinfo

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import Cell, Dialect, Key, csv_pieces
from course_admin.courses.models import Enrollment
from course_admin.gradebook.exports.export import (
    Export,
    Format,
    Wanted,
    checked_header,
    checked_key,
    graded_students,
    unique_titles,
)
from course_admin.gradebook.grading.grades import GradeRow

#: Column -> its cell. The last word of a name is taken for the last name.
COLUMNS: dict[str, Callable[[Enrollment], Cell]] = {
    "First Name": lambda student: _names(student)[0],
    "Last Name": lambda student: _names(student)[1],
    "SID": lambda student: student.student_id,
    "Email": lambda student: student.email,
    "Sections": lambda student: ", ".join(each.name for each in student.sections) or None,
}
#: What follows an assignment's title -> its cell, in the course's time zone.
OF_AN_ASSIGNMENT: dict[str, Callable[[GradeRow, tzinfo], Cell]] = {
    "": lambda row, zone: row.points,
    " - Max Points": lambda row, zone: row.assignment.points,
    " - Submission Time": lambda row, zone: _time(row, zone),
    " - Lateness (H:M:S)": lambda row, zone: Key(_clock(_lateness(row))),
}


def prepare(wanted: Wanted) -> Export:
    """Prepare the lines of everybody, also of those who have no grade: their cells are empty."""
    titles = unique_titles(wanted.assignments)
    headings = [
        checked_key(f"{title}{what}", gettext("A title")) for title in titles.values() for what in OF_AN_ASSIGNMENT
    ]
    header = checked_header([*map(Key, COLUMNS), *headings, Key("Total Lateness (H:M:S)")])
    return Export(csv_pieces(header, _lines(wanted), Dialect()))


def _lines(wanted: Wanted) -> Iterator[list[Cell]]:
    zone = wanted.course.zone
    for student, rows in graded_students(wanted):
        cells = [
            column(rows[each.pk], zone) if each.pk in rows else None
            for each in wanted.assignments
            for column in OF_AN_ASSIGNMENT.values()
        ]
        late = sum((_lateness(row) for row in rows.values()), timedelta())
        yield [*(column(student) for column in COLUMNS.values()), *cells, Key(_clock(late))]


def _names(student: Enrollment) -> tuple[str, str]:
    first, _, last = student.name.strip().rpartition(" ")
    return (first.strip(), last) if first else (last, "")


def _time(row: GradeRow, zone: tzinfo) -> Cell:
    return Key(f"{row.judging.received_at.astimezone(zone):%Y-%m-%d %H:%M:%S %z}") if row.judging else None


def _lateness(row: GradeRow) -> timedelta:
    """Return how long after the student's own due time the counting attempt came; nothing if it was on time."""
    if row.judging is None or row.due_at is None or not row.late_days:
        return timedelta()
    return row.judging.received_at - row.due_at


def _clock(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


FORMAT = Format(
    name="gradescope",
    title=_("Table with Gradescope's columns (CSV)"),
    suffix=".csv",
    content_type="text/csv; charset=utf-8",
    prepare=prepare,
)
