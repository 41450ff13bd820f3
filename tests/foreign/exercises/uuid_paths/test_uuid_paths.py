import uuid
from datetime import date, datetime
from pathlib import Path, PurePosixPath

from uuid_paths import age, longest_suffix, name_of, parse_day, sibling


def test_path_in_path_out():
    assert sibling(Path("/a/b.txt"), "c.txt") == Path("/a/c.txt")


def test_suffix():
    assert longest_suffix([PurePosixPath("x.py"), PurePosixPath("y.tar.gz")]) == ".tar.gz"


def test_names():
    assert name_of("ada") == uuid.uuid5(uuid.NAMESPACE_DNS, "ada")


def test_day():
    assert parse_day("3 Feb 2024") == date(2024, 2, 3)


def test_a_day_is_no_moment():
    assert not isinstance(parse_day("3 Feb 2024"), datetime)


def test_age():
    assert age(date(2000, 2, 29), on=date(2023, 2, 28)) == 22
    assert age(date(2000, 2, 28), on=date(2023, 2, 28)) == 23
