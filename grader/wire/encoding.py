"""The only encoder: a value becomes the body of a frame, within a budget of elements and bytes. Side: any."""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import numpy as np

from grader.wire.kinds import (
    ARRAY,
    COMPLEX,
    DICT,
    DTYPE,
    ELLIPSIS,
    FROZENSET,
    INTEGER,
    LIST,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_ELEMENTS,
    MAX_INTEGER_BYTES,
    MAX_STEPS,
    RANGE,
    SCALAR,
    SET,
    SLICE,
    TUPLE,
    TYPE,
    TYPE_NAMES,
    KindRefused,
    ValueRefused,
    dtype_crosses,
)

Encoder = Callable[[Any], list[Any] | None]


def encode(value: Any, reference: Encoder, max_bytes: int) -> bytes:
    """Return the body of `value`; `reference(object)` gives the node of an object that does not cross by value, or None.

    Raises ValueRefused for what cannot cross, a structure nested deeper than MAX_DEPTH (or containing itself), or a body
    over `max_bytes`.
    """
    budget = [MAX_ELEMENTS, max_bytes]
    body: bytes = msgpack.packb(_node(value, reference, MAX_DEPTH, budget), unicode_errors="surrogatepass")
    if len(body) > max_bytes:
        raise ValueRefused(f"the value takes {len(body)} bytes, more than the {max_bytes} that may cross")
    return body


def _node(value: Any, reference: Encoder, depth: int, budget: list[int]) -> Any:
    """Return the msgpack node of a value, spending the element and byte budget on the way."""
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return value
    if kind is int:
        return value if -(2**63) <= value < 2**63 else _big_integer(value)
    if kind is str or kind is bytes:
        budget[1] -= len(value)
        if budget[1] < 0:
            raise ValueRefused("the value is larger than what may cross")
        return value
    if kind is np.ndarray:
        return _array_node(value, budget) or _referenced(value, reference)
    if depth <= 1:
        raise ValueRefused(f"the value is nested more than {MAX_DEPTH} deep, or contains itself")
    if kind in _CONTAINERS:
        tag, items = _CONTAINERS[kind]
        budget[0] -= len(value)
        if budget[0] < 0:
            raise ValueRefused(f"the value has more than {MAX_ELEMENTS} elements")
        return [tag, *[_node(item, reference, depth - 1, budget) for item in items(value)]]
    if kind is slice:
        parts = (value.start, value.stop, value.step)
        return [SLICE, *[_node(part, reference, depth - 1, budget) for part in parts]]
    plain = _plain_node(value, kind)
    return plain if plain is not None else _referenced(value, reference)


def _pairs(mapping: dict[Any, Any]) -> Iterator[Any]:
    for key, item in mapping.items():
        yield key
        yield item


_CONTAINERS: dict[type, tuple[int, Callable[[Any], Iterator[Any]]]] = {
    list: (LIST, iter),
    tuple: (TUPLE, iter),
    set: (SET, iter),
    frozenset: (FROZENSET, iter),
    dict: (DICT, _pairs),
    OrderedDict: (DICT, _pairs),
    defaultdict: (DICT, _pairs),
    Counter: (DICT, _pairs),
}


def _plain_node(value: Any, kind: type) -> list[Any] | None:
    """Return the node of a plain value that is no container, or None."""
    if value is Ellipsis:
        return [ELLIPSIS]
    if kind is complex:
        return [COMPLEX, value.real, value.imag]
    if kind is range:
        parts = (value.start, value.stop, value.step)
        if not all(-(2**63) <= part < 2**63 for part in parts) or abs(parts[1] - parts[0]) // abs(parts[2]) > MAX_STEPS:
            raise ValueRefused(f"a range of more than {MAX_STEPS} steps, or of numbers beyond 64 bits, cannot cross")
        return [RANGE, *parts]
    if isinstance(value, np.generic) and dtype_crosses(value.dtype):
        return [SCALAR, value.dtype.str, value.tobytes()] if kind is value.dtype.type else None
    if isinstance(value, np.dtype) and dtype_crosses(value):
        return [DTYPE, value.str]
    if isinstance(value, type) and value in TYPE_NAMES:
        return [TYPE, TYPE_NAMES[value]]
    return None


def _referenced(value: Any, reference: Encoder) -> list[Any]:
    node = reference(value)
    if node is None:
        raise KindRefused(f"an object of type {type(value).__name__} cannot cross by value")
    return node


def _big_integer(value: int) -> list[Any]:
    size = value.bit_length() // 8 + 1
    if size > MAX_INTEGER_BYTES:
        raise ValueRefused(f"an integer of {size} bytes is larger than the {MAX_INTEGER_BYTES} that may cross")
    return [INTEGER, value.to_bytes(size, "big", signed=True)]


def _array_node(array: np.ndarray[Any, Any], budget: list[int]) -> list[Any] | None:
    """Return an array's node, in C order and little-endian, or None for a dtype that does not cross."""
    dtype = array.dtype.newbyteorder("<")
    if not dtype_crosses(dtype):
        return None
    if array.ndim > MAX_DIMENSIONS:
        raise ValueRefused(f"an array has more than the {MAX_DIMENSIONS} dimensions that may cross")
    if array.dtype.kind == "b":
        array = array.view("u1") != 0  # memory that was filled otherwise can hold what is neither 0 nor 1
    budget[1] -= array.nbytes
    if budget[1] < 0:
        raise ValueRefused(f"an array of {array.nbytes} bytes is larger than what may cross")
    return [ARRAY, dtype.str, list(array.shape), array.astype(dtype, copy=False).tobytes()]
