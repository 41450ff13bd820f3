"""Making and ending the right to ask, and what is answered: the newest result that was handed in before Gradescope's."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import delete_audited, save_audited
from course_admin.courses.models import Enrollment, Student
from course_admin.gradebook.exports.gradescope import results_json
from course_admin.identity.models import User
from course_admin.identity.proven.email import fold_email
from course_admin.integrations.gradescope.models import Bridge
from course_admin.policy import Action, require
from course_admin.submissions.models import Attempt

SOON_SECONDS, JUDGED_SECONDS = 60, 480  # how long the other side may wait for a push, and for a result
NO_STUDENT = (
    "Assay's roster has no student with the e-mail address of this submission. Tell your course staff which you use."
)
NO_ATTEMPT = (
    "Assay has nothing of yours for this assignment from before this submission: push your work, then submit again."
)
IN_FLIGHT = "Assay is still judging your work."


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: results; or a sentence, and for how long it is worth asking again."""

    results: dict[str, Any] | None = None
    sentence: str = ""
    patience_seconds: int = 0


def make(*, assignment: Assignment, actor: User | None, at: datetime) -> str:
    """Return a new token for an assignment's autograder, audited; the one before asks in vain from now on. Raises Refused."""
    require(actor, Action.SET_UP, assignment.course)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = Bridge.objects.select_for_update().filter(assignment=assignment).first() or Bridge(assignment=assignment)
        row.digest, row.made_at = digest(token), at
        save_audited(thing=row, actor=actor, at=at, reason="an autograder for Gradescope was made")
    return token


def revoke(*, assignment: Assignment, actor: User | None, at: datetime) -> bool:
    """End what was made, audited; False if there was nothing. Raises Refused."""
    require(actor, Action.SET_UP, assignment.course)
    with transaction.atomic():
        row = Bridge.objects.select_for_update().filter(assignment=assignment).first()
        if row is not None:
            delete_audited(thing=row, actor=actor, at=at, reason="the autograder in Gradescope was ended")
    return row is not None


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def answer(*, bridge: Bridge, emails: Sequence[str], created_at: datetime, takes_older: bool) -> Answer:
    """Return the results of the newest attempt that one of some people handed in until then.

    takes_older: whoever asks waits no longer, and takes the newest that is judged.
    """
    people = _students(bridge.assignment, emails)
    if not people:
        return Answer(sentence=NO_STUDENT)
    attempts = Attempt.objects.of_any(people, bridge.assignment).filter(received_at__lte=created_at, refusal="")
    for attempt in attempts.prefetch_related("runs").by_arrival().reverse():
        run = attempt.shown_run
        if run is not None and run.is_graded:
            return Answer(results=json.loads(results_json(attempt, run)))
        if not takes_older:
            return Answer(sentence=IN_FLIGHT, patience_seconds=JUDGED_SECONDS)
    return Answer(sentence=IN_FLIGHT if attempts else NO_ATTEMPT, patience_seconds=0 if takes_older else SOON_SECONDS)


def _students(assignment: Assignment, emails: Sequence[str]) -> list[Enrollment]:
    """Return the active students of a course who have one of some addresses."""
    folded = {fold_email(each) for each in emails if each}
    wanted = Q(pk__in=())
    for address in folded:
        wanted |= Q(email__iexact=address) | Q(other_emails__address__iexact=address)
    rows = Student.objects.active().filter(wanted, course=assignment.course_id).prefetch_related("other_emails")
    found = {each.pk: each for each in rows}
    return [
        each
        for each in found.values()
        if folded
        & {fold_email(address) for address in (each.email, *(other.address for other in each.other_emails.all()))}
    ]
