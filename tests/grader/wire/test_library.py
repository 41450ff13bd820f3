"""Values of Python's library cross as what they are, both ways; parts that no such value has are refused in little time."""

import array
import time as clock
import uuid
from collections import Counter, OrderedDict, deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.wire import values
from grader.wire.library import KINDS, put_together

CAP = 1 << 24


def refuse(_node: Any) -> Any:
    raise values.ProtocolError("a reference")


def nothing(_value: Any) -> None:
    """Give no object a node."""


VALUES = [
    date(2024, 2, 29),
    datetime(2024, 2, 29, 1, 2, 3, 4, fold=1),
    datetime(2024, 2, 29, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=-5, microseconds=3), "EST")),
    time(23, 59, 59, 999999),
    time(1, tzinfo=timezone(timedelta(hours=2))),
    timedelta(days=-1, seconds=5, microseconds=7),
    timezone(timedelta(hours=3)),
    UTC,
    *[Decimal(text) for text in ("1.10", "-0", "1E+50", "NaN", "-Infinity")],
    Fraction(-3, 7),
    uuid.UUID(int=5),
    PurePosixPath("a/b"),
    Path("/a/b"),
    bytearray(b"ab"),
    deque([1, [2]], maxlen=5),
    deque(),
    array.array("d", [1.5, 2]),
    OrderedDict(b=1, a=2),
    Counter("abca"),
    {1: 2, 3: 4}.keys(),
    {1: 2}.items(),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was_on_both_sides(value: Any) -> None:
    body = values.encode([value], nothing, CAP)
    for back in (values.decode(body, refuse)[0], values.decode_trusted(body, refuse)[0]):
        assert repr(back) == repr(value)
        assert isinstance(back, type(value))
        if value == value:
            assert back == value
    assert type(values.decode_trusted(body, refuse)[0]) is type(value)


def test_values_of_a_dictionary_come_back() -> None:
    back = values.decode(values.encode({1: 2, 3: 2}.values(), nothing, CAP), refuse)
    assert list(back) == [2, 2]
    assert type(back) is type({}.values())


@pytest.mark.medium
@given(
    st.datetimes(timezones=st.just(UTC)) | st.decimals(allow_nan=False) | st.fractions() | st.timedeltas() | st.uuids()
)
def test_drawn_values_come_back(value: Any) -> None:
    assert values.decode(values.encode([value], nothing, CAP), refuse) == [value]


class Own(Decimal):
    pass


@pytest.mark.parametrize(
    "value", [Own(1), Decimal("1E+99999"), Decimal(1).scaleb(-20_000), array.array("u", "a")], ids=repr
)
def test_what_is_no_such_value_is_not_sent(value: Any) -> None:
    with pytest.raises(values.KindRefused):
        values.encode(value, nothing, CAP)


T, L = values.TUPLE, values.LIST
MALFORMED: list[list[Any]] = [
    [],
    [5],
    ["os"],
    ["date"],
    ["date", 2024, 13, 1],
    ["date", 2024, 1, 1.0],
    ["datetime", [T, 1, 1, 1], 0, [T]],
    ["datetime", [T, 1, 1, 1, 0, 0, 0, "x"], 0, [T]],
    ["datetime", [T, 1, 1, 1, 0, 0, 0, 0], 7, [T]],
    ["datetime", [T, 1, 1, 1, 0, 0, 0, 0], 0, [T, 10**9, 0, "x"]],
    ["datetime", [T, 1, 1, 1, 0, 0, 0, 0], 0, [T, 1]],
    ["time", [T, 25, 0, 0, 0], 0, [T]],
    ["timedelta", 10**12, 0, 0],
    ["timezone", [T, "a", 0, "x"]],
    ["Decimal", "1E+999999"],
    ["Decimal", "x"],
    ["Decimal", "1" * 20_000],
    ["Fraction", 1, 0],
    ["Fraction", 1, -2],
    ["Fraction", True, 2],
    ["UUID", b"ab"],
    ["PosixPath", "a\0b"],
    ["PosixPath", "a/" * 200],
    ["PurePosixPath", "a" * 5_000],
    ["union", [T, 3, 4]],
    ["union", [T, [values.TYPE, "int"]]],
    ["union", [T, [values.SET, 1], [values.SET, 2]]],
    ["union", [T, *([values.TYPE, "int"], [values.TYPE, "str"]) * 100]],
    ["PosixPath", 5],
    ["bytearray", "ab"],
    ["deque", [L, 1, 2], 1],
    ["deque", [L], -1],
    ["deque", [L], 2**60],
    ["array", "u", b"abcd"],
    ["array", "dd", b"abcd"],
    ["array", "d", b"abc"],
    ["OrderedDict", [L, 5]],
    ["OrderedDict", [L, [T, [L], 5]]],
    ["Counter", [L, [T, 1]]],
    ["keys", [L, [L]]],
    ["items", [L, [T, 1, 2, 3]]],
    ["values", 5],
]


@pytest.mark.parametrize("parts", MALFORMED, ids=repr)
def test_parts_that_no_value_has_are_refused(parts: list[Any]) -> None:
    with pytest.raises(values.ProtocolError):
        values.decode(msgpack.packb([values.BUILT, *parts]), refuse)


@pytest.mark.medium
@pytest.mark.parametrize("name", ["keys", "Counter", "OrderedDict", "items"])
def test_keys_made_to_collide_are_refused(name: str) -> None:
    numbers = [i * (2**61 - 1) for i in range(1000, 6000)]
    colliding = [[values.INTEGER, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True)] for n in numbers]
    items = colliding if name == "keys" else [[T, key, 1] for key in colliding]
    began = clock.process_time()
    with pytest.raises(values.ProtocolError, match="hash of another key"):
        values.decode(msgpack.packb([values.BUILT, name, [L, *items]]), refuse)
    assert clock.process_time() - began < 5


def test_a_path_of_the_other_box_opens_no_file_here() -> None:
    made = put_together("PosixPath", ("/etc/passwd",), is_own=False)
    assert made == Path("/etc/passwd")
    assert (made / "x").name == "x"
    assert len(KINDS) >= 15
