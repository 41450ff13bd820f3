"""Who is who: students of a roster and of a Canvas course, by what both sides say about them. Never by name.

A student here is a student there if they share the university's number (`sis_user_id`), the e-mail address, or a log-in
that is the one or the other. All that agree must mean one person: otherwise nobody is found, and staff are told why.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from course_admin.courses.models import Enrollment
from course_admin.integrations.outbox.lms import Match

UNKNOWN = "Canvas has no student with this e-mail address, log-in or university number in its course."
SEVERAL = "Canvas has several students who could be this one. Say which in the list of Canvas students."
NO_OTHERS: Mapping[int, Collection[str]] = {}
TAKEN = "The only student in Canvas who could be this one is already somebody else here. Say who is who."


def match(
    students: Collection[Enrollment],
    remote: Iterable[dict[str, Any]],
    taken: Collection[int],
    other_emails: Mapping[int, Collection[str]] = NO_OTHERS,
) -> dict[int, Match]:
    """Return who each student is, by their key.

    `remote`: Canvas's students; `taken`: numbers of those known already; `other_emails`: further addresses, by student.
    """
    by_key: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in remote:
        for key in _keys_there(row):
            by_key[key].add(row["id"])
    found = {
        each.pk: set().union(*(by_key.get(key, set()) for key in _keys_here(each, other_emails))) for each in students
    }
    claimed: dict[int, int] = defaultdict(int)
    for numbers in found.values():
        for number in numbers:
            claimed[number] += 1
    return {pk: _one(numbers, taken, claimed) for pk, numbers in found.items()}


def _one(numbers: set[int], taken: Collection[int], claimed: dict[int, int]) -> Match:
    if len(numbers) != 1:
        return Match("", SEVERAL if numbers else UNKNOWN)
    (number,) = numbers
    return Match("", TAKEN) if number in taken or claimed[number] > 1 else Match(str(number))


def _keys_here(student: Enrollment, other_emails: Mapping[int, Collection[str]]) -> Iterator[tuple[str, str]]:
    if student.student_id:
        yield "number", student.student_id
        yield "login", student.student_id.casefold()
    if student.university_login:
        yield "login", student.university_login.casefold()
    for address in (student.email, *other_emails.get(student.pk, ())):
        if address:
            yield "email", address.casefold()
            yield "login", address.casefold()


def _keys_there(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, field in (("number", "sis_user_id"), ("email", "email"), ("login", "login_id")):
        value = row.get(field)
        if isinstance(value, str) and value:
            yield kind, value if kind == "number" else value.casefold()
