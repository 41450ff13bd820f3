"""The task of the queue `sync` that sends invitations: a mail server may be slow."""

from celery import shared_task

from course_admin.invitations import mail
from course_admin.liveness.clock import now


@shared_task(name="course_admin.invitations.tasks.send_invitations")
def send_invitations() -> None:
    """Send what has not left yet."""
    mail.send_invitations(at=now())
