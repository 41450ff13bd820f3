"""How a moment is asked for: by the browser's own input of a day and a time of day, which nobody can read in two ways.

What is typed is by the clock of the course, and the text beside the field names it. In any other form than the browser's own
(`2026-12-05T23:59`) a moment or a day is refused, by a sentence that shows the form: `12/05/2026` is May to some and December to
others.
"""

import re
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FORMAT = "%Y-%m-%dT%H:%M"
REFUSAL = _("Write the day and the time as in 2026-12-05 23:59: year, month, day, then hours from 0 to 23.")
DAY_REFUSAL = _("Write the day as in 2026-12-05: year, month, day.")
#: What a browser sends, and the same as people write it.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class CourseTimeInput(forms.DateTimeInput):
    """The browser's own input of a day and a time of day."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format=FORMAT)

    def format_value(self, value: Any) -> str | None:
        """Show the seconds of a moment that has some, so that saving a page again does not move it."""
        if isinstance(value, datetime) and value.second:
            return value.strftime(f"{FORMAT}:%S")
        return super().format_value(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Let the browser take seconds where there are some."""
        own = {"step": "1"} if isinstance(value, datetime) and value.second else {}
        return super().get_context(name, value, {**(attrs or {}), **own})


class CourseTimeField(forms.DateTimeField):
    """A moment by the course's clock."""

    widget = CourseTimeInput
    default_error_messages = {"invalid": REFUSAL}

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment that was typed. Raises ValidationError for what can be read in two ways, or is half of one."""
        if isinstance(value, str) and value.strip() and not _MOMENT.fullmatch(value.strip()):
            raise ValidationError(REFUSAL, code="invalid")
        return super().to_python(value)


class CourseDayField(forms.DateField):
    """A day of the course's calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": DAY_REFUSAL}

    def to_python(self, value: Any) -> date | None:
        """Return the day that was typed. Raises ValidationError for what can be read in two ways."""
        if isinstance(value, str) and value.strip() and not _DAY.fullmatch(value.strip()):
            raise ValidationError(DAY_REFUSAL, code="invalid")
        return super().to_python(value)
