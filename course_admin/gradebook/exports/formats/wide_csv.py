"""Our own CSV, wide: one line for each student, one column for each assignment, headed by its short name."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import Cell, csv_pieces, plain_dialect
from course_admin.courses.models import Enrollment
from course_admin.gradebook.exports.export import Export, Format, Wanted, checked_header, graded_students

#: Column -> its cell; the assignments' columns follow.
COLUMNS: dict[str, Callable[[Enrollment], Cell]] = {
    "student_id": lambda student: student.student_id,
    "name": lambda student: student.name,
    "email": lambda student: student.email,
    "github_login": lambda student: student.github_login,
    "section": lambda student: "; ".join(each.name for each in student.sections) or None,
}


def prepare(wanted: Wanted) -> Export:
    """Prepare the lines of everybody, also of those who have no grade."""
    dialect = plain_dialect(wanted.decimal_mark, for_excel=True)
    header = checked_header([*COLUMNS, *(each.slug for each in wanted.assignments)])
    return Export(csv_pieces(header, _lines(wanted), dialect))


def _lines(wanted: Wanted) -> Iterator[list[Cell]]:
    for student, rows in graded_students(wanted):
        points = [rows[each.pk].points if each.pk in rows else None for each in wanted.assignments]
        yield [*(column(student) for column in COLUMNS.values()), *points]


FORMAT = Format(
    name="wide",
    title=_("Table, one line for each student (CSV)"),
    suffix=".csv",
    content_type="text/csv; charset=utf-8",
    prepare=prepare,
    knows_decimal_comma=True,
    is_for_staff_alone=True,
)
