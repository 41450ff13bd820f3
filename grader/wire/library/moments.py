"""Times of day, moments and offsets from UTC, as plain numbers and back. Side: any."""

from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

Parts = tuple[Any, ...]


def offset_of(zone: Any) -> Parts | None:
    """Return a fixed offset from UTC as seconds, microseconds and name; None for none, and for a zone that changes."""
    if zone is None:
        return ()
    if type(zone) is not timezone:
        return None
    offset, name = zone.utcoffset(None), zone.tzname(None)
    return (offset.days * 86_400 + offset.seconds, offset.microseconds, name)


def zone_of(offset: Parts) -> timezone | None:
    """Return a fixed offset from its parts. Raises ValueError for parts of none."""
    if not offset:
        return None
    seconds, microseconds, name = offset
    if (
        type(seconds) is not int
        or type(microseconds) is not int
        or type(name) is not str
        or not 0 <= microseconds < 10**6
    ):
        raise ValueError("an offset that is none")
    if abs(seconds) >= 86_400:
        raise ValueError("an offset of more than a day")
    offset_from_utc = timedelta(seconds=seconds, microseconds=microseconds)
    if not offset_from_utc and name == "UTC":
        return UTC
    plain = timezone(offset_from_utc)
    return plain if plain.tzname(None) == name else timezone(offset_from_utc, name)


def of_datetime(value: datetime) -> Parts | None:
    """Return the parts of a moment; None in a zone that changes."""
    zone = offset_of(value.tzinfo)
    plain = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)
    return None if zone is None else (plain, value.fold, zone)


def of_time(value: time) -> Parts | None:
    """Return the parts of a time of day; None in a zone that changes."""
    zone = offset_of(value.tzinfo)
    return None if zone is None else ((value.hour, value.minute, value.second, value.microsecond), value.fold, zone)


def _numbers(parts: Parts, count: int) -> Parts:
    if len(parts) != count or any(type(part) is not int for part in parts):
        raise ValueError("other numbers than its kind has")
    return parts


def made_datetime(plain: Parts, fold: int, zone: Parts) -> datetime:
    """Return a moment from its parts. Raises ValueError for parts of none."""
    year, month, day, hour, minute, second, microsecond = _numbers(plain, 7)
    return datetime(year, month, day, hour, minute, second, microsecond, zone_of(zone), fold=fold)


def made_time(plain: Parts, fold: int, zone: Parts) -> time:
    """Return a time of day from its parts. Raises ValueError for parts of none."""
    hour, minute, second, microsecond = _numbers(plain, 4)
    return time(hour, minute, second, microsecond, zone_of(zone), fold=fold)
