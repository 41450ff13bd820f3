"""Who is who: students here, and rows of a file that another system exported. Never by name.

A student is a row if they share Canvas's ID, the university's number, an e-mail address, or a log-in that is the roster's or
one of the latter. All that agree must mean one row, and one row one student: otherwise nobody is found, and the export says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

from django.db.models import QuerySet

from course_admin.courses.models import Enrollment, OtherEmail
from course_admin.gradebook.exports.export import CannotExport, counted, listed

AT_ONCE = 2_000  # students that the database hands out at a time


class Kind(Enum):
    """What a column says of a person."""

    CANVAS = "Canvas's ID"
    NUMBER = "number"  # the university's own, compared as it is
    LOGIN = "login"  # may be that number or an e-mail address
    EMAIL = "email"


Keys = Iterable[tuple[Kind, str]]  # of one row


def match_people(
    students: QuerySet[Enrollment], rows: Sequence[Keys], system: str
) -> tuple[Mapping[int, int], list[str]]:
    """Return the place of each student's row, by the student's key, and a sentence about each kind who have none.

    Raises CannotExport if the file has nobody of the course.
    """
    by_key: dict[tuple[Kind, str], set[int]] = defaultdict(set)
    for place, keys in enumerate(rows):
        for kind, value in keys:
            if value:
                by_key[kind, _compared(kind, value)].add(place)
    found: dict[int, int] = {}
    claims: dict[int, list[str]] = defaultdict(list)
    unknown: list[str] = []
    several: list[str] = []
    others: dict[int, list[str]] = defaultdict(list)
    mine = OtherEmail.objects.filter(enrollment__in=students.order_by().values("pk"))
    for pk, address in mine.values_list("enrollment", "address"):
        others[pk].append(address)
    for student in students.iterator(chunk_size=AT_ONCE):
        pk, name = student.pk, student.name
        places = set().union(*(by_key.get(key, ()) for key in _keys_here(student, others.get(pk, ()))))
        if len(places) == 1:
            found[pk] = next(iter(places))
            claims[found[pk]].append(name)
        else:
            (several if places else unknown).append(name)
    several += [name for names in claims.values() if len(names) > 1 for name in names]
    found = {pk: place for pk, place in found.items() if len(claims[place]) == 1}
    if not found:
        raise CannotExport(
            f"None of the {counted(len(unknown) + len(several), 'student')} here is in this file of {system}, by e-mail "
            "address, log-in or university number: it is of another course, or the roster here lacks these."
        )
    return found, _sentences(unknown, several, system)


def _sentences(unknown: Sequence[str], several: Sequence[str], system: str) -> list[str]:
    sentences = []
    if unknown:
        sentences.append(f"{counted(len(unknown), 'student')} not in the file of {system}: {listed(unknown)}.")
    if several:
        words = f"of whom {system} may have several, or who may be the same there"
        sentences.append(f"{counted(len(several), 'student')} {words}: {listed(several)}.")
    return sentences


def _keys_here(student: Enrollment, other_emails: Iterable[str]) -> Iterator[tuple[Kind, str]]:
    if student.canvas_id:
        yield Kind.CANVAS, student.canvas_id
    if student.student_id:
        yield Kind.NUMBER, student.student_id
    for login in filter(None, (student.student_id, student.university_login)):
        yield Kind.LOGIN, login.casefold()
    for email in filter(None, (student.email, *other_emails)):
        yield Kind.EMAIL, email.casefold()
        yield Kind.LOGIN, email.casefold()


def _compared(kind: Kind, value: str) -> str:
    return value.casefold() if kind in (Kind.LOGIN, Kind.EMAIL) else value
