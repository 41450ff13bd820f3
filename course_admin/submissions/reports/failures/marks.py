"""Two values beside each other, with the numbers that differ marked: pieces of text, each marked or not, for a template."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|nan|inf)|[A-Za-z_]\w*|'[^'\n]*'", re.IGNORECASE
)
ROUNDING = 1e-6  # what is shown has eight digits: two that are nearer than this may be the same
TOKENS = 400  # of longer texts nothing is marked: nobody would find it


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether it differs from what stands in its place on the other side."""

    text: str
    differs: bool


def marked(expected: str, got: str, tolerance: tuple[float, float] = (0.0, 0.0)) -> tuple[list[Piece], list[Piece]]:
    """Return both texts as pieces; unmarked where they have not the same number of parts, which says enough."""
    mine, theirs = list(_TOKEN.finditer(got)), list(_TOKEN.finditer(expected))
    if len(mine) != len(theirs) or len(mine) > TOKENS:
        return [Piece(expected, differs=False)], [Piece(got, differs=False)]
    differ = [not _is_same(a[0], b[0], tolerance) for a, b in zip(theirs, mine, strict=True)]
    return list(_pieces(expected, theirs, differ)), list(_pieces(got, mine, differ))


def _pieces(text: str, tokens: list[re.Match[str]], differ: list[bool]) -> Iterator[Piece]:
    end = 0
    for token, is_marked in zip(tokens, differ, strict=True):
        if is_marked:
            if token.start() > end:
                yield Piece(text[end : token.start()], differs=False)
            yield Piece(token[0], differs=True)
            end = token.end()
    if end < len(text):
        yield Piece(text[end:], differs=False)


def _is_same(want: str, got: str, tolerance: tuple[float, float]) -> bool:
    if want == got:
        return True
    try:
        a, b = float(want), float(got)
    except ValueError:
        return False
    if not (math.isfinite(a) and math.isfinite(b)):
        return a == b or (math.isnan(a) and math.isnan(b))
    relative, absolute = tolerance
    if not relative and not absolute:
        return a == b
    return abs(a - b) <= absolute + max(relative, ROUNDING) * abs(a)
