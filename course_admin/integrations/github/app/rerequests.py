"""GitHub's *Re-run* buttons: another run, if whoever pressed one may have it. Once for each delivery."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from course_admin.identity.models import IdentityKind, ProvenIdentity, User
from course_admin.integrations.github.models import Rerequest
from course_admin.policy import Action, allowed
from course_admin.submissions.models import Attempt, Forge, Run, RunState
from course_admin.submissions.queue.staff_requests import regrade_attempts, retry_run

REASON = "asked for by GitHub's button"
NOTHING = "No attempt of ours belongs to these checks."
STRANGER = "Nobody here has proven to be that GitHub account: log in with GitHub once, and ask again."
MAY_NOT = "Only who leads the course may have it graded again. A student hands in again by pushing."
UNDER_WAY = "It is being graded already."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a button asks for. external_id: ours of one check run; None: all of the commit. sender_id: GitHub's number."""

    repository_id: int
    commit_id: str
    external_id: str | None
    sender_id: int


def rerequest(*, wanted: Wanted, delivery_id: str, at: datetime) -> str:
    """Do what a button asks for, once; return what was done, as a sentence."""
    known = Rerequest.objects.filter(delivery_id=delivery_id).first()
    if known is not None:
        return known.answer
    try:
        with transaction.atomic():
            row = Rerequest.objects.create(
                delivery_id=delivery_id, sender_id=wanted.sender_id, came_at=at, answer=NOTHING
            )
            row.answer = _do(wanted, at)
            row.save(update_fields=["answer"])
    except IntegrityError:  # the same delivery, at the same moment
        return Rerequest.objects.get(delivery_id=delivery_id).answer
    return row.answer


def _do(wanted: Wanted, at: datetime) -> str:
    attempts = Attempt.objects.filter(
        push__repository__forge=Forge.GITHUB,
        push__repository__host_id=wanted.repository_id,
        push__commit_id=wanted.commit_id,
    )
    if wanted.external_id is not None:
        run = wanted.external_id.partition(".")[0]
        attempts = attempts.filter(pk__in=Run.objects.filter(public_id=run).values("attempt"))
    if not attempts.exists():
        return NOTHING
    by = _account(wanted.sender_id)
    if by is None:
        return STRANGER
    again = _retry(attempts, by, at)
    stuck = Run.objects.filter(state=RunState.NEEDS_ATTENTION)
    fresh = attempts.exclude(pk__in=stuck.values("attempt"))
    again += regrade_attempts(attempts=fresh, by=by, at=at, reason=REASON)
    if again:
        return f"Queued: {again} {'run' if again == 1 else 'runs'}."
    return UNDER_WAY if allowed(by, Action.REGRADE, attempts).exists() else MAY_NOT


def _retry(attempts: QuerySet[Attempt], by: User, at: datetime) -> int:
    stuck = Run.objects.filter(attempt__in=attempts, state=RunState.NEEDS_ATTENTION).select_related(
        "attempt__assignment"
    )
    mine = list(allowed(by, Action.JUDGE_AGAIN, stuck))
    return sum(retry_run(run=run, by=by, at=at, reason=REASON) for run in mine)


def _account(github_id: int) -> User | None:
    """Return who has proven to be a GitHub account."""
    proven = ProvenIdentity.objects.filter(kind=IdentityKind.GITHUB, subject=str(github_id))
    identity = proven.select_related("account").first()
    return identity.account if identity is not None and identity.account.is_active else None
