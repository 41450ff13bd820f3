"""The encoding: what goes in comes out, the same on both sides, and nothing but values or a refusal comes out of any bytes."""

import contextlib
import math
import re
import sys
import tracemalloc
import typing
from collections import defaultdict, namedtuple
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wire import encoding, kinds, reader, values

CAP = 1 << 24


def nothing(_value: Any) -> None:
    """Give no object a node."""


def refuse(_node: Any) -> Any:
    raise values.ProtocolError("a reference")


def there(value: Any) -> Any:
    return values.decode(values.encode(value, nothing, CAP), refuse)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**200), 2**200),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8")),
    st.binary(),
    st.complex_numbers(allow_nan=False),
    st.just(...),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 5)),
    st.sampled_from([int, float, str, ValueError, np.float32, np.ndarray, type(None)]),
    st.sampled_from([np.dtype("float32"), np.dtype("int64"), np.dtype("<U7")]),
    st.builds(np.float32, st.floats(width=32, allow_nan=False)),
    st.builds(np.int64, st.integers(-(2**63), 2**63 - 1)),
    st.builds(np.timedelta64, st.integers(-(2**40), 2**40), st.sampled_from(["D", "s", "ns"])),
    st.builds(np.datetime64, st.integers(0, 2**40), st.sampled_from(["s", "us"])),
    st.sampled_from([np.str_(""), np.bytes_(b""), np.str_("ab"), np.bytes_(b"\xff")]),
)
hashable = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.tuples(st.integers(), st.text(max_size=3))
)
plain = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.tuples(inner, inner),
        st.dictionaries(hashable, inner, max_size=4),
        st.sets(hashable, max_size=4),
        st.frozensets(hashable, max_size=4),
        st.builds(slice, st.none() | st.integers(), st.none() | st.integers(), st.none() | st.integers()),
    ),
    max_leaves=15,
)


@pytest.mark.medium
@given(plain)
def test_a_value_comes_back_as_it_was_on_both_sides(value: Any) -> None:
    body = values.encode(value, nothing, CAP)
    for back in (values.decode(body, refuse), values.decode_trusted(body, refuse)):
        assert back == value
        assert type(back) is type(value)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3), "f4"),
        np.array(3.0),
        np.zeros((0, 3)),
        np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1),
        np.array([True, False]),
        np.array(["ab", "c"]),
        np.array([b"ab"]),
        np.array([1 + 2j]),
        np.arange(6, dtype=">i4"),
        np.array([np.nan, np.inf, -0.0]),
        np.array(["2024-02-29", "NaT"], "datetime64[D]"),
        np.array([[90, -1]], "timedelta64[ms]"),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_arrays_arrive_read_only_in_the_judge_and_writable_in_the_candidate(array: np.ndarray[Any, Any]) -> None:
    body = values.encode(array, nothing, CAP)
    judge, candidate = values.decode(body, refuse), values.decode_trusted(body, refuse)
    for back in (judge, candidate):
        np.testing.assert_array_equal(back, array)
        assert (back.shape, back.dtype) == (array.shape, array.dtype.newbyteorder("<"))
    assert not judge.flags.writeable
    assert candidate.flags.writeable


def test_zero_dimensional_arrays_numpy_scalars_and_floats_stay_apart() -> None:
    kinds = [type(there(value)) for value in (np.array(1.5), np.float64(1.5), np.float32(1.5), 1.5)]
    assert kinds == [np.ndarray, np.float64, np.float32, float]


@pytest.mark.parametrize("factory", [list, int, None])
def test_a_dictionary_with_a_default_keeps_it(factory: type | None) -> None:
    found = there(defaultdict(factory, a=1))
    assert type(found) is defaultdict
    assert (found, found.default_factory) == ({"a": 1}, factory)


@pytest.mark.parametrize(
    "hint",
    [
        typing.Optional[int],  # noqa: UP045
        typing.List[str],  # noqa: UP006
        typing.Dict[str, typing.Optional[float]],  # noqa: UP006, UP045
        typing.Union[int, list[str]],  # noqa: UP007
        int | None,
    ],
)
def test_type_hints_of_plain_types_cross(hint: Any) -> None:
    assert there(hint) == hint


Pair = namedtuple("Pair", "x y")


class LyingInt(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    "value",
    [
        Pair(1, 2),
        LyingInt(3),
        type("Text", (str,), {})("a"),
        np.ma.masked_array([1.0], [True]),
        np.array([1.0]).view(type("Sub", (np.ndarray,), {})),
        np.array([object()]),
        np.array([1], "datetime64[25s]"),
        np.rec.array([(1, 2.0)]),
        object(),
        len,
        lambda: None,
        memoryview(b"x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_subclasses_and_objects_do_not_cross_by_value(value: Any) -> None:
    with pytest.raises(values.ValueRefused):
        values.encode(value, nothing, CAP)
    assert values.encode([value], lambda _value: [values.REFERENCE, 0, "X"], CAP)


@pytest.mark.parametrize(
    "value",
    [[0] * (values.MAX_ELEMENTS + 1), bytes(CAP + 1), "x" * (CAP + 1), 1 << 100_000],
    ids=["elements", "bytes", "text", "integer"],
)
def test_what_is_too_large_is_refused_by_the_sender(value: Any) -> None:
    with pytest.raises(values.ValueRefused):
        values.encode(value, nothing, CAP)


def test_a_list_that_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(values.ValueRefused, match="contains itself"):
        values.encode(value, nothing, CAP)


TAGGED = {
    "a text array with a code point that is none": [values.ARRAY, "<U1", [1], b"\xff\xff\xff\xff"],
    "a text scalar with a code point that is none": [values.SCALAR, "<U1", b"\x00\x00\x11\x00"],
    "a truth value that is 2": [values.ARRAY, "|b1", [2], b"\x01\x02"],
    "a truth value of NumPy's that is 2": [values.SCALAR, "|b1", b"\x02"],
    "big-endian numbers": [values.ARRAY, ">f4", [1], b"\0\0\0\0"],
    "big-endian text": [values.ARRAY, ">U1", [1], b"\0\0\0a"],
    "a big-endian type": [values.DTYPE, ">f4"],
    "a big-endian text type": [values.DTYPE, ">U3"],
    "a type with a zero in front": [values.DTYPE, "<U007"],
    "a structured type": [values.DTYPE, "[('x', '<f4')]"],
    "a structured array": [values.ARRAY, "|V8", [1], b"12345678"],
    "objects": [values.ARRAY, "|O", [1], b"12345678"],
    "an integer of 4,097 bytes": [values.INTEGER, b"\x01" * (values.MAX_INTEGER_BYTES + 1)],
    "a small integer with a tag": [values.INTEGER, b"\x01"],
    "an integer with zeros in front": [values.INTEGER, b"\0\0" + b"\x01" * 9],
    "an integer of no bytes": [values.INTEGER, b""],
    "a large integer without a tag": 2**63,
    "a set with an element twice": [values.SET, 1, 1],
    "33 dimensions": [values.ARRAY, "|u1", [1] * 33, b"a"],
    "a dictionary in a set": [values.SET, [values.DICT]],
}


@pytest.mark.parametrize("case", TAGGED)
def test_what_encode_could_not_have_written_is_refused(case: str) -> None:
    with pytest.raises(values.ProtocolError):
        values.decode(msgpack.packb(TAGGED[case]), refuse)


@pytest.mark.parametrize(
    "value",
    [
        np.dtype(">f4"),
        np.dtype(">U3"),
        np.dtype([("x", "f4")]),
        np.zeros((1,) * 40),
        range(2**70),
        range(2**40),
        2 ** (8 * values.MAX_INTEGER_BYTES),
        -(2 ** (8 * values.MAX_INTEGER_BYTES)),
    ],
    ids=["f4", "U3", "structured", "40 dimensions", "2**70", "2**40", "4,097 bytes", "-4,097 bytes"],
)
def test_what_decode_refuses_is_refused_by_the_sender_too(value: Any) -> None:
    with pytest.raises(values.ValueRefused):
        values.encode(value, nothing, CAP)


ELEMENTS, BYTES = 3_000, 100_000  # instead of the limits themselves, which take long to reach
#: What can be made of each size, and about how large it is where it is just too large.
SIZED = {
    "numbers": (lambda n: [0] * n, ELEMENTS, "elements"),
    "numbers of NumPy's": (lambda n: [np.float32(1)] * n, ELEMENTS // 4, "elements"),
    "entries": (lambda n: dict.fromkeys(range(n)), ELEMENTS // 2, "elements"),
    "pairs": (lambda n: [(0, 0)] * n, ELEMENTS // 4, "elements"),
    "fractions": (lambda n: [Fraction(1, 2)] * n, ELEMENTS // 5, "elements"),
    "arrays": (lambda n: [np.zeros(2)] * n, ELEMENTS // 6, "elements"),
    "objects": (lambda n: [object()] * n, ELEMENTS // 4, "elements"),
    "lists": (lambda n: _around(0, n), values.MAX_DEPTH, "deep"),
    "lists around an array": (lambda n: [_around(0, n - 1), np.zeros(1)], values.MAX_DEPTH, "deep"),
    "an array in lists": (lambda n: _around(np.zeros(1), n), values.MAX_DEPTH - 2, "deep"),
    "a date in lists": (lambda n: _around(datetime(2026, 1, 2, tzinfo=UTC), n), values.MAX_DEPTH - 2, "deep"),
    "an object in lists": (lambda n: _around(object(), n), values.MAX_DEPTH - 1, "deep"),
    "bytes": (bytes, BYTES, "bytes|larger"),
    "text": (lambda n: "x" * n, BYTES, "bytes|larger"),
    "an array": (lambda n: np.zeros(n, np.uint8), BYTES, "bytes|larger"),
    "an integer": (lambda n: 1 << (8 * n), values.MAX_INTEGER_BYTES, "bytes"),
    "dimensions": (lambda n: np.zeros((1,) * n), 32, "dimensions"),
}


def _around(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


def as_decoded(value: Any) -> bytes:
    """Return the body of a value as one would write it who keeps to no limit."""
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in (("MAX_DEPTH", 300), ("MAX_ELEMENTS", 10**9), ("MAX_INTEGER_BYTES", 10**6)):
            patch.setattr(encoding, name, limit)
        patch.setattr(encoding, "check_size", lambda _made: None, raising=False)
        patch.setattr(encoding, "MAX_DIMENSIONS", 64)
        return values.encode(value, lambda _value: [values.REFERENCE, 0, "X"], 2 * CAP)


@contextlib.contextmanager
def few_elements() -> Iterator[None]:
    """Have all that counts elements stop early."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (kinds, encoding, reader):
            patch.setattr(module, "MAX_ELEMENTS", ELEMENTS)
        yield


@pytest.mark.medium
@pytest.mark.parametrize("case", SIZED)
@given(difference=st.integers(-9, 9))
@settings(deadline=None)
@few_elements()
def test_encode_and_decode_draw_every_limit_at_the_same_place(case: str, difference: int) -> None:
    """One of them refusing what the other takes would end a test as a protocol error, or let in what cannot be sent back."""
    make, about, named = SIZED[case]
    value = make(about + difference)
    body, refusal = b"", ""
    try:
        body = values.encode(value, lambda _value: [values.REFERENCE, 0, "X"], BYTES)
    except values.ValueRefused as problem:
        refusal = str(problem)
    written = body or as_decoded(value)
    try:
        if len(written) > BYTES:
            raise values.ProtocolError("a frame that is too long")  # as whoever reads frames does
        values.decode(written, lambda _node: 0)
    except values.ProtocolError:
        assert re.search(named, refusal)
    else:
        assert body


@pytest.mark.parametrize("sign", [1, -1])
def test_an_integer_of_4096_bytes_crosses(sign: int) -> None:
    largest = sign * (2 ** (8 * values.MAX_INTEGER_BYTES - 1) - 1)
    assert there(largest) == largest


def test_memory_that_says_more_than_true_crosses_as_true() -> None:
    odd = np.array([0, 1, 2, 255], np.uint8).view(bool)
    assert there(odd).tolist() == [False, True, True, True]
    assert there(odd).tobytes() == b"\0\1\1\1"


def test_an_exception_on_the_way_is_a_protocol_error() -> None:
    """A key that asks the candidate for its hash is answered with such a key, and so on."""

    class Key:
        def __hash__(self) -> int:
            raise RecursionError

    body = msgpack.packb([values.DICT, [values.REFERENCE, 0, "Key"], 1])
    with pytest.raises(values.ProtocolError, match="cannot be built"):
        values.decode(body, lambda _node: Key())


@pytest.mark.medium
@settings(max_examples=500)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_protocol_error(body: bytes) -> None:
    with contextlib.suppress(values.ProtocolError):
        values.decode(body, refuse)


msgpack_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=9),
    lambda inner: (
        st.lists(st.integers(-1, 20) | inner, max_size=5) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=500)
@given(msgpack_values)
def test_any_msgpack_gives_a_value_or_a_protocol_error(document: Any) -> None:
    with contextlib.suppress(values.ProtocolError):
        values.decode(msgpack.packb(document), refuse)


tags = st.sampled_from([*range(18), -1, 2**40])
dtype_names = st.sampled_from(
    ["<f4", "|b1", "<U1", "<U2", "|S2", ">f4", ">U1", "|O", "|V4", "<U0", "<U01", "<c8", "<M8[s]", ""]
)
nodes = st.recursive(
    msgpack_values | dtype_names,
    lambda inner: st.one_of(
        st.builds(lambda tag, parts: [tag, *parts], tags, st.lists(inner, max_size=4)),
        st.builds(
            lambda tag, name, shape, data: [tag, name, *([] if shape is None else [shape]), data],
            st.sampled_from([values.ARRAY, values.SCALAR]),
            dtype_names,
            st.none() | st.lists(st.integers(0, 3) | st.integers(0, 2**50), max_size=3),
            st.binary(max_size=9),
        ),
    ),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=300)
@given(nodes)
def test_what_is_decoded_can_be_encoded_shown_and_compared_and_all_else_is_one_exception(node: Any) -> None:
    try:
        value = values.decode(msgpack.packb(node, unicode_errors="surrogatepass"), refuse)
    except values.ProtocolError:
        return
    assert repr(value)
    values.encode(value, nothing, CAP)


@pytest.mark.parametrize(
    "body",
    [
        b"\xdd\x7f\xff\xff\xff",
        b"\xdc\xff\xff" * 200,
        b"\xc6\x7f\xff\xff\xff",
        msgpack.packb([values.ARRAY, "<f8", [2**30, 2**30], b""]),
        msgpack.packb([values.ARRAY, "<U9999", [2**40], b""]),
        msgpack.packb([values.ARRAY, "<U0", [2**33], b""]),
        msgpack.packb([values.ARRAY, "<f4", [2**47, 0], b""]),
        msgpack.packb([values.RANGE, 0, 2**62, 1]),
        b"\x92\x00" * 5000 + b"\xc0",
    ],
)
def test_promises_allocate_nothing(body: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(values.ProtocolError):
        values.decode(body, refuse)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


COLLIDING = [k * sys.hash_info.modulus for k in range(1, 2000)]  # all of them have the hash 0


@pytest.mark.parametrize("value", [set(COLLIDING), frozenset(COLLIDING), dict.fromkeys(COLLIDING)])
def test_keys_made_to_collide_are_refused(value: Any) -> None:
    with pytest.raises(values.ProtocolError, match="the hash of another"):
        values.decode(values.encode(value, nothing, CAP), refuse)
    few = set(list(value)[:100])
    assert values.decode(values.encode(few, nothing, CAP), refuse) == few


def test_a_nan_stays_a_nan() -> None:
    assert math.isnan(there(float("nan")))


class Asked:
    """Says what it is only by its real class: whoever asks an object for its `__class__` asks the student's code."""

    @property
    def __class__(self) -> Any:
        raise AssertionError("asked for its class")


def test_what_an_object_says_of_its_class_is_not_asked_for() -> None:
    body = values.encode([Asked(), (Asked(),)], lambda _value: [values.REFERENCE, 0], CAP)
    assert values.decode(body, lambda node: node) == [[values.REFERENCE, 0], ([values.REFERENCE, 0],)]
