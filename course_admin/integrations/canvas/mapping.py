"""What Canvas says of its students, in the outbox's words."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from course_admin.courses.models import Enrollment
from course_admin.integrations.outbox import match as outbox
from course_admin.integrations.outbox.lms import Match
from course_admin.integrations.outbox.match import RemotePerson

NAME = "Canvas"
UNKNOWN, SEVERAL, TAKEN = (each.format(lms=NAME) for each in (outbox.UNKNOWN, outbox.SEVERAL, outbox.TAKEN))


def match(
    students: Collection[Enrollment],
    remote: Iterable[dict[str, Any]],
    taken: Collection[int],
    other_emails: Mapping[int, Collection[str]] = outbox.NO_OTHERS,
) -> dict[int, Match]:
    """Return who each student is, by their key.

    `remote`: Canvas's students; `taken`: numbers of those known already; `other_emails`: further addresses, by student.
    """
    numbers = {str(number) for number in taken}
    return outbox.match(students, map(person, remote), numbers, lms=NAME, other_emails=other_emails)


def person(row: dict[str, Any]) -> RemotePerson:
    """Return one of Canvas's students; a field of another kind than text says nothing."""
    number, email, login = (row.get(name) for name in ("sis_user_id", "email", "login_id"))
    number, email, login = (value if isinstance(value, str) else "" for value in (number, email, login))
    return RemotePerson(str(row["id"]), number, email, login, canvas_id=str(row["id"]))
