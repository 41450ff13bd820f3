"""An assignment's questions as text in the format of `questions.toml`, which the suite has beside it and staff may change."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from course_admin.assignments.models import Assignment
from course_admin.manual_grading.models import ManualPart, Question
from grader.points import points_text
from grader.suite.questions import QUESTIONS


def suite_text(assignment: Assignment) -> str:
    """Return the questions that lie beside an assignment's suite; empty if there are none."""
    name = assignment.suite.name if assignment.suite else ""
    path = Path(settings.ASSAY_SUITES) / name / QUESTIONS
    return path.read_text(encoding="utf-8") if name and path.is_file() else ""


def part_text(part: ManualPart) -> str:
    """Return the questions of a manual part as they are now."""
    return "\n".join([f"share = {_number(part.share_percent)}", *_questions(part)]) + "\n"


def _questions(part: ManualPart) -> Iterator[str]:
    for question in part.questions.prefetch_related("items"):
        yield ""
        yield "[[questions]]"
        yield from _fields(question)
        for item in question.items.all():
            yield f"[[questions.items]]\npoints = {_number(item.points)}\ntext = {_quoted(item.text)}"


def _fields(question: Question) -> Iterator[str]:
    yield f"title = {_quoted(question.title)}"
    for name, value in (("text", question.text), ("guide", question.guide), ("marker", question.answer_marker)):
        if value:
            yield f"{name} = {_quoted(value)}"
    yield f"points = {_number(question.points)}"
    yield f"answers = {json.dumps(question.answer_paths.splitlines(), ensure_ascii=False)}"
    if question.starts_full:
        yield 'starts = "full"'
    if question.takes_one_item:
        yield "one_item = true"


def _quoted(text: str) -> str:
    """Return a text as TOML's basic string, of which JSON's is a part but for the sign DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _number(value: Decimal) -> str:
    return points_text(value)
