"""The judge's table of what it was told of by a handle: an object of the student's stands in it for as long as the test has it.

Handles are issued in order, and one that was never issued is seen. Once nothing here refers to what stands for an object, its
handle is given back, with the next request or at once, so that the object lives no longer than in one process. Side: judge.
"""

import weakref
from collections.abc import Callable
from typing import Any


class Handles:
    """What stands for the objects of one candidate.

    tell_at_once: called when a handle is there to be given back; does so where the test may see what comes of it, or nothing.
    """

    def __init__(self, tell_at_once: Callable[[], None]) -> None:
        self._issued: list[Any] = []
        self._given_back: list[int] = []
        self._tell_at_once = tell_at_once

    def __len__(self) -> int:
        return len(self._issued)

    def __getitem__(self, handle: int) -> Any:
        """Return what stands for an object, or None where nothing does any more."""
        found = self._issued[handle]
        return found() if type(found) is _Reference else found

    def keep(self, value: Any) -> None:
        """Enter what stays until the connection ends, under the next handle."""
        self._issued.append(value)

    def hold(self, handle: int, value: Any) -> None:
        """Enter what stays as long as somebody holds it, under the next handle or one that nothing stands for any more."""
        reference = _Reference(value, self._give_back)
        reference.handle = handle
        if handle == len(self._issued):
            self._issued.append(reference)
        else:
            self._issued[handle] = reference
            self._given_back.remove(handle)  # ValueError: the candidate has been told that nobody has it

    def _give_back(self, reference: "_Reference") -> None:
        self._given_back.append(reference.handle)
        self._tell_at_once()

    def take_given_back(self) -> list[int]:
        """Return the handles that the candidate is to be told of, once."""
        taken, self._given_back = self._given_back, []
        return taken

    def not_told(self, handles: list[int]) -> None:
        """Note that the candidate has not been told of these after all."""
        self._given_back += handles


def handle_of(value: Any) -> int | None:
    """Return the handle of what stands for an object of the student's, and None for anything else; neither is asked anything."""
    is_object = hasattr(type(value), "_assay_name")  # which what stands for an exception has not
    return object.__getattribute__(value, "_assay_handle") if is_object else None


class _Reference(weakref.ref[Any]):
    __slots__ = ("handle",)
    handle: int
