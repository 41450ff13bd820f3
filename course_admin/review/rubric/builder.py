"""The rubric as a form: questions, items and kept comments as rows, from what is stored, from a suite, or as they were typed.

A row carries the key of what it is a row of, so that marks stay with what they were given for, whatever is taken away above it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from course_admin.manual_grading.models import ManualPart, Question
from course_admin.manual_grading.questions.set_up import Keys, NotToChange
from grader.errors import SuiteError
from grader.points import points_text
from grader.suite.questions import MOST_ITEMS, MOST_QUESTIONS, Questions, read_table

EMPTY_ITEMS = 2  # rows below the items of each question, for more
KEY_DIGITS = 15


@dataclass
class ItemRow:
    """One item; `key`: empty for a new one."""

    key: str = ""
    text: str = ""
    points: str = ""
    is_removed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed into it."""
        return not (self.key or self.text.strip() or self.points.strip())


@dataclass
class CommentRow:
    """One comment that was kept to be used again."""

    key: str
    text: str
    is_removed: bool = False


@dataclass
class QuestionRow:
    """One question."""

    key: str = ""
    title: str = ""
    text: str = ""
    guide: str = ""
    points: str = "10"
    answers: str = ""
    marker: str = ""
    starts_full: bool = False
    one_item: bool = False
    is_removed: bool = False
    items: list[ItemRow] = field(default_factory=list)
    comments: list[CommentRow] = field(default_factory=list)
    new_comment: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed into it."""
        return not (self.key or self.title.strip() or self.text.strip() or self.kept_items())

    def kept_items(self) -> list[ItemRow]:
        """Return the items that it is to have."""
        return [each for each in self.items if not each.is_removed and not each.is_empty]


@dataclass
class Sheet:
    """The whole form."""

    share: str = "30"
    is_blind: bool = True
    questions: list[QuestionRow] = field(default_factory=list)

    def kept(self) -> list[QuestionRow]:
        """Return the questions that there are to be."""
        return [each for each in self.questions if not each.is_removed and not each.is_empty]

    def wanted(self) -> Questions:
        """Return the questions as the engine's own reader judges them. Raises NotToChange, with its sentence."""
        table = {"share": self.share.strip(), "questions": [_table(each) for each in self.kept()]}
        try:
            return read_table(table)
        except SuiteError as problem:
            raise NotToChange(str(problem)) from problem

    def keys(self) -> list[Keys]:
        """Return which stored question and item each row is."""
        return [Keys(_key(each.key), tuple(_key(item.key) for item in each.kept_items())) for each in self.kept()]

    def with_room(self, *, for_a_question: bool = False) -> "Sheet":
        """Return it with empty rows to type into."""
        if (for_a_question or not self.questions) and len(self.questions) < MOST_QUESTIONS:
            self.questions.append(QuestionRow())
        for each in self.questions:
            empty = sum(item.is_empty for item in each.items)
            room = min(EMPTY_ITEMS, MOST_ITEMS - len(each.kept_items()))
            each.items += [ItemRow() for _ in range(room - empty)]
        return self


def _key(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= KEY_DIGITS else None


def _table(row: QuestionRow) -> dict[str, Any]:
    items = [{"text": each.text, "points": each.points.strip() or "nothing"} for each in row.kept_items()]
    return {
        "title": row.title,
        "text": row.text,
        "guide": row.guide,
        "points": row.points.strip(),
        "answers": [line.strip() for line in row.answers.splitlines() if line.strip()],
        "marker": row.marker,
        "starts": "full" if row.starts_full else "zero",
        "one_item": row.one_item,
        "items": items,
    }


def of_part(part: ManualPart) -> Sheet:
    """Return the form of what is stored."""
    rows = part.questions.prefetch_related("items", "saved_comments")
    return Sheet(points_text(part.share_percent), part.is_blind, [_stored(each) for each in rows])


def _stored(question: Question) -> QuestionRow:
    return QuestionRow(
        key=str(question.pk),
        title=question.title,
        text=question.text,
        guide=question.guide,
        points=points_text(question.points),
        answers=question.answer_paths,
        marker=question.answer_marker,
        starts_full=question.starts_full,
        one_item=question.takes_one_item,
        items=[ItemRow(str(each.pk), each.text, points_text(each.points)) for each in question.items.all()],
        comments=[CommentRow(str(each.pk), each.text) for each in question.saved_comments.all()],
    )


def of_questions(wanted: Questions) -> Sheet:
    """Return the form of questions that are stored nowhere, such as those beside a suite."""
    rows = [
        QuestionRow(
            title=each.title,
            text=each.text,
            guide=each.guide,
            points=points_text(each.points),
            answers="\n".join(each.answers),
            marker=each.marker,
            starts_full=each.starts_full,
            one_item=each.takes_one_item,
            items=[ItemRow("", item.text, points_text(item.points)) for item in each.items],
        )
        for each in wanted.questions
    ]
    return Sheet(points_text(wanted.share), True, rows)


def of_post(data: QueryDict) -> Sheet:
    """Return the form as it was typed; what cannot be read is judged when it is asked what is wanted."""
    rows = [_typed(data, f"q{number}-") for number in _places(data, "q{}-title", MOST_QUESTIONS)]
    return Sheet(data.get("share", ""), "is_blind" in data, rows)


def _places(data: QueryDict, name: str, most: int) -> Iterator[int]:
    """Yield the numbers of rows that were posted."""
    return (number for number in range(most) if name.format(number) in data)


def _typed(data: QueryDict, prefix: str) -> QuestionRow:
    def text(name: str) -> str:
        return data.get(f"{prefix}{name}", "")

    return QuestionRow(
        key=text("key"),
        title=text("title"),
        text=text("text"),
        guide=text("guide"),
        points=text("points"),
        answers=text("answers"),
        marker=text("marker"),
        starts_full=bool(text("starts_full")),
        one_item=bool(text("one_item")),
        is_removed=bool(text("removed")),
        items=[_typed_item(text, f"i{place}-") for place in _places(data, f"{prefix}i{{}}-text", 2 * MOST_ITEMS)],
        comments=[
            CommentRow(key, text(f"comment-{key}"), bool(text(f"uncomment-{key}")))
            for key in data.getlist(f"{prefix}comments")
        ],
        new_comment=text("new_comment"),
    )


def _typed_item(text: Callable[[str], str], prefix: str) -> ItemRow:
    return ItemRow(text(f"{prefix}key"), text(f"{prefix}text"), text(f"{prefix}points"), bool(text(f"{prefix}removed")))
