"""A budget as a small picture: where everything goes on a logarithmic line, and the sentence beside it. Side: any.

Geometry and words only, as plain numbers and text: whoever renders escapes and draws. Nothing in a figure that is not
finite or not positive is drawn.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.judge.budget.counts import COUNTED, rounded

WIDTH, HEIGHT, MARGIN = 360, 54, 12
ALIKE = 1.15  # nearer to the yardstick than this is as fast as it
SMALLEST = 1e-3
UNITS = {"cpu": "CPU time", "memory": "peak memory", "wall": "time", "scaling": "growth", **COUNTED}


@dataclass(frozen=True, slots=True)
class Picture:
    """One budget: x positions in a picture of WIDTH by HEIGHT, and the words for it."""

    kind: str
    sentence: str
    is_over: bool
    estimate_x: float
    low_x: float
    high_x: float
    limit_x: float
    one_x: float | None  # the yardstick itself; None for a growth, which has none
    ticks: tuple[tuple[float, str], ...]
    others: tuple[float, ...]  # where the class stands


def pictures(figures: dict[str, Any] | None, others: Mapping[str, Iterable[float]] | None = None) -> list[Picture]:
    """Return a picture for each measured kind of a check's `budget`; `others` holds the class's estimates by kind."""
    return [
        _picture(kind, row, (others or {}).get(kind, ()))
        for kind, row in (figures or {}).items()
        if _is_drawn(kind, row)
    ]


def _is_drawn(kind: str, row: Any) -> bool:
    if kind not in UNITS or not isinstance(row, dict):
        return False
    numbers = [row.get(name) for name in ("estimate", "low", "high", "limit")]
    return all(isinstance(n, (int, float)) and math.isfinite(n) for n in numbers) and row["limit"] > 0


def _picture(kind: str, row: dict[str, Any], others: Iterable[float]) -> Picture:
    low, high, limit = max(row["low"], SMALLEST), max(row["high"], SMALLEST), row["limit"]
    estimate = max(row["estimate"], SMALLEST)
    least = min(1.0, estimate, limit) / 1.5
    most = max(1.0, estimate, limit) * 1.5
    span = math.log(most / least)

    def x(value: float) -> float:
        share = math.log(min(max(value, least), most) / least) / span
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    return Picture(
        kind=kind,
        sentence=sentence(kind, row),
        is_over=row.get("standing") == "over",
        estimate_x=x(estimate),
        low_x=x(low),
        high_x=x(high),
        limit_x=x(limit),
        one_x=None if kind == "scaling" else x(1.0),
        ticks=tuple((x(value), f"{value:g}") for value in _ticks(least, most)),
        others=tuple(x(value) for value in others if value > 0),
    )


def _ticks(least: float, most: float) -> list[float]:
    """Return round numbers inside the range, at most eight."""
    steps = [digit * 10.0**power for power in range(-3, 6) for digit in (1, 2, 5)]
    inside = [value for value in steps if least <= value <= most]
    return inside if len(inside) <= 8 else [value for value in inside if f"{value:e}"[0] == "1"][:8]


def sentence(kind: str, row: dict[str, Any]) -> str:
    """Return the figures of one budget in words."""
    if kind == "scaling":
        name = row.get("yardstick") or "n"
        between = f"between {row['low']:.2f} and {row['high']:.2f}"
        text = f"Time grows as {name}^{row['estimate']:.2f} ({between}); at most {name}^{row['limit']:g} is asked."
    elif kind in COUNTED:
        yardstick, (mine, theirs) = row.get("yardstick") or "the reference", row.get("counted") or (0, 0)
        text = (
            f"One call needs about {rounded(mine):,} {COUNTED[kind]}, {yardstick} {theirs:,}. Counted inside your own process: "
            f"advice above {row['limit']:g} times, and no points."
        )
    else:
        text = f"{_beside(kind, row)}; at most {row['limit']:g} times is allowed."
    return text + (" Too close to call, so it passes." if row.get("standing") == "too close to call" else "")


def _beside(kind: str, row: dict[str, Any]) -> str:
    """Return a ratio in words: `about 100 times faster than the reference (75 to 200 times)`."""
    estimate, low, high = (max(row[name], SMALLEST) for name in ("estimate", "low", "high"))
    yardstick = row.get("yardstick") or "the reference"
    if estimate > ALIKE:
        between = f"{_times(low)} to {_times(high)}"
        return f"About {_times(estimate)} times the {UNITS[kind]} of {yardstick} ({between})"
    if estimate * ALIKE >= 1:
        between = f"{_times(low)} to {_times(high)} times its {UNITS[kind]}"
        return f"About as {'large' if kind == 'memory' else 'fast'} as {yardstick} ({between})"
    between = f"{_times(1 / high)} to {_times(1 / low)} times"
    return (
        f"About {_times(1 / estimate)} times {'smaller' if kind == 'memory' else 'faster'} than {yardstick} ({between})"
    )


def _times(ratio: float) -> str:
    """Return a ratio with as many digits as one can believe."""
    return f"{ratio:,.0f}" if ratio >= 9.5 else f"{ratio:.1f}" if ratio >= 0.95 else f"{ratio:.2f}"
