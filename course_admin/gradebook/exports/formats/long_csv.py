"""Our own CSV, long: one line for each student and assignment, its columns in one table."""

import itertools
from collections.abc import Callable, Iterable, Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import Cell, csv_lines, csv_pieces, plain_dialect
from course_admin.courses.models import Course, Enrollment
from course_admin.gradebook.exports.export import Export, Format, Wanted, alone
from course_admin.gradebook.exports.formats.wide_csv import COLUMNS as OF_A_STUDENT
from course_admin.gradebook.grading.grades import GradeRow, grade_rows

#: Column -> its cell; a student's own columns come before. `points` is the grade after late policy and override; `why`
#: explains it in one sentence.
OF_A_GRADE: dict[str, Callable[[GradeRow], Cell]] = {
    "assignment": lambda row: row.assignment.slug,
    "points": lambda row: row.points,
    "max_points": lambda row: row.assignment.points,
    "late_days": lambda row: row.late_days,
    "override": lambda row: row.points if row.grade.is_overridden else None,
    "attempt": lambda row: row.judging.number if row.judging else None,
    "commit": lambda row: row.judging.commit_id if row.judging else None,
    "graded_at": lambda row: row.judging.finished_at if row.judging else None,
    "why": lambda row: row.grade.sentence,
}
COLUMNS = (*OF_A_STUDENT, *OF_A_GRADE)


def gradebook_csv(course: Course, among: QuerySet[Enrollment] | None = None) -> Iterator[str]:
    """Yield the gradebook of a course, line by line; `among`: of these students only. Drafts are left out."""
    rows = (row for row in grade_rows(course, among=among) if not row.assignment.is_draft)
    return csv_lines(COLUMNS, itertools.chain.from_iterable(itertools.starmap(_lines_of, _by_student(rows))))


def prepare(wanted: Wanted) -> Export:
    """Prepare the lines of everybody, also of those who have no grade."""
    dialect = plain_dialect(wanted.decimal_mark, for_excel=True)
    return Export(csv_pieces(COLUMNS, _lines(wanted), dialect))


def _lines(wanted: Wanted) -> Iterator[list[Cell]]:
    chosen = {each.pk for each in wanted.assignments}
    for student, rows in _by_student(grade_rows(wanted.course, among=wanted.among, around=alone(wanted))):
        own = [row for row in rows if row.assignment.pk in chosen]
        wanted.tally.students += 1
        wanted.tally.grades += sum(row.points is not None for row in own)
        yield from _lines_of(student, own)


def _by_student(rows: Iterable[GradeRow]) -> Iterator[tuple[Enrollment, Iterator[GradeRow]]]:
    return itertools.groupby(rows, key=lambda row: row.student)


def _lines_of(student: Enrollment, rows: Iterable[GradeRow]) -> Iterator[list[Cell]]:
    who = [column(student) for column in OF_A_STUDENT.values()]
    for row in rows:
        yield [*who, *(column(row) for column in OF_A_GRADE.values())]


FORMAT = Format(
    name="long",
    title=_("Table, one line for each grade (CSV)"),
    suffix=".csv",
    content_type="text/csv; charset=utf-8",
    prepare=prepare,
    knows_decimal_comma=True,
    is_for_staff_alone=True,
)
