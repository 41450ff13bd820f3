"""What students write: a request for a regrade, its withdrawal, and comments in the threads of their own attempts."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import save_audited
from course_admin.courses.models import Enrollment
from course_admin.discussion.models import REASON_CHARACTERS, RegradeRequest, RequestState
from course_admin.discussion.window import ASKED, why_not
from course_admin.identity.models import User
from course_admin.policy import Action, require
from course_admin.review.models import Comment
from course_admin.review.services import NotToSay, check_of, new_comment
from course_admin.submissions.code.places import Place
from course_admin.submissions.models import Attempt

MOST_COMMENTS = 50  # of the students of one attempt
TOO_MANY = _(
    "This attempt has {most} comments of its students, which is as many as it holds. Ask your course staff in person."
)
NO_REASON = _("Write what you think is wrong, and why: your course staff decide by it.")
TOO_LONG = _("This has {length} characters; {most} fit.")
OVER = _("This request is decided or taken back already.")


def ask(*, attempt: Attempt, test_id: str, reason: str, student: Enrollment, at: datetime) -> RegradeRequest:
    """Open a request of a student's about an attempt, or about its check `test_id`. Raises NotToSay, or Refused."""
    request = RegradeRequest(attempt=attempt, assignment=attempt.assignment, student=student, test_id=test_id)
    require(student.account, Action.REQUEST_REGRADE, request)
    request.reason = _said(reason, str(NO_REASON))
    check = check_of(attempt, test_id)
    request.check_name = check.name if check else ""
    request.asked_at = at
    if sentence := why_not(attempt=attempt, test_id=test_id, student=student, at=at):
        raise NotToSay(sentence)
    try:
        with transaction.atomic():
            save_audited(thing=request, actor=student.account, at=at, reason="")
    except IntegrityError as problem:  # asked in two windows at once
        raise NotToSay(ASKED.format(number=attempt.number)) from problem
    return request


def withdraw(*, request: RegradeRequest, actor: User, at: datetime) -> None:
    """Take an open request back; what it said stays readable. Raises NotToSay, or Refused."""
    require(actor, Action.REQUEST_REGRADE, request)
    with transaction.atomic():
        held = RegradeRequest.objects.select_for_update().get(pk=request.pk)
        if not held.is_open:
            raise NotToSay(OVER)
        held.state, held.decided_at = RequestState.WITHDRAWN, at
        save_audited(thing=held, actor=actor, at=at, reason="")


def write_back(
    *, attempt: Attempt, text: str, test_id: str, author: User, at: datetime, place: Place | None = None
) -> Comment:
    """Keep what a student says in a thread of their own attempt; staff read it at once. Raises NotToSay, or Refused."""
    require(author, Action.WRITE_BACK, attempt)
    accounts = [person.account_id for person in attempt.people]
    with transaction.atomic():
        list(Attempt.objects.select_for_update().filter(pk=attempt.pk))  # those who write at once are counted in turn
        if Comment.objects.filter(attempt=attempt, author__in=accounts).count() >= MOST_COMMENTS:
            raise NotToSay(TOO_MANY.format(most=MOST_COMMENTS))
        comment = new_comment(
            attempt=attempt, text=text, test_id=test_id, place=place, author=author, at=at, released_at=at
        )
        save_audited(thing=comment, actor=author, at=at, reason="")
    return comment


def _said(text: str, if_empty: str) -> str:
    text = text.strip()
    if not text:
        raise NotToSay(if_empty)
    if len(text) > REASON_CHARACTERS:
        raise NotToSay(TOO_LONG.format(length=len(text), most=REASON_CHARACTERS))
    return text
