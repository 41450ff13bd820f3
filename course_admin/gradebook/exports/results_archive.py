"""Gradescope's results.json of every attempt that counts in one assignment, as one zip that is written while it is read.

`ATTEMPT/results.json` for each attempt, once for a whole group, and last `index.csv`: whose attempt is whose. A grade that
was set by hand without any attempt has a line there that names no file.
"""

import io
import itertools
import zipfile
from collections.abc import Callable, Iterator

from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import Cell, csv_lines
from course_admin.gradebook.exports.export import Export, Format, Wanted, graded_students
from course_admin.gradebook.exports.gradescope import results_json
from course_admin.gradebook.grading.grades import GradeRow
from course_admin.submissions.models import Run

AT_ONCE = 100  # runs, with all their checks, that are in memory
INDEX = "index.csv"

#: Column of the index -> its cell.
COLUMNS: dict[str, Callable[[GradeRow], Cell]] = {
    "student_id": lambda row: row.student.student_id,
    "name": lambda row: row.student.name,
    "email": lambda row: row.student.email,
    "github_login": lambda row: row.student.github_login,
    "points": lambda row: row.points,
    "file": lambda row: _name(row.judging.public_id) if row.judging else None,
}


class _Pieces(io.RawIOBase):
    """A file that cannot be gone back in; what was written is taken away piece by piece."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """Return what was written since it was last taken."""
        taken, self._written = b"".join(self._written), []
        return taken


def prepare(wanted: Wanted) -> Export:
    """Prepare the archive of one assignment."""
    return Export(_pieces(wanted))


def _pieces(wanted: Wanted) -> Iterator[bytes]:
    (assignment,) = wanted.assignments
    rows = (rows[assignment.pk] for _, rows in graded_students(wanted) if assignment.pk in rows)
    pieces, index = _Pieces(), []
    written: set[int] = set()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as archive:
        while some := list(itertools.islice(rows, AT_ONCE)):
            index += [[column(row) for column in COLUMNS.values()] for row in some]
            new = {row.judging.run_id for row in some if row.judging} - written
            written |= new
            for run in Run.objects.filter(pk__in=new).select_related("attempt", "suite").prefetch_related("checks"):
                archive.writestr(_entry(wanted, _name(run.attempt.public_id)), results_json(run.attempt, run))
                yield pieces.take()
        archive.writestr(_entry(wanted, INDEX), "".join(csv_lines(COLUMNS, index)))
    yield pieces.take()


def _name(attempt: str) -> str:
    return f"{attempt}/results.json"


def _entry(wanted: Wanted, name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, wanted.at.timetuple()[:6])
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


FORMAT = Format(
    name="results",
    title=_("Gradescope's results.json of one assignment (ZIP)"),
    suffix=".zip",
    content_type="application/zip",
    prepare=prepare,
    is_for_one_assignment=True,
    is_for_staff_alone=True,
)
