"""What the page of one grading shows: each question with the answer, the items and what is marked so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from course_admin.assignments.models import Assignment
from course_admin.manual_grading.answers.find import Answer, find_answer, without_names
from course_admin.manual_grading.book import asked
from course_admin.manual_grading.models import HandGrading, ManualPart, Question, RubricItem, SavedComment
from course_admin.manual_grading.points import Asked, points_of_answer
from course_admin.submissions.reports.failures.sources import Sources


@dataclass(frozen=True, slots=True)
class Line:
    """One item with its key on the keyboard, and whether it is chosen."""

    key: int
    item: RubricItem
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One question of one grading."""

    question: Question
    answer: Answer
    lines: list[Line]
    adjustment: str
    comment: str
    points: Decimal
    saved: list[SavedComment]

    @property
    def paths(self) -> list[str]:
        """The patterns of files where the answer is looked for."""
        return self.question.answer_paths.splitlines()


def questions_of(assignment: Assignment) -> list[Question]:
    """Return an assignment's questions with items and saved comments; none if it has no manual part."""
    rows = Question.objects.filter(part__assignment=assignment)
    return list(rows.prefetch_related("items", "saved_comments"))


def is_blind(part: ManualPart, at: datetime) -> bool:
    """Say whether names are hidden from who grades."""
    return part.is_blind and not part.assignment.are_grades_out(at)


def sheets(
    grading: HandGrading, questions: Sequence[Question], marks: dict[str, Any], *, hides_names: bool
) -> list[Sheet]:
    """Return the sheets of a grading with these marks, which may be as they were typed."""
    files = Sources(grading.attempt).files
    markers = [each.answer_marker for each in questions]
    found = []
    for question, rule in zip(questions, asked(questions), strict=True):
        mark = marks.get(str(question.pk), {})
        answer = find_answer(question, files, markers)
        if hides_names:
            answer = Answer(answer.path, without_names(answer.text, grading.attempt.people))
        chosen = {str(each) for each in mark.get("items", ())}
        items = [Line(key, item, str(item.pk) in chosen) for key, item in enumerate(question.items.all(), 1)]
        found.append(
            Sheet(
                question,
                answer,
                items,
                str(mark.get("adjustment", "")),
                str(mark.get("comment", "")),
                _points(rule, mark),
                list(question.saved_comments.all()),
            )
        )
    return found


def _points(rule: Asked, mark: Mapping[str, Any]) -> Decimal:
    """Return what an answer's marks are worth; an adjustment that is no number is worth nothing."""
    readable = {"items": [int(each) for each in mark.get("items", ()) if str(each).isdecimal() and len(str(each)) < 18]}
    try:
        return points_of_answer(rule, {**mark, **readable})
    except InvalidOperation:
        return points_of_answer(rule, readable)
