"""The environment as a file of the suite's reads it: with what the student's code has set in its own. Side: judge.

Such a variable is told to who reads it by its name, and never set in this process.
"""

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

from grader.judge.channel.loans import Lender

READERS = ("os", "collections.abc")  # between a question and `__getitem__`: `os.getenv`, `get`, `in`


class Connection(Lender, Protocol):
    """What the running test's connection is asked for."""

    @property
    def lock(self) -> Any:
        """Held by who asks."""

    @property
    def mirror(self) -> Any:
        """What the test has changed in its own process."""


Current = Callable[[], Connection | None]
_get: Callable[[Any, str], str] = type(os.environ).__getitem__


def forward(current: Current, is_suites: Callable[[FrameType], bool]) -> None:
    """Have variables be read as described above; `current` returns the running test's connection."""

    def get(self: Any, key: str) -> str:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__") in READERS:
            frame = frame.f_back
        if type(key) is not str or frame is None or not is_suites(frame):
            return _get(self, key)
        connection = current()
        is_own = connection is None or connection.mirror is None or connection.mirror.has_set(os.fsencode(key))
        told = None if connection is None or is_own else _ask(connection, key)
        if told is None:
            return _get(self, key)
        if told[0] is None:
            raise KeyError(key)
        value: str = told[0]
        return value

    type(os.environ).__getitem__ = get  # type: ignore[method-assign]


def restore() -> None:
    """Undo `forward`."""
    type(os.environ).__getitem__ = _get  # type: ignore[method-assign]


def _ask(connection: Connection, key: str) -> list[Any] | None:
    """Return, in a list, what the student's code has set a variable to, None if it removed it; None if it did neither."""
    with connection.lock:
        told = connection.own_request("variable", key)
    if told is None or (type(told) is list and len(told) == 1 and type(told[0]) in (str, type(None))):
        return told
    raise connection.no_answer("a variable that is none")
