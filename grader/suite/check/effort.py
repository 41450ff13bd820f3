"""How much of a suite's check is done: all of it, once, or a sample that a seed draws, or many draws. Side: worker."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Effort:
    """How many runs a check may take; a report carries it, so that a sample is never read as the whole."""

    draws: int = 2  # of inputs, under which each listed mistake is graded
    seeds: int = 20  # other than the first, under which the reference is graded
    listed: int | None = None  # how many mistakes of the author's; None: all
    generated: int | None = None  # how many of those made by rule; None: all
    sample: int = 0  # the seed that draws them

    def drawn(self, items: Sequence[Item], most: int | None) -> list[Item]:
        """Return the items that are tried, at most so many, in their order."""
        if most is None or most >= len(items):
            return list(items)
        chosen = random.Random(self.sample).sample(range(len(items)), most)
        return [items[index] for index in sorted(chosen)]
