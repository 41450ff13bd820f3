"""The only decoder: every length is checked against the bytes that are really there before anything is allocated. Side: any.

No byte from a candidate reaches a library decoder, and whatever `encode` could not have written is a ProtocolError.
"""

import math
import struct
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
    DTYPES,
    ELLIPSIS,
    FROZENSET,
    INTEGER,
    LIST,
    MAX_COLLISIONS,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_ELEMENTS,
    MAX_INTEGER_BYTES,
    MAX_STEPS,
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


class _Reader:
    """A cursor over one body: every length is checked against the bytes that remain before it is used."""

    __slots__ = ("at", "data", "elements", "end")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.end = len(data)
        self.elements = MAX_ELEMENTS

    def take(self, size: int) -> bytes:
        start = self.at
        if size > self.end - start:
            raise ProtocolError(f"a length of {size} bytes is promised where {self.end - start} remain")
        self.at = start + size
        return self.data[start : self.at]

    def number(self, layout: struct.Struct) -> Any:
        return layout.unpack(self.take(layout.size))[0]

    def node(self, depth: int) -> Any:
        code = self.take(1)[0]
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 0x100
        if 0xA0 <= code <= 0xBF:
            return self.text(code & 0x1F)
        if 0x90 <= code <= 0x9F:
            return self.array(code & 0x0F, depth)
        if code in _CONSTANTS:
            return _CONSTANTS[code]
        if code in _NUMBERS:
            return self.number(_NUMBERS[code])
        if code in _TEXT_LENGTHS:
            return self.text(self.number(_TEXT_LENGTHS[code]))
        if code in _BYTES_LENGTHS:
            return self.take(self.number(_BYTES_LENGTHS[code]))
        if code in _ARRAY_LENGTHS:
            return self.array(self.number(_ARRAY_LENGTHS[code]), depth)
        raise ProtocolError(f"byte 0x{code:02x} begins nothing that may cross")

    def text(self, size: int) -> str:
        try:
            return self.take(size).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise ProtocolError("a text is not UTF-8") from None

    def array(self, count: int, depth: int) -> list[Any]:
        self.elements -= count
        if self.elements < 0:
            raise ProtocolError(f"more than {MAX_ELEMENTS} elements")
        if count > self.end - self.at:
            raise ProtocolError(f"{count} elements are promised where {self.end - self.at} bytes remain")
        if depth <= 0:
            raise ProtocolError(f"nested more than {MAX_DEPTH} deep")
        return [self.node(depth - 1) for _ in range(count)]


_U8, _U16, _U32, _U64 = (struct.Struct(">" + code) for code in "BHIQ")
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_NUMBERS = {0xCB: struct.Struct(">d"), 0xCC: _U8, 0xCD: _U16, 0xCE: _U32, 0xCF: _U64} | {
    0xD0 + i: struct.Struct(">" + code) for i, code in enumerate("bhiq")
}
_TEXT_LENGTHS = {0xD9: _U8, 0xDA: _U16, 0xDB: _U32}
_BYTES_LENGTHS = {0xC4: _U8, 0xC5: _U16, 0xC6: _U32}
_ARRAY_LENGTHS = {0xDC: _U16, 0xDD: _U32}

Decoder = Callable[[list[Any]], Any]


def decode(body: bytes, reference: Decoder) -> Any:
    """Return the value of a body; `reference(node)` makes the object of a REFERENCE, NAME or FUNCTION node.

    Raises ProtocolError for anything that `encode` could not have written, without allocating what it promises.
    """
    reader = _Reader(body)
    node = reader.node(2 * MAX_DEPTH + 8)  # two levels each, and what a reply adds
    if reader.at != reader.end:
        raise ProtocolError(f"{reader.end - reader.at} bytes follow the value")
    return build(node, reference)


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
                _check_hashes(items)
            return _SEQUENCES[tag](items)
        except TypeError:
            raise ProtocolError("a set holds something that cannot be hashed") from None
    if tag == DICT:
        return _build_dict([build(part, reference, writable) for part in parts])
    if tag in _PLAIN:
        return _PLAIN[tag](parts)
    if tag == BUILT:
        return _build_library(parts, reference, writable)
    raise ProtocolError(f"the tag {tag} is unknown")


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
        kind, size = name[:2], name[2:]
        if kind in ("<U", "|S") and size.isdecimal() and size.isascii() and len(size) <= 5:
            dtype = np.dtype(name)
            if dtype_crosses(dtype):
                return dtype
    raise ProtocolError("an array has a type that does not cross")


def _build_array(parts: list[Any], writable: bool) -> np.ndarray[Any, Any]:
    name, shape, data = _expect(parts, str, list, bytes)
    dtype = _dtype(name)
    if len(shape) > MAX_DIMENSIONS or any(type(n) is not int or not 0 <= n < 2**48 for n in shape):
        raise ProtocolError("an array has a shape that is none")
    nonzero = math.prod(n for n in shape if n)
    # A text type of length 0 would become one of length 1, and its array as large as the shape says.
    if dtype.itemsize == 0 or math.prod(shape) * dtype.itemsize != len(data) or (not data and nonzero > MAX_STEPS):
        raise ProtocolError(f"an array of {len(data)} bytes cannot have that shape and type")
    if not data:
        array = np.empty(shape, dtype)
        array.flags.writeable = writable
        return array
    array = np.frombuffer(bytearray(data) if writable else data, dtype)
    return array.reshape(shape)


def _build_scalar(parts: list[Any]) -> Any:
    name, data = _expect(parts, str, bytes)
    dtype = _dtype(name)
    if len(data) != dtype.itemsize:
        raise ProtocolError("a scalar has another size than its type")
    return np.frombuffer(data, dtype)[0] if data else dtype.type()


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
    return int.from_bytes(data, "big", signed=True)


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
    COMPLEX: lambda parts: complex(*_expect(parts, float, float)),
    RANGE: _build_range,
    INTEGER: _build_integer,
    SCALAR: _build_scalar,
    DTYPE: lambda parts: _dtype(*_expect(parts, str)),
    TYPE: _build_type,
}
