"""Bars as plain numbers: where each stands in a picture of WIDTH by HEIGHT. Whoever renders escapes and draws.

A picture never stands alone: its table says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from course_admin.pages.numbers import short_figure

WIDTH, HEIGHT, FOOT = 640, 180, 24
TOP = 18
LABELS = 12  # at most, below the bars


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, the words below it (some bars have none) and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    words: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars side by side, from the foot up."""

    title: str
    bars: list[Bar]
    most: float
    width: int = WIDTH
    height: int = HEIGHT
    foot: int = HEIGHT - FOOT


def bars(title: str, values: Sequence[tuple[str, float]], marked: int | None = None) -> Picture:
    """Return a picture of labelled values, which are not negative; one of them can be marked."""
    most = max((value for _, value in values), default=0.0)
    step = WIDTH / max(len(values), 1)
    every = -(-len(values) // LABELS) or 1
    space = HEIGHT - FOOT - TOP
    drawn = []
    for place, (label, value) in enumerate(values):
        height = space * value / most if most else 0.0
        drawn.append(
            Bar(
                x=round(place * step + 0.1 * step, 2),
                y=round(HEIGHT - FOOT - height, 2),
                width=round(0.8 * step, 2),
                height=round(height, 2),
                label=label if place % every == 0 else "",
                words=f"{label}: {short_figure(value)}",
                is_marked=place == marked,
            )
        )
    return Picture(title, drawn, most)
