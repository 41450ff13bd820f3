"""Which run of each student is looked at: the newest judging of their newest attempt that was graded."""

from django.db.models import OuterRef, QuerySet, Subquery

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Run


def current_runs(assignment: Assignment, students: QuerySet[Enrollment]) -> dict[int, int]:
    """Return student -> run, of the students who have one; one query."""
    of_student = Run.objects.graded().filter(
        attempt__assignment=assignment, attempt__memberships__student=OuterRef("pk")
    )
    newest = of_student.order_by("-attempt__received_at", "-attempt", "-queued_at", "-pk").values("pk")[:1]
    rows = students.order_by("pk").annotate(run_id=Subquery(newest)).filter(run_id__isnull=False)
    return dict(rows.values_list("pk", "run_id"))
