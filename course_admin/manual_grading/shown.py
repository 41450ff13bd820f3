"""What of gradings by hand a student's report and grades page show: items, comments and points, once grades are out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.manual_grading.book import asked
from course_admin.manual_grading.models import HandGrading, Question, RubricItem
from course_admin.manual_grading.points import points_of_answer
from course_admin.submissions.models import arrival


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One question as it was graded."""

    question: Question
    points: Decimal
    items: list[RubricItem]
    adjustment: Decimal
    comment: str


@dataclass(frozen=True, slots=True)
class ShownGrading:
    """One finished grading."""

    grading: HandGrading
    answers: list[ShownAnswer]

    @property
    def points(self) -> Decimal:
        """All of it."""
        return sum((each.points for each in self.answers), Decimal())

    @property
    def most(self) -> Decimal:
        """What it is out of."""
        return sum((each.question.points for each in self.answers), Decimal())


def shown_gradings(
    student: Enrollment, assignments: Sequence[Assignment], *, is_staff: bool, at: datetime
) -> dict[int, ShownGrading]:
    """Return by assignment what counts of a student's gradings by hand, as they or their staff see it at a moment."""
    wanted = [each.pk for each in assignments if is_staff or each.are_grades_out(at)]
    rows = (
        HandGrading.objects.counting()
        .finished()
        .filter(attempt__assignment__in=wanted, attempt__memberships__student=student)
    )
    newest = {row.attempt.assignment_id: row for row in rows.select_related("attempt").order_by(*arrival("attempt__"))}
    if not newest:
        return {}
    questions: dict[int, list[Question]] = defaultdict(list)
    asked_of = Question.objects.filter(part__assignment__in=newest).prefetch_related("items")
    for each in asked_of.select_related("part"):
        questions[each.part.assignment_id].append(each)
    return {pk: ShownGrading(row, answers_of(row, questions[pk])) for pk, row in newest.items()}


def answers_of(grading: HandGrading, questions: Sequence[Question]) -> list[ShownAnswer]:
    """Return what a finished grading gave to each question."""
    found = []
    for question, rule in zip(questions, asked(questions), strict=True):
        mark = (grading.marks or {}).get(str(question.pk), {})
        chosen = [item for item in question.items.all() if item.pk in mark.get("items", ())]
        adjustment = Decimal(mark.get("adjustment") or "0")
        found.append(ShownAnswer(question, points_of_answer(rule, mark), chosen, adjustment, mark.get("comment", "")))
    return found
