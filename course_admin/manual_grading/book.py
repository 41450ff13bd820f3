"""What people gave to the students of a course, as grades need it: one query where nothing is graded by hand, else four."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Enrollment
from course_admin.manual_grading.models import HandGrading, ManualPart, Question
from course_admin.manual_grading.points import Asked, ByHand, points_of
from course_admin.submissions.models import arrival


def asked(questions: Iterable[Question]) -> list[Asked]:
    """Return questions, their items read already, as points need them."""
    return [
        Asked(each.pk, each.points, each.starts_full, {item.pk: item.points for item in each.items.all()})
        for each in questions
    ]


class HandBook:
    """What is graded by hand in a course, of all students or of one."""

    def __init__(self, course: Course, student: Enrollment | None = None) -> None:
        parts = ManualPart.objects.filter(assignment__course=course).prefetch_related("questions__items")
        self._parts = {part.assignment_id: (part, asked(part.questions.all())) for part in parts}
        self._points = self._given(course, student) if self._parts else {}

    def of(self, student: Enrollment, assignment: Assignment) -> ByHand | None:
        """Return what of a student's points people give; None where they give none."""
        part, questions = self._parts.get(assignment.pk, (None, []))
        if part is None or not questions:
            return None
        most = sum((each.points for each in questions), Decimal())
        return ByHand(part.share_percent, most, self._points.get((student.pk, assignment.pk)))

    def _given(self, course: Course, student: Enrollment | None) -> dict[tuple[int, int], Decimal]:
        """Return points by student and assignment; of several attempts' the newest that was graded by hand."""
        rows = HandGrading.objects.counting().finished().filter(attempt__assignment__in=list(self._parts))
        if student is not None:
            rows = rows.filter(attempt__memberships__student=student)
        lines: Any = rows.order_by(*arrival("attempt__")).values_list(
            "attempt__memberships__student", "attempt__assignment_id", "marks"
        )
        return {
            (person, assignment): points_of(self._parts[assignment][1], marks)
            for person, assignment, marks in lines.iterator(chunk_size=2_000)  # the last one stays
        }
