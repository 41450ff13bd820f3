"""Late policies as pure functions: what one student was promised, how late an attempt came, and what that costs.

A policy never adds points and never takes more than all of them; coming later never costs less. Nothing here reads a
clock or a table: every moment is an argument.

| kind | deducted from the attempt's points |
| --- | --- |
| none | nothing |
| per_day | `percent` for each day begun, up to `cap_percent` |
| per_hour | `percent` for each hour begun, up to `cap_percent` |
| slip_days | nothing for the days that the student's bank of slip days covers, then as per_day |

Whatever arrives within `grace_minutes` of its due time is on time; what arrives after them is late from the due time
on. What arrives after the hard close does not count under any policy. A day is a day of the course's calendar: an
attempt due at 23:59 is one day late until 23:59 of the next day, also when that day has 23 or 25 hours.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

ALL = Decimal(100)
ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)


class LateKind(StrEnum):
    """How lateness is paid for."""

    NONE = "none"
    PER_DAY = "per_day"
    PER_HOUR = "per_hour"
    SLIP_DAYS = "slip_days"


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """What being late costs; percentages are of the attempt's own points, from 0 to 100."""

    kind: LateKind = LateKind.NONE
    percent: Decimal = Decimal()
    cap_percent: Decimal = ALL
    grace_minutes: int = 0


@dataclass(frozen=True)
class Deadlines:
    """What one student was promised for one assignment; None: never late, never closed.

    The extended times are computed once, since every attempt is held against them.
    """

    zone: ZoneInfo
    due_at: datetime | None = None
    closes_at: datetime | None = None
    extra_days: int = 0  # of extensions and accommodations together
    until: datetime | None = None  # an extension until a time; whichever is later holds

    @cached_property
    def extended_due_at(self) -> datetime | None:
        """The due time with the student's extra days, or the time that they were given instead."""
        return self._extended(self.due_at)

    @cached_property
    def extended_closes_at(self) -> datetime | None:
        """The hard close with the student's extra days: an extension into a closed assignment would be none."""
        return self._extended(self.closes_at)

    @cached_property
    def days_given(self) -> int:
        """How many days lie between the due time and the student's own, begun ones included."""
        if self.due_at is None or self.extended_due_at is None:
            return 0
        return days_begun(self.due_at, self.extended_due_at, self.zone)

    def _extended(self, moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        extended = add_days(moment, self.extra_days, self.zone)
        return max(extended, self.until) if self.until else extended


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late an attempt came: days and hours begun, 0 if on time, and how many extra days it needed."""

    days: int = 0
    hours: int = 0
    extra_days_used: int = 0

    @property
    def is_late(self) -> bool:
        """Whether it was late at all."""
        return self.days > 0


@dataclass(frozen=True, slots=True)
class Penalty:
    """What lateness costs: a percentage of the points, and days of the bank."""

    lateness: Lateness
    percent: Decimal = Decimal()
    slip_days: int = 0

    def applied_to(self, points: Decimal) -> Decimal:
        """Return what is left of `points`."""
        return points * (ALL - self.percent) / ALL


def add_days(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the moment `days` later at the same time of the zone's clock, in UTC.

    A time that the clock skips in spring becomes the same distance after the jump; of one that it shows twice in
    autumn the first is meant, unless `days` is 0.
    """
    if not days:
        return moment.astimezone(UTC)
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days=days)
    return local.replace(tzinfo=zone).astimezone(UTC)


def days_begun(due_at: datetime, received_at: datetime, zone: ZoneInfo) -> int:
    """Return how many calendar days have begun since `due_at`; 0 if it has not passed."""
    if received_at <= due_at:
        return 0
    days = max((received_at - due_at) // ONE_DAY - 1, 1)  # one less: some days have 25 hours
    while received_at > add_days(due_at, days, zone):
        days += 1
    return days


def lateness(received_at: datetime, terms: Deadlines, grace_minutes: int = 0) -> Lateness:
    """Return how late an attempt came."""
    due_at, grace = terms.extended_due_at, timedelta(minutes=grace_minutes)
    if terms.due_at is None or due_at is None:
        return Lateness()
    needs_extra = received_at > terms.due_at + grace
    used = min(days_begun(terms.due_at, received_at, terms.zone), terms.days_given) if needs_extra else 0
    if received_at <= due_at + grace:
        return Lateness(extra_days_used=used)
    hours = -(-(received_at - due_at) // ONE_HOUR)
    return Lateness(days_begun(due_at, received_at, terms.zone), hours, used)


def is_closed(received_at: datetime, terms: Deadlines) -> bool:
    """Say whether an attempt came after the hard close."""
    closes_at = terms.extended_closes_at
    return closes_at is not None and received_at > closes_at


def charged_steps(kind: LateKind, late: Lateness) -> int:
    """Return how many times a kind of policy charges its percentage for a lateness, the bank of slip days aside."""
    return {
        LateKind.NONE: 0,
        LateKind.PER_DAY: late.days,
        LateKind.PER_HOUR: late.hours,
        LateKind.SLIP_DAYS: late.days,
    }[kind]


def penalty(policy: LatePolicy, late: Lateness, slip_days_left: int = 0) -> Penalty:
    """Return what a lateness costs a student whose bank still holds `slip_days_left` days."""
    spent = min(late.days, slip_days_left) if policy.kind is LateKind.SLIP_DAYS else 0
    steps = charged_steps(policy.kind, late) - spent
    return Penalty(late, min(policy.percent * steps, policy.cap_percent, ALL), spent)
