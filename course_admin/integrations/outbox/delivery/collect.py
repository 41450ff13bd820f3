"""What an LMS should show: the grades of the gradebook, compared with what the outbox holds. Only changes become work."""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from course_admin.gradebook.grading.grades import GradeRow, grade_rows
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery, Link
from grader.points import round_points

AT_ONCE = 500  # rows of one statement
#: What is written of a delivery whose grade has changed.
CHANGED = ("points", "comment", "version", "state", "tries", "next_try_at", "words")


def collect(*, link: Link, assignments: Collection[int], at: datetime) -> int:
    """Note every grade of these assignments that has changed since it was last noted; return how many have.

    Drafts have none, nor have assignments whose grades are held. What waits for a grade that has gone meanwhile is dropped;
    what an LMS already shows stays there.
    """
    known = {(each.student_id, each.assignment_id): each for each in GradeDelivery.objects.filter(link=link)}
    new, changed, current = [], [], set()
    for row, points in _graded(link, assignments, at):
        key = (row.student.pk, row.assignment.pk)
        current.add(key)
        delivery = known.get(key)
        if delivery is None:
            new.append(GradeDelivery(link=link, student=row.student, assignment=row.assignment, points=points))
            new[-1].comment = _comment(row)
        elif delivery.points != points:
            changed.append(_change(delivery, row, points))
    stopped = (DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.PARKED)
    gone = [each.pk for key, each in known.items() if key not in current and each.state in stopped]
    with transaction.atomic():
        GradeDelivery.objects.bulk_create(new, batch_size=AT_ONCE)
        GradeDelivery.objects.bulk_update(changed, CHANGED, batch_size=AT_ONCE)
        for start in range(0, len(gone), AT_ONCE):
            GradeDelivery.objects.filter(pk__in=gone[start : start + AT_ONCE]).delete()
    return len(new) + len(changed)


def _graded(link: Link, assignments: Collection[int], at: datetime) -> Iterator[tuple[GradeRow, Decimal]]:
    for row in grade_rows(link.course):
        is_out = not row.assignment.is_draft and row.assignment.are_grades_out(at)
        if row.assignment.pk in assignments and is_out and row.points is not None:
            yield row, round_points(row.points)


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
