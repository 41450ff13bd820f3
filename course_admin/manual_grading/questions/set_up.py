"""What makes, changes and takes away an assignment's manual part, each change with an audit event in the same transaction.

Whoever changes a question or an item says which one it is, by its key; in a text they are known by their words, and by their
place where those have changed. What was given stays with what it was given for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import OVERTAKEN, ChangedMeanwhile, delete_audited, save_audited, state_of
from course_admin.identity.models import User
from course_admin.manual_grading.grading.marks import save_comment
from course_admin.manual_grading.models import HandGrading, ManualPart, Question, RubricItem
from course_admin.policy import Action, require
from grader.errors import SuiteError
from grader.suite import questions as read

MOVED_OUT = 10_000  # added to the numbers of rows while others take theirs


class NotToChange(ValueError):
    """The questions cannot be changed so; its text is a sentence for whoever asked."""


Row = TypeVar("Row", Question, RubricItem)


@dataclass(frozen=True, slots=True)
class Keys:
    """Which stored question a wanted one is, and which items its own are; None: a new one."""

    question: int | None
    items: tuple[int | None, ...]


def rubric_state(assignment: Assignment) -> str:
    """Return a short name of what an assignment's manual part, its questions and its items are."""
    part = ManualPart.objects.filter(assignment=assignment).first()
    questions = list(part.questions.order_by("pk")) if part else []
    items = RubricItem.objects.filter(question__in=questions).order_by("pk")
    return state_of(part, *questions, *items)


def set_questions(
    *, assignment: Assignment, text: str, is_blind: bool, actor: User | None, at: datetime, shown: str = ""
) -> ManualPart:
    """Let an assignment have the questions of a text in the format of `questions.toml`, and no others; see `become_questions`."""
    try:
        wanted = read.read_questions(text)
    except SuiteError as problem:
        raise NotToChange(str(problem)) from problem
    told: dict[str, Any] = {"is_blind": is_blind, "actor": actor, "at": at, "shown": shown}
    return become_questions(assignment=assignment, wanted=wanted, keys=None, **told)


def become_questions(
    *,
    assignment: Assignment,
    wanted: read.Questions,
    keys: Sequence[Keys] | None,
    is_blind: bool,
    actor: User | None,
    at: datetime,
    shown: str = "",
) -> ManualPart:
    """Let an assignment have these questions, and no others.

    keys: one for each question, or None if they are to be known by their words and places. shown: the `rubric_state` that the
    actor saw. A first manual part holds the assignment's grades, unless its results are published. Raises NotToChange, with
    nothing changed, if it would take away what has marks, or if what has marks might be taken for something else;
    ChangedMeanwhile; Refused.
    """
    require(actor, Action.SET_UP, assignment)
    told: dict[str, Any] = {"actor": actor, "at": at, "reason": "rubric"}
    with transaction.atomic():
        part = ManualPart.objects.select_for_update().filter(assignment=assignment).first()
        if shown and shown != rubric_state(assignment):
            raise ChangedMeanwhile(OVERTAKEN)
        if part is None:
            part = ManualPart(assignment=assignment)
            if not assignment.is_published(at):
                assignment.holds_grades = True
                save_audited(thing=assignment, **told)
        part.share_percent, part.is_blind = wanted.share, is_blind
        save_audited(thing=part, **told)
        _Rows(part, told).become(wanted.questions, keys)
    return part


def remove_questions(*, part: ManualPart, actor: User | None, at: datetime) -> None:
    """Take the manual part away; the suite gives all points again. Raises NotToChange if somebody has graded; Refused."""
    require(actor, Action.SET_UP, part)
    told: dict[str, Any] = {"actor": actor, "at": at, "reason": "no manual part any more"}
    with transaction.atomic():
        _Rows(part, told).become((), ())
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

    def become(self, wanted: Sequence[read.Question], keys: Sequence[Keys] | None) -> None:
        """Make, change and delete. Raises NotToChange."""
        stored = list(self._part.questions.all())
        rows = _paired(
            [each.title for each in wanted],
            [(each, each.title) for each in stored],
            [each.question for each in keys] if keys is not None else None,
            self._questions,
        )
        for question in stored:
            if question in rows:
                continue
            if question.pk in self._questions:
                raise NotToChange(
                    gettext(
                        "Question {question} has marks already, and stays: change its words or points instead."
                    ).format(question=question)
                )
            _delete(question, self._told)
        numbers = _numbers(rows)
        for place, each in enumerate(wanted):
            question = rows[place] or Question(part=self._part)
            question.number = numbers[place]
            question.title, question.text, question.guide = each.title, each.text, each.guide
            question.points, question.starts_full, question.takes_one_item = (
                each.points,
                each.starts_full,
                each.takes_one_item,
            )
            question.answer_paths, question.answer_marker = "\n".join(each.answers), each.marker
            save_audited(thing=question, **self._told)
            self._become_items(question, each.items, keys[place].items if keys is not None else None)

    def _become_items(self, question: Question, wanted: Sequence[read.Item], keys: Sequence[int | None] | None) -> None:
        stored = list(question.items.all())
        rows = _paired([each.text for each in wanted], [(each, each.text) for each in stored], keys, self._items)
        for item in stored:
            if item in rows:
                continue
            if item.pk in self._items:
                raise NotToChange(
                    gettext(
                        "The item “{item}” was given already, and stays: change its words or points instead."
                    ).format(item=item)
                )
            delete_audited(thing=item, **self._told)
        numbers = _numbers(rows)
        for place, each in enumerate(wanted):
            item = rows[place] or RubricItem(question=question)
            item.number, item.text, item.points = numbers[place], each.text, each.points
            save_audited(thing=item, **self._told)


def _paired(
    words: Sequence[str],
    stored: Sequence[tuple[Row, str]],
    keys: Sequence[int | None] | None,
    with_marks: set[int],
) -> list[Row | None]:
    """Return which stored row each wanted one is; None: a new one. Raises NotToChange if that cannot be known.

    By keys, or else by equal words, then what is left by its order: if some of that goes away and some is reworded, nobody can
    know which is which, and marks must not follow a guess.
    """
    if keys is not None:
        by_key = {row.pk: row for row, _ in stored}
        if len(set(filter(None, keys))) < len([key for key in keys if key]) or not set(filter(None, keys)) <= set(
            by_key
        ):
            raise NotToChange(gettext("Somebody changed the rubric meanwhile: look at it again, then change it."))
        return [by_key[key] if key else None for key in keys]
    left = list(stored)
    rows: list[Row | None] = []
    for word in words:
        same = next((pair for pair in left if pair[1] == word), None)
        if same:
            left.remove(same)
        rows.append(same[0] if same else None)
    open_places = [place for place, row in enumerate(rows) if row is None]
    if open_places and len(left) > len(open_places) and any(row.pk in with_marks for row, _ in left):
        raise NotToChange(gettext("Some of what has marks was reworded and some taken away: do one after the other."))
    for place, (row, _) in zip(open_places, left, strict=False):
        rows[place] = row
    return rows


def _numbers(rows: Sequence[Question | RubricItem | None]) -> list[int]:
    """Return the number of each row: its own as long as their order holds and new ones come last, else its place.

    Rows whose numbers change are moved out of the way first, since no two have one number at any time.
    """
    own = [row.number for row in rows if row is not None]
    are_last = all(row is not None for row in rows[: len(own)])
    if are_last and own == sorted(own):
        first = own[-1] + 1 if own else 1
        return own + list(range(first, first + len(rows) - len(own)))
    for row in filter(None, rows):
        moved: Any = row
        type(moved)._base_manager.filter(pk=moved.pk).update(number=moved.number + MOVED_OUT)
        row.refresh_from_db()
    return list(range(1, len(rows) + 1))


def _delete(question: Question, told: dict[str, Any]) -> None:
    for row in (*question.items.all(), *question.saved_comments.all()):
        delete_audited(thing=row, **told)
    delete_audited(thing=question, **told)


def change_comments(*, question: Question, removed: Iterable[int], added: str, actor: User, at: datetime) -> None:
    """Take comments that are kept for a question away, and keep another; answers that had them keep their words."""
    require(actor, Action.SET_UP, question)
    for comment in question.saved_comments.filter(pk__in=removed):
        delete_audited(thing=comment, actor=actor, at=at, reason="rubric")
    save_comment(question=question, text=added, actor=actor, at=at)
