"""Containers that a test and the student's code both hold: what one side changes, the other sees. Side: any.

A list that a test passes is a copy in the candidate. Each side keeps a table of such pairs, by an index, and of what both
last knew each to hold. With a request the judge sends what the test has changed since; with its reply the candidate sends
what the student's code has changed, and which of them it still holds at all: those that only the table refers to are
dropped on both sides. A container is only ever changed here by one of its own kind, and only while it is in the table.
"""

import array
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.wire.containers import add, added, begins_with, fill, fixed_parts, parts
from grader.wire.decoding import Decoder, build
from grader.wire.encoding import MUTABLE, Encoder, Raw, Sharer, content, packed
from grader.wire.identities import MOST_ARRAYS, MOST_COPIES, Identities, is_kept_array
from grader.wire.kinds import DICT, LIST, SET, SHARED, ProtocolError, dtype_crosses, extent

#: Items of a container, bytes of an array, from which it is shared during one call only; and containers kept beyond it.
MOST_ITEMS, MOST_BYTES, MOST_KEPT = 2_000, 1 << 14, 200
#: Containers that are shared as long as anybody holds them, however large they grow; what they and all in them may hold at first.
MOST_PINNED, MOST_PINNED_ELEMENTS = 40, 4_000
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
        self.parts: dict[int, list[Any]] = {}  # the same, of a container of nothing that can change
        self.identities = Identities()
        self.pinned: dict[int, Any] = {}  # by identity

    # --- writing ---

    def share(self, value: Any) -> tuple[int, bool] | None:
        """Share whatever can change, as the judge does with all that a test passes."""
        if type(value) is tuple:
            return self._share_tuple(value)
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
        kind = type(value)
        index = self.index.get(id(value)) if kind is not tuple else self.identities.index.get(id(value))
        if index is not None:
            return index, True
        if kind is np.ndarray:
            return self._keep_array(value)
        if sys.getrefcount(value) <= WHILE_WRITTEN or len(value) > MOST_ITEMS:
            return None
        return self._share_tuple(value) if kind is tuple else (self._add(value), False)

    def _share_tuple(self, value: tuple[Any, ...]) -> tuple[int, bool] | None:
        index = self.identities.index.get(id(value))
        if index is not None:
            return index, True
        if not self.identities.takes(value):
            return None
        index = self._take_index()
        self.identities.keep(index, value)
        return index, False

    def _keep_array(self, value: Any) -> tuple[int, bool] | None:
        """Return a new index for each copy of an array that is sent, which is what it was when it was sent."""
        if not (dtype_crosses(value.dtype) and value.dtype.isnative and is_kept_array(value)):
            return None
        index = self._take_index()
        self.identities.keep_array(index, value, MOST_ARRAYS)
        return index, False

    def original(self, copy: Any) -> Raw | None:
        """Return what means, in a request, the student's array that a copy was made of; None if it is kept no more."""
        index = self.identities.index_of_copy(copy)
        return None if index is None else Raw([SHARED, index])

    def pin(self, value: Any) -> bool:
        """Share a container until nobody holds it, if it and what it holds is small; return whether it is one that is."""
        if type(value) not in MUTABLE or type(value) is np.ndarray or len(self.pinned) >= MOST_PINNED:
            return False
        try:
            elements, _levels = extent(content(value, self.reference, MOST_BYTES, None))
        except Exception:  # what cannot cross, and what the student's code makes of being asked
            return False
        if elements > MOST_PINNED_ELEMENTS or len(value) > MOST_ITEMS:
            return False
        self.pinned[id(value)] = value
        return True

    def share_known(self, value: Any) -> tuple[int, bool] | None:
        """Share nothing that is not in the table."""
        index = self.index.get(id(value))
        return None if index is None else (index, True)

    def _add(self, value: Any) -> int:
        index = self._take_index()
        self.put(index, value)
        return index

    def _take_index(self) -> int:
        index = self.next
        self.next += 2
        return index

    def put(self, index: int, value: Any) -> None:
        """Enter a container under an index."""
        self.held[index] = value
        self.index[id(value)] = index

    def changed(self, share: Sharer) -> list[Any]:
        """Return the changes of all containers that hold something else than both sides knew; they now know it."""
        found = []
        for index, value in list(self.held.items()):
            change = self._change(index, value, share) if index in self.known else None
            if change is not None:
                found.append([index, *change])
        return found

    def _change(self, index: int, value: Any, share: Sharer) -> list[Any] | None:
        """Return what a container holds now, or what it has got at its end; None where it is as both sides knew it."""
        before, now = self.parts.get(index), parts(value)
        if before is not None and now is not None:
            if len(now) == len(before) and begins_with(now, before):
                return None
            rest = added(value, now, before)
            if rest is not None:
                self.parts[index] = now
                return [Raw(self._content(rest)), True]
        written = self._written(value)
        if before is None and written == self.known[index]:
            return None
        made = Raw(content(value, self.reference, self.max_bytes, share))
        self._know(index, value)
        return [made]

    def _know(self, index: int, value: Any) -> None:
        """Take what a container holds for what both sides know; of nothing that can change, the very things."""
        self.parts.pop(index, None)
        fixed = fixed_parts(value)
        if fixed is not None:
            self.parts[index] = fixed
        self.known[index] = b"" if fixed is not None else self._written(value)

    def note(self) -> None:
        """Take what new containers hold now for what both sides know."""
        if len(self.held) == len(self.known):  # what is known is held, always
            return
        for index in self.held.keys() - self.known.keys():
            self._know(index, self.held[index])

    def _written(self, value: Any) -> bytes:
        return packed(self._content(value))

    def _content(self, value: Any) -> Any:
        return content(value, self.reference, self.max_bytes, self.share_known)

    # --- reading ---

    def receive(self, node: list[Any], writable: bool = False) -> Any:
        """Return the container of a SHARED node: one of the table, or a new one with its contents."""
        if len(node) == 2 and type(node[1]) is int:
            for table in (self.held, self.identities.tuples, self.identities.arrays if self.parity else {}):
                if node[1] in table:
                    return table[node[1]]
        if (
            len(node) != 3
            or type(node[1]) is not int
            or node[1] in self.held
            or node[1] in self.identities.tuples
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
        if type(value) is tuple and self.identities.takes(value):
            self.identities.keep(index, value)
            return value
        if type(value) is np.ndarray and not self.parity:  # of the student's: a copy, and no more
            self.identities.keep_array(index, value, MOST_COPIES)
            return value
        if type(value) not in MUTABLE:
            raise ProtocolError("a shared container that cannot change")
        self.put(index, value)
        return value

    def apply(self, changes: Any) -> None:
        """Have containers of the table hold what the other side says they do.

        Each change is [index, a new one of that kind], or [index, what is at its end now, True].
        """
        if type(changes) is not list or any(type(each) is not list or len(each) not in (2, 3) for each in changes):
            raise ProtocolError("changes that are none")
        for index, new, *is_added in changes:
            if type(index) is not int or index not in self.held:
                raise ProtocolError("a change of a container that is not shared")
            if is_added:
                self._add_to(index, new)
                continue
            fill(self.held[index], new)
            self.known.pop(index, None)
            self.parts.pop(index, None)

    def _add_to(self, index: int, rest: Any) -> None:
        add(self.held[index], rest)
        more = fixed_parts(rest)
        if index in self.parts and more is not None:
            self.parts[index] += more
        else:
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
            self.parts.pop(index, None)

    def still_held(self) -> list[int]:
        """Return those that are pinned, or that somebody besides this table refers to, and whatever they hold."""
        edges = {index: self._within(self.held[index]) for index in self.held}
        met = Counter(inner for inside in edges.values() for inner in inside)
        waiting = []
        for index in self.held:
            value = self.held[index]
            if sys.getrefcount(value) > IN_TABLE + met[index]:
                waiting.append(index)
        pinned = {index for index, value in self.held.items() if id(value) in self.pinned}
        waiting.sort(key=pinned.__contains__)  # those come first
        kept: dict[int, None] = {}
        while waiting and len(kept) < MOST_KEPT:
            index = waiting.pop()
            if index not in kept and (index in pinned or _is_small(self.held[index])):
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
