"""What a platform says of its students, in the outbox's words."""

from collections.abc import Collection, Iterable

from course_admin.courses.models import Enrollment
from course_admin.integrations.lti.advantage.members import Member
from course_admin.integrations.lti.roles import STUDENT
from course_admin.integrations.outbox import match as outbox
from course_admin.integrations.outbox.lms import Match

NAME = "the learning platform"


def match(students: Collection[Enrollment], found: Iterable[Member], taken: Collection[str]) -> dict[int, Match]:
    """Return who each student is, by their key, among a platform's active students. `taken`: subjects of those known."""
    others = outbox.other_emails([each.pk for each in students])
    people = [each.person for each in found if each.is_active and each.role == STUDENT]
    named = outbox.match(students, people, taken, lms=NAME, other_emails=others)
    return {pk: Match(each.remote_id, f"{each.words[:1].upper()}{each.words[1:]}") for pk, each in named.items()}
