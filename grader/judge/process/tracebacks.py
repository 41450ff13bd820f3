"""Tracebacks of what the student's code raised: their frames, as one process would show them, and none of ours. Side: judge.

The candidate tells file, line, function and text of each frame. Frames of these names are made here, at the end of the
exception's traceback; `traceback` passes over what lies between them and the test. Nothing of the student's is read or run.
"""

import contextlib
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import FrameType, FunctionType, TracebackType
from typing import Any

FOLDER = "/submission/"  # where the student's files seem to lie: no file of this process has such a name
MOST_LINES, MOST_FILES = 5_000, 100  # of which the text is kept
_IS_STUDENTS = "_assay_is_students"
_WALKING = ("walk_tb", "_walk_tb_with_full_positions")
_own: dict[str, Callable[..., Iterator[tuple[Any, Any]]]] = {name: vars(traceback)[name] for name in _WALKING}
_texts: dict[str, list[str]] = {}


def made(frames: Sequence[tuple[str, int, str, str]]) -> TracebackType | None:
    """Return a traceback of such frames (file, line, function, text), the innermost last; None if there are none."""
    found: TracebackType | None = None
    with contextlib.suppress(ValueError, TypeError, OverflowError):  # of names and numbers that no code can have
        for file, line, function, text in reversed(frames):
            _note(FOLDER + file, line, text)
            found = TracebackType(found, _frame(FOLDER + file, line, function), 0, line)
    return found


def _frame(file: str, line: int, function: str) -> FrameType:
    code = _here.__code__.replace(co_filename=file, co_name=function, co_qualname=function, co_firstlineno=line)
    space = {
        _IS_STUDENTS: True,
        "sys": sys,
        "__name__": file.removeprefix(FOLDER).removesuffix(".py").replace("/", "."),
    }
    frame: FrameType = FunctionType(code, space)()
    return frame


def _here() -> FrameType:
    return sys._getframe()


def _note(file: str, line: int, text: str) -> None:
    """Have a line of the student's be found by who prints a traceback."""
    if not 0 < line <= MOST_LINES:
        return
    if file not in _texts and len(_texts) >= MOST_FILES:
        return
    lines = _texts.setdefault(file, [])
    lines += ["\n"] * (line - len(lines))
    lines[line - 1] = f"{text}\n"
    linecache.cache[file] = (len(lines), None, lines, file)


def forward() -> None:
    """Have `traceback` pass over our own frames where a student's come after them."""
    for name, own in _own.items():
        setattr(traceback, name, _passing(own))


def restore() -> None:
    """Undo `forward`."""
    for name, own in _own.items():
        setattr(traceback, name, own)


def _passing(own: Callable[..., Iterator[tuple[Any, Any]]]) -> Callable[..., Iterator[tuple[Any, Any]]]:
    def walk(trace: TracebackType | None) -> Iterator[tuple[Any, Any]]:
        found = list(own(trace))
        has_students = any(_IS_STUDENTS in frame.f_globals for frame, _place in found)
        return iter([each for each in found if not (has_students and _is_ours(each[0]))])

    return walk


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("grader.")
