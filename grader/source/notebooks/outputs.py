"""Drop from a notebook what decides nothing: outputs, attachments and metadata, in one pass over its bytes. Side: worker.

The result is the same JSON with empty lists and objects in their places, so that a notebook weighs what its sources do.
The pass is linear in the notebook's size whatever it holds, and needs no memory beyond what is kept; what is dropped is
not parsed, and need not even be JSON. A slim notebook passes unchanged.
"""

import re
from collections.abc import Iterable

from grader.source.notebooks.problem import NotebookProblem

CONTAINERS = 200_000  # lists and objects that are kept
NESTING = 100  # of what is kept
EMPTY = {ord("["): b"[]", ord("{"): b"{}"}
DROPPED_KEYS = frozenset({b"outputs", b"attachments", b"metadata"})
KEY_DEPTHS = frozenset({1, 3})  # the notebook's own keys, and those of a cell in its list of cells
TOKEN = re.compile(rb'["\[\]{}]')
COLON = re.compile(rb"[ \t\r\n]*+:[ \t\r\n]*+")
QUOTE, BACKSLASH, OPENING = ord('"'), ord("\\"), frozenset(b"[{")
SHAPE = "is nested too deeply or holds too many values; clear its outputs and save it again"
CUT_SHORT = "is not a valid Jupyter notebook: it is cut short; open it in Jupyter and save it again"


def drop_outputs(data: bytes) -> bytes:
    """Return the notebook without its outputs; raises NotebookProblem if no reader could bear what is left."""
    return b"".join(_kept(data))


def _kept(data: bytes) -> Iterable[bytes]:
    position = copied = depth = containers = 0
    dropped_at: int | None = None  # the depth outside the value that is being dropped
    while found := TOKEN.search(data, position):
        token = data[found.start()]
        position = found.end()
        if token == QUOTE:
            start, position = position, _string_end(data, position)
            is_key = dropped_at is None and depth in KEY_DEPTHS and data[start : position - 1] in DROPPED_KEYS
            colon = COLON.match(data, position) if is_key else None
            if colon and colon.end() < len(data) and data[colon.end()] in OPENING:
                yield data[copied : colon.end()]
                yield EMPTY[data[colon.end()]]
                dropped_at, position, depth = depth, colon.end() + 1, depth + 1
        elif token in OPENING:
            depth += 1
            containers += dropped_at is None
            if dropped_at is None and (depth > NESTING or containers > CONTAINERS):
                raise NotebookProblem(SHAPE)
        else:
            depth -= 1
            if depth == dropped_at:
                dropped_at, copied = None, position
    if dropped_at is not None:
        raise NotebookProblem(CUT_SHORT)
    yield data[copied:]


def _string_end(data: bytes, position: int) -> int:
    """Return the position behind the string whose first character is at `position`.

    Each quote is judged by the backslashes straight before it, so that each backslash is counted once.
    """
    start = position
    while (quote := data.find(b'"', position)) >= 0:
        before = quote
        while before > start and data[before - 1] == BACKSLASH:
            before -= 1
        if (quote - before) % 2 == 0:
            return quote + 1
        position = start = quote + 1
    raise NotebookProblem(CUT_SHORT)
