"""How what came back relates to what was expected, where both are numbers: the one thing about numbers that a mistake fixes.

A forgotten sign gives the negative whatever the inputs, a lost factor the half: students of one mistake share it.
"""

import math
import re

_FIRST = re.compile(r"^  first: .*expected (\S+), got (\S+)$", re.MULTILINE)
_CLOSE = 1e-3


def relation(message: str) -> str:
    """Return a word for how the first wrong number relates to the expected one; empty if there is nothing to say."""
    found = _FIRST.search(message)
    if found is None:
        return ""
    try:
        expected, got = float(found[1]), float(found[2])
    except ValueError:
        return ""
    if not (math.isfinite(expected) and math.isfinite(got)):
        return "finite" if math.isfinite(got) else "not finite"
    if got == 0:
        return "zero"
    if math.isclose(got, -expected, rel_tol=_CLOSE):
        return "negated"
    return ""
