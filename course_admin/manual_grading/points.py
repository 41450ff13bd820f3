"""What marks are worth, and how points by people and by the suite become one: the one rule, exact, rounded nowhere.

| | |
| --- | --- |
| an answer | 0, or full points, plus the points of the chosen items, plus the adjustment; never below 0 or above full points |
| the manual part | the sum of its answers, as a share of the sum of its questions |
| an attempt | (100 - share) % of its points by checks, plus share % of the assignment's points times that share |
| not graded by hand yet | the manual part gives nothing yet, and the grade says so |
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from course_admin.pages.numbers import points_in_words

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as points need it; `items`: the points of each by its key."""

    key: int
    points: Decimal
    starts_full: bool
    items: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class ByHand:
    """What of a student's points people give in one assignment; `points` of `most`, None while nobody gave any."""

    share_percent: Decimal
    most: Decimal
    points: Decimal | None


def points_of_answer(question: Asked, mark: Mapping[str, Any]) -> Decimal:
    """Return what the marks of one answer are worth; items that the rubric no longer has are worth nothing."""
    start = question.points if question.starts_full else Decimal()
    chosen = sum((question.items.get(key, Decimal()) for key in mark.get("items", ())), Decimal())
    found = start + chosen + Decimal(mark.get("adjustment") or "0")
    return min(max(found, Decimal()), question.points)


def points_of(questions: Iterable[Asked], marks: Mapping[str, Any]) -> Decimal:
    """Return what all marks of a grading are worth; a question without marks gives nothing."""
    return sum(
        (points_of_answer(each, marks[str(each.key)]) for each in questions if str(each.key) in marks), Decimal()
    )


def automatic_share(points: Decimal, by_hand: ByHand) -> Decimal:
    """Return what is left of points by checks beside a manual part."""
    return points * (HUNDRED - by_hand.share_percent) / HUNDRED


def manual_share(out_of: Decimal, by_hand: ByHand) -> Decimal:
    """Return what people gave, on the scale of an assignment that is out of so many points."""
    if by_hand.points is None or not by_hand.most:
        return Decimal()
    return out_of * by_hand.share_percent * by_hand.points / by_hand.most / HUNDRED


def combined(points: Decimal, out_of: Decimal, by_hand: ByHand) -> Decimal:
    """Return an attempt's points of both parts, before any lateness."""
    return automatic_share(points, by_hand) + manual_share(out_of, by_hand)


def parts(points: Decimal, out_of: Decimal, by_hand: ByHand) -> str:
    """Return both parts in words, such as `61.6 of 70 by checks, 20.4 of 30 by hand`."""
    most = out_of * by_hand.share_percent / HUNDRED
    checks = gettext("{points} of {most} by checks").format(
        points=points_in_words(automatic_share(points, by_hand)), most=points_in_words(out_of - most)
    )
    if by_hand.points is None:
        return gettext("{checks}, {most} more are given by hand and not yet").format(
            checks=checks, most=points_in_words(most)
        )
    return gettext("{checks}, {points} of {most} by hand").format(
        checks=checks, points=points_in_words(manual_share(out_of, by_hand)), most=points_in_words(most)
    )
