"""The task of the queue `record` that writes down who is there."""

from celery import shared_task

from course_admin.liveness.clock import now
from course_admin.liveness.turns import note_sign


@shared_task(name="course_admin.liveness.tasks.sign")
def sign(queues: list[str], machine: str, sent_at: float) -> None:
    """A worker, or beat, is there."""
    note_sign(queues=[queue[:100] for queue in queues[:20]], machine=machine[:200], sent_at=float(sent_at), at=now())
