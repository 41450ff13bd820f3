"""Points as people and other systems read them: two decimals, a half up. The one place that rounds a grade.

Points are computed exactly, as Decimal, from what the judge reported to the last edge: a page, a file, an LMS. Only there
they are rounded, once, and by these functions alone. Side: any.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

HUNDREDTH = Decimal("0.01")
#: What a division leaves behind, far below the smallest distance that points can have from a half: a third of 8.50, less 97 %,
#: is 0.085, but 0.08499999999999999999999999999 in the 28 digits of a Decimal.
_BELOW_ANY_GRADE = Decimal("1e-18")
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def round_points(points: Decimal) -> Decimal:
    """Return points in two decimals, a half up."""
    exact = points.quantize(_BELOW_ANY_GRADE, context=_WIDE)
    return exact.quantize(HUNDREDTH, context=_WIDE)


def in_points(points: Decimal | float) -> str:
    """Return points with their noun, in English: `1 point` or `0.5 points`."""
    return f"{points_text(points)} {'point' if points == 1 else 'points'}"


def out_of(points: Decimal | float, most: Decimal | float) -> str:
    """Return points beside their maximum, in English: `0.5 of 1 point` or `85 of 100 points`."""
    return f"{points_text(points)} of {in_points(most)}"


def points_text(points: Decimal | float, decimal_mark: str = ".") -> str:
    """Return points as they are read: in at most two decimals, without zeros at the end."""
    exact = points if isinstance(points, Decimal) else Decimal(repr(float(points)))
    text = f"{round_points(exact):f}".rstrip("0").rstrip(".")
    return text.replace(".", decimal_mark)
