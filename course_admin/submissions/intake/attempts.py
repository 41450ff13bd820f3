"""From a push or an upload whose code is stored to its attempts: of which assignments, for whom, with which number, judged
or not.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_noop

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.submissions.intake.groups import Team, team_of
from course_admin.submissions.models import Attempt, Push, PushState, PushWait, Repository, Upload
from course_admin.submissions.queue.dispatch import enqueue
from course_admin.submissions.queue.superseding import supersede

BRANCH = "refs/heads/"
OF_THE_CODE = ("tree_digest", "archive_sha256", "archive_bytes")
NONE_REFUSED: Mapping[int, str] = {}
#: Stored with a push in English, and worded anew for each reader; so are the reasons of other modules here.
NOT_EXPECTED = gettext_noop("No assignment expects this branch of this repository any more.")


def graded_branches(repository: Repository) -> Iterator[tuple[Assignment, str]]:
    """Yield the assignments of the course whose pattern a repository fits, each with the branch that is graded."""
    for each in _with_patterns(repository).select_related("suite").defer("suite__check_report"):
        if repository.is_for(each):
            yield each, repository.branch_for(each)


def graded_branch_names(repository: Repository) -> set[str]:
    """Return the branches that are graded of a repository; while a host waits for its answer no more than that is read."""
    rows = _with_patterns(repository).only("repository_pattern", "branch")
    return {repository.branch_for(each) for each in rows if repository.is_for(each)}


def _with_patterns(repository: Repository) -> QuerySet[Assignment]:
    return Assignment.objects.filter(course=repository.course_id).exclude(repository_pattern="")


def served_by(push: Push) -> list[Assignment]:
    """Return the assignments that a push is handed in for: those of its branch, or all of its repository if staff want it."""
    branch = push.ref.removeprefix(BRANCH)
    return [each for each, wanted in graded_branches(push.repository) if wanted == branch or push.is_asked_for]


def make_attempts(
    *, push: Push, stored: dict, refusals: Mapping[int, str] = NONE_REFUSED, at: datetime, seed: int | None = None
) -> list[Attempt]:
    """Make a push's attempts, each with a queued run, and return them; none if another process was faster.

    stored: what attempts say of the code, an archive or a refusal. refusals: by assignment, why its suite cannot judge the code
    at all. What was refused before, and is not now, is judged after all.
    """
    with transaction.atomic():
        held = Push.objects.select_for_update(of=("self",)).select_related("repository__student").get(pk=push.pk)
        if held.state in (PushState.ATTEMPTED, PushState.IGNORED):
            return []
        served = served_by(held)
        teams = [team_of(held.repository.student, assignment) for assignment in served]
        Enrollment.objects.hold({held.repository.student, *(partner for team in teams for partner in team.partners)})
        came = {"push": held, "commit_id": held.commit_id, "received_at": held.received_at, **stored}
        student = held.repository.student
        attempts = [
            _retaken(held, assignment, came, refusals, seed, at)
            or _attempt(student, assignment, team, _refused(came, refusals.get(assignment.pk, "")), seed, at)
            for assignment, team in zip(served, teams, strict=True)
        ]
        held.state, held.reason = PushState.ATTEMPTED, ""
        if not attempts:
            held.state, held.reason, held.waits_for = PushState.IGNORED, NOT_EXPECTED, PushWait.BRANCH
        held.save(update_fields=["state", "reason", "waits_for"])
    return attempts


def _refused(came: dict[str, Any], refusal: str) -> dict[str, Any]:
    """Return what came without its archive, if a suite cannot judge it."""
    if not refusal:
        return came
    return {**{name: value for name, value in came.items() if name not in OF_THE_CODE}, "refusal": refusal}


def _retaken(
    push: Push,
    assignment: Assignment,
    came: dict[str, Any],
    refusals: Mapping[int, str],
    seed: int | None,
    at: datetime,
) -> Attempt | None:
    """Return the attempt that a push has already: refused then, judged now if its code is there and can be."""
    attempt = Attempt.objects.filter(push=push, assignment=assignment).first()
    if attempt is not None and attempt.refusal:
        for name, value in {"refusal": "", **_refused(came, refusals.get(assignment.pk, ""))}.items():
            setattr(attempt, name, value)
        attempt.save()
        _judge(attempt, seed, at)
    return attempt


def make_attempt_of_upload(
    *, upload: Upload, stored: dict, refusal: str = "", at: datetime, seed: int | None = None
) -> Attempt:
    """Make the attempt of an upload that is handed in now, with a queued run; the caller holds the upload's row.

    refusal: why its suite cannot judge it at all; then it has no run, and uses up no attempt.
    """
    with transaction.atomic():
        team = team_of(upload.student, upload.assignment)
        Enrollment.objects.hold({upload.student, *team.partners})
        came = _refused({"upload": upload, "received_at": at, **stored}, refusal)
        return _attempt(upload.student, upload.assignment, team, came, seed, at)


def _attempt(
    student: Enrollment, assignment: Assignment, team: Team, came: dict[str, Any], seed: int | None, at: datetime
) -> Attempt:
    """Make one attempt of what came; the caller holds the rows of those for whom it counts, so that numbers follow each other."""
    people = [student, *team.partners]
    taken = max(Attempt.objects.of(each, assignment).aggregate(most=Max("number"))["most"] or 0 for each in people)
    if team.note:
        came = {**came, "notes": [*came.get("notes", []), team.note]}
    attempt = Attempt.objects.hand_in(people=people, assignment=assignment, number=taken + 1, **came)
    _judge(attempt, seed, at)
    return attempt


def _judge(attempt: Attempt, seed: int | None, at: datetime) -> None:
    """Queue an attempt's run, unless it cannot be judged or is beyond its limit; set aside what it makes pointless."""
    if not attempt.refusal and _may_be_graded(attempt):
        supersede(attempt=attempt, at=at)
        # What waited is set aside now, or will be judged all the same: then it uses up an attempt.
        if _may_be_graded(attempt, with_waiting=True):
            enqueue(attempt=attempt, seed=seed, at=at)
            supersede(attempt=attempt, at=at)  # this one, if its fetch took longer than that of a newer push


def _may_be_graded(attempt: Attempt, with_waiting: bool = False) -> bool:
    """Say whether the limit leaves an attempt to all for whom this one counts; what is superseded uses up none.

    with_waiting: count what is still queued, once nothing of it is superseded any more.
    """
    limit = attempt.assignment.attempt_limit
    if limit is None:
        return True
    theirs = (Attempt.objects.of(each, attempt.assignment) for each in attempt.people)
    return all(attempts.graded_by_themselves(with_waiting).count() < limit for attempts in theirs)
