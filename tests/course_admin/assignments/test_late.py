"""Late policies: worked cases, and what holds for every policy, moment and zone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from course_admin.assignments.late import (
    ALL,
    Deadlines,
    LateKind,
    Lateness,
    LatePolicy,
    add_days,
    days_begun,
    is_closed,
    lateness,
    penalty,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ZONES = [
    ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
]

percents = st.decimals(0, 100, places=2)
policies = st.builds(
    LatePolicy, st.sampled_from(LateKind), percent=percents, cap_percent=percents, grace_minutes=st.integers(0, 240)
)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)
pauses = st.timedeltas(timedelta(days=-10), timedelta(days=40))
terms = st.builds(Deadlines, zones, moments, st.none(), st.integers(0, 14))


def local(zone: ZoneInfo, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=zone)


@pytest.mark.parametrize(
    ("due", "days", "expected"),
    [
        (local(BERLIN, 2026, 10, 24, 23, 59), 1, local(BERLIN, 2026, 10, 25, 23, 59)),  # a day of 25 hours
        (local(BERLIN, 2026, 3, 28, 23, 59), 1, local(BERLIN, 2026, 3, 29, 23, 59)),  # a day of 23 hours
        (local(BERLIN, 2026, 3, 28, 2, 30), 1, local(BERLIN, 2026, 3, 29, 3, 30)),  # the clock skips 2:30
        (local(BERLIN, 2026, 10, 24, 2, 30), 1, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # shown twice: the first
        (local(NEW_YORK, 2026, 10, 31, 17, 0), 2, local(NEW_YORK, 2026, 11, 2, 17, 0)),
    ],
)
def test_a_day_later_is_the_same_time_on_the_clock(due, days, expected):
    assert add_days(due, days, due.tzinfo) == expected.astimezone(UTC)


def test_an_hour_that_is_shown_twice_stays_itself_without_extra_days():
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert add_days(second, 0, BERLIN) == second


@pytest.mark.parametrize(
    ("late", "days"),
    [(-SECOND, 0), (0 * HOUR, 0), (SECOND, 1), (24 * HOUR + SECOND, 1), (25 * HOUR, 1), (25 * HOUR + SECOND, 2)],
)
def test_a_late_day_lasts_as_long_as_the_calendars(late, days):
    due = local(BERLIN, 2026, 10, 24, 23, 59).astimezone(UTC)
    assert days_begun(due, due + late, BERLIN) == days


@given(moments, st.integers(1, 400), zones)
def test_every_day_counted_is_one_that_has_begun(due, days, zone):
    assert days_begun(due, add_days(due, days, zone) + SECOND, zone) == days + 1
    assert days_begun(due, add_days(due, days, zone), zone) == days


@given(moments, st.integers(0, 400), zones)
def test_the_clock_shows_the_same_time_unless_it_skips_it(moment, days, zone):
    later = add_days(moment, days, zone).astimezone(zone)
    wanted = moment.astimezone(zone).replace(tzinfo=None) + timedelta(days=days)
    assert later.replace(tzinfo=None) - wanted in (
        timedelta(),
        HOUR,
        HOUR / 2,
    )  # Lord Howe Island moves by half an hour
    assert later.astimezone(UTC) < add_days(moment, days + 1, zone)


DUE = datetime(2026, 10, 2, 12, tzinfo=UTC)
FIVE = LatePolicy(LateKind.PER_DAY, Decimal(5), Decimal(50), 10)


@pytest.mark.parametrize(
    ("late", "extra_days", "expected"),
    [
        (timedelta(minutes=10), 0, Lateness()),
        (timedelta(minutes=10, seconds=1), 0, Lateness(1, 1)),
        (timedelta(hours=25), 0, Lateness(2, 25)),
        (timedelta(hours=25), 1, Lateness(1, 1, 1)),
        (timedelta(hours=20), 3, Lateness(0, 0, 1)),
        (timedelta(hours=-1), 3, Lateness()),
    ],
)
def test_lateness_counts_from_the_students_own_due_time(late, extra_days, expected):
    promised = Deadlines(ZoneInfo("UTC"), DUE, extra_days=extra_days)
    assert lateness(DUE + late, promised, FIVE.grace_minutes) == expected


@pytest.mark.parametrize(
    ("kind", "late", "left", "percent", "spent"),
    [
        (LateKind.NONE, Lateness(9, 200), 5, 0, 0),
        (LateKind.PER_DAY, Lateness(2, 25), 5, 10, 0),
        (LateKind.PER_DAY, Lateness(30, 700), 0, 50, 0),
        (LateKind.PER_HOUR, Lateness(1, 3), 0, 15, 0),
        (LateKind.SLIP_DAYS, Lateness(2, 25), 5, 0, 2),
        (LateKind.SLIP_DAYS, Lateness(4, 90), 1, 15, 1),
    ],
)
def test_each_policys_price(kind, late, left, percent, spent):
    price = penalty(LatePolicy(kind, Decimal(5), Decimal(50)), late, left)
    assert (price.percent, price.slip_days) == (percent, spent)


def test_an_assignment_without_due_time_is_never_late():
    assert lateness(DUE + timedelta(days=900), Deadlines(BERLIN)) == Lateness()


def test_the_hard_close_moves_with_an_extension():
    close = DUE + timedelta(days=3)
    assert is_closed(close + SECOND, Deadlines(BERLIN, DUE, close))
    assert not is_closed(close, Deadlines(BERLIN, DUE, close))
    assert not is_closed(close + SECOND, Deadlines(BERLIN, DUE, close, extra_days=1))


@given(policies, terms, pauses, pauses, st.integers(0, 9))
def test_coming_later_never_costs_less(policy, promised, one, other, left):
    early, late = sorted([one, other])
    prices = [
        penalty(policy, lateness(promised.due_at + pause, promised, policy.grace_minutes), left)
        for pause in (early, late)
    ]
    assert prices[0].percent <= prices[1].percent
    assert prices[0].slip_days <= prices[1].slip_days


@given(policies, terms, pauses, st.integers(0, 9), st.decimals(0, 1000, places=4))
def test_points_never_grow_and_never_fall_below_zero(policy, promised, pause, left, points):
    price = penalty(policy, lateness(promised.due_at + pause, promised, policy.grace_minutes), left)
    assert 0 <= price.applied_to(points) <= points
    assert price.percent <= min(policy.cap_percent, ALL)
    assert price.slip_days <= left


@given(policies, terms, pauses, st.integers(0, 9), st.integers(1, 9))
def test_an_extension_or_a_slip_day_never_costs_anything(policy, promised, pause, left, more):
    received_at = promised.due_at + pause
    longer = Deadlines(promised.zone, promised.due_at, extra_days=promised.extra_days + more)
    now = penalty(policy, lateness(received_at, promised, policy.grace_minutes), left)
    assert penalty(policy, lateness(received_at, longer, policy.grace_minutes), left).percent <= now.percent
    assert penalty(policy, now.lateness, left + more).percent <= now.percent


@given(policies, terms, pauses)
def test_what_is_on_time_costs_nothing(policy, promised, pause):
    late = lateness(promised.due_at + pause, promised, policy.grace_minutes)
    assume(not late.is_late)
    assert penalty(policy, late).percent == 0


def test_the_hard_close_moves_by_days_of_the_courses_calendar_and_none_closes_never():
    closes_at = datetime(2026, 10, 24, 21, 59, tzinfo=UTC)  # the day after has 25 hours in Berlin
    terms = Deadlines(BERLIN, closes_at, closes_at, extra_days=1)
    assert terms.extended_closes_at == closes_at + 25 * HOUR
    assert not is_closed(closes_at + 25 * HOUR, terms)
    assert is_closed(closes_at + 25 * HOUR + SECOND, terms)
    assert not is_closed(closes_at, Deadlines(BERLIN, closes_at))
