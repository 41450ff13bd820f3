"""What keeps its identity though it crosses by value: tuples of plain values, and the last arrays that came back. Side: any.

A tuple that either side has sent is known on both by an index from then on, and is the same object whenever it comes back. Of
the last small arrays that the student's code returned the candidate keeps the very array, so that it can say whose memory one
shares; what the judge has of them are copies, and stay so.
"""

from collections import OrderedDict
from typing import Any

import numpy as np

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


def is_fixed(value: Any, depth: int = 0) -> bool:
    """Whether a value is plain, not too large, and the same for as long as it is there."""
    kind = type(value)
    if kind in (tuple, frozenset):
        return depth < DEEPEST and len(value) <= MOST_FIXED and all(is_fixed(part, depth + 1) for part in value)
    return kind in FIXED and (kind not in (str, bytes) or len(value) <= MOST_FIXED)
