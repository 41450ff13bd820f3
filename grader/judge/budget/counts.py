"""What a candidate says it did inside Python, beside its yardstick: advice for the report, and never points. Side: judge.

A number that a candidate supplied is shown as a power of ten only.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Kind of an advisory budget -> what it counts, in words.
COUNTED = {"calls": "calls of Python functions", "lines": "lines of Python", "allocated": "bytes held at once"}
MANY = 4.0  # times the yardstick's: enough to be worth a hint
MOST = 2**53  # beyond it a count is a lie
FEW = 100  # of anything: below this a multiple says nothing


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one call: Python functions called, lines run, and the most bytes held at once, as the process itself says."""

    calls: int
    lines: int
    allocated: int

    @classmethod
    def of(cls, reply: Any) -> tuple[Any, "Counts"]:
        """Return the answer and its counts; raises AssertionError for a reply that is not one."""
        if (
            type(reply) is not list
            or len(reply) != 4
            or any(type(n) is not int or not 0 <= n <= MOST for n in reply[1:])
        ):
            raise AssertionError("The counted call did not return its counts.")
        return reply[0], cls(*reply[1:])

    def figure(self, kind: str, other: "Counts", limit: float, yardstick: str) -> dict[str, Any]:
        """Return the row of an advisory budget for the report; it says "advice" where the limit is passed."""
        mine, theirs = getattr(self, kind), getattr(other, kind)
        is_advice = mine > limit * max(theirs, 1) and mine > FEW
        shown = rounded(mine)
        ratio = round(shown / max(theirs, 1), 4)
        ratio = max(ratio, limit) if is_advice else min(ratio, limit)
        return {
            "estimate": ratio,
            "low": ratio,
            "high": ratio,
            "limit": limit,
            "pairs": 1,
            "standing": "advice" if is_advice else "within",
            "yardstick": yardstick,
            "counted": [shown, theirs],
        }

    def hint(self, other: "Counts", yardstick: str) -> str:
        """Return a sentence on where the cost comes from, or nothing where the counts do not tell."""
        if self.lines > max(FEW, MANY * other.lines):
            return (
                f" One call ran about {rounded(self.lines):,} lines of your Python code and {yardstick} {other.lines:,} "
                "(counted inside your own process, so only a hint)."
            )
        return ""


def rounded(count: int) -> int:
    """Return the nearest power of ten, or 0: a candidate says the number, and could say anything with its digits."""
    return 10 ** round(math.log10(count)) if count > 0 else 0


def hint(
    mine: Callable[[], Counts], theirs: Callable[[], Counts], yardstick: str, errors: tuple[type[BaseException], ...]
) -> str:
    """Return a hint from counts that may not be had: whatever goes wrong while counting, the verdict stands without it."""
    try:
        return mine().hint(theirs(), yardstick)
    except errors:
        return ""
