"""Containers that a test and the student's code both hold: what one side changes, the other sees. Side: any.

A list that a test passes is a copy in the candidate. Each side keeps a table of such pairs, by an index, and of what both
last knew each to hold. With a request the judge sends what the test has changed since; with its reply the candidate sends
what the student's code has changed, and which of them it still holds at all: those that only the table refers to are
dropped on both sides. A container is only ever changed here by one of its own kind, and only while it is in the table.
"""

import array
import sys
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.wire.decoding import Decoder, build
from grader.wire.encoding import MUTABLE, Encoder, Raw, Sharer, content, packed
from grader.wire.kinds import DICT, LIST, SET, ProtocolError, dtype_crosses

#: Items of a container, bytes of an array, from which it is shared during one call only; and containers kept beyond it.
MOST_ITEMS, MOST_BYTES, MOST_KEPT = 2_000, 1 << 14, 200
#: References to an item of a container while it is being written: the container, two local names, the question itself.
WHILE_WRITTEN = 5
IN_TABLE = 3  # references to one that nobody else holds: the table, a local name, the question itself
FLAT = (np.ndarray, bytearray, array.array)  # which hold numbers only
_EMPTY: dict[int, Callable[[], Any]] = {LIST: list, DICT: dict, SET: set}


class Sharing:
    """One side's table. The judge gives even indices, the candidate odd ones."""

    def __init__(self, first: int, reference: Encoder, resolve: Decoder, max_bytes: int) -> None:
        self.next = first
        self.parity = first
        self.reference = reference
        self.resolve = resolve
        self.max_bytes = max_bytes
        self.held: dict[int, Any] = {}  # by index
        self.index: dict[int, int] = {}  # by identity
        self.known: dict[int, bytes] = {}  # what both sides last knew it to hold

    # --- writing ---

    def share(self, value: Any) -> tuple[int, bool] | None:
        """Share whatever can change, as the judge does with all that a test passes."""
        index = self.index.get(id(value))
        if index is not None:
            return index, True
        if type(value) is np.ndarray and not (
            value.flags.writeable and value.dtype.isnative and dtype_crosses(value.dtype)
        ):
            return None
        return self._add(value), False

    def share_held(self, value: Any) -> tuple[int, bool] | None:
        """Share what somebody holds besides the value that it is found in, as the candidate does with what it returns."""
        index = self.index.get(id(value))
        if index is not None:
            return index, True
        if sys.getrefcount(value) <= WHILE_WRITTEN or type(value) is np.ndarray or len(value) > MOST_ITEMS:
            return None
        return self._add(value), False

    def share_known(self, value: Any) -> tuple[int, bool] | None:
        """Share nothing that is not in the table."""
        index = self.index.get(id(value))
        return None if index is None else (index, True)

    def _add(self, value: Any) -> int:
        index = self.next
        self.next += 2
        self.put(index, value)
        return index

    def put(self, index: int, value: Any) -> None:
        """Enter a container under an index."""
        self.held[index] = value
        self.index[id(value)] = index

    def changed(self, share: Sharer) -> list[Any]:
        """Return [index, contents] of every container that holds something else than both sides knew; they now know it."""
        found = []
        for index, value in list(self.held.items()):
            if index in self.known and self._written(value) != self.known[index]:
                found.append([index, Raw(content(value, self.reference, self.max_bytes, share))])
                self.known[index] = self._written(value)
        return found

    def note(self) -> None:
        """Take what new containers hold now for what both sides know."""
        if len(self.held) == len(self.known):  # what is known is held, always
            return
        for index in self.held.keys() - self.known.keys():
            self.known[index] = self._written(self.held[index])

    def _written(self, value: Any) -> bytes:
        return packed(content(value, self.reference, self.max_bytes, self.share_known))

    # --- reading ---

    def receive(self, node: list[Any], writable: bool = False) -> Any:
        """Return the container of a SHARED node: one of the table, or a new one with its contents."""
        if len(node) == 2 and type(node[1]) is int and node[1] in self.held:
            return self.held[node[1]]
        if (
            len(node) != 3
            or type(node[1]) is not int
            or node[1] in self.held
            or type(node[2]) is not list
            or not node[2]
        ):
            raise ProtocolError("a shared container that is none")
        index, made = node[1], node[2]
        if index % 2 == self.parity % 2 or index < 0:
            raise ProtocolError("a shared container under an index of this side")
        if type(made[0]) is int and made[0] in _EMPTY:
            value = _EMPTY[made[0]]()
            self.put(index, value)
            fill(value, build(made, self.resolve, writable))
            return value
        value = build(made, self.resolve, writable)
        if type(value) not in MUTABLE:
            raise ProtocolError("a shared container that cannot change")
        self.put(index, value)
        return value

    def apply(self, changes: Any) -> None:
        """Have containers of the table hold what the other side says they do: [index, a new one of that kind], each."""
        if type(changes) is not list or any(type(each) is not list or len(each) != 2 for each in changes):
            raise ProtocolError("changes that are none")
        for index, new in changes:
            if type(index) is not int or index not in self.held:
                raise ProtocolError("a change of a container that is not shared")
            fill(self.held[index], new)
            self.known.pop(index, None)

    def take_changes(self, changes: Any) -> None:
        """Take over what the candidate says has changed, while a request goes on."""
        self.apply(changes)
        self.note()

    def take_end(self, parts: list[Any]) -> None:
        """Take over what has changed when a request is over, and what the candidate still holds: nothing, if it is silent."""
        if len(parts) not in (0, 2):
            raise ProtocolError("a reply with other parts than its status promises")
        changes, kept = parts or ([], [])
        self.apply(changes)
        self.keep(kept)
        self.note()

    def keep(self, indices: Any) -> None:
        """Drop all containers but these."""
        if type(indices) is not list or any(type(index) is not int for index in indices) or len(indices) > MOST_KEPT:
            raise ProtocolError("a list of shared containers that is none")
        for index in self.held.keys() - set(indices):
            del self.index[id(self.held.pop(index))]
            self.known.pop(index, None)

    def still_held(self) -> list[int]:
        """Return those that somebody besides this table refers to, and whatever they hold."""
        edges = {index: self._within(self.held[index]) for index in self.held}
        met = Counter(inner for inside in edges.values() for inner in inside)
        waiting = []
        for index in self.held:
            value = self.held[index]
            if sys.getrefcount(value) > IN_TABLE + met[index]:
                waiting.append(index)
        kept: dict[int, None] = {}
        while waiting and len(kept) < MOST_KEPT:
            index = waiting.pop()
            if index not in kept and _is_small(self.held[index]):
                kept[index] = None
                waiting += edges[index]
        return list(kept)

    def _within(self, value: Any) -> list[int]:
        inside: list[int] = []
        waiting = [value]
        while waiting:
            each = waiting.pop()
            parts = [*each, *each.values()] if isinstance(each, dict) else each if type(each) not in FLAT else ()
            for part in parts:
                if id(part) in self.index and type(part) in MUTABLE:
                    inside.append(self.index[id(part)])
                elif type(part) in (tuple, list, dict, set, frozenset):
                    waiting.append(part)
        return inside


def _is_small(value: Any) -> bool:
    return value.nbytes <= MOST_BYTES if type(value) is np.ndarray else len(value) <= MOST_ITEMS


def fill(container: Any, new: Any) -> None:
    """Have a container hold what another of its kind does; raises ProtocolError for one of another kind."""
    if type(container) is np.ndarray and type(new) is np.ndarray:
        if container.shape != new.shape or container.dtype != new.dtype:
            raise ProtocolError("an array that became another")
        np.copyto(container, new)
    elif type(container) is list and type(new) is list:
        container[:] = new
    elif type(container) is set and type(new) is set:
        container.clear()
        container.update(new)
    elif type(container) is deque and type(new) is deque:
        container.clear()
        container.extend(new)
    elif type(container) in (bytearray, array.array) and type(new) is type(container):
        container[:] = new
    elif isinstance(container, dict) and isinstance(new, dict):
        container.clear()
        for key in new:
            container[key] = new[key]
    else:
        raise ProtocolError("a container that became one of another kind")
