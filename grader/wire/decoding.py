"""The only decoder: every length is checked against the bytes that are really there before anything is allocated. Side: any.

No byte from a candidate reaches a library decoder. Whatever `encode` could not have written, or would refuse to write, is a
ProtocolError, and so is every other exception on the way: the other side's fault. Its message repeats no number from there.
"""

import math
import sys
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np

from grader.wire.kinds import (
    ARRAY,
    BUILT,
    COMPLEX,
    DICT,
    DTYPE,
    DTYPE_OF_OBJECTS,
    DTYPES,
    DTYPES_OF_TIMES,
    ELLIPSIS,
    FROZENSET,
    IN_COLUMNS,
    INTEGER,
    IS_OWN,
    IS_READ_ONLY,
    LIST,
    MAX_COLLISIONS,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_INTEGER_BYTES,
    MAX_STEPS,
    NOT_IMPLEMENTED,
    RANGE,
    REFERENCES,
    SCALAR,
    SET,
    SLICE,
    TUPLE,
    TYPE,
    TYPES,
    ProtocolError,
    dtype_crosses,
)
from grader.wire.library import KEYED, put_together
from grader.wire.reader import Reader

Decoder = Callable[[list[Any]], Any]


def decode(body: bytes, reference: Decoder) -> Any:
    """Return the value of a body; `reference(node)` makes the object of a REFERENCE, NAME or FUNCTION node.

    Raises ProtocolError for anything that `encode` could not have written, without allocating what it promises.
    """
    try:
        reader = Reader(body)
        node = reader.node(MAX_DEPTH)
        if reader.at != reader.end:
            raise ProtocolError("bytes follow the value")
        return build(node, reference)
    except ProtocolError:
        raise
    except Exception:  # whatever it is, the bytes brought it about
        raise ProtocolError("a value that cannot be built") from None


def no_reference(_node: list[Any]) -> Any:
    """Refuse a reference, in a body that holds values alone."""
    raise ProtocolError("a reference where there is none")


def decode_trusted(body: bytes, reference: Decoder) -> Any:
    """Like `decode`, in the candidate, for a body from the judge: faster, and arrays are writable."""
    node = msgpack.unpackb(body, unicode_errors="surrogatepass")
    return build(node, reference, writable=True)


def build(node: Any, reference: Decoder, writable: bool = False) -> Any:
    """Return the value that a node stands for; every tag's schema is closed, and anything else is a ProtocolError."""
    if type(node) is not list:
        return node
    if not node or type(node[0]) is not int:
        raise ProtocolError("an array without a tag")
    tag, parts = node[0], node[1:]
    if tag == ARRAY:
        return _build_array(parts, writable)
    if tag in REFERENCES:
        return reference(node)
    if tag in _SEQUENCES:
        items = [build(part, reference, writable) for part in parts]
        try:
            if tag in (SET, FROZENSET):
                return _build_set(_SEQUENCES[tag], items)
            return _SEQUENCES[tag](items)
        except TypeError:
            raise ProtocolError("a set holds something that cannot be hashed") from None
    if tag == DICT:
        return _build_dict([build(part, reference, writable) for part in parts])
    if tag in _PLAIN:
        return _PLAIN[tag](parts)
    if tag == BUILT:
        return _build_library(parts, reference, writable)
    raise ProtocolError("a tag is unknown")


def _build_set(kind: Callable[[list[Any]], Any], items: list[Any]) -> Any:
    _check_hashes(items)
    out = kind(items)
    if len(out) != len(items):
        raise ProtocolError("a set has the same element twice")
    return out


def _build_library(parts: list[Any], reference: Decoder, writable: bool) -> Any:
    name, *rest = parts or [None]
    built = tuple(build(part, reference, writable) for part in rest)
    if name in KEYED and built and type(built[0]) is list:
        try:
            _check_hashes([item if name == "keys" else item[0] for item in built[0]])
        except (TypeError, IndexError):
            raise ProtocolError("a key that cannot be hashed") from None
    return put_together(name, built, is_own=writable)


def _build_dict(parts: list[Any]) -> dict[Any, Any]:
    if len(parts) % 2:
        raise ProtocolError("a dictionary has a key without a value")
    try:
        _check_hashes(parts[::2])
        out = dict(zip(parts[::2], parts[1::2], strict=True))
    except TypeError:
        raise ProtocolError("a dictionary has a key that cannot be hashed") from None
    if len(out) != len(parts) // 2:
        raise ProtocolError("a dictionary has the same key twice")
    return out


def _check_hashes(keys: list[Any]) -> None:
    """Refuse keys that were made to collide: with all hashes alike, a table of 100,000 takes hours to build."""
    if len(keys) - len({hash(key) for key in keys}) > MAX_COLLISIONS:
        raise ProtocolError(f"more than {MAX_COLLISIONS} keys have the hash of another key")


def _expect(parts: list[Any], *kinds: type | tuple[type, ...]) -> list[Any]:
    allowed = [kind if isinstance(kind, tuple) else (kind,) for kind in kinds]
    if len(parts) != len(kinds) or any(type(part) not in kind for part, kind in zip(parts, allowed, strict=True)):
        raise ProtocolError("a tagged value has other parts than its tag promises")
    return parts


def _dtype(name: Any) -> np.dtype[Any]:
    if type(name) is str:
        if name in DTYPES:
            return DTYPES[name]
        if DTYPES_OF_TIMES.fullmatch(name):
            return np.dtype(name)
        kind, size = name[:2], name[2:]
        if kind in ("<U", "|S") and size.isdecimal() and size.isascii() and len(size) <= 5:
            dtype = np.dtype(name)
            if dtype_crosses(dtype) and dtype.str == name:
                return dtype
    raise ProtocolError("an array has a type that does not cross")


def _dtype_alone(name: str) -> np.dtype[Any]:
    return np.dtype(name) if name == DTYPE_OF_OBJECTS else _dtype(name)


def _build_array(parts: list[Any], writable: bool) -> np.ndarray[Any, Any]:
    *plain, how = parts if len(parts) == 4 else (*parts, "")
    name, shape, data = _expect(plain, str, list, bytes)
    dtype = _dtype(name)
    state = how.removesuffix(IN_COLUMNS)
    if state not in ("", IS_OWN, IS_READ_ONLY):
        raise ProtocolError("an array in an order that is none")
    is_own = writable or state != ""
    writable = is_own and state != IS_READ_ONLY
    if len(shape) > MAX_DIMENSIONS or any(type(n) is not int or not 0 <= n < 2**48 for n in shape):
        raise ProtocolError("an array has a shape that is none")
    nonzero = math.prod(n for n in shape if n)
    # A text type of length 0 would become one of length 1, and its array as large as the shape says.
    if dtype.itemsize == 0 or math.prod(shape) * dtype.itemsize != len(data) or (not data and nonzero > MAX_STEPS):
        raise ProtocolError("an array has bytes that do not fit its shape and type")
    if not data:
        array = np.empty(shape, dtype)
        array.flags.writeable = writable
        return array
    array = _elements(data, dtype).reshape(shape, order="F" if how.endswith(IN_COLUMNS) else "C")
    array = array.copy("K") if is_own else array  # which owns its memory, as views of it say
    array.flags.writeable = writable
    return array


def _elements(data: bytes, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return bytes as elements of a type, each of which is one: a code point that is none would end Python where it is read."""
    if dtype.kind == "U" and np.frombuffer(data, "<u4").max(initial=0) > sys.maxunicode:
        raise ProtocolError("a text holds what is no character")
    if dtype.kind == "b" and np.frombuffer(data, "u1").max(initial=0) > 1:
        raise ProtocolError("a truth value is neither true nor false")
    return np.frombuffer(data, dtype)


def _build_scalar(parts: list[Any]) -> Any:
    name, data = _expect(parts, str, bytes)
    dtype = _dtype(name)
    if len(data) != dtype.itemsize:
        raise ProtocolError("a scalar has another size than its type")
    return _elements(data, dtype)[0] if data else dtype.type()


def _build_type(parts: list[Any]) -> type:
    (name,) = _expect(parts, str)
    if name not in TYPES:
        raise ProtocolError("a type that does not cross")
    return TYPES[name]


def _build_range(parts: list[Any]) -> range:
    start, stop, step = _expect(parts, int, int, int)
    if step == 0:
        raise ProtocolError("a range with step zero")
    if abs(stop - start) // abs(step) > MAX_STEPS:
        raise ProtocolError(f"a range of more than {MAX_STEPS} steps")
    return range(start, stop, step)


def _build_integer(parts: list[Any]) -> int:
    (data,) = _expect(parts, bytes)
    if len(data) > MAX_INTEGER_BYTES:
        raise ProtocolError("an integer larger than what may cross")
    value = int.from_bytes(data, "big", signed=True)
    if -(2**63) <= value < 2**63 or len(data) != value.bit_length() // 8 + 1:
        raise ProtocolError("an integer is longer than it need be")
    return value


def _build_slice(parts: list[Any]) -> slice:
    if len(parts) != 3:
        raise ProtocolError("a slice has three parts")
    return slice(*parts)


_SEQUENCES: dict[int, Callable[[list[Any]], Any]] = {
    LIST: list,
    TUPLE: tuple,
    SET: set,
    FROZENSET: frozenset,
    SLICE: _build_slice,
}
_PLAIN: dict[int, Callable[[list[Any]], Any]] = {
    ELLIPSIS: lambda parts: (_expect(parts), Ellipsis)[1],
    NOT_IMPLEMENTED: lambda parts: (_expect(parts), NotImplemented)[1],
    COMPLEX: lambda parts: complex(*_expect(parts, float, float)),
    RANGE: _build_range,
    INTEGER: _build_integer,
    SCALAR: _build_scalar,
    DTYPE: lambda parts: _dtype_alone(*_expect(parts, str)),
    TYPE: _build_type,
}
