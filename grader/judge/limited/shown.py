"""How a failed `assert` is written down: small plain values as pytest does it, and of everything else the outline. Side: judge.

pytest would ask a remote object how it looks, which is the student's code, and format an array in all its dimensions.
"""

from typing import Any

from _pytest.assertion import rewrite

from grader.judge import feedback

MOST_PARTS = 100  # values inside of one that is written down in full
MOST_CHARACTERS = 1_000
MOST_BITS = 4_000  # of an integer
_ATOMS = (type(None), bool, float, complex, type(...))
_CONTAINERS = (list, tuple, set, frozenset)


def is_small(value: Any) -> bool:
    """Whether a value is plain, and written down in a moment."""
    left = [MOST_PARTS, MOST_CHARACTERS]
    return _spend(value, left)


def _spend(value: Any, left: list[int]) -> bool:
    left[0] -= 1
    kind = type(value)
    if kind is str or kind is bytes:
        left[1] -= len(value)
    if left[0] < 0 or left[1] < 0:
        return False
    if kind is int:
        return bool(value.bit_length() <= MOST_BITS)
    if kind in _CONTAINERS:
        return len(value) <= left[0] and all(_spend(part, left) for part in value)
    if kind is dict:
        return len(value) <= left[0] and all(_spend(key, left) and _spend(part, left) for key, part in value.items())
    return kind is str or kind is bytes or kind in _ATOMS


def install() -> None:
    """Have pytest ask us for what is not small; in every judge, before a suite is collected."""
    written = rewrite._saferepr

    def write(value: object) -> str:
        return written(value) if is_small(value) else feedback.show(value)

    rewrite._saferepr = write  # type: ignore[assignment]
