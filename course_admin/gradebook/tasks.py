"""The task of the gradebook: what a regrade preview would change, which takes longer than a page may."""

from celery import shared_task

from course_admin.gradebook.regrade_preview import kept
from course_admin.submissions.models import RegradePreview
from course_admin.task_sender import WORK_OUT


@shared_task(name=WORK_OUT)
def work_out(preview: int) -> None:
    """Work out the figures of a preview that is finished."""
    found = RegradePreview.objects.select_related("assignment__course", "suite").filter(pk=preview).first()
    if found is not None:
        kept.work_out(found)
