"""The tasks of the `record` queue about suites: what workers say of a check, and asking again. Each calls one service."""

from celery import shared_task

from course_admin.assignments.suites import checks
from course_admin.liveness.clock import now


@shared_task(name="course_admin.assignments.tasks.checked")
def checked(check: str, token: str, document: str) -> None:
    """A worker has checked a suite."""
    checks.record_check(check=check, token=token, document=document, at=now())


@shared_task(name="course_admin.assignments.tasks.check_fault")
def check_fault(check: str, token: str, sentence: str) -> None:
    """A worker could not check a suite, for a reason that is not the suite's."""
    checks.note_fault(check=check, token=token, sentence=sentence, at=now())


@shared_task(name="course_admin.assignments.tasks.resend_checks")
def resend_checks() -> None:
    """Ask again where no answer can come any more."""
    checks.resend(at=now())
