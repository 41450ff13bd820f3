"""A course's list of holidays as it is typed, and why something should not be due on a day. Pure: no clock, no table."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from django.core.exceptions import ValidationError

HOLIDAYS_LENGTH = 10_000
LONGEST_DAYS = 200  # of one line: a longer one is a slip of the pen
FORM = "Write each line as 2026-12-25 Christmas, or 2026-12-24 to 2027-01-03 winter break."
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
        raise ValidationError(f"Line {number} is no day, or no days: {line[:60]}. {FORM}") from None
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise ValidationError(
            f"Line {number} ends before it begins, or lasts more than {LONGEST_DAYS} days: {line[:60]}."
        )
    return {first + timedelta(days=n): match[3] or "a holiday" for n in range((last - first).days + 1)}


def why_free(day: date, holidays: Holidays) -> str:
    """Return why nothing should be due on a day, such as `a Sunday`; empty if nothing speaks against it."""
    return holidays.get(day) or ("a Sunday" if day.weekday() == SUNDAY else "")
