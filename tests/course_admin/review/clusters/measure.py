"""How well groups fit the truth: the adjusted Rand index, and the one group that stands for a submission that is in several."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from math import comb

from course_admin.review.clusters.grouping import group, likeness


def adjusted_rand(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Return the adjusted Rand index of two partitions: 1 for equal ones, about 0 for unrelated ones.

    Source: Hubert and Arabie 1985, "Comparing partitions".
    """
    both = sum(comb(count, 2) for count in Counter(zip(truth, found, strict=True)).values())
    in_truth = sum(comb(count, 2) for count in Counter(truth).values())
    in_found = sum(comb(count, 2) for count in Counter(found).values())
    expected = in_truth * in_found / comb(len(truth), 2)
    most = (in_truth + in_found) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def partition(profiles: Mapping[int, frozenset[int]], tests: Mapping[int, str]) -> list[int]:
    """Return for each submission the group whose core it is most like; one of its own for what is in none."""
    groups = group(profiles, tests)
    of: dict[int, int] = {}
    best: dict[int, float] = {}
    for number, each in enumerate(groups):
        for name in each.students:
            fits = likeness(profiles[name], each.core, tests)
            if fits > best.get(name, -1.0):
                of[name], best[name] = number, fits
    return [of.get(name, len(groups) + place) for place, name in enumerate(profiles)]
