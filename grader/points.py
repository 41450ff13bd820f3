"""Points as people and other systems read them: two decimals, a half to the even one. The one place that rounds a grade.

Points are computed exactly, as Decimal, from what the judge reported to the last edge: a page, a file, an LMS. Only there
they are rounded, once, and by these functions alone: half to even, so that the rounded grades of many lie neither above nor
below the exact ones on the whole (IEEE 754, roundTiesToEven). Side: any.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal

HUNDREDTH = Decimal("0.01")
#: What a division leaves behind, far below the smallest distance that points can have from a half: a third of 8.50, less 97 %,
#: is 0.085, but 0.08499999999999999999999999999 in the 28 digits of a Decimal.
_BELOW_ANY_GRADE = Decimal("1e-18")
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)


def round_points(points: Decimal) -> Decimal:
    """Return points in two decimals; what lies half-way goes to the even one, 0.125 to 0.12 and 0.375 to 0.38."""
    exact = points.quantize(_BELOW_ANY_GRADE, context=_WIDE)
    return exact.quantize(HUNDREDTH, context=_WIDE) + 0  # no zero has a sign


def in_points(points: Decimal | float) -> str:
    """Return points with their noun, in English: `1 point` or `0.5 points`."""
    text = points_text(points)
    return f"{text} {'point' if text == '1' else 'points'}"


def out_of(points: Decimal | float, most: Decimal | float) -> str:
    """Return points beside their maximum, in English: `0.5 of 1 point` or `85 of 100 points`."""
    return f"{points_text(points)} of {in_points(most)}"


def points_text(points: Decimal | float, decimal_mark: str = ".") -> str:
    """Return points as they are read: in at most two decimals, without zeros at the end."""
    exact = points if isinstance(points, Decimal) else Decimal(repr(float(points)))
    text = f"{round_points(exact):f}".rstrip("0").rstrip(".")
    return text.replace(".", decimal_mark)
