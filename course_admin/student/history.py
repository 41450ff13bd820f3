"""A student's attempts of one assignment over time: a line of scores, and a row for each."""

import math
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from course_admin.pages.numbers import points_in_words
from course_admin.student.cards import Card
from course_admin.submissions.models import Attempt, Run

WIDTH, HEIGHT, MARGIN = 560, 130, 26
LABELS = 10  # that stand beside each other


@dataclass(frozen=True, slots=True)
class Line:
    """One attempt: what its newest graded run gave, on the assignment's own scale, and whether the grade comes from it."""

    attempt: Attempt
    run: Run | None
    points: Decimal | None
    counts: bool
    before: Attempt | None  # the one before it, to be compared with

    @property
    def state(self) -> str:
        """Where its run stands, in the words of the assignment's card."""
        if self.run is None:
            return ""
        return self.run.state_words


@dataclass(frozen=True, slots=True)
class Dot:
    """One score in the picture."""

    x: float
    y: float
    label: str  # "": too many stand beside it
    points: str
    counts: bool

    @property
    def points_y(self) -> float:
        """Where its points stand: above it."""
        return round(self.y - 10, 1)


@dataclass(frozen=True, slots=True)
class History:
    """All attempts, newest first, and the picture of their scores, oldest first."""

    lines: list[Line]
    dots: list[Dot]
    sentence: str
    width: int = WIDTH
    height: int = HEIGHT
    baseline: int = HEIGHT - MARGIN

    @property
    def path(self) -> str:
        """The points of the line through the scores."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


def history_of(card: Card) -> History:
    """Return the attempts of a card."""
    counted = card.row.judging.attempt_id if card.row.judging else None
    older = [*card.attempts[1:], None]
    lines = []
    for attempt, before in zip(card.attempts, older, strict=False):
        run = attempt.shown_run
        points = None
        if run is not None and run.is_graded:
            points = run.score * card.assignment.points / run.max_score if run.max_score else Decimal()
        lines.append(Line(attempt, run, points, attempt.pk == counted, before))
    scored = [line for line in reversed(lines) if line.points is not None]
    return History(lines, _dots(scored, card.assignment.points), _sentence(scored, card.assignment.points))


def _dots(scored: list[Line], most: Decimal) -> list[Dot]:
    if len(scored) < 2:
        return []
    step = (WIDTH - 2 * MARGIN) / (len(scored) - 1)
    apart = math.ceil(len(scored) / LABELS)
    found = []
    for place, line in enumerate(scored):
        share = float(line.points / most) if line.points is not None and most else 0.0
        y = HEIGHT - MARGIN - min(max(share, 0.0), 1.0) * (HEIGHT - 2 * MARGIN)
        is_labelled = place % apart == 0
        label = str(line.attempt.number) if is_labelled else ""
        points = points_in_words(line.points) if is_labelled and line.points is not None else ""
        found.append(Dot(round(MARGIN + place * step, 1), round(y, 1), label, points, line.counts))
    return found


def _sentence(scored: list[Line], most: Decimal) -> str:
    told = [
        gettext("attempt {number}: {points}").format(number=each.attempt.number, points=points_in_words(each.points))
        for each in scored
        if each.points is not None
    ]
    return gettext("Scores out of {most}: {scores}.").format(most=points_in_words(most), scores=", ".join(told))
