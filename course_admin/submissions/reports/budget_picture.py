"""A budget as a small picture: where everything goes on a logarithmic line, and the sentence beside it. Side: any.

Geometry and words only, as plain numbers and text: whoever renders escapes and draws. Nothing in a figure that is not
finite or not positive is drawn.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from course_admin.pages.numbers import figure, short_figure
from grader.judge.budget.counts import COUNTED, rounded

WIDTH, HEIGHT, MARGIN = 360, 54, 12
ALIKE = 1.15  # nearer to the yardstick than this is as fast as it
SMALLEST = 1e-3
#: What the judge calls a yardstick that no suite named.
REFERENCE = gettext_noop("the reference")
YARDSTICKS = (REFERENCE, gettext_noop("the yardstick"), gettext_noop("your other version"))
#: Of a ratio: what it says when it is above that of the yardstick, near it, and below.
RATIOS = {
    "cpu": (
        _("About {times} times the CPU time of {yardstick} ({low} to {high})"),
        _("About as fast as {yardstick} ({low} to {high} times its CPU time)"),
        _("About {times} times faster than {yardstick} ({low} to {high} times)"),
    ),
    "memory": (
        _("About {times} times the peak memory of {yardstick} ({low} to {high})"),
        _("About as large as {yardstick} ({low} to {high} times its peak memory)"),
        _("About {times} times smaller than {yardstick} ({low} to {high} times)"),
    ),
    "wall": (
        _("About {times} times the time of {yardstick} ({low} to {high})"),
        _("About as fast as {yardstick} ({low} to {high} times its time)"),
        _("About {times} times faster than {yardstick} ({low} to {high} times)"),
    ),
}
SCALING = _("Time grows as {name}^{estimate} (between {low} and {high}); at most {name}^{limit} is asked.")
#: Of what is counted: what one call needs.
COUNTS = {
    "calls": ngettext_lazy(
        "One call needs about {mine} call of a Python function, {yardstick} {theirs}.",
        "One call needs about {mine} calls of Python functions, {yardstick} {theirs}.",
        "number",
    ),
    "lines": ngettext_lazy(
        "One call needs about {mine} line of Python, {yardstick} {theirs}.",
        "One call needs about {mine} lines of Python, {yardstick} {theirs}.",
        "number",
    ),
    "allocated": ngettext_lazy(
        "One call needs about {mine} byte held at once, {yardstick} {theirs}.",
        "One call needs about {mine} bytes held at once, {yardstick} {theirs}.",
        "number",
    ),
}
ADVICE = _(" Counted inside your own process: advice above {limit} times, and no points.")
KINDS = {*RATIOS, "scaling", *COUNTED}


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
    if kind not in KINDS or not isinstance(row, dict):
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
        ticks=tuple((x(value), short_figure(value)) for value in _ticks(least, most)),
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
        text = SCALING.format(
            name=row.get("yardstick") or "n",
            estimate=figure(row["estimate"], 2),
            low=figure(row["low"], 2),
            high=figure(row["high"], 2),
            limit=short_figure(row["limit"]),
        )
    elif kind in COUNTED:
        mine, theirs = row.get("counted") or (0, 0)
        text = COUNTS[kind].format(
            number=rounded(mine),
            mine=figure(rounded(mine), 0),
            yardstick=_yardstick(row),
            theirs=figure(theirs, 0),
        ) + ADVICE.format(limit=short_figure(row["limit"]))
    else:
        allowed = gettext("at most {limit} times is allowed.").format(limit=short_figure(row["limit"]))
        text = f"{_beside(kind, row)}; {allowed}"
    is_close = row.get("standing") == "too close to call"
    return f"{text} {gettext('Too close to call, so it passes.')}" if is_close else text


def _beside(kind: str, row: dict[str, Any]) -> str:
    """Return a ratio in words: `about 100 times faster than the reference (75 to 200 times)`."""
    estimate, low, high = (max(row[name], SMALLEST) for name in ("estimate", "low", "high"))
    more, alike, less = RATIOS[kind]
    named = {"yardstick": _yardstick(row)}
    if estimate * ALIKE < 1:
        return less.format(times=_times(1 / estimate), low=_times(1 / high), high=_times(1 / low), **named)
    words = more if estimate > ALIKE else alike
    return words.format(times=_times(estimate), low=_times(low), high=_times(high), **named)


def _yardstick(row: dict[str, Any]) -> str:
    name = str(row.get("yardstick") or REFERENCE)
    return gettext(name) if name in YARDSTICKS else name


def _times(ratio: float) -> str:
    """Return a ratio with as many digits as one can believe."""
    return figure(ratio, 0 if ratio >= 9.5 else 1 if ratio >= 0.95 else 2)
