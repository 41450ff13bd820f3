"""A suite's questions that people grade: `questions.toml` beside the suite, or the same text typed on a page. Side: service.

Read once and checked at the edge; what is wrong with it is one sentence. It is no part of what the judge is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from grader.errors import SuiteError
from grader.suite.toml_text import read_toml

QUESTIONS = "questions.toml"
MOST_QUESTIONS, MOST_ITEMS, MOST_POINTS = 20, 9, Decimal(1000)  # nine items: one key each
TEXT_CHARACTERS, NAME_CHARACTERS = 4_000, 200
_FILE_KEYS = {"share", "answers", "rubric", "questions"}
_QUESTION_KEYS = {"title", "text", "guide", "points", "marker", "answers", "starts", "one_item", "items"}
_ITEM_KEYS = {"text", "points"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that an answer can show or lack; points below 0 are a deduction."""

    text: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `answers`: patterns of the files that may hold the answer; `guide`: for who grades."""

    title: str
    text: str
    guide: str
    points: Decimal
    marker: str
    answers: tuple[str, ...]
    starts_full: bool
    takes_one_item: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """All questions of an assignment, and what percentage of its points they are."""

    share: Decimal
    questions: tuple[Question, ...]


def read_questions(text: str) -> Questions:
    """Return what a text in the format of `questions.toml` holds. Raises SuiteError, whose text is a sentence."""
    try:
        table = read_toml(text)
    except ValueError as problem:  # no TOML, or a number of thousands of digits
        raise SuiteError(f"The questions are not valid TOML: {problem}.") from problem
    return read_table(table)


def read_table(table: Mapping[str, Any]) -> Questions:
    """Return what a table of the same keys holds, wherever it comes from. Raises SuiteError, whose text is a sentence."""
    _known(table, _FILE_KEYS, "The file")
    share = _number(table.get("share", 30), "share")
    if not 0 < share <= 100:
        raise SuiteError(f"share is {share}: a percentage above 0, and 100 at most, is meant.")
    rows = _tables(table.get("questions", []), "questions")
    if not 1 <= len(rows) <= MOST_QUESTIONS:
        raise SuiteError(f"There are {len(rows)} questions: from 1 to {MOST_QUESTIONS} can be graded.")
    common = _items(table.get("rubric", []), "rubric")
    answers = _patterns(table.get("answers", []), "answers")
    return Questions(share, tuple(_question(row, n, common, answers) for n, row in enumerate(rows, 1)))


def _question(row: dict[str, Any], number: int, common: tuple[Item, ...], answers: tuple[str, ...]) -> Question:
    name = f"Question {number}"
    _known(row, _QUESTION_KEYS, name)
    points = _number(row.get("points", 10), f"points of question {number}")
    if points <= 0:
        raise SuiteError(f"{name} is out of {points} points: more than 0 are needed.")
    starts = row.get("starts", "zero")
    if starts not in ("zero", "full"):
        raise SuiteError(f'{name} starts at {starts!r}: "zero" or "full" is meant.')
    own = _items(row["items"], name) if "items" in row else common
    if not own:
        raise SuiteError(f"{name} has no items, and the file no rubric for all: add one.")
    return Question(
        title=_text(row, "title", name, NAME_CHARACTERS) or name,
        text=_text(row, "text", name, TEXT_CHARACTERS),
        guide=_text(row, "guide", name, TEXT_CHARACTERS),
        points=points,
        marker=_text(row, "marker", name, NAME_CHARACTERS),
        answers=_patterns(row["answers"], name) if "answers" in row else answers,
        starts_full=starts == "full",
        takes_one_item=_flag(row.get("one_item", False), name),
        items=own,
    )


def _items(value: Any, name: str) -> tuple[Item, ...]:
    rows = _tables(value, name)
    if len(rows) > MOST_ITEMS:
        raise SuiteError(f"{name} has {len(rows)} items; {MOST_ITEMS} have a key.")
    found = []
    for row in rows:
        _known(row, _ITEM_KEYS, f"An item of {name}")
        text = _text(row, "text", f"an item of {name}", NAME_CHARACTERS)
        if not text:
            raise SuiteError(f"An item of {name} has no text.")
        found.append(Item(text, _number(row.get("points"), f"points of {text!r}")))
    return tuple(found)


def _tables(value: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise SuiteError(f"{name} must be a list of tables.")
    return value


def _known(table: Mapping[str, Any], known: set[str], name: str) -> None:
    if unknown := sorted(set(table) - known):
        raise SuiteError(f"{name} has {unknown[0]!r}, which means nothing; known are {', '.join(sorted(known))}.")


def _text(row: Mapping[str, Any], key: str, name: str, most: int) -> str:
    value = row.get(key, "")
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        raise SuiteError(f"{key} of {name} must be a text of at most {most} characters.")
    return value.strip()


def _patterns(value: Any, name: str) -> tuple[str, ...]:
    many = [value] if isinstance(value, str) else value
    if not isinstance(many, list) or not all(isinstance(each, str) and 0 < len(each) <= 200 for each in many):
        raise SuiteError(f"The files with the answers of {name} must be a list of patterns, such as ANSWERS.md.")
    return tuple(many)


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise SuiteError(f"one_item of {name} is true or false.")
    return value


def _number(value: Any, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise SuiteError(f"{name} must be a number.")
    try:
        found = Decimal(str(value))
    except InvalidOperation as problem:
        raise SuiteError(f"{name} is {value!r}, and must be a number.") from problem
    if not found.is_finite() or abs(found) > MOST_POINTS or found != round(found, 2):
        raise SuiteError(f"{name} is {value}: at most {MOST_POINTS} in two decimals is meant.")
    return found
