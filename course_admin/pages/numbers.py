"""Numbers as a page's reader writes them: with the decimal mark of the language in force. Files, interfaces and what is stored use
`grader.points` itself, whose mark is always the point."""

from decimal import Decimal

from django.utils.formats import get_format, number_format

from grader.points import points_text


def decimal_mark() -> str:
    """Return what stands before the decimals."""
    return str(get_format("DECIMAL_SEPARATOR"))


def points_in_words(points: Decimal | float) -> str:
    """Return points in at most two decimals, without zeros at the end."""
    return points_text(points, decimal_mark())


def figure(value: float, decimals: int) -> str:
    """Return a number with so many decimals, its thousands apart."""
    rounded = Decimal(f"{value:.{decimals}f}")  # Django cuts decimals off
    return str(number_format(rounded, decimals, use_l10n=True, force_grouping=True))


def short_figure(value: float) -> str:
    """Return a number with the digits that it needs, at most six."""
    return f"{value:g}".replace(".", decimal_mark())


def plural_number(value: Decimal) -> int:
    """Return the number that chooses a plural: a whole one as it is, any other as one that is not 1.

    Catalogues know plurals of whole numbers only.
    """
    return int(value) if value == int(value) else 2
