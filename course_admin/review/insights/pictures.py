"""Bars, and grids of counts, as plain numbers: where each stands in a picture. Whoever renders escapes and draws.

A picture never stands alone: its table says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from course_admin.pages.numbers import short_figure

WIDTH, HEIGHT, FOOT = 640, 180, 36  # the foot has two lines, for words that are wider than their bar
TOP = 18
LABELS = 12  # at most, below the bars
VALUED = 12  # bars at most that have their value above them
LETTER, LINE = 5.2, 13  # of a label, how wide and how high
LARGE_LETTER = 11  # on a phone, where words are drawn larger so that they can be read


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, the words below it (some bars have none) and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    label_y: int
    words: str
    value: str  # what stands above it; "" where many bars stand side by side
    is_marked: bool
    is_spare: bool = False  # its label is left out on a phone, where not all have room

    @property
    def value_y(self) -> float:
        """Where its value stands."""
        return round(self.y - 5, 2)

    @property
    def middle(self) -> float:
        """Where its middle is: a mark is seen there even of a bar without a height."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars side by side, from the foot up."""

    title: str
    bars: list[Bar]
    most: float
    scale: str  # what the highest line stands for; "" where each bar says its own value
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    foot: int = HEIGHT - FOOT


def bars(
    title: str, values: Sequence[tuple[str, float]], marked: int | None = None, most: float | None = None
) -> Picture:
    """Return a picture of labelled values, which are not negative; one of them can be marked.

    `most`: what is as high as the picture; else the largest of them is.
    """
    most = max((value for _, value in values), default=0.0) if most is None else most
    step = WIDTH / max(len(values), 1)
    every = -(-len(values) // LABELS) or 1
    space = HEIGHT - FOOT - TOP
    is_wide = any(len(label) * LETTER > every * step for label, _ in values)
    apart = -(-max((len(label) for label, _ in values), default=1) * LARGE_LETTER // (every * step))
    drawn = []
    for place, (label, value) in enumerate(values):
        height = space * value / most if most else 0.0
        is_spare = (place - (marked or 0)) // every % apart != 0 or place * step + len(label) * LARGE_LETTER > WIDTH
        drawn.append(
            Bar(
                x=round(place * step + 0.1 * step, 2),
                y=round(HEIGHT - FOOT - height, 2),
                width=round(0.8 * step, 2),
                height=round(height, 2),
                label=label if (place - (marked or 0)) % every == 0 else "",
                label_y=HEIGHT - FOOT + LINE * (1 + (place // every % 2 if is_wide else 0)),
                words=f"{label}: {short_figure(value)}",
                value=short_figure(value) if value and len(values) <= VALUED else "",
                is_marked=place == marked,
                is_spare=is_spare,
            )
        )
    return Picture(title, drawn, most, short_figure(most) if most and len(values) > VALUED else "")


NAME_WIDTH, ROW, HEAD, GAP = 90, 26, 22, 2
FAINTEST, STRONGEST = 0.06, 0.36  # so that a number can be read on either


@dataclass(frozen=True, slots=True)
class Cell:
    """One count; the stronger, the larger it is beside the others of its row."""

    x: float
    count: int
    opacity: float
    words: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One distribution: its name and its counts, from left to right."""

    y: int
    name: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    """Distributions below one another, by the same bins."""

    title: str
    columns: list[tuple[float, str]]
    rows: list[GridRow]
    cell_width: float
    row_height: int = ROW
    width: int = WIDTH

    @property
    def height(self) -> int:
        """How high it is."""
        return HEAD + ROW * len(self.rows)


def grid(title: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> Grid:
    """Return a picture of distributions, each a name and as many counts as there are columns."""
    width = round((WIDTH - NAME_WIDTH) / max(len(columns), 1), 2)
    places = [round(NAME_WIDTH + number * width, 2) for number in range(len(columns))]
    drawn = []
    for place, (name, counts) in enumerate(rows):
        all_of_it = sum(counts) or 1
        cells = [
            Cell(x, count, round(FAINTEST + (STRONGEST - FAINTEST) * count / all_of_it, 3), f"{name}, {words}: {count}")
            for x, count, words in zip(places, counts, columns, strict=True)
        ]
        drawn.append(GridRow(HEAD + place * ROW, name, cells))
    return Grid(title, list(zip(places, columns, strict=True)), drawn, round(width - GAP, 2))
