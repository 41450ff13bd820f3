import datetime

import pytest

from week_of import MeetupDayError, meetup, monday_of


@pytest.mark.parametrize(
    "year, month, week, day, expected",
    [
        (2024, 5, 1, "Monday", (2024, 5, 6)),
        (2024, 5, 3, "Friday", (2024, 5, 17)),
        (2024, 2, 5, "Thursday", (2024, 2, 29)),
    ],
)
def test_meetup(year, month, week, day, expected):
    assert meetup(year, month, week, day) == datetime.date(*expected)


def test_there_is_no_fifth_monday():
    with pytest.raises(MeetupDayError) as err:
        meetup(2024, 2, 5, "Monday")
    assert err.value.args[0] == "That day does not exist."


def test_monday_of_a_moment():
    moment = datetime.datetime(2024, 5, 16, 13, 30)
    assert monday_of(moment) == datetime.datetime(2024, 5, 13)


def test_monday_keeps_its_day():
    assert monday_of(datetime.datetime(2024, 5, 13, 23, 59)).day == 13
