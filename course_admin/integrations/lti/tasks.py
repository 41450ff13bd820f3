"""The task of the `sync` queue that asks a platform who is in a course. Grades go by the outbox's."""

from celery import shared_task

from course_admin.integrations.lti.advantage.lms import LtiLms
from course_admin.integrations.lti.advantage.reading import read
from course_admin.integrations.lti.models import MemberReading
from course_admin.liveness.clock import now

READ_MEMBERS = "course_admin.integrations.lti.tasks.read_members"
READING_SECONDS = 1800


@shared_task(name=READ_MEMBERS, time_limit=READING_SECONDS)
def read_members(link_id: int) -> None:
    """Read who is in one course."""
    asked = MemberReading.objects.select_related("link__course", "link__platform").filter(link=link_id).first()
    if asked is not None:
        with LtiLms(asked.link) as lms:
            read(asked=asked, lms=lms, at=now())
