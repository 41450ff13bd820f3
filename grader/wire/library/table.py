"""The table of them: each taken apart into plain parts, and made again of checked ones. Side: any.

A closed list; a subclass of one of these kinds is no such value. What is too large for it stays where it is.
"""

import array
import gc
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import PosixPath, PurePosixPath
from types import GenericAlias, UnionType
from typing import Any

from grader.wire.kinds import MAX_STEPS, ProtocolError
from grader.wire.library.hints import ALIASES, made_typing, made_union, of_typing, of_union
from grader.wire.library.moments import made_datetime, made_time, of_datetime, of_time, offset_of, zone_of
from grader.wire.library.paths import ForeignPath, made_path, of_path, of_pure_path

MAX_DIGITS = 10_000  # of a decimal number, and the size of its exponent
VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_SHOWN = (dict, OrderedDict, defaultdict, Counter)  # of which both sides can hold a view
Parts = tuple[Any, ...]


def dict_of(view: Any) -> Any:
    """Return the dictionary that a view shows as it is at each moment; None if that is one of a class of its own."""
    found = next(iter(gc.get_referents(view)), None)  # `view.mapping` tells no more than what is in it
    return found if type(found) in _SHOWN else None


def take_apart(value: Any, kind: type) -> tuple[str, Parts] | None:
    """Return the name and the parts of a value of the library's, or None for any other."""
    if kind in VIEWS:
        return VIEWS[kind], (list(value),)
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
            return ForeignPath(made_path(parts[0], PurePosixPath))
        return make(*parts)
    except (ValueError, OverflowError, ArithmeticError, TypeError) as problem:
        raise ProtocolError(f"a {name} that is none: {problem}") from None


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


def _keys(shown: Any) -> Any:
    return (dict.fromkeys(shown) if type(shown) is list else shown).keys()


def _values(shown: Any) -> Any:
    return (dict(enumerate(shown)) if type(shown) is list else shown).values()


def _items(shown: Any) -> Any:
    return (dict(_pairs(shown)) if type(shown) is list else shown).items()


_MAYBE_INT = (int, type(None))
ANYTHING = ("anything",)
KEYED = frozenset(
    ("OrderedDict", "defaultdict", "Counter", "keys", "items")
)  # made of keys that a hostile sender can have collide
#: kind -> its name, and what it is taken apart into
_TAKEN: dict[type, tuple[str, Callable[[Any], Parts | None]]] = {
    date: ("date", lambda value: (value.year, value.month, value.day)),
    datetime: ("datetime", of_datetime),
    time: ("time", of_time),
    timedelta: ("timedelta", lambda value: (value.days, value.seconds, value.microseconds)),
    timezone: ("timezone", lambda value: (offset_of(value),)),
    Decimal: ("Decimal", _of_decimal),
    Fraction: ("Fraction", lambda value: (value.numerator, value.denominator)),
    uuid.UUID: ("UUID", lambda value: (value.bytes,)),
    PurePosixPath: ("PurePosixPath", of_pure_path),
    PosixPath: ("PosixPath", of_path),
    ForeignPath: ("PosixPath", of_pure_path),
    GenericAlias: ("alias", lambda value: (value.__origin__, value.__args__)),
    UnionType: ("union", of_union),
    bytearray: ("bytearray", lambda value: (bytes(value),)),
    deque: ("deque", lambda value: (list(value), value.maxlen)),
    array.array: ("array", _of_array),
    OrderedDict: ("OrderedDict", _plain_dict),
    defaultdict: ("defaultdict", lambda value: (list(value.items()), value.default_factory)),
    **dict.fromkeys(ALIASES[2:], ("typing", of_typing)),
    Counter: ("Counter", _plain_dict),
}
KINDS = frozenset((*_TAKEN, *VIEWS))
#: name -> the kinds of its parts, and what makes a value of them
_MADE: dict[str, tuple[tuple[Any, ...], Callable[..., Any]]] = {
    "date": ((int, int, int), date),
    "datetime": ((tuple, int, tuple), made_datetime),
    "time": ((tuple, int, tuple), made_time),
    "timedelta": ((int, int, int), timedelta),
    "timezone": ((tuple,), zone_of),
    "Decimal": ((str,), _decimal),
    "Fraction": ((int, int), _fraction),
    "UUID": ((bytes,), lambda data: uuid.UUID(bytes=data)),
    "PurePosixPath": ((str,), lambda text: made_path(text, PurePosixPath)),
    "PosixPath": ((str,), lambda text: made_path(text, PosixPath)),
    "alias": ((type, tuple), GenericAlias),
    "union": ((tuple,), made_union),
    "bytearray": ((bytes,), bytearray),
    "deque": ((list, _MAYBE_INT), _deque),
    "array": ((str, bytes), _array),
    "OrderedDict": ((list,), lambda items: OrderedDict(_pairs(items))),
    "defaultdict": ((list, ANYTHING), lambda items, factory: defaultdict(factory, _pairs(items))),
    "typing": ((str, tuple), made_typing),
    "Counter": ((list,), _counter),
    "keys": (((list, *_SHOWN),), _keys),
    "values": (((list, *_SHOWN),), _values),
    "items": (((list, *_SHOWN),), _items),
}
