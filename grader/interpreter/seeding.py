"""Chance begins where a seed says: the global generators, and every generator that is made without a seed of its own. Side: any.

NumPy takes the entropy of a `Generator`, `RandomState` or `SeedSequence` that is given no seed from one function, `random.Random`
from the system; here both draw it from a stream that is seeded as well. Whoever asks the system itself (`os.urandom`, `secrets`,
`uuid.uuid4`, `random.SystemRandom`), or reads a clock, gets what there is.
"""

import random
from typing import Any

import numpy as np

State = tuple[Any, Any, Any]
VERSION = 3  # of the states of `random`
WORDS, MOST_TIMES = 624, 150  # of 32 bits, that it makes at a time; and how often it is looked on

_plain_seed = random.Random.seed
_unseeded = random.Random(0)


def install() -> None:
    """Have what is made without a seed draw its seed from ours, in this process and those that are forked from it."""
    random.Random.seed = _seed  # type: ignore[method-assign, assignment]
    random.seed = random.seed.__self__.seed  # type: ignore[attr-defined]
    np.random.bit_generator.randbits = _unseeded.getrandbits  # type: ignore[attr-defined]


def start(seed: int) -> None:
    """Put all generators where this seed says."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    _plain_seed(_unseeded, f"without a seed {seed}")


def state() -> State:
    """Return where all generators stand."""
    return random.getstate(), np.random.get_state(), _unseeded.getstate()


def restore(states: State) -> None:
    """Put them back there."""
    random.setstate(states[0])
    np.random.set_state(states[1])
    _unseeded.setstate(states[2])


def words_between(before: tuple[int, ...], after: tuple[int, ...]) -> int:
    """Return how many words a generator of `random` has given from one state of its words to another; -1 if that is unknown."""
    *words, place = after
    if list(before[:-1]) == words and place >= before[-1]:
        return place - before[-1]
    generator = random.Random(0)
    generator.setstate((VERSION, (*before[:-1], WORDS), None))
    for times in range(MOST_TIMES):
        generator.getrandbits(32)
        if list(generator.getstate()[1][:-1]) == words:
            return WORDS - before[-1] + times * WORDS + place
        generator.getrandbits(32 * (WORDS - 1))
    return -1


def _seed(generator: random.Random, a: Any = None, version: int = 2) -> None:
    _plain_seed(generator, _unseeded.getrandbits(256) if a is None else a, version)
