"""What an LMS should show: the grades of the gradebook, compared with what the outbox holds. Only changes become work."""

import itertools
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from course_admin.courses.models import Enrollment, Student
from course_admin.gradebook.grading.grades import GradeRow, grade_rows
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery, Link
from grader.points import round_points

AT_ONCE = 500  # rows of one statement
STUDENTS_AT_ONCE = 50  # whose grades are compared at a time
STOPPED = (DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.PARKED)
#: What is written of a delivery whose grade has changed.
CHANGED = ("points", "comment", "version", "state", "tries", "next_try_at", "words")


def collect(*, link: Link, assignments: Collection[int], at: datetime) -> int:
    """Note every grade of these assignments that has changed since it was last noted; return how many have.

    Drafts have none, nor have assignments whose grades are held. What waits for a grade that has gone meanwhile is dropped;
    what an LMS already shows stays there. Some students at a time, so that no course is in memory as a whole.
    """
    students = itertools.groupby(grade_rows(link.course), key=lambda row: row.student)
    graded = ((student, _graded(rows, assignments, at)) for student, rows in students)
    noted = 0
    while lot := dict(itertools.islice(graded, STUDENTS_AT_ONCE)):
        noted += _note(link, lot)
    roster = Student.objects.active().filter(course=link.course).values("pk")
    GradeDelivery.objects.filter(link=link, state__in=STOPPED).exclude(student__in=roster).delete()
    return noted


def _graded(rows: Iterable[GradeRow], assignments: Collection[int], at: datetime) -> dict[int, GradeRow]:
    """Return a student's grades that are out, by the assignment's key."""
    return {
        row.assignment.pk: row
        for row in rows
        if row.assignment.pk in assignments
        and row.points is not None
        and not row.assignment.is_draft
        and row.assignment.are_grades_out(at)
    }


def _note(link: Link, graded: Mapping[Enrollment, Mapping[int, GradeRow]]) -> int:
    """Note what has changed for some students, in one transaction; return how many grades have."""
    known = {
        (each.student_id, each.assignment_id): each
        for each in GradeDelivery.objects.filter(link=link, student__in=list(graded))
    }
    new, changed, current = [], [], set()
    for row in (row for own in graded.values() for row in own.values()):
        points, key = round_points(row.points or Decimal()), (row.student.pk, row.assignment.pk)
        current.add(key)
        delivery = known.get(key)
        if delivery is None:
            fields = {"points": points, "comment": _comment(row)}
            new.append(GradeDelivery(link=link, student=row.student, assignment=row.assignment, **fields))
        elif delivery.points != points:
            changed.append(_change(delivery, row, points))
    gone = [each.pk for key, each in known.items() if key not in current and each.state in STOPPED]
    with transaction.atomic():
        GradeDelivery.objects.bulk_create(new, batch_size=AT_ONCE)
        GradeDelivery.objects.bulk_update(changed, CHANGED, batch_size=AT_ONCE)
        GradeDelivery.objects.filter(pk__in=gone).delete()
    return len(new) + len(changed)


def _change(delivery: GradeDelivery, row: GradeRow, points: Decimal) -> GradeDelivery:
    """Give a delivery its new grade; one that is under way is settled first, and sent again after that."""
    delivery.points, delivery.comment = points, _comment(row)
    delivery.version += 1
    if delivery.state != DeliveryState.SENT:
        delivery.state = DeliveryState.WAITING
        delivery.tries, delivery.next_try_at, delivery.words = 0, None, ""
    return delivery


def _comment(row: GradeRow) -> str:
    """Return what the student reads beside the grade: the sentence of their own page, and which commit it is."""
    commit = f" Commit {row.judging.commit_id[:7]}, attempt {row.judging.public_id}." if row.judging else ""
    return f"{row.grade.sentence}{commit}"
