"""A course for tests of exports: people and grades as drawn, and what the other systems would have exported of it."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import transaction
from hypothesis import strategies as st

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Enrollment, Role
from course_admin.gradebook.exports.export import Export, Wanted
from course_admin.gradebook.exports.registry import FORMATS, open_assignments, prepare
from course_admin.gradebook.models import Override
from tests.factories import NOW, make_assignment, make_user

HOSTILE = [
    '=HYPERLINK("http://evil.example";"x")',
    "Ada;=1+1",
    "Ada,\t@SUM(A1)",
    'Zoë "Zed" O\'Hara, Jr.',
    "李 小龍",
    "علي حسن",
    "'=quoted",
    "－1",
    "a\n=1",
    "Ναταλία Παπαδοπούλου",
    "🦉 Owl",
]
NAMES = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip),
)
POINTS = st.one_of(
    st.none(),
    st.decimals(0, 120, places=4),
    st.sampled_from(["0.0050", "0.1250", "87.4450", "87.4350", "99.9950"]).map(Decimal),
)
#: Titles as they can be typed: of any script, no formula in any spreadsheet, none the short name of another.
TITLES = st.text(st.characters(categories=["L", "N"], include_characters=" .:()&'\"#<>"), min_size=1, max_size=16).map(
    lambda text: f"Lab {' '.join(text.split())}".strip()
)


@dataclass(frozen=True)
class Drawn:
    """A course: (name, student id) of each student, titles of its assignments, points by student and assignment."""

    people: list[tuple[str, str]]
    titles: list[str]
    points: list[list[Decimal | None]]

    def graded(self) -> Iterator[tuple[int, int, Decimal]]:
        """Yield student, assignment and points in two decimals, a half to the even one, of every grade."""
        for student, row in enumerate(self.points):
            for assignment, points in enumerate(row):
                if points is not None:
                    yield student, assignment, points.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@st.composite
def courses(draw: Any) -> Drawn:
    """Draw a small course."""
    titles = draw(st.lists(TITLES, min_size=1, max_size=3, unique_by=lambda title: title.casefold()))
    names = draw(st.lists(NAMES, min_size=1, max_size=4))
    people = [(name, f"U{draw(st.integers(0, 9))}{number:03}") for number, name in enumerate(names)]
    points = [[draw(POINTS) for _ in titles] for _ in names]
    points[0][0] = draw(POINTS.filter(lambda each: each is not None))  # a file of nothing is refused
    return Drawn(people, titles, points)


def email(student: int) -> str:
    """Return a student's address."""
    return f"s{student}@example.edu"


@contextmanager
def course_of(drawn: Drawn) -> Iterator[Course]:
    """Make a drawn course, and forget it afterwards."""
    with transaction.atomic():
        course = Course.objects.create(slug="drawn", title="Drawn")
        giver = make_user(f"giver{Course.objects.count()}-{course.pk}")
        things = [make_assignment(course, f"m{n:02}", module=n, title=title) for n, title in enumerate(drawn.titles)]
        make_assignment(course, "m99", title="Draft", is_draft=True, suite=None, repository_pattern="")
        people = Enrollment.objects.bulk_create(
            Enrollment(course=course, role=Role.STUDENT, name=name, student_id=number, email=email(place))
            for place, (name, number) in enumerate(drawn.people)
        )
        by = {"reason": "drawn", "set_by": giver, "set_at": NOW}
        Override.objects.bulk_create(
            Override(student=people[s], assignment=things[a], points=points, **by)
            for s, row in enumerate(drawn.points)
            for a, points in enumerate(row)
            if points is not None
        )
        yield course
        transaction.set_rollback(True)


def prepared(course: Course, name: str, uploaded: bytes | None = None, **options: Any) -> Export:
    """Prepare an export of a course."""
    slugs = options.pop("assignments", ())
    chosen: list[Assignment] = open_assignments(course, slugs)
    return prepare(FORMATS[name], Wanted(course, options.pop("among", None), chosen, NOW, uploaded, **options))


def exported(course: Course, name: str, uploaded: bytes | None = None, **options: Any) -> bytes:
    """Return an export's bytes."""
    return b"".join(prepared(course, name, uploaded, **options).pieces)


def csv_file(header: list[str], *rows: list[str], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Return a CSV file as another system would write it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)
