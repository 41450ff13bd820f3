"""Pushes that were not graded for a reason, looked at again: once the reason is gone they are, from when they came.

A student who was taken off the roster by mistake is back, a branch rule or a repository pattern is corrected, a default branch is
switched: nobody pushes once more because of it.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from course_admin.assignments.models import Assignment
from course_admin.submissions.intake.attempts import BRANCH
from course_admin.submissions.intake.ingest import reason_by_roster
from course_admin.submissions.models import Push, PushState, PushWait
from course_admin.submissions.models.push import named_for
from course_admin.task_sender import INGEST, send_on_commit

log = logging.getLogger(__name__)

AT_ONCE = 100
AGAIN = timedelta(minutes=10)  # until one is looked at again that still has a reason


def reconsider(*, at: datetime) -> int:
    """Have pushes graded whose reason not to be is gone; return how many. They count from when they came."""
    waiting = Push.objects.not_graded_yet(at).filter(next_try_at__lte=at)
    maybe = Q(waits_for=PushWait.STUDENT) | Q(waits_for=PushWait.BRANCH) & _on_graded_branches()
    rows = waiting.filter(maybe, repository__student__is_active=True).order_by("received_at", "pk")
    return sum(_look_again(push, at) for push in rows[:AT_ONCE].values_list("pk", flat=True))


def _on_graded_branches() -> Q:
    """Return the condition that a push went to a branch that some assignment grades, as far as names alone tell."""
    courses = Push.objects.filter(waits_for=PushWait.BRANCH).values("repository__course")
    wanted = Q(pk__in=[])
    for each in Assignment.objects.filter(course__in=courses, is_draft=False).exclude(repository_pattern=""):
        default = Concat(Value(BRANCH), F("repository__default_branch"))
        wanted |= named_for(each, "repository__") & Q(ref=f"{BRANCH}{each.branch}" if each.branch else default)
    return wanted


def _look_again(push_id: int, at: datetime) -> bool:
    with transaction.atomic():
        rows = Push.objects.select_for_update(of=("self",)).select_related("repository__student")
        held = rows.exclude(waits_for=PushWait.NOTHING).filter(pk=push_id).first()
        if held is None:
            return False
        held.reason, held.waits_for = reason_by_roster(held.repository, held.ref, held.sender_login)
        held.next_try_at = at + AGAIN
        if not held.reason:
            held.state, held.tries, held.next_try_at = PushState.RECEIVED, 0, at
            send_on_commit(INGEST, {"push_id": held.pk})
            log.info("The push %s to %s is graded after all.", held, held.repository)
        held.save(update_fields=["reason", "waits_for", "state", "tries", "next_try_at"])
    return held.state == PushState.RECEIVED
