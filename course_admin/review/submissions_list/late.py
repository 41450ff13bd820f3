"""Which attempts of an assignment were late, as a condition of the database: each student's own due time is in it."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.models import AttemptMember


def is_late(assignment: Assignment, students: QuerySet[Enrollment]) -> Q:
    """Return the condition that an attempt came after the due time, grace included, of one for whom it counts.

    Those who have the due time that most have are named by the others, so that the condition is short in a large course.
    """
    book, grace = DeadlineBook(assignment.course), timedelta(minutes=assignment.late_grace_minutes)
    due: dict[datetime | None, list[int]] = defaultdict(list)
    for student in students:
        due[book.terms(student, assignment).extended_due_at].append(student.pk)
    if not due:
        return Q(pk__in=())
    most = max(due, key=lambda moment: len(due[moment]))
    others = [pk for moment, people in due.items() if moment != most for pk in people]
    found = Q(pk__in=())
    members = AttemptMember.objects.filter(assignment=assignment)
    for moment, people in due.items():
        if moment is None:
            continue
        who = members.exclude(student__in=others) if moment == most else members.filter(student__in=people)
        found |= Q(received_at__gt=moment + grace, pk__in=who.values("attempt"))
    return found
