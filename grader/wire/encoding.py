"""The only encoder: a value becomes the body of a frame, within a budget of elements and bytes. Side: any."""

import array
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgpack
import numpy as np

from grader.wire.identities import Shared, is_copy
from grader.wire.kinds import (
    ARRAY,
    BUILT,
    COMPLEX,
    DICT,
    DTYPE,
    DTYPE_OF_OBJECTS,
    ELLIPSIS,
    FROZENSET,
    IN_COLUMNS,
    INTEGER,
    IS_OWN,
    IS_READ_ONLY,
    LIST,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_ELEMENTS,
    MAX_INTEGER_BYTES,
    MAX_STEPS,
    NOT_IMPLEMENTED,
    RANGE,
    SCALAR,
    SET,
    SHARED,
    SLICE,
    TOO_DEEP,
    TOO_MANY,
    TUPLE,
    TYPE,
    TYPE_NAMES,
    VIEW,
    KindRefused,
    ValueRefused,
    check_size,
    dtype_crosses,
)
from grader.wire.library import KINDS, VIEWS, dict_of, take_apart

MOST_WITHIN = 500  # items of a container that both sides hold, up to which whatever is in it is held as well
Encoder = Callable[[Any], list[Any] | None]
#: Whether a container is one that both sides hold, asked of it and of whether it is found in such a one: see `Shared`.
Sharer = Callable[[Any, bool], "Shared | None"]


class Raw:
    """A part of a value whose node is made already."""

    __slots__ = ("node",)

    def __init__(self, node: Any) -> None:
        self.node = node


class Parts:
    """A tuple of a message's own, which is nobody's value."""

    __slots__ = ("parts",)

    def __init__(self, parts: Iterable[Any]) -> None:
        self.parts = parts


def named_parts(named: Mapping[str, Any]) -> Parts:
    """Return keyword arguments as a message has them."""
    return Parts([Parts(pair) for pair in named.items()])


def encode(value: Any, reference: Encoder, max_bytes: int, share: Sharer | None = None) -> bytes:
    """Return the body of `value`; `reference(object)` gives the node of an object that does not cross by value, or None.

    Raises ValueRefused for what cannot cross, a structure nested deeper than MAX_DEPTH (or containing itself), or a body
    over `max_bytes`.
    """
    return frame_body(node(value, reference, max_bytes, share), max_bytes)


def frame_body(made: Any, max_bytes: int) -> bytes:
    """Return the body of a whole message's node; raises ValueRefused for one that `decode` would refuse for its size."""
    check_size(made)
    body = packed(made)
    if len(body) > max_bytes:
        raise ValueRefused(f"the value takes {len(body)} bytes, more than the {max_bytes} that may cross")
    return body


def packed(made: Any) -> bytes:
    """Return the bytes of a node."""
    body: bytes = msgpack.packb(made, unicode_errors="surrogatepass")
    return body


def node(value: Any, reference: Encoder, max_bytes: int, share: Sharer | None = None) -> Any:
    """Return the msgpack node of one value, by itself or as a part of what `reference` gives for another."""
    if share is not None and type(value) is list:  # a request or a reply, which is nobody's
        return content(value, reference, max_bytes, share)
    return _Writer(reference, max_bytes, share).node(value, MAX_DEPTH)


def content(container: Any, reference: Encoder, max_bytes: int, share: Sharer | None, is_shared: bool = False) -> Any:
    """Return the node of what a container holds, whether it is shared itself or not."""
    writer = _Writer(reference, max_bytes, share)
    writer.is_within = is_shared
    return writer.contents(container, type(container), MAX_DEPTH)


class _Writer:
    """Makes nodes, spending a budget of elements and bytes on the way."""

    __slots__ = ("elements", "is_within", "left_bytes", "reference", "share")

    def __init__(self, reference: Encoder, max_bytes: int, share: Sharer | None) -> None:
        self.reference = reference
        self.elements = MAX_ELEMENTS
        self.left_bytes = max_bytes
        self.share = share
        self.is_within = False  # a container that both sides hold

    def node(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is float:
            return value if value == value or self.share is None else self.not_a_number(value, self.share)
        if kind is int:
            return value if -(2**63) <= value < 2**63 else _big_integer(value)
        if kind is str or kind is bytes:
            self.left_bytes -= len(value)
            if self.left_bytes < 0:
                raise ValueRefused("the value is larger than what may cross")
            return value
        if self.share is not None and kind in SHARED_KINDS:
            shared = self.share(value, self.is_within)
            if shared is not None:
                return self.shared(value, kind, shared, depth - 1)
        if kind is np.ndarray:
            return self.array(value) or self.referenced(value)
        if kind in _CONTAINERS:
            return self.container(value, kind, depth)
        if depth <= 0:
            raise ValueRefused(TOO_DEEP)
        if kind in KINDS:
            return self.library(value, kind, depth)
        if kind is slice:
            return [SLICE, *self.items((value.start, value.stop, value.step), depth - 1)]
        if kind is Raw:
            return value.node
        if kind is Parts:
            return [TUPLE, *self.items(value.parts, depth - 1)]
        plain = _plain_node(value, kind)
        return plain if plain is not None else self.referenced(value)

    def not_a_number(self, value: float, share: Sharer) -> Any:
        """Return the node of a NaN, which is equal to nothing and found in a list by its identity alone."""
        shared = share(value, self.is_within)
        return value if shared is None else [SHARED, shared.at] if shared.is_known else [SHARED, shared.at, value]

    def shared(self, value: Any, kind: type, shared: Shared, depth: int) -> Any:
        """Return the node of a container that both sides hold, with what it holds if the other does not know it."""
        index, is_known, view, is_copied = shared
        if index is None:
            return self.array(value, _state_of(value))
        if is_known:
            return [SHARED, index]
        if view is not None:
            return [SHARED, index, [VIEW, self.shared(view.of, np.ndarray, view.root, depth), *view.place]]
        if kind is np.ndarray:
            return [SHARED, index, self.array(value, "" if is_copied else _state_of(value))]
        was_within, self.is_within = self.is_within, len(value) <= MOST_WITHIN
        made = [SHARED, index, self.contents(value, kind, depth)]
        self.is_within = was_within
        return made

    def contents(self, value: Any, kind: type, depth: int) -> Any:
        """Return the node of what a container holds, shared or not."""
        if kind is np.ndarray:
            return self.array(value, _state_of(value))
        return self.container(value, kind, depth) if kind in _CONTAINERS else self.library(value, kind, depth)

    def library(self, value: Any, kind: type, depth: int) -> list[Any]:
        """Return the node of a value of Python's library; of a view, with the dictionary itself where both sides hold it."""
        shown = dict_of(value) if kind in VIEWS and self.share is not None else None
        if shown is not None:
            return [BUILT, VIEWS[kind], self.node(shown, depth - 1)]
        apart = take_apart(value, kind)
        if apart is None:
            return self.referenced(value)
        name, parts = apart
        return [BUILT, name, *self.items(parts, depth - 1)]

    def container(self, value: Any, kind: type, depth: int) -> list[Any]:
        """Return the node of a container with its items."""
        if depth <= 0:
            raise ValueRefused(TOO_DEEP)
        self.elements -= len(value)  # so that no node is made which `check_size` refuses
        if self.elements < 0:
            raise ValueRefused(TOO_MANY)
        if kind is defaultdict:
            return self.library(value, kind, depth)
        tag = _CONTAINERS[kind]
        if tag != DICT:
            return [tag, *self.items(value, depth - 1)]
        out = [tag]
        values = iter(value.values())
        for key in value:
            item = next(values)  # without a look-up, which would ask a key for its hash
            out.append(self.node(key, depth - 1))
            out.append(self.node(item, depth - 1))
        return out

    def items(self, values: Iterable[Any], depth: int) -> list[Any]:
        # Written out, as `container` is: how often a value is referred to while it is written is known, see `sharing`.
        out = []
        for item in values:
            out.append(self.node(item, depth))
        return out

    def array(self, array: np.ndarray[Any, Any], how: str = "") -> list[Any] | None:
        """Return an array's node, little-endian and in its own order, or None for a dtype that does not cross."""
        dtype = array.dtype.newbyteorder("<")
        if not dtype_crosses(dtype):
            return None
        if array.ndim > MAX_DIMENSIONS:
            raise ValueRefused(f"an array has more than the {MAX_DIMENSIONS} dimensions that may cross")
        if array.dtype.kind == "b":
            array = array.view("u1") != 0  # memory that was filled otherwise can hold what is neither 0 nor 1
        self.left_bytes -= array.nbytes
        if self.left_bytes < 0:
            raise ValueRefused(f"an array of {array.nbytes} bytes is larger than what may cross")
        order = IN_COLUMNS if array.flags.f_contiguous and not array.flags.c_contiguous else ""
        data = array.astype(dtype, copy=False).tobytes("F" if order else "C")
        return [ARRAY, dtype.str, list(array.shape), data, *([how + order] if how or order else ())]

    def referenced(self, value: Any) -> list[Any]:
        made = self.reference(value)
        if made is None:
            raise KindRefused(f"an object of type {type(value).__name__} cannot cross by value")
        return made


_CONTAINERS: dict[type, int] = {
    list: LIST,
    tuple: TUPLE,
    set: SET,
    frozenset: FROZENSET,
    dict: DICT,
    defaultdict: DICT,
}
#: Kinds that can change while both sides hold one.
MUTABLE = frozenset((list, set, dict, OrderedDict, defaultdict, Counter, deque, bytearray, array.array, np.ndarray))
SHARED_KINDS = MUTABLE | {tuple}  # a tuple is the same object on its way back


def _plain_node(value: Any, kind: type) -> list[Any] | None:
    """Return the node of a plain value that is no container, or None.

    Only its real class is looked at: what an object says of `__class__` is the student's word, and costs a round trip.
    """
    if value is Ellipsis:
        return [ELLIPSIS]
    if value is NotImplemented:
        return [NOT_IMPLEMENTED]
    if kind is complex:
        return [COMPLEX, value.real, value.imag]
    if kind is range:
        parts = (value.start, value.stop, value.step)
        if not all(-(2**63) <= part < 2**63 for part in parts) or abs(parts[1] - parts[0]) // abs(parts[2]) > MAX_STEPS:
            raise ValueRefused(f"a range of more than {MAX_STEPS} steps, or of numbers beyond 64 bits, cannot cross")
        return [RANGE, *parts]
    if issubclass(kind, np.generic) and dtype_crosses(value.dtype):
        return [SCALAR, value.dtype.str, value.tobytes()[: value.dtype.itemsize]] if kind is value.dtype.type else None
    if issubclass(kind, np.dtype) and (dtype_crosses(value) or value.str == DTYPE_OF_OBJECTS):
        return [DTYPE, value.str]
    if issubclass(kind, type) and value in TYPE_NAMES:
        return [TYPE, TYPE_NAMES[value]]
    return None


def _state_of(array: np.ndarray[Any, Any]) -> str:
    """Return whether an array may be written to; of a copy of the student's, that is for the student's to say."""
    return IS_OWN if array.flags.writeable else "" if is_copy(array) else IS_READ_ONLY


def _big_integer(value: int) -> list[Any]:
    size = value.bit_length() // 8 + 1
    if size > MAX_INTEGER_BYTES:
        raise ValueRefused(f"an integer of {size} bytes is larger than the {MAX_INTEGER_BYTES} that may cross")
    return [INTEGER, value.to_bytes(size, "big", signed=True)]
