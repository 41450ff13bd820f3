from datetime import datetime, time, timedelta

from time_slots import add_gigasecond, duration, slots


def test_slots():
    assert slots(time(9), time(10, 30), 30) == [time(9), time(9, 30), time(10)]


def test_no_room():
    assert slots(time(9), time(9, 20), 30) == []


def test_duration():
    assert duration(time(9, 15), time(11)) == timedelta(hours=1, minutes=45)


def test_over_midnight():
    assert duration(time(23), time(1)) == timedelta(hours=2)


def test_gigasecond():
    assert add_gigasecond(datetime(2011, 4, 25)) == datetime(2043, 1, 1, 1, 46, 40)


def test_duration_is_a_timedelta():
    assert duration(time(1), time(2)).total_seconds() == 3600
