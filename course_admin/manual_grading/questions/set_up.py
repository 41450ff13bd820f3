"""What makes, changes and takes away an assignment's manual part, each change with an audit event in the same transaction.

Questions and items are known by their place: the second stays the second, and keeps its marks, however it is worded.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import delete_audited, save_audited
from course_admin.identity.models import User
from course_admin.manual_grading.models import HandGrading, ManualPart, Question, RubricItem
from course_admin.policy import Action, require
from grader.errors import SuiteError
from grader.suite import questions as read


class NotToChange(ValueError):
    """The questions cannot be changed so; its text is a sentence for whoever asked."""


def set_questions(*, assignment: Assignment, text: str, is_blind: bool, actor: User | None, at: datetime) -> ManualPart:
    """Let an assignment have the questions of a text, and no others.

    A first manual part holds the assignment's grades, unless its results are published. Raises NotToChange, with nothing
    changed, if the text cannot be read or would take away what has marks; Refused.
    """
    require(actor, Action.SET_UP, assignment)
    try:
        wanted = read.read_questions(text)
    except SuiteError as problem:
        raise NotToChange(str(problem)) from problem
    told: dict[str, Any] = {"actor": actor, "at": at, "reason": "rubric"}
    with transaction.atomic():
        part = ManualPart.objects.select_for_update().filter(assignment=assignment).first()
        if part is None:
            part = ManualPart(assignment=assignment)
            if not assignment.is_published(at):
                assignment.holds_grades = True
                save_audited(thing=assignment, **told)
        part.share_percent, part.is_blind = wanted.share, is_blind
        save_audited(thing=part, **told)
        _Rows(part, told).become(wanted.questions)
    return part


def remove_questions(*, part: ManualPart, actor: User | None, at: datetime) -> None:
    """Take the manual part away; the suite gives all points again. Raises NotToChange if somebody has graded; Refused."""
    require(actor, Action.SET_UP, part)
    told: dict[str, Any] = {"actor": actor, "at": at, "reason": "no manual part any more"}
    with transaction.atomic():
        _Rows(part, told).become(())
        for grading in _gradings(part):
            delete_audited(thing=grading, **told)
        for question in part.questions.all():
            _delete(question, told)
        delete_audited(thing=part, **told)


def _gradings(part: ManualPart) -> list[HandGrading]:
    return list(HandGrading.objects.filter(attempt__assignment=part.assignment_id).select_related("attempt"))


class _Rows:
    """The questions of a part and their items, on their way to what is wanted."""

    def __init__(self, part: ManualPart, told: dict[str, Any]) -> None:
        self._part, self._told = part, told
        marks = [each for grading in _gradings(part) for each in (grading.marks or {}, grading.draft)]
        self._questions = {int(key) for one in marks for key in one}
        self._items = {item for one in marks for mark in one.values() for item in mark.get("items", ())}

    def become(self, wanted: Iterable[read.Question]) -> None:
        """Make, change and delete. Raises NotToChange."""
        there = {each.number: each for each in self._part.questions.all()}
        for number, each in enumerate(wanted, 1):
            question = there.pop(number, None) or Question(part=self._part, number=number)
            question.title, question.text, question.guide = each.title, each.text, each.guide
            question.points, question.starts_full, question.takes_one_item = (
                each.points,
                each.starts_full,
                each.takes_one_item,
            )
            question.answer_paths, question.answer_marker = "\n".join(each.answers), each.marker
            save_audited(thing=question, **self._told)
            self._become_items(question, each.items)
        for question in there.values():
            if question.pk in self._questions:
                raise NotToChange(
                    f"Question {question} has marks already, and stays: change its words or points instead."
                )
            _delete(question, self._told)

    def _become_items(self, question: Question, wanted: Iterable[read.Item]) -> None:
        there = {each.number: each for each in question.items.all()}
        for number, each in enumerate(wanted, 1):
            item = there.pop(number, None) or RubricItem(question=question, number=number)
            item.text, item.points = each.text, each.points
            save_audited(thing=item, **self._told)
        for item in there.values():
            if item.pk in self._items:
                raise NotToChange(
                    f"The item “{item}” was given already, and stays: change its words or points instead."
                )
            delete_audited(thing=item, **self._told)


def _delete(question: Question, told: dict[str, Any]) -> None:
    for row in (*question.items.all(), *question.saved_comments.all()):
        delete_audited(thing=row, **told)
    delete_audited(thing=question, **told)
