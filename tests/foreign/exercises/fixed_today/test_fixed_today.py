import datetime

import fixed_today
import pytest


class Friday(datetime.date):
    @classmethod
    def today(cls):
        return cls(2024, 3, 1)


class Noon(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 3, 1, 12, 0, tzinfo=tz)


@pytest.fixture(autouse=True)
def friday(monkeypatch):
    monkeypatch.setattr(fixed_today, "date", Friday)
    monkeypatch.setattr(fixed_today, "datetime", Noon)


def test_days_until_the_weekend():
    assert fixed_today.days_until_weekend() == 1


def test_age():
    assert fixed_today.age(datetime.date(2000, 3, 1)) == 24
    assert fixed_today.age(datetime.date(2000, 3, 2)) == 23


def test_stamp():
    assert fixed_today.stamp() == "2024-03-01 12:00"


def test_is_due():
    assert fixed_today.is_due(datetime.date(2024, 2, 29))
    assert not fixed_today.is_due(datetime.date(2024, 3, 1))
