"""Chance begins where a seed says: the global generators, and every generator that is made without a seed of its own. Side: any.

NumPy takes the entropy of a `Generator`, `RandomState` or `SeedSequence` that is given no seed from one function, `random.Random`
from the system; here both draw it from a stream that is seeded as well. Whoever asks the system itself (`os.urandom`, `secrets`,
`uuid.uuid4`, `random.SystemRandom`), or reads a clock, gets what there is.
"""

import random
from typing import Any

import numpy as np

State = tuple[Any, Any, Any]

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


def _seed(generator: random.Random, a: Any = None, version: int = 2) -> None:
    _plain_seed(generator, _unseeded.getrandbits(256) if a is None else a, version)
