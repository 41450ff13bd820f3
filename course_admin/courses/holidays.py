"""A course's list of holidays as it is typed, and why something should not be due on a day. Pure: no clock, no table."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

HOLIDAYS_LENGTH = 10_000
LONGEST_DAYS = 200  # of one line: a longer one is a slip of the pen
FORM = _("Write each line as 2026-12-25 Christmas, or 2026-12-24 to 2027-01-03 winter break.")
SUNDAY = 6
_LINE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s+to\s+(\d{4}-\d\d-\d\d))?(?:\s+(\S.*))?", re.ASCII)

#: Day -> its name.
Holidays = Mapping[date, str]


def read_holidays(text: str) -> Holidays:
    """Return the days of a list. Raises ValidationError, with the line, for what is none."""
    found: dict[date, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            found.update(_days_of(line.strip(), number))
    return found


def validate_holidays(text: str) -> None:
    """Raise ValidationError, with the line, unless a text is a list of holidays."""
    read_holidays(text)


def _days_of(line: str, number: int) -> dict[date, str]:
    match = _LINE.fullmatch(line)
    try:
        if match is None:
            raise ValueError
        first = date.fromisoformat(match[1])
        last = date.fromisoformat(match[2]) if match[2] else first
    except ValueError:
        raise ValidationError(
            gettext("Line {number} is no day, or no days: {line}. {advice}").format(
                number=number, line=line[:60], advice=FORM
            )
        ) from None
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise ValidationError(
            gettext("Line {number} ends before it begins, or lasts more than {most} days: {line}.").format(
                number=number, most=LONGEST_DAYS, line=line[:60]
            )
        )
    return {first + timedelta(days=n): match[3] or gettext("a holiday") for n in range((last - first).days + 1)}


def why_free(day: date, holidays: Holidays) -> str:
    """Return why nothing should be due on a day, such as `a Sunday`; empty if nothing speaks against it."""
    return holidays.get(day) or (gettext("a Sunday") if day.weekday() == SUNDAY else "")


def as_predicate(why: str) -> str:
    """Return such a reason as it stands after "is": a holiday that has a name of its own is one of a list."""
    is_unnamed = why in (gettext("a holiday"), gettext("a Sunday"))
    return why if is_unnamed else gettext("in the list of holidays ({why})").format(why=why)
