"""Paths, as text and back: what is a path in the candidate's box is none of this process's files. Side: any."""

from collections.abc import Callable
from pathlib import PosixPath, PurePosixPath
from typing import Any

Parts = tuple[Any, ...]
#: What is made of one takes far longer than its bytes do to arrive.
MAX_PATH_CHARACTERS, MAX_PATH_PARTS = 4_096, 100


class ForeignPath(PosixPath):
    """A path in the candidate's box: no file of this process has anything to do with it."""

    #: Set by the judge: raises what says so.
    refuse: Callable[[PosixPath], Any] | None = None

    def __fspath__(self) -> str:
        if ForeignPath.refuse is not None:
            ForeignPath.refuse(self)
        return str(self)


ForeignPath.__name__ = PosixPath.__name__
#: Set by the judge: refuses a path of its own files before it is sent.
CHECKS: list[Callable[[PosixPath], None]] = []


def made_path(text: str, kind: type[PurePosixPath]) -> PurePosixPath:
    """Return a path from its text. Raises ValueError for a text that is none, or too long."""
    if "\0" in text or not _is_short_path(text):
        raise ValueError("a path with a zero byte, or too long a one")
    return kind(text)


def _is_short_path(text: str) -> bool:
    return len(text) <= MAX_PATH_CHARACTERS and text.count("/") <= MAX_PATH_PARTS


def of_path(value: PosixPath) -> Parts | None:
    """Return the parts of a path of this process; raises what a check of it raises."""
    for check in CHECKS:
        check(value)
    return of_pure_path(value)


def of_pure_path(value: PurePosixPath) -> Parts | None:
    """Return the parts of a path; None if it is too long."""
    text = str(value)
    return (text,) if _is_short_path(text) else None
