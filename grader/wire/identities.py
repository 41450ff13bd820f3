"""What keeps its identity though it crosses by value: tuples, NaNs, the last arrays, and whose memory one is. Side: any.

A tuple or a NaN that either side has sent is known on both by an index from then on, and is the same object whenever it
comes back. Of the last small arrays that the student's code returned the candidate keeps the very array, so that it can say
whose memory one shares; what the judge has of them are copies, and stay so.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from grader.wire.kinds import MAX_DIMENSIONS, ProtocolError

MOST_KEPT, MOST_PARTS = 500, 100  # kept by both sides together; of one tuple
#: Arrays that are kept: more by the candidate, which may have kept one that never arrived.
MOST_COPIES, MOST_ARRAYS, MOST_ARRAY_BYTES, MOST_OWNER_BYTES = 24, 32, 1 << 14, 1 << 16
NOT_NUMBERS = {-1: math.nan, -2: np.nan}  # which have a name on both sides
FIXED = (type(None), bool, int, float, complex, str, bytes)  # what nobody can change in place
LIKE_BY_TEXT = (float, complex, date, time, datetime, timedelta, Decimal, Fraction, UUID, range)
MOST_FIXED, DEEPEST = 10_000, 3  # characters or items of such a value, and tuples in each other


class View(NamedTuple):
    """Where an array lies in the memory of another that both sides hold."""

    root: "Shared"
    of: np.ndarray[Any, Any]
    place: list[Any]  # offset, shape, steps, whether it may be written to


class Shared(NamedTuple):
    """How a container is told of that both sides hold, or an array that its receiver has for itself, without an index."""

    at: int | None  # its index
    is_known: bool
    view: View | None = None
    is_copy: bool = False  # of an array: what it was when it was sent


class Identities:
    """One side's tables."""

    def __init__(self) -> None:
        self.kept: dict[int, Any] = dict(NOT_NUMBERS)  # tuples and NaNs
        self.index: dict[int, int] = {id(value): index for index, value in NOT_NUMBERS.items()}  # by identity
        self.arrays: OrderedDict[int, Any] = OrderedDict()
        self.constants: dict[Any, Any] = {}

    def note(self, values: Iterable[Any]) -> None:
        """Take values that are sent for what they are known by when an equal one comes back."""
        for value in values:
            if type(value) in (tuple, dict):
                self.note(value.values() if type(value) is dict else value)
            else:
                self.same(value)

    def same(self, value: Any) -> Any:
        """Return a value that nobody can change, as the first like it that was sent or came back by itself."""
        known_by = _known_by(value)
        if known_by is None or (len(self.constants) >= MOST_KEPT and known_by not in self.constants):
            return value
        return self.constants.setdefault(known_by, value)

    def has_room(self) -> bool:
        """Whether one more may be kept."""
        return len(self.kept) < MOST_KEPT

    def takes(self, value: tuple[Any, ...]) -> bool:
        """Whether a tuple is one that is kept."""
        return self.has_room() and len(value) <= MOST_PARTS and is_fixed(value)

    def keep(self, index: int, value: Any) -> Any:
        """Know a tuple or a NaN by an index, and return it."""
        self.kept[index] = value
        self.index[id(value)] = index
        return value

    def share(self, value: Any, take_index: Callable[[], int]) -> Shared:
        """Know a tuple or a NaN by a new index."""
        index = take_index()
        self.keep(index, value)
        return Shared(index, False)

    def share_not_a_number(self, value: float, take_index: Callable[[], int]) -> Shared | None:
        """Share a NaN for good; None where so many are that one more is none of them."""
        index = self.index.get(id(value))
        if index is not None:
            return Shared(index, True)
        return self.share(value, take_index) if self.has_room() else None

    def share_copy(self, value: Any, take_index: Callable[[], int]) -> Shared | None:
        """Share an array of which copies are sent, if it is small; anew for each, which is what it was when it was sent."""
        if not is_kept_array(value):
            return None
        index = take_index()
        self.keep_array(index, value, MOST_ARRAYS)
        return Shared(index, False, is_copy=True)

    def keep_array(self, index: int, value: Any, most: int) -> None:
        """Keep an array that came back, and no more than so many."""
        self.arrays[index] = value
        while len(self.arrays) > most:
            self.arrays.popitem(last=False)

    def index_of_copy(self, value: Any) -> int | None:
        """Return the index of the array that a copy was made of, or None if that is kept no more."""
        return next((index for index, kept in self.arrays.items() if kept is value), None)


def _known_by(value: Any) -> Any:
    """Return what two values share that nobody can tell apart but by their identity; None for what is not looked at."""
    kind = type(value)
    if kind in (str, bytes):
        return (kind, value) if len(value) <= MOST_PARTS else None
    if kind is int:
        return kind, value
    if kind in LIKE_BY_TEXT:
        return (kind, repr(value)) if kind is not float or value == value else None
    return (kind, value.dtype.str, value.tobytes()) if issubclass(kind, np.generic) else None


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


def is_copy(value: Any) -> bool:
    """Whether an array is the copy of one on the other side, which nobody may write to: its memory is a frame's."""
    return (
        type(value) is np.ndarray
        and not value.flags.writeable
        and (type(root_of(value).base) is bytes or not value.size)
    )


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
