"""Streams about students that are read in step, each in the order of the roster, so that none is in memory as a whole."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

AT_ONCE = 2_000  # rows that the database hands out at a time


class InStep(Generic[Thing]):
    """Things of students, read from a stream in the order of the roster as each student is asked for, once.

    What a student who has joined or left meanwhile makes one pass over is kept, so that everybody finds their own.
    """

    def __init__(self, stream: Iterator[tuple[int, Thing]]) -> None:
        self._stream = stream
        self._passed: dict[int, Thing] = {}

    def of(self, student: int) -> Thing | None:
        """Return what belongs to a student; None if the stream has nothing."""
        if student in self._passed:
            return self._passed.pop(student)
        for pk, thing in self._stream:
            if pk == student:
                return thing
            self._passed[pk] = thing
        return None
