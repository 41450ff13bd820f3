"""Moments as people read them: by the clock of their course, its zone named, with what that is from now in words."""

from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.dateformat import format as written
from django.utils.translation import gettext, ngettext, npgettext, pgettext

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IN_MINUTES = 90 * MINUTE  # nearer than this is said in minutes
IN_HOURS = 36 * HOUR  # nearer than this in hours, and what is farther in days of the calendar


def by_the_clock(moment: datetime, zone: tzinfo = UTC) -> str:
    """Return a moment by a zone's clock in the language in force, such as `Fri 4 Dec 2026, 23:59 CET`."""
    # Translators: as of Django's template filter `date`; keep the zone, T.
    return written(moment.astimezone(zone), pgettext("date and time", "D j M Y, H:i T"))


def from_now(moment: datetime, at: datetime, zone: tzinfo = UTC) -> str:
    """Return how far a moment is from another, such as `in 3 days` or `2 hours ago`."""
    distance = abs(moment - at)
    if distance < MINUTE:
        return gettext("just now") if moment <= at else gettext("within a minute")
    words = amount(distance, moment, at, zone)
    return gettext("in {amount}").format(amount=words) if moment > at else gettext("{amount} ago").format(amount=words)


def span(minutes: int) -> str:
    """Return a span in the largest unit that says it in a whole number, such as `90 minutes`, `24 hours` or `2 days`."""
    if minutes > DAY / MINUTE and minutes % (DAY / MINUTE) == 0:
        number = minutes * MINUTE // DAY
        return npgettext("span", "{number} day", "{number} days", number).format(number=number)
    if minutes and minutes % (HOUR / MINUTE) == 0:
        number = minutes * MINUTE // HOUR
        return npgettext("span", "{number} hour", "{number} hours", number).format(number=number)
    return npgettext("span", "{number} minute", "{number} minutes", minutes).format(number=minutes)


def amount(distance: timedelta, moment: datetime, at: datetime, zone: tzinfo = UTC) -> str:
    """Return a distance between two moments, such as `3 days`, as it stands behind `in` or `about`."""
    if distance < IN_MINUTES:
        number = round(distance / MINUTE)
        return ngettext("{number} minute", "{number} minutes", number).format(number=number)
    if distance < IN_HOURS:
        number = round(distance / HOUR)
        return ngettext("{number} hour", "{number} hours", number).format(number=number)
    number = abs((moment.astimezone(zone).date() - at.astimezone(zone).date()).days)
    return ngettext("{number} day", "{number} days", number).format(number=number)
