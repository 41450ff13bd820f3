"""How what came back relates to what was expected, where both are numbers: the one thing about numbers that a mistake fixes.

A forgotten sign gives the negative whatever the inputs, a lost factor the half, memory that is shared one value everywhere:
students of one mistake share it.
"""

import math
import re
from collections.abc import Callable
from fractions import Fraction

Pair = tuple[float, float]  # expected, got

_FIRST = re.compile(r"^  first: .*expected (\S+), got (\S+)$", re.MULTILINE)
#: Two arrays as a comparison shows them: dtype and shape, then their elements, of a large one the first and last.
_ARRAYS = re.compile(
    r"^  expected:  \w+ \([^)\n]*\)\s*(\[.*?)\n  got:  \s*\w+ \([^)\n]*\)\s*(\[.*?)(?=\n  \w+: |\nLast calls: |\Z)",
    re.MULTILINE | re.DOTALL,
)
_ELEMENT = re.compile(r"[^\s,\[\]]+")
_CLOSE = 1e-3
ZERO, ONE_VALUE = "zero", "one value"
FEWEST_OF_A_SIGN = 4  # fewer numbers have one sign by chance as well
#: A factor of small numbers, such as the size of a batch that nothing was divided by: seldom met by chance so closely.
_SMALL, _VERY_CLOSE = 16, 3e-5


#: What one wrong number can be to the expected one, the first that holds.
_WORDS: tuple[tuple[str, Callable[[float, float], bool]], ...] = (
    ("finite", lambda expected, got: math.isfinite(got) and not math.isfinite(expected)),
    ("not finite", lambda expected, got: not math.isfinite(got)),
    (ZERO, lambda expected, got: got == 0),
    ("negated", lambda expected, got: math.isclose(got, -expected, rel_tol=_CLOSE)),
)


def relation(message: str) -> str:
    """Return words for how the numbers that came back relate to the expected ones; empty if there is nothing to say."""
    pairs = _pairs(message)
    wrong = [each for each in pairs if not _is_close(*each)]
    if not wrong and (first := _FIRST.search(message)) is not None:
        wrong = [pair for pair in [_pair(first[1], first[2])] if pair]
    of_wrong, of_all = _of_wrong(wrong), _of_all(pairs)
    if of_wrong == ZERO and of_all == ONE_VALUE:  # what is expected of few elements may be one value, too
        return ZERO
    return " ".join(filter(None, [of_wrong, of_all]))


def _pairs(message: str) -> list[Pair]:
    """Return the elements of both arrays beside each other, as far as both are shown; none if they are no numbers."""
    found = _ARRAYS.search(message)
    if found is None:
        return []
    expected, got = (_ELEMENT.findall(block) for block in found.groups())
    if len(expected) != len(got):
        return []
    pairs = [_pair(one, other) for one, other in zip(expected, got, strict=True) if "..." not in (one, other)]
    return [] if None in pairs else [each for each in pairs if each]


def _pair(expected: str, got: str) -> Pair | None:
    try:
        return float(expected), float(got)
    except ValueError:
        return None


def _is_close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_CLOSE) or (math.isnan(one) and math.isnan(other))


def _of_wrong(pairs: list[Pair]) -> str:
    """Return a word for what holds of every wrong element; what holds of the first alone, other inputs change."""
    if not pairs:
        return ""
    return next((word for word, holds in _WORDS if all(holds(*each) for each in pairs)), "") or _factor(pairs)


def _of_all(pairs: list[Pair]) -> str:
    """Return a word for what all elements that came back have in common, and the expected ones have not."""
    expected, got = [one for one, _ in pairs], [other for _, other in pairs]
    if not all(math.isfinite(each) for each in [*expected, *got]):
        return ""
    if len(pairs) > 1 and _is_one_value(got) and not _is_one_value(expected):
        return ONE_VALUE
    if len(got) < FEWEST_OF_A_SIGN:
        return ""
    return "one sign" if _has_both_signs(expected) and not _has_both_signs(got) else ""


def _is_one_value(numbers: list[float]) -> bool:
    return all(_is_close(each, numbers[0]) for each in numbers)


def _has_both_signs(numbers: list[float]) -> bool:
    return bool(numbers) and min(numbers) < 0 < max(numbers)


def _factor(pairs: list[Pair]) -> str:
    """Return the words of a simple factor between wrong numbers; empty for whole ones, which have one by chance."""
    expected, got = max(pairs, key=lambda pair: abs(pair[0]) if math.isfinite(pair[0]) else math.inf)
    is_whole = expected.is_integer() and got.is_integer()
    if expected == 0 or is_whole or not (math.isfinite(expected) and math.isfinite(got)):
        return ""
    factor = Fraction(got / expected).limit_denominator(_SMALL)
    is_simple = 0 < abs(factor.numerator) <= _SMALL and factor != 1
    if not is_simple or not math.isclose(got, expected * factor, rel_tol=_VERY_CLOSE):
        return ""
    slack = abs(got) * _VERY_CLOSE  # small numbers are shown with fewer digits
    is_of_all = all(math.isclose(each, one * factor, rel_tol=_CLOSE, abs_tol=slack) for one, each in pairs)
    return f"times {factor}" if is_of_all else ""
