"""Groups of students whose failures look alike: a pure function of who has which signatures.

One mistake fails several tests, and which of them can depend on the inputs; somebody can have made two. So whole sets of
signatures are compared, the most frequent first: a set joins the group whose core it is most like, and those whose cores lie in
what is left of it; what no cores together explain begins a group. A set that is rare beside a core which holds it, or which it
holds, is that mistake with some luck, or with one more: it begins none. A core is what at least half of a group's students have.

What nearly everybody fails, and nearly everybody besides other things, tells no mistake from another: an unfair test, a text that
the starter has wrong. Groups are made of what is left.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Student = TypeVar("Student", bound=Hashable)
Profile = frozenset[int]

ALIKE = 0.6  # of two sets' union, what they have in common
RARE = 0.2  # of a core's first set, how often another is seen that differs from it by luck
HALF = 0.5
EVERYBODY = 0.8  # of a class
EXPLAINED = 0.8  # of a set, what the cores of other groups hold; of a core, what the set holds


@dataclass(frozen=True, slots=True)
class Group(Generic[Student]):
    """One mistake: the signatures it shows in, and who made it, those first who show it best."""

    core: Profile
    students: tuple[Student, ...]


def likeness(one: Profile, other: Profile, tests: Mapping[int, Hashable]) -> float:
    """Return the share of two sets' union that both have (Jaccard's index).

    tests: which test each signature is of. A test that failed in two ways, one in each set, counts once and not twice: where a
    test asserts several things, its inputs decide which is the first to fail.
    """
    both = len(one & other)
    alone = [Counter(tests[each] for each in left) for left in (one - other, other - one)]
    union = both + (alone[0] | alone[1]).total()
    return both / union if union else 0.0


def group(profiles: Mapping[Student, Profile], tests: Mapping[int, Hashable]) -> list[Group[Student]]:
    """Return the groups, the largest first; a student can be in several. Who has no signature is in none.

    tests: which test each signature is of.
    """
    common = _common(profiles)
    telling = {student: profile - common or profile for student, profile in profiles.items()}
    counts = Counter(profile for profile in telling.values() if profile)
    cores: list[Profile] = []
    placed: dict[Profile, tuple[int, ...]] = {}
    for profile in sorted(counts, key=lambda each: (-counts[each], sorted(each))):
        places = _places(profile, cores, tests) or _beside(profile, cores, counts)
        if not places:
            cores.append(profile)
            places = (len(cores) - 1,)
        placed[profile] = places
    members: list[list[Student]] = [[] for _ in cores]
    for student, profile in telling.items():
        for place in placed.get(profile, ()):
            members[place].append(student)
    settled = [
        _core([profiles[student] for student in people], core) for people, core in zip(members, cores, strict=True)
    ]
    groups = [
        Group(core, tuple(sorted(people, key=lambda student: -likeness(profiles[student], core, tests))))
        for core, people in zip(settled, members, strict=True)
    ]
    return sorted(groups, key=lambda each: (-len(each.students), sorted(each.core)))


def _common(profiles: Mapping[Student, Profile]) -> Profile:
    """Return what nearly everybody who failed something failed, if it is no mistake of its own.

    It is none if nearly all of them failed something else besides, and nothing of that is what half of them failed: what one
    mistake fails by luck is.
    """
    held = [profile for profile in profiles.values() if profile]
    counts = Counter(signature for profile in held for signature in profile)
    common = frozenset(each for each, count in counts.items() if count >= EVERYBODY * len(held))
    others = sum(bool(profile - common) for profile in held)
    is_by_luck = any(count >= HALF * len(held) for each, count in counts.items() if each not in common)
    return common if others >= EVERYBODY * len(held) and not is_by_luck else frozenset()


def _places(profile: Profile, cores: list[Profile], tests: Mapping[int, Hashable]) -> tuple[int, ...]:
    """Return the places of the cores that a set belongs to: the one it is most like, and those that explain the rest."""
    by_likeness = sorted(range(len(cores)), key=lambda place: -likeness(profile, cores[place], tests))
    is_alike = bool(by_likeness) and likeness(profile, cores[by_likeness[0]], tests) >= ALIKE
    places: list[int] = []
    left = profile
    for place in by_likeness:
        core = cores[place]
        is_held = len(core & left) >= EXPLAINED * len(core)
        if is_held or (is_alike and not places):
            places.append(place)
            left -= core
    return tuple(places) if is_alike or len(left) <= (1 - EXPLAINED) * len(profile) else ()


def _beside(profile: Profile, cores: list[Profile], counts: Counter[Profile]) -> tuple[int, ...]:
    """Return the place of the core that a rare set is a variation of: one of the two is at least half of the other."""
    near = [
        place
        for place, core in enumerate(cores)
        if counts[profile] <= RARE * counts[core]
        and (core <= profile or profile <= core)
        and _overlap(profile, core) >= HALF
    ]
    best = max(near, key=lambda place: (_overlap(profile, cores[place]), -place), default=None)
    return () if best is None else (best,)


def _overlap(one: Profile, other: Profile) -> float:
    """Return how large the smaller of two sets is beside the larger, one of which holds the other."""
    return min(len(one), len(other)) / max(len(one), len(other))


def _core(profiles: Iterable[Profile], first: Profile) -> Profile:
    """Return what at least half of some sets have; the set that began the group, if that is nothing."""
    held = list(profiles)
    counts = Counter(signature for profile in held for signature in profile)
    return frozenset(each for each, count in counts.items() if 2 * count >= len(held)) or first
