"""A large class made of a few recorded runs: other numbers and names in the messages, some checks lost, some failures added."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from course_admin.review.clusters.signing.signature import NO_FAILURE, key_of

Lost = tuple[str, str, str]  # id, verdict and message of a check

LOSES, STRANGE = 0.1, 0.05  # how often a check passes by luck, and how often another kind's failure is there besides
_FLOAT = re.compile(r"(?<![\w.])(\d+\.\d+)(?![\w])")
_CODE = re.compile(r"(?<=\n    )[^\n]+")
_VARIABLE = re.compile(r"\b[a-z]+_?\d+\b")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one submission of a known kind failed."""

    kind: str
    lost: list[Lost]


def larger_class(recorded: Sequence[Recorded], size: int, seed: int) -> list[Recorded]:
    """Return so many submissions of the kinds that were recorded, some kinds more frequent than others."""
    draw = random.Random(seed)
    kinds = sorted({each.kind for each in recorded})
    weights = [1 + draw.random() * 4 for _ in kinds]
    made = []
    for number in range(size):
        kind = kinds[number] if number < len(kinds) else draw.choices(kinds, weights)[0]
        one = draw.choice([each for each in recorded if each.kind == kind])
        lost = [line for line in one.lost if draw.random() > LOSES] or [draw.choice(one.lost)]
        if draw.random() < STRANGE:
            lost = [*lost, draw.choice(draw.choice(recorded).lost)]
        made.append(Recorded(kind, [(name, verdict, noisy(message, draw)) for name, verdict, message in lost]))
    return made


def noisy(message: str, draw: random.Random) -> str:
    """Return a message with other values of the same signs, and other names of variables in its lines of code."""
    factor = 0.5 + draw.random()
    message = _FLOAT.sub(lambda found: f"{float(found[1]) * factor:.6g}" if float(found[1]) else found[1], message)
    name = f"{draw.choice(('tmp', 'mine', 'x', 'result'))}{draw.randrange(100)}"
    return _CODE.sub(lambda found: _VARIABLE.sub(name, found[0]), message)


def profiles_of(some: Sequence[Recorded]) -> tuple[dict[int, frozenset[int]], dict[int, str]]:
    """Return the signatures of each submission, as numbers; and which test each number is of."""
    numbers: dict[str, int] = {}
    tests: dict[int, str] = {}
    profiles = {}
    for place, each in enumerate(some):
        keys = [key_of(*line) for line in each.lost if line[1] not in NO_FAILURE]
        profiles[place] = frozenset(numbers.setdefault(key.digest, len(numbers)) for key in keys)
        tests |= {numbers[key.digest]: key.test for key in keys}
    return profiles, tests
