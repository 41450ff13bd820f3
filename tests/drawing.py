"""What a run of the tests tries of all that there is to try, where everything takes too long for each commit.

The draw follows from ASSAY_SWEEP_SEED, which CI takes from the commit and prints: other things for another commit, the same ones
for the same. ASSAY_SWEEP_ALL=1 tries everything.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")
SEED = int(os.environ.get("ASSAY_SWEEP_SEED", "0"))
EVERYTHING = bool(os.environ.get("ASSAY_SWEEP_ALL"))


def drawn(things: Sequence[Thing], one_in: int, seed: int = SEED) -> list[Thing]:
    """Return one in so many of some things; the next seed draws the others."""
    return list(things) if EVERYTHING else list(things)[seed % one_in :: one_in]
