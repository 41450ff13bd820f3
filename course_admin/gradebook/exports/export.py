"""What an export is: what somebody asked for, a format that prepares it, and a file that is ready to be written.

Whatever can be refused is refused while it is prepared; after that the grades are read, student after student, as the
file is written. Nothing of it needs the whole course in memory.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext, override

from course_admin.assignments.models import Assignment
from course_admin.courses.csv_cells import FormulaFound, Key, for_php, key_cell
from course_admin.courses.models import Course, Enrollment, Student
from course_admin.gradebook.grading.grades import GradeRow, grade_rows
from course_admin.gradebook.models import Override
from grader.points import points_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAMES_SHOWN = 5
#: What is left of a long number once a file was saved by a spreadsheet: 1.23E+15.
_CUT_BY_A_SPREADSHEET = re.compile(r"\d[.,]\d+E\+\d+")

Line = TypeVar("Line")
Piece = TypeVar("Piece")
Rows = dict[int, GradeRow]  # a student's, by the assignment's key; only those with points


class CannotExport(ValueError):
    """Nothing is written; its text is one sentence that says why, and what to do."""


@dataclass(slots=True)
class Tally:
    """How far an export is."""

    students: int = 0
    grades: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: whose grades in which assignments, and how.

    `uploaded`: the other system's own file; `decimal_mark`: None leaves it to the format; `at`: now.
    """

    course: Course
    among: QuerySet[Enrollment] | None
    assignments: Sequence[Assignment]
    at: datetime
    uploaded: bytes | None = None
    decimal_mark: str | None = None
    tally: Tally = field(default_factory=Tally)

    def students(self) -> QuerySet[Enrollment]:
        """Return the students whose grades may leave, in the order of the roster."""
        students = Student.objects.active().filter(course=self.course).order_by("name", "pk")
        return students if self.among is None else students.filter(pk__in=self.among.values("pk"))


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is ready to be written.

    `gaps`: who and what of ours it leaves out; `remarks`: what else its reader should know. Each is a sentence.
    """

    pieces: Iterator[bytes]
    gaps: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """One format that grades leave in.

    `own_file`: how to get the system's own file, which it needs; empty: it needs none. `name` is its word in commands.
    """

    name: str
    title: "StrOrPromise"
    suffix: str
    content_type: str
    prepare: Callable[[Wanted], Export]
    own_file: "StrOrPromise" = ""
    is_for_one_assignment: bool = False
    knows_decimal_comma: bool = False
    is_for_staff_alone: bool = False  # and so holds grades that are held, too


def in_one_language(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yield what a file is made of, made in the service's own language whatever its reader's is: programs read files."""
    while True:
        with override(settings.LANGUAGE_CODE):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def alone(wanted: Wanted) -> Assignment | None:
    """Return the assignment, if only one is exported: then nobody's other grades need to be worked out."""
    return wanted.assignments[0] if len(wanted.assignments) == 1 else None


def graded_students(wanted: Wanted, within: Container[int] | None = None) -> Iterator[tuple[Enrollment, Rows]]:
    """Yield each student, of those `within` if it is given, with what they have points for; the tally counts along."""
    chosen = {each.pk for each in wanted.assignments}
    rows = grade_rows(wanted.course, among=wanted.among, around=alone(wanted))
    for student, own in itertools.groupby(rows, key=lambda row: row.student):
        wanted.tally.students += 1
        if within is None or student.pk in within:
            found = {row.assignment.pk: row for row in own if row.assignment.pk in chosen and row.points is not None}
            wanted.tally.grades += len(found)
            yield student, found


def above_the_maximum(wanted: Wanted) -> list[str]:
    """Return whose grades lie above an assignment's maximum, as those that were set by hand may."""
    rows = Override.objects.above_the_maximum().filter(assignment__in=wanted.assignments, student__in=wanted.students())
    pairs = rows.order_by("student__name").values_list("student__name", "assignment__title")
    return [f"{name} ({title})" for name, title in pairs]


def refused_above_the_maximum(wanted: Wanted) -> list[str]:
    """Return the sentence about such grades for a system that refuses a whole file for one, if there are any."""
    above = above_the_maximum(wanted)
    words = gettext("for which Moodle refuses the whole file unless the site allows unlimited grades")
    return (
        [
            gettext("{counted} above an assignment's maximum, {words}: {names}.").format(
                counted=counted(len(above), "grade"), words=words, names=listed(above)
            )
        ]
        if above
        else []
    )


def with_maxima(names: Mapping[int, str], assignments: Sequence[Assignment]) -> str:
    """Return assignments by some names, each with what it is out of: a system that says nothing of its own may differ."""
    return ", ".join(f"{names[each.pk]} ({points_text(each.points)})" for each in assignments)


def checked_key(text: str, what: str) -> Key:
    """Return what another system matches by; `what` names it.

    Raises CannotExport if a spreadsheet would calculate it, or has cut it already.
    """
    if _CUT_BY_A_SPREADSHEET.fullmatch(text.strip()):
        raise CannotExport(
            gettext(
                "{what} is {text}: a spreadsheet has cut off a long number, and nobody is found by what is left. Export the "
                "file again from the other system, and upload it as it is."
            ).format(what=what, text=text.strip())
        )
    try:
        return key_cell(text)
    except FormulaFound:
        raise CannotExport(
            gettext(
                "{what} is {text!r}, which a spreadsheet takes for a formula and which cannot be written "
                "otherwise, since the other system matches by it. Change it there and here, and export "
                "again."
            ).format(what=what, text=text)
        ) from None


def checked_for_php(text: str, what: str, delimiter: str) -> Key:
    """Return what Moodle reads back to the letter. Raises CannotExport if its reader would run on into the next cells."""
    if for_php(text, delimiter) != text:
        raise CannotExport(
            gettext(
                "{what} is {text!r}: Moodle reads no backslash before a quote or at the end. Change it, and export again."
            ).format(what=what, text=text)
        )
    return Key(text)


def checked_header(headings: Iterable[str]) -> list[str]:
    """Return a file's first line. Raises CannotExport if two of its columns would be called alike."""
    header = list(headings)
    seen: set[str] = set()
    for heading in header:
        if folded(heading) in seen:
            raise CannotExport(
                gettext(
                    "The column {heading} would be there twice, once for an assignment. Rename that "
                    "assignment, or leave it out."
                ).format(heading=heading)
            )
        seen.add(folded(heading))
    return header


def some_lines(lines: Iterator[Line]) -> Iterator[Line]:
    """Return the lines of a file as they are. Raises CannotExport if there is none: no system takes such a file."""
    first = list(itertools.islice(lines, 1))
    if not first:
        raise CannotExport(gettext("There is nothing to write: nobody who could be in this file has a grade yet."))
    return itertools.chain(first, lines)


def unique_titles(assignments: Sequence[Assignment]) -> dict[int, str]:
    """Return the assignments' titles by their keys. Raises CannotExport if two are alike."""
    by_title: dict[str, Assignment] = {}
    for each in assignments:
        other = by_title.setdefault(folded(each.title), each)
        if other is not each:
            raise CannotExport(
                gettext(
                    "{first} and {second} are both called {title}, and the other system matches by title. "
                    "Rename one, or export one at a time."
                ).format(first=other.slug, second=each.slug, title=each.title)
            )
    return {each.pk: each.title for each in assignments}


def folded(title: str) -> str:
    """Return a title as it is compared: without regard to capitals, runs of blanks, and how accented letters are composed."""
    return unicodedata.normalize("NFC", " ".join(title.split()).casefold())


def listed(names: Sequence[str]) -> str:
    """Return some names for a sentence: the first few, and how many more."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (gettext(" and {more} more").format(more=more) if more > 0 else "")


def counted(amount: int, thing: Literal["student", "grade", "byte"]) -> str:
    """Return an amount of things in words, such as `1 student` or `3 students`."""
    if thing == "student":
        return ngettext("{count} student", "{count} students", amount).format(count=amount)
    if thing == "grade":
        return ngettext("{count} grade", "{count} grades", amount).format(count=amount)
    return ngettext("{count} byte", "{count} bytes", amount).format(count=amount)
