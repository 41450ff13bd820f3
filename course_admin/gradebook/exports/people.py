"""Who is who: students here, and rows of a file that another system exported. Never by name.

A student is a row if they share Canvas's ID, the university's number, an e-mail address, or a log-in that is the roster's or
one of the latter. All that agree must mean one row, and one row one student: otherwise nobody is found, and the export says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

from django.db.models import QuerySet
from django.utils.translation import gettext

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
    fields = ("pk", "name", "canvas_id", "student_id", "university_login", "email")
    for pk, name, canvas_id, number, login, email in students.values_list(*fields).iterator(chunk_size=AT_ONCE):
        keys = _keys_here(canvas_id, number, login, (email, *others.get(pk, ())))
        places = set().union(*(by_key.get(key, ()) for key in keys))
        if len(places) == 1:
            found[pk] = next(iter(places))
            claims[found[pk]].append(name)
        else:
            (several if places else unknown).append(name)
    several += [name for names in claims.values() if len(names) > 1 for name in names]
    found = {pk: place for pk, place in found.items() if len(claims[place]) == 1}
    if not found:
        raise CannotExport(
            gettext(
                "None of the {counted} here is in this file of {system}, by e-mail address, log-in or "
                "university number: it is of another course, or the roster here lacks these."
            ).format(counted=counted(len(unknown) + len(several), "student"), system=system)
        )
    return found, _sentences(unknown, several, system)


def _sentences(unknown: Sequence[str], several: Sequence[str], system: str) -> list[str]:
    sentences = []
    if unknown:
        sentences.append(
            gettext("{counted} not in the file of {system}: {names}.").format(
                counted=counted(len(unknown), "student"), system=system, names=listed(unknown)
            )
        )
    if several:
        words = gettext("of whom {system} may have several, or who may be the same there").format(system=system)
        sentences.append(
            gettext("{counted} {words}: {names}.").format(
                counted=counted(len(several), "student"), words=words, names=listed(several)
            )
        )
    return sentences


def _keys_here(canvas_id: str, number: str, login: str, emails: Iterable[str]) -> Iterator[tuple[Kind, str]]:
    if canvas_id:
        yield Kind.CANVAS, canvas_id
    if number:
        yield Kind.NUMBER, number
    for text in filter(None, (number, login)):
        yield Kind.LOGIN, text.casefold()
    for address in filter(None, emails):
        yield Kind.EMAIL, address.casefold()
        yield Kind.LOGIN, address.casefold()


def _compared(kind: Kind, value: str) -> str:
    return value.casefold() if kind in (Kind.LOGIN, Kind.EMAIL) else value
