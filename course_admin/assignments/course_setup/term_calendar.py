"""Months as a page shows them: weeks from Monday to Sunday, each day with what is due then and why it is free. Pure."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.holidays import Holidays, why_free

MOST_MONTHS = 12  # a longer time is shown from its beginning
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


@dataclass(frozen=True, slots=True)
class Day:
    """One cell; `marks`: short names of what is due; `own`: those of them that are being planned on this page."""

    date: date
    is_of_month: bool
    free: str  # why nothing should be due; empty: nothing speaks against it
    marks: Sequence[str]
    own: Sequence[str]

    @property
    def words(self) -> str:
        """The day as it is read out."""
        marks = ", ".join([*self.own, *self.marks])
        due = gettext("; due: {marks}").format(marks=marks) if marks else ""
        free = f", {self.free}" if self.free else ""
        return f"{date_format(self.date, gettext('l j F'))}{free}{due}"


@dataclass(frozen=True, slots=True)
class Month:
    """One month, whole weeks of it."""

    title: str
    weeks: Sequence[Sequence[Day]]


#: Day -> short names of what is due on it.
Marks = Mapping[date, Sequence[str]]


def months(days: Iterable[date], holidays: Holidays, marks: Marks, own: Marks) -> list[Month]:
    """Return the months from the first to the last of some days, at most a year of them."""
    around = sorted(days)
    if not around:
        return []
    first, last = (each.year * 12 + each.month - 1 for each in (around[0], around[-1]))
    numbers = range(first, min(last, first + MOST_MONTHS - 1) + 1)
    return [_month(number // 12, number % 12 + 1, holidays, marks, own) for number in numbers]


def _month(year: int, month: int, holidays: Holidays, marks: Marks, own: Marks) -> Month:
    weeks = [
        [Day(day, day.month == month, why_free(day, holidays), marks.get(day, ()), own.get(day, ())) for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]
    return Month(date_format(date(year, month, 1), "F Y"), weeks)
