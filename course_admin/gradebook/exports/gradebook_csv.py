"""Our own gradebook CSV: its columns in one table."""

from collections.abc import Callable, Iterator

from django.db.models import QuerySet

from course_admin.courses.models import Course, Enrollment
from course_admin.gradebook.exports.cells import Cell, csv_lines
from course_admin.gradebook.grading.grades import GradeRow, grade_rows

#: Column -> its cell. `points` is the grade after late policy and override; `why` explains it in one sentence.
COLUMNS: dict[str, Callable[[GradeRow], Cell]] = {
    "student_id": lambda row: row.student.student_id,
    "name": lambda row: row.student.name,
    "email": lambda row: row.student.email,
    "github_login": lambda row: row.student.github_login,
    "section": lambda row: row.student.section.name if row.student.section else None,
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


def gradebook_csv(course: Course, among: QuerySet[Enrollment] | None = None) -> Iterator[str]:
    """Yield the gradebook of a course, line by line; `among`: of these students only."""
    rows = grade_rows(course, among=among)
    return csv_lines(COLUMNS, ([column(row) for column in COLUMNS.values()] for row in rows))
