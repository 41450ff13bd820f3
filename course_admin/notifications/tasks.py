"""The task of the queue `sync` that tells people what happened: a mail server may be slow."""

from celery import shared_task

from course_admin.liveness.clock import now
from course_admin.notifications.collect import collect
from course_admin.notifications.sending import send_mails

TELL = "course_admin.notifications.tasks.tell"


@shared_task(name=TELL)
def tell() -> None:
    """Write down what happened, then send what should leave; what fails is tried again by the next one, a minute later."""
    collect(at=now())
    send_mails(at=now())
