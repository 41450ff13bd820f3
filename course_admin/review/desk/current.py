"""Which run of each student is looked at: the newest judging of their newest attempt that was graded."""

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.models import Run

STUDENT = "attempt__memberships__student"


def current_runs(assignment: Assignment, students: QuerySet[Enrollment]) -> dict[int, int]:
    """Return student -> run, of the students who have one; one query, which reads the assignment's runs once."""
    newest = [F("attempt__received_at").desc(), F("attempt").desc(), F("queued_at").desc(), F("pk").desc()]
    graded = Run.objects.graded().filter(
        attempt__assignment=assignment, attempt__memberships__student__in=students.order_by().values("pk")
    )
    placed = graded.annotate(
        of_student=F(STUDENT), place=Window(RowNumber(), partition_by=[F(STUDENT)], order_by=newest)
    )
    rows = placed.filter(place=1).order_by("of_student")
    return dict(rows.values_list("of_student", "pk"))
