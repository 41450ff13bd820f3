"""A field for a number with decimals: typed with a comma or a point, shown with the mark of the language in force.

A browser's own field for numbers takes one mark, whichever its own language has, and says nothing of what it left out.
"""

from decimal import Decimal
from typing import Any

from django import forms

from course_admin.pages.numbers import decimal_mark


class TypedDecimalField(forms.DecimalField):
    """A number with decimals, as a person types it: no mark parts its thousands, so a comma or a point is the decimal mark."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:
        """Return the number. Raises ValidationError if there is none."""
        return super().to_python(
            value.replace(",", ".").replace("\N{MINUS SIGN}", "-") if isinstance(value, str) else value
        )

    def prepare_value(self, value: Any) -> Any:
        """Return a stored number as its reader writes it; what was typed stays."""
        return f"{value:f}".replace(".", decimal_mark()) if isinstance(value, Decimal) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Have a telephone show the keys of numbers."""
        return {**super().widget_attrs(widget), "inputmode": "decimal"}
