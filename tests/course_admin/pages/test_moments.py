"""Times: by the course's clock, its zone named, and how far they are; no day can be read as a month."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from course_admin.pages.moments import by_the_clock, from_now, span
from course_admin.pages.times import CourseTimeField
from course_admin.templatetags.frame import moment
from tests.factories import NOW, make_course

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_moment_names_its_zone():
    due = datetime(2026, 12, 4, 22, 59, tzinfo=UTC)
    assert by_the_clock(due, BERLIN) == "Fri 4 Dec 2026, 23:59 CET"
    assert by_the_clock(due) == "Fri 4 Dec 2026, 22:59 UTC"


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=20), "within a minute"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(minutes=-2), "2 minutes ago"),
        (timedelta(minutes=89), "in 89 minutes"),
        (timedelta(minutes=91), "in 2 hours"),
        (timedelta(hours=-35), "35 hours ago"),
        (timedelta(hours=37), "in 2 days"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=-40), "40 days ago"),
    ],
)
def test_how_far_a_moment_is(distance, words):
    assert from_now(NOW + distance, NOW) == words


def test_a_span_is_said_in_the_largest_unit_that_fits():
    assert [span(minutes) for minutes in (0, 1, 90, 60, 1440, 2880)] == [
        "0 minutes", "1 minute", "90 minutes", "1 hour", "24 hours", "2 days"
    ]  # fmt: skip


def test_days_are_those_of_the_courses_calendar():
    late = datetime(2026, 10, 2, 21, 30, tzinfo=UTC)  # 23:30 in Berlin
    assert from_now(late + timedelta(hours=37), late, BERLIN) == "in 2 days"
    assert from_now(late + timedelta(hours=49), late, BERLIN) == "in 3 days"


def test_the_tag_writes_time_elements(db, time_machine):
    time_machine.move_to(NOW)
    course = make_course(time_zone="Europe/Berlin")
    shown = moment(NOW + timedelta(days=3), course)
    written = 'datetime="2026-10-05T12:00:00+00:00" data-zone="Europe/Berlin"'
    assert shown == f'<time {written}>Mon 5 Oct 2026, 14:00 CEST</time> <small class="ago">in 3 days</small>'
    assert "small" not in moment(NOW, course, beside=False)
    assert moment(None) == ""


@pytest.mark.parametrize("typed", ["12/05/2026", "12/05/2026 11:59", "11:59 pm", "2026-12-05", "5.12.2026 23:59"])
def test_what_can_be_misread_is_refused_with_the_form_to_use(typed):
    with pytest.raises(ValidationError, match="2026-12-05 23:59"):
        CourseTimeField().clean(typed)


@pytest.mark.parametrize("typed", ["2026-12-05T23:59", "2026-12-05 23:59", "2026-12-05T23:59:00"])
def test_a_day_and_a_time_are_taken(typed):
    assert CourseTimeField().clean(typed).replace(tzinfo=None) == datetime(2026, 12, 5, 23, 59)
