"""The tasks of the `sync` queue that pack a suite to run in Gradescope, and clear away what nobody fetches any more."""

from celery import shared_task

from course_admin.integrations.gradescope import standalone
from course_admin.integrations.gradescope.models import PackedAutograder
from course_admin.liveness.clock import now

PACK = "course_admin.integrations.gradescope.tasks.pack"
FORGET = "course_admin.integrations.gradescope.tasks.forget"
PACKING_SECONDS = 900


@shared_task(name=PACK, time_limit=PACKING_SECONDS)
def pack(suite_id: int) -> None:
    """Pack the archive of one suite, if it is still waited for."""
    asked = PackedAutograder.objects.select_related("suite").filter(suite=suite_id).first()
    if asked is not None and asked.is_waiting(now()):
        standalone.pack(asked=asked, at=now())


@shared_task(name=FORGET)
def forget() -> None:
    """Remove archives that are a week old."""
    standalone.forget(now())
