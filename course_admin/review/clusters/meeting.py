"""Who has which signatures now, and who meets a kept cluster for the first time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Student
from course_admin.review.clusters.signing.catch_up import sign
from course_admin.review.desk.current import current_runs
from course_admin.review.models import Cluster, Failure, Met, Signature

#: Student -> the keys of the signatures of their run.
Has = dict[int, frozenset[int]]


def signatures_of(runs: dict[int, int]) -> tuple[dict[int, Signature], Has]:
    """Return the signatures of some students' runs by key, and the keys of each student's; signs what is not signed yet."""
    sign(set(runs.values()))
    of_run: dict[int, set[int]] = defaultdict(set)
    rows = Failure.objects.filter(run__in=set(runs.values()), signature__isnull=False).order_by()
    for run, signature in rows.values_list("run_id", "signature_id"):
        of_run[run].add(signature)
    known = Signature.objects.in_bulk({pk for pks in of_run.values() for pk in pks})
    return known, {student: frozenset(of_run.get(run, ())) for student, run in runs.items()}


def digests_of(signatures: dict[int, Signature], has: Has) -> dict[int, frozenset[str]]:
    """Return the digests of each student's signatures."""
    return {student: frozenset(signatures[pk].digest for pk in mine) for student, mine in has.items()}


def note_who_met(kept: Sequence[Cluster], digests: dict[int, frozenset[str]], at: datetime) -> None:
    """Write down who of some students is in a kept cluster for the first time."""
    noted = set(Met.objects.filter(cluster__in=kept).values_list("cluster_id", "student_id"))
    new = [
        Met(cluster=cluster, student_id=student, since=at)
        for cluster in kept
        for student, mine in digests.items()
        if mine and (cluster.pk, student) not in noted and cluster.holds(mine)
    ]
    Met.objects.bulk_create(new, ignore_conflicts=True, batch_size=1000)


def note_everybody(assignment: Assignment, kept: Sequence[Cluster], at: datetime) -> None:
    """Write down who of the whole class is in a kept cluster, whomever the one teaches who kept it."""
    everybody = Student.objects.active().filter(course=assignment.course)
    note_who_met(kept, digests_of(*signatures_of(current_runs(assignment, everybody))), at)
