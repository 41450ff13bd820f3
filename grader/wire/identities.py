"""What keeps its identity though it crosses by value: tuples, the last arrays that came back, and whose memory one is. Side: any.

A tuple that either side has sent is known on both by an index from then on, and is the same object whenever it comes back. Of
the last small arrays that the student's code returned the candidate keeps the very array, so that it can say whose memory one
shares; what the judge has of them are copies, and stay so.
"""

import math
from collections import OrderedDict
from typing import Any

import numpy as np

from grader.wire.kinds import MAX_DIMENSIONS, ProtocolError

MOST_TUPLES, MOST_PARTS = 500, 100  # kept by both sides together; of one tuple
#: Arrays that are kept: more by the candidate, which may have kept one that never arrived.
MOST_COPIES, MOST_ARRAYS, MOST_ARRAY_BYTES, MOST_OWNER_BYTES = 24, 32, 1 << 14, 1 << 16
FIXED = (type(None), bool, int, float, complex, str, bytes)  # what nobody can change in place
MOST_FIXED, DEEPEST = 10_000, 3  # characters or items of such a value, and tuples in each other


class Identities:
    """One side's tables."""

    def __init__(self) -> None:
        self.tuples: dict[int, tuple[Any, ...]] = {}
        self.index: dict[int, int] = {}  # of tuples, by identity
        self.arrays: OrderedDict[int, Any] = OrderedDict()

    def takes(self, value: tuple[Any, ...]) -> bool:
        """Whether a tuple is one that is kept."""
        return len(self.tuples) < MOST_TUPLES and len(value) <= MOST_PARTS and is_fixed(value)

    def keep(self, index: int, value: tuple[Any, ...]) -> None:
        """Know a tuple by an index."""
        self.tuples[index] = value
        self.index[id(value)] = index

    def keep_array(self, index: int, value: Any, most: int) -> None:
        """Keep an array that came back, and no more than so many."""
        self.arrays[index] = value
        while len(self.arrays) > most:
            self.arrays.popitem(last=False)

    def index_of_copy(self, value: Any) -> int | None:
        """Return the index of the array that a copy was made of, or None if that is kept no more."""
        return next((index for index, kept in self.arrays.items() if kept is value), None)


def is_kept_array(value: Any) -> bool:
    """Whether an array is small enough to be kept, and so is what owns its memory."""
    owner = value
    while type(owner.base) is np.ndarray:
        owner = owner.base
    return bool(value.nbytes <= MOST_ARRAY_BYTES and owner.nbytes <= MOST_OWNER_BYTES)


def root_of(array: Any) -> Any:
    """Return the array that owns the memory in which another lies, as far as that is NumPy's."""
    while type(array.base) is np.ndarray:
        array = array.base
    return array


def place_in(root: Any, array: Any) -> list[Any] | None:
    """Return where an array lies in the memory of one that both sides can hold; None if that is no such array."""
    is_whole = root.flags.owndata and root.flags.writeable and root.flags.forc and root.dtype.isnative
    if not is_whole or root.dtype != array.dtype or array.nbytes > root.nbytes or not array.size:
        return None
    offset = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return [offset, list(array.shape), list(array.strides), bool(array.flags.writeable)]


def view_of(root: Any, place: list[Any]) -> Any:
    """Return the array that lies at a place in the memory of another; raises ProtocolError for a place outside of it."""
    if type(root) is not np.ndarray or list(map(type, place)) != [int, list, list, bool]:
        raise ProtocolError("a part of an array that is none")
    offset, shape, steps, is_writable = place
    if len(shape) != len(steps) or len(shape) > MAX_DIMENSIONS or {int} < {int, *map(type, shape), *map(type, steps)}:
        raise ProtocolError("a part of an array that has no shape")
    ends = [step * (length - 1) for length, step in zip(shape, steps, strict=True)]
    first, last = sum(min(end, 0) for end in ends), sum(max(end, 0) for end in ends)
    is_inside = offset + first >= 0 and offset + last + root.itemsize <= root.nbytes
    if not is_inside or min(shape, default=1) < 1 or math.prod(shape) * root.itemsize > root.nbytes:
        raise ProtocolError("a part of an array that lies outside of it")
    if not root.flags.forc or any(step % root.itemsize for step in (offset, *steps)):
        raise ProtocolError("a part of an array that lies between its elements")
    made: Any = np.ndarray(tuple(shape), root.dtype, root, offset, tuple(steps))
    made.flags.writeable = is_writable and made.flags.writeable
    return made


def is_steady(value: Any, mutable: frozenset[type]) -> bool:
    """Whether nothing of these kinds is in a tuple, nor in what it holds by value."""
    if type(value) in (tuple, frozenset):
        return len(value) <= MOST_PARTS and all(is_steady(part, mutable) for part in value)
    return type(value) not in mutable


def is_fixed(value: Any, depth: int = 0) -> bool:
    """Whether a value is plain, not too large, and the same for as long as it is there."""
    kind = type(value)
    if kind in (tuple, frozenset):
        return depth < DEEPEST and len(value) <= MOST_FIXED and all(is_fixed(part, depth + 1) for part in value)
    return kind in FIXED and (kind not in (str, bytes) or len(value) <= MOST_FIXED)
