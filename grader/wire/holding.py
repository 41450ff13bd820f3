"""Which of the shared containers somebody still holds: all others are dropped, on both sides. Side: any."""

import array
import sys
from collections import Counter
from typing import Any, Protocol

import numpy as np

from grader.wire.encoding import MUTABLE, SHARED_KINDS, Encoder, content
from grader.wire.identities import root_of
from grader.wire.kinds import extent

#: Items of a container, bytes of an array, from which it is shared during one call only; and containers kept beyond it.
MOST_ITEMS, MOST_BYTES, MOST_KEPT = 10_000, 1 << 18, 1_000
#: Of all in a container that is shared as long as anybody holds it.
MOST_PINNED_ELEMENTS, MOST_PINNED_BYTES = 4_000, 1 << 14
IN_TABLE = 3  # references to one that nobody else holds: the table, a local name, the question itself
FLAT = (np.ndarray, bytearray, array.array)  # which hold numbers only


class Table(Protocol):
    """What `Sharing` knows of containers, by their indices and by identity."""

    held: dict[int, Any]
    index: dict[int, int]
    parts: dict[int, list[Any]]
    views: dict[int, int]
    pinned: dict[int, Any]


def held_in(table: Table) -> list[int]:
    """Return those that are pinned, or that somebody besides the table refers to, and whatever they hold."""
    edges = {index: [] if index in table.parts else _within(table, table.held[index]) for index in table.held}
    met = Counter(inner for inside in edges.values() for inner in inside)
    waiting = []
    for index in table.held:
        value = table.held[index]
        if sys.getrefcount(value) > IN_TABLE + met[index]:
            waiting.append(index)
    pinned = {index for index, value in table.held.items() if id(value) in table.pinned}
    waiting.sort(key=pinned.__contains__)  # those come first
    kept: dict[int, None] = {}
    while waiting and len(kept) < MOST_KEPT:
        index = waiting.pop()
        if index not in kept and (index in pinned or _is_small(table.held[index])):
            kept[index] = None
            waiting += edges[index]
    return [index for index in kept if table.views.get(index, index) in kept]


def can_be_pinned(value: Any, reference: Encoder) -> bool:
    """Whether a container may be shared as long as anybody holds it: it and all in it is small at first."""
    if type(value) not in MUTABLE or type(value) is np.ndarray:
        return False
    try:
        elements, _levels = extent(content(value, reference, MOST_PINNED_BYTES, None))
    except Exception:  # what cannot cross, and what the student's code makes of being asked
        return False
    return elements <= MOST_PINNED_ELEMENTS and len(value) <= MOST_ITEMS


def _within(table: Table, value: Any) -> list[int]:
    """Return what a container holds of the others, and the array in whose memory another lies."""
    inside: list[int] = []
    if type(value) is np.ndarray and value.base is not None and id(root_of(value)) in table.index:
        inside.append(table.index[id(root_of(value))])
    waiting = [value]
    while waiting:
        each = waiting.pop()
        parts = [*each, *each.values()] if isinstance(each, dict) else each if type(each) not in FLAT else ()
        for part in parts:
            if id(part) in table.index and type(part) in SHARED_KINDS:
                inside.append(table.index[id(part)])
            elif type(part) in (tuple, list, dict, set, frozenset):
                waiting.append(part)
    return inside


def _is_small(value: Any) -> bool:
    return value.nbytes <= MOST_BYTES if type(value) is np.ndarray else len(value) <= MOST_ITEMS
