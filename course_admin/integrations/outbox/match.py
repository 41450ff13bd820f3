"""Who is who: students of a roster and of a course in an LMS, by what both sides say about them. Never by name.

A student here is a student there if they share the LMS's own number, where the roster has it, the university's number, the
e-mail address, or a log-in that is one of these. All that agree must mean one person: otherwise nobody is found, and staff
are told why.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from course_admin.courses.models import Enrollment, OtherEmail
from course_admin.identity.proven.email import fold_email
from course_admin.integrations.outbox.lms import Match

UNKNOWN = "{lms} has no student with this e-mail address, log-in or university number in its course."
SEVERAL = "{lms} has several students who could be this one. Say which in the list of {lms} students."
NO_OTHERS: Mapping[int, Collection[str]] = {}
TAKEN = "The only student in {lms} who could be this one is already somebody else here. Say who is who."


@dataclass(frozen=True, slots=True)
class RemotePerson:
    """What an LMS says of one of its students; what it does not say is empty."""

    remote_id: str
    number: str = ""  # the university's
    email: str = ""
    login: str = ""
    canvas_id: str = ""  # what rosters call Canvas's ID


def other_emails(students: Iterable[int]) -> dict[int, list[str]]:
    """Return the further addresses of some students, by their keys."""
    found: dict[int, list[str]] = defaultdict(list)
    for student, address in OtherEmail.objects.filter(enrollment__in=students).values_list("enrollment", "address"):
        found[student].append(address)
    return found


def digest_of_keys(student: Enrollment, other_emails: Collection[str]) -> str:
    """Return a digest of everything by which a student can be found: another one, and they are to be looked for again."""
    keys = "\0".join(sorted(f"{kind} {value}" for kind, value in set(_keys_here(student, other_emails))))
    return hashlib.sha256(keys.encode()).hexdigest()


def match(
    students: Collection[Enrollment],
    people: Iterable[RemotePerson],
    taken: Collection[str],
    *,
    lms: str,
    other_emails: Mapping[int, Collection[str]] = NO_OTHERS,
) -> dict[int, Match]:
    """Return who each student is, by their key.

    `taken`: the numbers there of those known already; `lms`: its name; `other_emails`: further addresses, by student.
    """
    by_key: dict[tuple[str, str], set[str]] = defaultdict(set)
    for person in people:
        for key in _keys_there(person):
            by_key[key].add(person.remote_id)
    found = {
        each.pk: set[str]().union(*(by_key.get(key, set()) for key in _keys_here(each, other_emails.get(each.pk, ()))))
        for each in students
    }
    claimed: dict[str, int] = defaultdict(int)
    for numbers in found.values():
        for number in numbers:
            claimed[number] += 1
    return {pk: _one(numbers, taken, claimed, lms) for pk, numbers in found.items()}


def _one(numbers: set[str], taken: Collection[str], claimed: dict[str, int], lms: str) -> Match:
    if len(numbers) != 1:
        return Match("", (SEVERAL if numbers else UNKNOWN).format(lms=lms))
    (number,) = numbers
    return Match("", TAKEN.format(lms=lms)) if number in taken or claimed[number] > 1 else Match(number)


def _keys_here(student: Enrollment, other_emails: Collection[str]) -> Iterator[tuple[str, str]]:
    if student.canvas_id:
        yield "canvas", student.canvas_id
    if student.student_id:
        yield "number", student.student_id
        yield "login", fold_email(student.student_id)
    if student.university_login:
        yield "login", fold_email(student.university_login)
    for address in (student.email, *other_emails):
        if address:
            yield "email", fold_email(address)
            yield "login", fold_email(address)


def _keys_there(person: RemotePerson) -> Iterator[tuple[str, str]]:
    if person.canvas_id:
        yield "canvas", person.canvas_id
    if person.number:
        yield "number", person.number
    for kind, value in (("email", person.email), ("login", person.login)):
        if value:
            yield kind, fold_email(value)
