"""Containers that a test and the student's code both hold: what one side changes, the other sees. Side: any.

A list that a test passes is a copy in the candidate. Each side keeps a table of such pairs, by an index, and of what both
last knew each to hold. With a request the judge sends what the test has changed since; with its reply the candidate sends
what the student's code has changed, and which of them it still holds at all: those that only the table refers to are
dropped on both sides. A container is only ever changed here by one of its own kind, and only while it is in the table.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.wire import identities
from grader.wire.containers import HandleOf, Look, add, added, begins_with, fill, fixed_parts, looked_at, parts
from grader.wire.decoding import Decoder, build
from grader.wire.encoding import MUTABLE, SHARED_KINDS, Encoder, Raw, Sharer, content
from grader.wire.holding import MOST_BYTES, MOST_ITEMS, MOST_KEPT, can_be_pinned, held_in
from grader.wire.identities import Identities, Shared, View, is_copy, is_steady, root_of
from grader.wire.kinds import DICT, LIST, SET, SHARED, VIEW, ProtocolError, dtype_crosses

MOST_PINNED = 40  # containers that are shared as long as anybody holds them, however large they grow
#: References to an item of a container while it is being written: the container, two local names, the question itself.
WHILE_WRITTEN = 5
OF_ONE_VIEW = 3  # to an array that nothing but one view of it refers to: the view, a local name, the question itself
_NOTHING = Look(b"", [])  # of a container whose look is not what it is compared by
_EMPTY: dict[int, Callable[[], Any]] = {LIST: list, DICT: dict, SET: set}


class Sharing:
    """One side's table. The judge gives even indices, the candidate odd ones."""

    def __init__(self, first: int, reference: Encoder, resolve: Decoder, max_bytes: int, handle_of: HandleOf) -> None:
        self.next = first
        self.parity = first
        self.reference = reference
        self.resolve = resolve
        self.max_bytes = max_bytes
        self.handle_of = handle_of
        self.held: dict[int, Any] = {}  # by index
        self.index: dict[int, int] = {}  # by identity
        self.known: dict[int, Look] = {}  # what both sides last knew it to hold
        self.parts: dict[int, list[Any]] = {}  # the same, of a container of nothing that can change
        self.identities = Identities()
        self.pinned: dict[int, Any] = {}  # by identity
        self.views: dict[int, int] = {}  # arrays in the memory of others, and those

    # --- writing ---

    def share(self, value: Any, is_within: bool = False) -> Shared | None:
        """Share whatever can change, as the judge does with all that a test passes."""
        if type(value) is tuple:
            return self._share_tuple(value, len(value) <= identities.MOST_PARTS)
        if type(value) is float:
            return self.identities.share_not_a_number(value, self._take_index)
        index = self.index.get(id(value))
        if index is not None:
            return Shared(index, True)
        if type(value) is not np.ndarray:
            return Shared(self._add(value), False)
        if is_copy(value) or not (value.dtype.isnative and dtype_crosses(value.dtype)):
            return None
        is_own = value.flags.writeable or root_of(value) is value
        return self._share_in_place(value, root_of(value)) or Shared(self._add(value) if is_own else None, False)

    def share_held(self, value: Any, is_within: bool = False) -> Shared | None:
        """Share what somebody holds besides the value that it is found in, as the candidate does with what it returns."""
        index = self.identities.index.get(id(value), self.index.get(id(value)))
        if index is not None:
            return Shared(index, True)
        if type(value) is float:
            return self.identities.share_not_a_number(value, self._take_index)
        is_held = sys.getrefcount(value) > WHILE_WRITTEN or is_within
        if type(value) is np.ndarray:
            return self._share_held_array(value, is_held)
        if not is_held or len(value) > MOST_ITEMS:
            return None
        if type(value) is tuple:
            return self._share_tuple(value, is_steady(value, MUTABLE))
        return Shared(self._add(value), False)

    def _share_tuple(self, value: tuple[Any, ...], is_steady: bool) -> Shared | None:
        """Share a tuple: for good if nobody can change what is in it, else while somebody holds it."""
        index = self.identities.index.get(id(value), self.index.get(id(value)))
        if index is not None:
            return Shared(index, True)
        if self.identities.takes(value):
            return self.identities.share(value, self._take_index)
        return Shared(self._add(value), False) if is_steady else None

    def _share_held_array(self, value: Any, is_held: bool) -> Shared | None:
        """Share an array that somebody holds, or whose memory somebody does; any other is its receiver's alone."""
        if not (dtype_crosses(value.dtype) and value.dtype.isnative):
            return None
        root = root_of(value)
        if value.flags.writeable and root.base is None:
            if not is_held and (root is value or sys.getrefcount(root) <= OF_ONE_VIEW):
                return Shared(None, False)
            shared = self._share_in_place(value, root)
            if shared is not None:
                return shared
        return self.identities.share_copy(value, self._take_index)

    def _share_in_place(self, value: Any, root: Any) -> Shared | None:
        """Share the array that owns the memory of another, and that as a part of it; None if it is too large for that."""
        place = identities.place_in(root, value)
        known = self.index.get(id(root))
        if place is None or (known is None and root.nbytes > MOST_BYTES):
            return None
        at = Shared(self._add(root) if known is None else known, known is not None)
        if root is value:
            return at
        self.views[self.next] = self.index[id(root)]
        return Shared(self._add(value), False, View(at, root, place))

    def original(self, copy: Any) -> Raw | None:
        """Return what means, in a request, the student's array that a copy was made of; None if it is kept no more."""
        index = self.identities.index_of_copy(copy)
        return None if index is None else Raw([SHARED, index])

    def pin(self, value: Any) -> bool:
        """Share a container until nobody holds it, if it and what it holds is small; return whether it is one that is."""
        if len(self.pinned) >= MOST_PINNED or not can_be_pinned(value, self.reference):
            return False
        self.pinned[id(value)] = value
        return True

    def share_known(self, value: Any, _is_within: bool = False) -> Shared | None:
        """Share nothing that is not in the table."""
        index = self.index.get(id(value))
        return None if index is None else Shared(index, True)

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
        if index in self.views or type(value) is tuple:
            return None
        before, now = self.parts.get(index), parts(value)
        if before is not None and now is not None:
            if len(now) == len(before) and begins_with(now, before):
                return None
            rest = added(value, now, before)
            if rest is not None:
                self.parts[index] = now
                return [Raw(content(rest, self.reference, self.max_bytes, share)), True]
        if before is None and self._look(value).body == self.known[index].body:
            return None
        made = Raw(content(value, self.reference, self.max_bytes, share, is_shared=True))
        self._know(index, value)
        return [made]

    def _know(self, index: int, value: Any) -> None:
        """Take what a container holds for what both sides know; of nothing that can change, the very things."""
        self.parts.pop(index, None)
        if index in self.views or type(value) is tuple:
            self.known[index] = _NOTHING
            return
        fixed = fixed_parts(value)
        if fixed is not None:
            self.parts[index] = fixed
        self.known[index] = _NOTHING if fixed is not None else self._look(value)

    def note(self) -> None:
        """Take what new containers hold now for what both sides know."""
        if len(self.held) == len(self.known):  # what is known is held, always
            return
        for index in self.held.keys() - self.known.keys():
            self._know(index, self.held[index])

    def _look(self, value: Any) -> Look:
        return looked_at(value, self.handle_of, self.max_bytes, self.share_known)

    # --- reading ---

    def receive(self, node: list[Any], writable: bool = False) -> Any:
        """Return the container of a SHARED node: one of the table, or a new one with its contents."""
        if len(node) == 2 and type(node[1]) is int:
            for table in (self.held, self.identities.kept, self.identities.arrays if self.parity else {}):
                if node[1] in table:
                    return table[node[1]]
        if (
            len(node) != 3
            or type(node[1]) is not int
            or node[1] in self.held
            or node[1] in self.identities.kept
            or not (node[2] if type(node[2]) is list else type(node[2]) is float and node[2] != node[2])
        ):
            raise ProtocolError("a shared container that is none")
        index, made = node[1], node[2]
        if index % 2 == self.parity or index < 0:
            raise ProtocolError("a shared container under an index of this side")
        if type(made) is float:
            return self.identities.keep(index, made)
        if type(made[0]) is int and made[0] in _EMPTY:
            value = _EMPTY[made[0]]()
            self.put(index, value)
            fill(value, build(made, self.resolve, writable))
            return value
        if made[0] == VIEW:
            return self._receive_view(index, made[1:])
        value = build(made, self.resolve, writable)
        if type(value) is tuple and self.identities.takes(value):
            return self.identities.keep(index, value)
        if is_copy(value):  # of the student's array, and no more
            self.identities.keep_array(index, value, identities.MOST_COPIES)
            return value
        is_students_tuple = type(value) is tuple and not self.parity
        if type(value) not in SHARED_KINDS or (is_students_tuple and not is_steady(value, MUTABLE)):
            raise ProtocolError("a shared container that cannot change")
        self.put(index, value)
        return value

    def _receive_view(self, index: int, parts: list[Any]) -> Any:
        root = self.resolve(parts[0]) if parts and type(parts[0]) is list and parts[0][:1] == [SHARED] else None
        if id(root) not in self.index:
            raise ProtocolError("a part of an array that is not shared")
        value = identities.view_of(root, parts[1:])
        self.put(index, value)
        self.views[index] = self.index[id(root)]
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

    def take_end(self, value: Any, parts: list[Any]) -> Any:
        """Take over what has changed when a request is over, and what the candidate still holds: nothing, if it is silent."""
        if len(parts) not in (0, 2):
            raise ProtocolError("a reply with other parts than its status promises")
        changes, kept = parts or ([], [])
        self.apply(changes)
        self.keep(kept)
        self.note()
        return self.identities.same(value)

    def keep(self, indices: Any) -> None:
        """Drop all containers but these."""
        if type(indices) is not list or any(type(index) is not int for index in indices) or len(indices) > MOST_KEPT:
            raise ProtocolError("a list of shared containers that is none")
        for index in self.held.keys() - set(indices):
            del self.index[id(self.held.pop(index))]
            self.known.pop(index, None)
            self.parts.pop(index, None)
            self.views.pop(index, None)

    def still_held(self) -> list[int]:
        """Return those that are pinned, or that somebody besides this table refers to, and whatever they hold."""
        return held_in(self)
