"""Pairs of texts that share more than the task explains: pure functions on fingerprints.

What the starter or the reference holds counts for nobody. Nor does what many have, since whoever solves the task writes it, unless
it is a ring: see rings.py.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from course_admin.review.similarity.rings import ring_pairs
from course_admin.review.similarity.tokens import symbols_of
from course_admin.review.similarity.winnowing import Mark, marks_of

COMMON_SHARE, COMMON_FEWEST = 0.04, 6  # what more texts than these have is common
FEWEST_MARKS = 8  # that a pair must share to be listed
LEAST_SHARE = 0.15  # of the shorter text's fingerprints
LISTED = 200


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts: how many fingerprints they share, and which part of the shorter one that is."""

    one: str
    other: str
    shared: int
    share: float


def values_of(source: str) -> set[int]:
    """Return the fingerprints of a file."""
    return {mark.value for mark in marks_of(symbols_of(source))}


def pairs(
    texts: Mapping[str, Collection[int]], excluded: Collection[int], is_pair: Mapping[str, str] | None = None
) -> list[Pair]:
    """Return the pairs of texts, given by their fingerprints, that share most, the most alike first.

    `is_pair`: text -> whose it is; two texts of the same are no pair.
    """
    whose, given = is_pair or {}, set(excluded)
    own = {name: set(values) - given for name, values in texts.items()}
    found = {(each.one, each.other): each for each in _rare(own)}
    for one, other, shared, share in ring_pairs(own):
        found.setdefault((one, other), Pair(one, other, shared, share))
    listed = [each for each in found.values() if whose.get(each.one, each.one) != whose.get(each.other, each.other)]
    return sorted(listed, key=lambda each: (-each.share, -each.shared, each.one, each.other))[:LISTED]


def _rare(texts: Mapping[str, Collection[int]]) -> Iterator[Pair]:
    """Yield the pairs that share what few texts have."""
    holders: dict[int, list[str]] = defaultdict(list)
    for name in sorted(texts):
        for value in texts[name]:
            holders[value].append(name)
    most = max(COMMON_FEWEST, COMMON_SHARE * len(texts))
    own: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    for names in holders.values():
        if len(names) <= most:
            own.update(names)
            both.update(combinations(names, 2))
    for (one, other), shared in both.items():
        share = shared / min(own[one], own[other])
        if shared >= FEWEST_MARKS and share >= LEAST_SHARE:
            yield Pair(one, other, shared, share)


@dataclass(frozen=True, slots=True)
class Region:
    """Lines of one text that match lines of another, first and last included."""

    one_first: int
    one_last: int
    other_first: int
    other_last: int


def regions(one: str, other: str, excluded: Collection[int]) -> list[Region]:
    """Return the matching lines of two files, what is excluded left out, in the order of the first."""
    there: dict[int, Mark] = {}
    for mark in marks_of(symbols_of(other)):
        if mark.value not in excluded:
            there.setdefault(mark.value, mark)
    matches = [(mark, there[mark.value]) for mark in marks_of(symbols_of(one)) if mark.value in there]
    return _joined(matches)


def _joined(matches: Sequence[tuple[Mark, Mark]]) -> list[Region]:
    """Join matches that touch in both texts."""
    found: list[Region] = []
    for here, there in matches:
        if found and here.first <= found[-1].one_last + 1 and _touch(found[-1], there):
            last = found.pop()
            found.append(
                Region(
                    last.one_first,
                    max(last.one_last, here.last),
                    min(last.other_first, there.first),
                    max(last.other_last, there.last),
                )
            )
        else:
            found.append(Region(here.first, here.last, there.first, there.last))
    return found


def _touch(region: Region, mark: Mark) -> bool:
    return mark.first <= region.other_last + 1 and mark.last >= region.other_first - 1


def marked_lines(found: Iterable[Region], side: str) -> set[int]:
    """Return the numbers of the lines of one side, `one` or `other`, that are in some region."""
    spans = ((getattr(each, f"{side}_first"), getattr(each, f"{side}_last")) for each in found)
    return {line for first, last in spans for line in range(first, last + 1)}
