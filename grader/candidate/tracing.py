"""Counts what one call does inside Python: functions called, lines run, bytes held at once. Side: candidate.

The student's code shares this process and can change every one of these numbers: they are advice, and never points.
Sources: the Python Library Reference on sys.settrace and tracemalloc; NumPy reports its arrays to tracemalloc.
"""

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

MOST_EVENTS = 2_000_000  # then counting stops: a trace makes a loop about thirty times slower


def counted(function: Callable[..., Any], state: tuple[Any, ...]) -> list[Any]:
    """Return [answer, calls, lines, bytes] of one call of `function`; the bytes are the most held at once beyond its start."""
    counts = {"call": 0, "line": 0}

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        if event in counts:
            counts[event] += 1
            if counts["line"] + counts["call"] >= MOST_EVENTS:
                sys.settrace(None)
                return None
        return trace

    tracemalloc.start()
    try:
        held = tracemalloc.get_traced_memory()[0]
        sys.settrace(trace)
        try:
            answer = function(*state)
        finally:
            sys.settrace(None)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return [answer, counts["call"], counts["line"], max(most - held, 0)]
