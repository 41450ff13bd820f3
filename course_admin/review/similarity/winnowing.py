"""Fingerprints of a text by winnowing: whatever two texts share of at least GUARANTEED tokens shares a fingerprint.

Source: Schleimer, Wilkerson and Aiken 2003, "Winnowing: local algorithms for document fingerprinting". Of each window of
hashes of NOISE consecutive tokens the smallest is kept, of equal ones the rightmost. No kept library does this on tokens of
ours and returns lines: copydetect brings its own tokens and reports.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from course_admin.review.similarity.tokens import Symbol

NOISE = 15  # tokens: shorter matches mean nothing
GUARANTEED = 24
WINDOW = GUARANTEED - NOISE + 1


@dataclass(frozen=True, slots=True)
class Mark:
    """One fingerprint: the hash of NOISE tokens, and the lines that they stand in."""

    value: int
    first: int
    last: int


def marks_of(symbols: Sequence[Symbol]) -> list[Mark]:
    """Return the fingerprints of a text, in their order."""
    hashes = [
        zlib.crc32("\x1f".join(each.text for each in symbols[start : start + NOISE]).encode())
        for start in range(len(symbols) - NOISE + 1)
    ]
    return [Mark(hashes[place], symbols[place].line, symbols[place + NOISE - 1].line) for place in _chosen(hashes)]


def _chosen(hashes: Sequence[int]) -> Iterator[int]:
    """Yield the places that winnowing keeps; of a text shorter than a window its smallest."""
    place = -1
    for start in range(max(len(hashes) - WINDOW + 1, min(len(hashes), 1))):
        end = min(start + WINDOW, len(hashes))
        if place < start:  # the smallest has left the window
            place = min(range(start, end), key=lambda each: (hashes[each], -each))
            yield place
        elif hashes[end - 1] <= hashes[place]:
            place = end - 1
            yield place
