"""Copies that went round: what many texts hold explains nothing, unless it is the same few who hold all of it alike.

Of two texts that were written apart, as much is alike as is between any two of the class. A ring is out of that: its texts share
far more of all that they hold, and only a small part of the class does. Pure functions on fingerprints.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

FEWEST_MARKS = 24  # that two texts of a ring must share: in short texts everything is alike
LEAST_SHARE, SURE_SHARE = 0.3, 0.97  # never less is asked of a pair than the first, and never more than the second
DEVIATIONS = 4.5  # beyond the class's median
MOST_PARTNERS, PART_OF_THE_CLASS = 12, 8  # a text that is alike to more, and to more than an eighth, is what many write
BINS = 1_000


def ring_pairs(texts: Mapping[str, Collection[int]]) -> Iterator[tuple[str, str, int, float]]:
    """Yield the pairs of rings: both names, how many fingerprints they share, and which part of the shorter text that is."""
    held = Counter(value for values in texts.values() for value in values)
    places = {value: place for place, value in enumerate(sorted(value for value, count in held.items() if count > 1))}
    bits = {name: _bits(values, places) for name, values in texts.items() if len(values) >= FEWEST_MARKS}
    sizes = {name: len(texts[name]) for name in bits}
    least = _least_share(bits, sizes)
    found = [
        (one, other, shared, shared / min(sizes[one], sizes[other]))
        for one, other in combinations(sorted(bits), 2)
        if (shared := (bits[one] & bits[other]).bit_count()) >= FEWEST_MARKS
        and shared >= least * min(sizes[one], sizes[other])
    ]
    partners = Counter(name for one, other, _, _ in found for name in (one, other))
    most = max(min(MOST_PARTNERS, len(texts) // 2), len(texts) // PART_OF_THE_CLASS)
    yield from (pair for pair in found if partners[pair[0]] <= most and partners[pair[1]] <= most)


def _bits(values: Collection[int], places: Mapping[int, int]) -> int:
    """Return a text's fingerprints as the bits of one number."""
    row = bytearray(len(places) // 8 + 1)
    for value in values:
        place = places.get(value)
        if place is not None:
            row[place // 8] |= 1 << place % 8
    return int.from_bytes(row, "little")


def _least_share(bits: Mapping[str, int], sizes: Mapping[str, int]) -> float:
    """Return the share from which on two texts are out of what the class has in common."""
    shares = Counter(
        BINS * (bits[one] & bits[other]).bit_count() // min(sizes[one], sizes[other])
        for one, other in combinations(bits, 2)
    )
    low, middle, high = (_quantile(shares, part) for part in (0.25, 0.5, 0.75))
    deviation = (high - low) / 1.349  # of a normal distribution
    return min(max(LEAST_SHARE, middle + DEVIATIONS * deviation), SURE_SHARE)


def _quantile(shares: Counter[int], part: float) -> float:
    left = part * shares.total()
    for each in sorted(shares):
        left -= shares[each]
        if left <= 0:
            return each / BINS
    return 0.0
