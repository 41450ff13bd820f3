"""Asking a platform who is in its course, and keeping the answer until the roster's import takes it over.

The page only asks for it: the requests are made in the queue `sync`, where waiting holds nobody up.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from course_admin.identity.models import User
from course_admin.integrations.lti.advantage.lms import LtiLms
from course_admin.integrations.lti.advantage.members import PER_PAGE, Member, roster_file
from course_admin.integrations.lti.models import LtiCourse, MemberReading
from course_admin.integrations.outbox.enquiry.asking import Step, answer, note
from course_admin.policy import Action, require


def ask(*, link: LtiCourse, actor: User | None, at: datetime) -> MemberReading:
    """Note that who leads a course wants its platform's list; return it. Raises Refused. The caller sends the task."""
    require(actor, Action.IMPORT_ROSTER, link.course)
    return note(MemberReading, link, at)


def read(*, asked: MemberReading, lms: LtiLms, at: datetime) -> None:
    """Ask the platform, and keep its whole list, or why there is none: of a list that breaks off nothing is kept."""

    def find(step: Step) -> dict[str, Any]:
        return {"file": roster_file(_counted(lms.members(), step))}

    answer(asked=asked, find=find, at=at)


def _counted(found: Iterable[Member], step: Step) -> Iterator[Member]:
    """Yield members, and tell after each page's worth of them, and at the end, how many there were."""
    count = 0
    for count, each in enumerate(found, 1):
        yield each
        if count % PER_PAGE == 0:
            step(count, None)
    step(count, count)


def take(*, link: LtiCourse, actor: User | None) -> bytes | None:
    """Return the list that was read, and forget it here; None if there is none. Raises Refused."""
    require(actor, Action.IMPORT_ROSTER, link.course)
    with transaction.atomic():
        found = MemberReading.objects.select_for_update().filter(link=link, read_at__isnull=False).first()
        if found is None:
            return None
        found.delete()
    return found.file.encode()
