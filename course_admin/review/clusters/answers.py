"""What staff answered to failures like those of an attempt: what its student reads on its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from course_admin.review.clusters.signing.catch_up import keys_of
from course_admin.review.models import Cluster
from course_admin.submissions.models import Attempt


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and the names of the checks that it is about; no word of theirs, for a check may be hidden."""

    text: str
    author: str
    answered_at: datetime | None
    checks: Sequence[str]


def answers_to(attempt: Attempt) -> list[Answer]:
    """Return the answers to the failures of an attempt's report; one query where nothing is answered, two otherwise."""
    run = attempt.shown_run
    if run is None or not run.is_graded:
        return []
    answered = Cluster.objects.filter(assignment=attempt.assignment_id).exclude(answer="")
    kept = list(answered.select_related("author"))
    if not kept:
        return []
    keys = keys_of(run.checks.all())
    found = []
    for cluster in kept:
        if cluster.holds(frozenset(keys)):
            known = frozenset().union(*cluster.sets)
            names = [check.name for digest, (_, check) in keys.items() if digest in known]
            found.append(Answer(cluster.answer, str(cluster.author), cluster.answered_at, names))
    return found
