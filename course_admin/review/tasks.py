"""The task of the review desk: comparing submissions, which takes longer than a page may."""

from celery import shared_task

from course_admin.assignments.models import Assignment
from course_admin.liveness.clock import now
from course_admin.review.similarity import compare as comparing


@shared_task(name=comparing.COMPARE)
def compare(assignment: int) -> None:
    """Compare the newest submissions of an assignment."""
    found = Assignment.objects.select_related("suite", "course").filter(pk=assignment).first()
    if found is not None:
        comparing.compare(assignment=found, at=now())
