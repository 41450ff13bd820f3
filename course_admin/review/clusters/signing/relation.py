"""How what came back relates to what was expected, where both are numbers: the one thing about numbers that a mistake fixes.

A forgotten sign gives the negative whatever the inputs, a lost factor the half: students of one mistake share it.
"""

import math
import re
from fractions import Fraction

_FIRST = re.compile(r"^  first: .*expected (\S+), got (\S+)$", re.MULTILINE)
_CLOSE = 1e-3
#: A factor of small numbers, such as the size of a batch that nothing was divided by: seldom met by chance so closely.
_SMALL, _VERY_CLOSE = 16, 3e-5


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
    return _factor(expected, got)


def _factor(expected: float, got: float) -> str:
    """Return the words of a simple factor between two numbers; empty for whole numbers, which have one by chance."""
    if expected == 0 or (expected.is_integer() and got.is_integer()):
        return ""
    factor = Fraction(got / expected).limit_denominator(_SMALL)
    is_simple = 0 < abs(factor.numerator) <= _SMALL and factor != 1
    return f"times {factor}" if is_simple and math.isclose(got, expected * factor, rel_tol=_VERY_CLOSE) else ""
