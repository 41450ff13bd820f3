"""The failures of an assignment that look alike, as one member of staff sees them: whose, how many, and who got past them.

What staff answered, split or merged stands as they left it; the rest is grouped anew. Of each student the newest graded
attempt is looked at.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from course_admin.review.clusters.grouping import Group, group
from course_admin.review.clusters.meeting import digests_of, note_who_met, signatures_of
from course_admin.review.desk.current import current_runs
from course_admin.review.desk.place import Place
from course_admin.review.models import Cluster, Met, Signature

TITLE_MESSAGE_CHARACTERS = 90
VALUES = re.compile(
    r":? (?:given|expected|got|differing|first|hint): "
)  # of a comparison; without numbers they say nothing


@dataclass(frozen=True, slots=True)
class Seen:
    """One cluster on the page."""

    key: str  # in addresses: `c5` is kept, `s12` is found anew and named by its first signature
    title: str
    signatures: list[Signature]  # what it shows in, that of most students first
    students: list[int]  # who is in it now, those first who show it best
    met: int  # who of the viewer's students was ever in it
    share: float  # of those who handed in
    kept: Cluster | None = None

    @property
    def past(self) -> int:
        """How many got past it."""
        return self.met - len(self.students)

    @property
    def percent(self) -> int:
        """The share of those who handed in, in percent."""
        return round(self.share * 100)


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page of an assignment's failures shows."""

    clusters: list[Seen]
    runs: dict[int, int]  # student -> the run that is looked at
    failing: int  # students with a failure
    covered: int  # of them, those in a cluster of at least two
    digests: dict[int, frozenset[str]] = field(repr=False)  # student -> signatures of their run

    def of(self, key: str) -> Seen | None:
        """Return the cluster that an address names."""
        return next((each for each in self.clusters if each.key == key), None)


def overview(place: Place, at: datetime) -> Overview:
    """Return the clusters of an assignment among the viewer's students, the largest first."""
    runs = current_runs(place.assignment, place.students)
    signatures, has = signatures_of(runs)
    digests = digests_of(signatures, has)
    kept = list(Cluster.objects.filter(assignment=place.assignment).select_related("author"))
    note_who_met(kept, digests, at)
    seen, left = [], dict(has)
    by_digest = {each.digest: each for each in signatures.values()}
    met = _met(place, kept)
    for cluster in kept:
        inside = [student for student, mine in digests.items() if mine and cluster.holds(mine)]
        seen.append(_kept(cluster, inside, by_digest, met[cluster.pk], len(runs)))
        explained = {by_digest[each].pk for part in cluster.sets for each in part if each in by_digest}
        left |= {student: left[student] - explained for student in inside}
    groups = group(left, {key: each.test for key, each in signatures.items()})
    named = _names([each.core for each in groups])
    for name, found in zip(named, groups, strict=True):
        seen.append(_found(name, found, signatures, has, len(runs)))
    seen.sort(key=lambda each: (-len(each.students), each.key))
    failing = {student for student, mine in has.items() if mine}
    covered = {student for each in seen if len(each.students) > 1 for student in each.students}
    return Overview(seen, runs, len(failing), len(covered), digests)


def _met(place: Place, kept: list[Cluster]) -> dict[int, set[int]]:
    """Return who of the viewer's students was ever in each kept cluster."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = Met.objects.filter(Q(cluster__in=kept), student__in=place.students.order_by().values("pk"))
    for cluster, student in rows.values_list("cluster_id", "student_id"):
        found[cluster].add(student)
    return found


def _kept(cluster: Cluster, inside: list[int], by_digest: dict[str, Signature], met: set[int], handed_in: int) -> Seen:
    shown = [by_digest[each] for part in cluster.parts for each in part if each in by_digest]
    share = len(inside) / handed_in if handed_in else 0.0
    return Seen(f"c{cluster.pk}", cluster.title, shown, inside, len(met | set(inside)), share, cluster)


def _names(cores: list[frozenset[int]]) -> list[str]:
    """Return a name for each group, by its rarest signature: it stays the same when others join."""
    used: list[str] = []
    counts = Counter(pk for core in cores for pk in core)
    for core in cores:
        names = [f"s{pk}" for pk in sorted(core, key=lambda pk: (counts[pk], pk))]
        free = (name for name in names if name not in used)
        used.append(next(free, f"{names[0]}-{len(used)}"))
    return used


def _found(
    name: str, found: Group[int], signatures: dict[int, Signature], has: dict[int, frozenset[int]], handed_in: int
) -> Seen:
    counts = {pk: sum(pk in has[student] for student in found.students) for pk in found.core}
    shown = [signatures[pk] for pk in sorted(found.core, key=lambda pk: (-counts[pk], pk))]
    students = list(found.students)
    return Seen(name, title_of(shown[0]), shown, students, len(students), len(students) / handed_in)


def title_of(signature: Signature) -> str:
    """Return a cluster's title until somebody gives it a better one: how its first signature fails."""
    said = VALUES.split(signature.message)[0] or signature.frame
    said = said if len(said) <= TITLE_MESSAGE_CHARACTERS else f"{said[: TITLE_MESSAGE_CHARACTERS - 1]}…"
    how = signature.exception or signature.verdict.replace("_", " ")
    return f"{how}: {said}" if said else how
