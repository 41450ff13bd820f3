"""Signs runs: writes down the signatures of what a run failed, once for each run, whenever somebody first looks.

Two who look at once write the same; what is written twice is ignored.
"""

from collections.abc import Collection, Iterable

from django.db import transaction

from course_admin.review.clusters.signing.signature import NO_FAILURE, Key, key_of
from course_admin.review.models import Failure, Signature
from course_admin.submissions.models import Check

AT_ONCE = 500


def keys_of(checks: Iterable[Check]) -> dict[str, tuple[Key, Check]]:
    """Return the signatures of what some checks of one run failed, each with the first check that has it."""
    found: dict[str, tuple[Key, Check]] = {}
    for check in checks:
        if check.verdict not in NO_FAILURE:
            key = key_of(check.test_id, check.verdict, check.message)
            found.setdefault(key.digest, (key, check))
    return found


def sign(runs: Collection[int]) -> None:
    """Sign those of some graded runs that are not signed yet; one query where all are."""
    signed = set(Failure.objects.filter(run__in=runs).values_list("run_id", flat=True))
    left = sorted(set(runs) - signed)
    for start in range(0, len(left), AT_ONCE):
        _sign(left[start : start + AT_ONCE])


def _sign(runs: list[int]) -> None:
    checks = Check.objects.filter(run__in=runs).exclude(verdict__in=NO_FAILURE).order_by("run", "position")
    by_run: dict[int, list[Check]] = {run: [] for run in runs}
    for check in checks.only("run_id", "test_id", "verdict", "message"):
        by_run[check.run_id].append(check)
    found = {run: keys_of(lines) for run, lines in by_run.items()}
    keys = {digest: key for of_run in found.values() for digest, (key, _) in of_run.items()}
    with transaction.atomic():
        Signature.objects.bulk_create(
            [
                Signature(
                    digest=digest,
                    test=key.test,
                    verdict=key.verdict,
                    exception=key.exception,
                    message=key.message,
                    frame=key.frame,
                )
                for digest, key in keys.items()
            ],
            ignore_conflicts=True,
        )
        pks = dict(Signature.objects.filter(digest__in=keys).values_list("digest", "pk"))
        rows = [
            Failure(run_id=run, signature_id=pks[digest], check_line=check)
            for run, of_run in found.items()
            for digest, (_, check) in of_run.items()
        ]
        rows += [Failure(run_id=run) for run, of_run in found.items() if not of_run]
        Failure.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
