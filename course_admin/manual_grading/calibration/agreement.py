"""How far two people agree: the share of equal points, of points within one, and Cohen's kappa with quadratic weights.

Kappa is 1 for full agreement and 0 for what chance would give, by how often each of the two gives which points; a difference counts
by its square. Where both give one and the same number throughout it says nothing, and is None. Pure functions.
Source: Cohen 1968, "Weighted kappa".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Pair = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of some pairs of points: how many, the shares from 0 to 1, and kappa. Shares are None of no pairs."""

    pairs: int
    exact: float | None
    within_one: float | None
    kappa: float | None


def agreement(pairs: Sequence[Pair]) -> Agreement:
    """Return how far the pairs agree."""
    if not pairs:
        return Agreement(0, None, None, None)
    exact = sum(one == other for one, other in pairs)
    near = sum(abs(one - other) <= 1 for one, other in pairs)
    return Agreement(len(pairs), exact / len(pairs), near / len(pairs), weighted_kappa(pairs))


def weighted_kappa(pairs: Sequence[Pair]) -> float | None:
    """Return kappa; None where chance alone would agree fully."""
    exact = [(Fraction(one), Fraction(other)) for one, other in pairs]
    observed = sum(((one - other) ** 2 for one, other in exact), Fraction()) / len(exact)
    by_chance = sum(((one - other) ** 2 for one, _ in exact for _, other in exact), Fraction()) / len(exact) ** 2
    return float(1 - observed / by_chance) if by_chance else None
