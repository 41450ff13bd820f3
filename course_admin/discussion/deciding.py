"""What staff decide about a request: accepted, by another judging or by a grade set by hand, or declined; always with a reason.

Each decision is one transaction with what it brings about. Who may not have an attempt judged again, or set a grade, can decline.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import save_audited
from course_admin.discussion.models import REASON_CHARACTERS, RegradeRequest, RequestState
from course_admin.gradebook.models import Override
from course_admin.identity.models import User
from course_admin.policy import Action, may, require
from course_admin.review.services import NotToSay
from course_admin.submissions.models import Attempt
from course_admin.submissions.queue.staff_requests import regrade_attempts

NO_REASON = _("Write the reason: the student reads it.")
TOO_LONG = _("The reason has {length} characters; {most} fit.")
DECIDED = _("This request is decided or taken back already; look at the thread again.")
UNDER_WAY = _("This attempt is being graded again already; decide when that is over.")
NO_POINTS = _("Write the points that the grade is set to, from 0 to {most}.")
NO_DECISION = _("Choose what is decided: graded again, set by hand, or declined.")


def decisions_of(actor: Any, request: RegradeRequest) -> list[RequestState]:
    """Return what somebody may decide about an open request; empty if nothing."""
    if not (request.is_open and may(actor, Action.DECIDE_REQUEST, request)):
        return []
    found = [RequestState.REGRADED] if may(actor, Action.REGRADE, request.attempt) else []
    if may(actor, Action.GRANT, request.student):
        found.append(RequestState.BY_HAND)
    return [*found, RequestState.DECLINED]


def decide(
    *, request: RegradeRequest, decision: str, answer: str, points: Decimal | None, actor: User, at: datetime
) -> None:
    """Decide an open request, and bring it about. Raises NotToSay, or Refused; then nothing has changed."""
    require(actor, Action.DECIDE_REQUEST, request)
    answer = answer.strip()
    if not answer:
        raise NotToSay(NO_REASON)
    if len(answer) > REASON_CHARACTERS:
        raise NotToSay(TOO_LONG.format(length=len(answer), most=REASON_CHARACTERS))
    with transaction.atomic():
        held = RegradeRequest.objects.select_for_update().select_related(None).get(pk=request.pk)
        if not held.is_open:
            raise NotToSay(DECIDED)
        match decision:
            case RequestState.REGRADED:
                _judge_again(held, answer, actor, at)
            case RequestState.BY_HAND:
                _set_by_hand(held, answer, points, actor, at)
            case RequestState.DECLINED:
                pass
            case _:
                raise NotToSay(NO_DECISION)
        held.state, held.answer, held.decided_by, held.decided_at = decision, answer, actor, at
        save_audited(thing=held, actor=actor, at=at, reason=answer)


def _judge_again(request: RegradeRequest, why: str, actor: User, at: datetime) -> None:
    require(actor, Action.REGRADE, request.attempt)
    attempts = Attempt.objects.filter(pk=request.attempt_id)
    if not regrade_attempts(attempts=attempts, by=actor, at=at, reason=why):
        raise NotToSay(UNDER_WAY)


def _set_by_hand(request: RegradeRequest, why: str, points: Decimal | None, actor: User, at: datetime) -> None:
    most = request.assignment.points
    require(actor, Action.GRANT, request.student)
    if points is None or not points.is_finite() or not 0 <= points <= most:
        raise NotToSay(NO_POINTS.format(most=f"{most.normalize():f}"))
    mine = Override.objects.select_for_update().filter(student=request.student, assignment=request.assignment)
    override = mine.first() or _override(request)
    override.points, override.reason, override.set_by, override.set_at = points, why, actor, at
    save_audited(thing=override, actor=actor, at=at, reason=why)


def _override(request: RegradeRequest) -> Override:
    return Override(student=request.student, assignment=request.assignment)
