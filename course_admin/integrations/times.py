"""Times as other systems write them. What lies outside of some hundred years is none.

At the ends of the calendar a time has no UTC, or none in the zone of a course: whatever is stored must be shown on every page.
"""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

YEARS = range(2000, 2200)


def moment_of(value: object) -> datetime | None:
    """Return a time in UTC, written as ISO 8601 with its zone or as whole seconds since 1970; None for anything else."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            moment: datetime | None = datetime.fromtimestamp(value, UTC)
        else:
            moment = parse_datetime(value) if isinstance(value, str) else None
        utc = moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None
    return utc if utc is not None and utc.year in YEARS else None
