"""When what is made one after the other is released and due: as evenly over the term as its free days allow. Pure.

Nothing is due on a Sunday or a holiday. A due day that falls on one moves to the nearest other day between its
neighbours, the earlier of two. Each thing is released on the day after the one before it was due, the first on the first day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import ngettext

from course_admin.courses.holidays import Holidays, why_free

ONE_DAY = timedelta(days=1)


class TermTooShort(ValueError):
    """More is to be due than there are days for it; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The time of one assignment: released at the beginning of a day, due at the end of another or the same."""

    releases_on: date
    due_on: date


def spread(starts_on: date, ends_on: date, count: int, holidays: Holidays) -> list[Slot]:
    """Return `count` slots in order, no two due on one day, the last as late as the term allows. Raises TermTooShort."""
    days = [starts_on + timedelta(days=n) for n in range(1, (ends_on - starts_on).days + 1)]
    taught = [day for day in days if not why_free(day, holidays)]
    if len(taught) < count:
        raise TermTooShort(
            ngettext(
                "Between {starts_on} and {ends_on} there is {count} day that is neither a Sunday nor a "
                "holiday, and there are more assignments ({assignments}): choose a longer term, or fewer modules.",
                "Between {starts_on} and {ends_on} there are {count} days that are neither Sundays nor "
                "holidays, and there are more assignments ({assignments}): choose a longer term, or fewer modules.",
                len(taught),
            ).format(starts_on=starts_on, ends_on=ends_on, count=len(taught), assignments=count)
        )
    due = _due_days(starts_on, ends_on, count, taught)
    releases = [starts_on, *(day + ONE_DAY for day in due[:-1])]
    return [Slot(*pair) for pair in zip(releases, due, strict=True)]


def _due_days(starts_on: date, ends_on: date, count: int, taught: Sequence[date]) -> list[date]:
    """Return the taught day nearest to each of `count` even steps, leaving room for those that follow."""
    length = (ends_on - starts_on).days
    due: list[date] = []
    first = 0  # of the days that are left
    for number in range(1, count + 1):
        wanted = starts_on + timedelta(days=length * number // count)
        left = range(first, len(taught) - (count - number))
        place = min(left, key=lambda each: (abs(taught[each] - wanted), taught[each]))
        due.append(taught[place])
        first = place + 1
    return due
