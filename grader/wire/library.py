"""Values of Python's own library that cross by value: taken apart into plain parts, made again of checked ones. Side: any.

A closed list; a subclass of one of these kinds is no such value. What is too large for it stays where it is.
"""

import array
import functools
import operator
import typing
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import PosixPath, PurePosixPath
from types import GenericAlias, UnionType
from typing import Any

from grader.wire.kinds import MAX_STEPS, TYPE_NAMES, ProtocolError

MAX_DIGITS = 10_000  # of a decimal number, and the size of its exponent
#: Of a path, and classes in one union: what is made of either takes far longer than its bytes do to arrive.
MAX_PATH_CHARACTERS, MAX_PATH_PARTS, MAX_UNION = 4_096, 100, 50
_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
Parts = tuple[Any, ...]


class ForeignPath(PosixPath):
    """A path in the candidate's box: no file of this process has anything to do with it."""

    #: Set by the judge: raises what says so.
    refuse: Callable[[PosixPath], Any] | None = None

    def __fspath__(self) -> str:
        if ForeignPath.refuse is not None:
            ForeignPath.refuse(self)
        return str(self)


ForeignPath.__name__ = PosixPath.__name__
#: Set by the judge: refuses a path of its own files before it is sent.
CHECKS: list[Callable[[PosixPath], None]] = []


def take_apart(value: Any, kind: type) -> tuple[str, Parts] | None:
    """Return the name and the parts of a value of the library's, or None for any other."""
    if kind in _VIEWS:
        return _VIEWS[kind], (list(value),)
    entry = _TAKEN.get(kind)
    if entry is None:
        return None
    parts = entry[1](value)
    return None if parts is None else (entry[0], parts)


def put_together(name: Any, parts: Parts, is_own: bool) -> Any:
    """Return the value of a name and its parts; raises ProtocolError for parts that no such value is taken apart into.

    is_own: whether a path that was sent may be used as one of this process's.
    """
    if type(name) is not str or name not in _MADE:
        raise ProtocolError("a value of a kind that does not cross")
    kinds, make = _MADE[name]
    allowed = [kind if isinstance(kind, tuple) else (kind,) for kind in kinds]  # ANYTHING is a tuple
    if len(parts) != len(kinds) or any(
        type(part) not in kind and kind is not ANYTHING for part, kind in zip(parts, allowed, strict=True)
    ):
        raise ProtocolError(f"a {name} of other parts")
    try:
        if name == "PosixPath" and not is_own:
            return ForeignPath(_path(parts[0], PurePosixPath))
        return make(*parts)
    except (ValueError, OverflowError, ArithmeticError, TypeError) as problem:
        raise ProtocolError(f"a {name} that is none: {problem}") from None


def _offset(zone: Any) -> Parts | None:
    """Return a fixed offset from UTC as seconds, microseconds and name; None for none, and for a zone that changes."""
    if zone is None:
        return ()
    if type(zone) is not timezone:
        return None
    offset, name = zone.utcoffset(None), zone.tzname(None)
    return (offset.days * 86_400 + offset.seconds, offset.microseconds, name)


def _zone(offset: Parts) -> timezone | None:
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


def _of_datetime(value: datetime) -> Parts | None:
    zone = _offset(value.tzinfo)
    plain = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)
    return None if zone is None else (plain, value.fold, zone)


def _of_time(value: time) -> Parts | None:
    zone = _offset(value.tzinfo)
    return None if zone is None else ((value.hour, value.minute, value.second, value.microsecond), value.fold, zone)


def _numbers(parts: Parts, count: int) -> Parts:
    if len(parts) != count or any(type(part) is not int for part in parts):
        raise ValueError("other numbers than its kind has")
    return parts


def _datetime(plain: Parts, fold: int, zone: Parts) -> datetime:
    year, month, day, hour, minute, second, microsecond = _numbers(plain, 7)
    return datetime(year, month, day, hour, minute, second, microsecond, _zone(zone), fold=fold)


def _time(plain: Parts, fold: int, zone: Parts) -> time:
    hour, minute, second, microsecond = _numbers(plain, 4)
    return time(hour, minute, second, microsecond, _zone(zone), fold=fold)


def _of_decimal(value: Decimal) -> Parts | None:
    _sign, digits, exponent = value.as_tuple()
    is_small = len(digits) <= MAX_DIGITS and (isinstance(exponent, str) or abs(exponent) <= MAX_DIGITS)
    return (str(value),) if is_small else None


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_DIGITS + 20:
        raise ValueError("too many digits")
    value = Decimal(text)
    if _of_decimal(value) is None:
        raise ValueError("too large an exponent")
    return value


def _fraction(numerator: int, denominator: int) -> Fraction:
    if denominator <= 0:
        raise ValueError("a denominator that is none")
    return Fraction(numerator, denominator)


def _deque(items: list[Any], longest: int | None) -> deque[Any]:
    if longest is not None and not len(items) <= longest <= MAX_STEPS:
        raise ValueError("a length that is none")
    return deque(items, longest)


def _array(code: str, data: bytes) -> "array.array[Any]":
    if code not in "bBhHiIlLqQfd" or len(code) != 1:
        raise ValueError("a type code that does not cross")
    made: array.array[Any] = array.array(code)
    made.frombytes(data)
    return made


def _of_array(value: "array.array[Any]") -> Parts | None:
    return (value.typecode, value.tobytes()) if value.typecode in "bBhHiIlLqQfd" else None


def _path(text: str, kind: type[PurePosixPath]) -> PurePosixPath:
    if "\0" in text or not _is_short_path(text):
        raise ValueError("a path with a zero byte, or too long a one")
    return kind(text)


def _is_short_path(text: str) -> bool:
    return len(text) <= MAX_PATH_CHARACTERS and text.count("/") <= MAX_PATH_PARTS


def _of_path(value: PosixPath) -> Parts | None:
    for check in CHECKS:
        check(value)
    return _of_pure_path(value)


def _of_pure_path(value: PurePosixPath) -> Parts | None:
    text = str(value)
    return (text,) if _is_short_path(text) else None


def _is_in_union(kind: Any) -> bool:
    return type(kind) is GenericAlias or (isinstance(kind, type) and kind in TYPE_NAMES)


def _of_union(value: UnionType) -> Parts | None:
    kinds = value.__args__
    return (kinds,) if len(kinds) <= MAX_UNION and all(map(_is_in_union, kinds)) else None


def _union(kinds: Parts) -> Any:
    if not 2 <= len(kinds) <= MAX_UNION or not all(map(_is_in_union, kinds)):
        raise ValueError("other kinds than there are in one")
    return functools.reduce(operator.or_, kinds)


def _of_typing(value: Any) -> Parts | None:
    """Return the name and the arguments of `Optional[int]` or `List[str]`, if these are plain."""
    name = "Union" if value.__origin__ is typing.Union else value._name
    kinds = value.__args__
    is_plain = len(kinds) <= MAX_UNION and all(kind in TYPE_NAMES or type(kind) in _ALIASES for kind in kinds)
    return (name, kinds) if is_plain and name in _TYPING else None


def _typing(name: str, kinds: Parts) -> Any:
    if name not in _TYPING or not 1 <= len(kinds) <= MAX_UNION:
        raise ValueError("a name of typing's that does not cross")
    return getattr(typing, name)[kinds]


def _plain_dict(value: dict[Any, Any]) -> Parts:
    return (list(value.items()),)


def _pairs(items: list[Any]) -> list[Any]:
    if any(type(item) is not tuple or len(item) != 2 for item in items):
        raise ValueError("pairs that are none")
    return items


def _counter(items: list[Any]) -> "Counter[Any]":
    made: Counter[Any] = Counter()
    for key, count in _pairs(items):
        made[key] = count
    return made


def _values(items: list[Any]) -> Any:
    return dict(enumerate(items)).values()


_MAYBE_INT = (int, type(None))
ANYTHING = ("anything",)
_TYPING = frozenset("Union List Dict Set FrozenSet Tuple Sequence Iterable Iterator Mapping Collection".split())
_ALIASES = (GenericAlias, UnionType, type(typing.List[int]), type(typing.Optional[int]))  # noqa: UP006, UP045
KEYED = frozenset(
    ("OrderedDict", "defaultdict", "Counter", "keys", "items")
)  # made of keys that a hostile sender can have collide
#: kind -> its name, and what it is taken apart into
_TAKEN: dict[type, tuple[str, Callable[[Any], Parts | None]]] = {
    date: ("date", lambda value: (value.year, value.month, value.day)),
    datetime: ("datetime", _of_datetime),
    time: ("time", _of_time),
    timedelta: ("timedelta", lambda value: (value.days, value.seconds, value.microseconds)),
    timezone: ("timezone", lambda value: (_offset(value),)),
    Decimal: ("Decimal", _of_decimal),
    Fraction: ("Fraction", lambda value: (value.numerator, value.denominator)),
    uuid.UUID: ("UUID", lambda value: (value.bytes,)),
    PurePosixPath: ("PurePosixPath", _of_pure_path),
    PosixPath: ("PosixPath", _of_path),
    ForeignPath: ("PosixPath", _of_pure_path),
    GenericAlias: ("alias", lambda value: (value.__origin__, value.__args__)),
    UnionType: ("union", _of_union),
    bytearray: ("bytearray", lambda value: (bytes(value),)),
    deque: ("deque", lambda value: (list(value), value.maxlen)),
    array.array: ("array", _of_array),
    OrderedDict: ("OrderedDict", _plain_dict),
    defaultdict: ("defaultdict", lambda value: (list(value.items()), value.default_factory)),
    **dict.fromkeys(_ALIASES[2:], ("typing", _of_typing)),
    Counter: ("Counter", _plain_dict),
}
KINDS = frozenset((*_TAKEN, *_VIEWS))
#: name -> the kinds of its parts, and what makes a value of them
_MADE: dict[str, tuple[tuple[Any, ...], Callable[..., Any]]] = {
    "date": ((int, int, int), date),
    "datetime": ((tuple, int, tuple), _datetime),
    "time": ((tuple, int, tuple), _time),
    "timedelta": ((int, int, int), timedelta),
    "timezone": ((tuple,), _zone),
    "Decimal": ((str,), _decimal),
    "Fraction": ((int, int), _fraction),
    "UUID": ((bytes,), lambda data: uuid.UUID(bytes=data)),
    "PurePosixPath": ((str,), lambda text: _path(text, PurePosixPath)),
    "PosixPath": ((str,), lambda text: _path(text, PosixPath)),
    "alias": ((type, tuple), GenericAlias),
    "union": ((tuple,), _union),
    "bytearray": ((bytes,), bytearray),
    "deque": ((list, _MAYBE_INT), _deque),
    "array": ((str, bytes), _array),
    "OrderedDict": ((list,), lambda items: OrderedDict(_pairs(items))),
    "defaultdict": ((list, ANYTHING), lambda items, factory: defaultdict(factory, _pairs(items))),
    "typing": ((str, tuple), _typing),
    "Counter": ((list,), _counter),
    "keys": ((list,), lambda items: dict.fromkeys(items).keys()),
    "values": ((list,), _values),
    "items": ((list,), lambda items: dict(_pairs(items)).items()),
}
