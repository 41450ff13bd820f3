"""Staff have any commit of a student's repository graded: one that no push announced, or what a branch held at a due time.

It is one push like another, except that it is of no branch: what is known of branches by their pushes stays as it is. It counts
from the time that staff give, which is on record.
"""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind
from course_admin.policy import Action, require
from course_admin.submissions.intake.ingest import take_in
from course_admin.submissions.models import Push, PushState, Repository

FIRST_YEAR = 2000
BY_HAND = "by-hand-"  # begins the delivery number of a push that staff made of a commit
REF = "refs/assay/by-hand"
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
KNOWN = _("{commit} was pushed already and is an attempt: judge that one again instead.")
WAITS = _("{commit} was pushed already, and its code is being fetched.")
NO_COMMIT = _("Give the commit by its full name of 40 letters and digits, as `git rev-parse HEAD` prints it.")


class NotGraded(ValueError):
    """A commit is not graded; the text is a sentence."""


def grade_commit(
    *, repository: Repository, commit_id: str, counts_from: datetime, by: Any, at: datetime, reason: str
) -> Push:
    """Have a commit of a repository graded for its student, as one that came at a time. Raises Refused, or NotGraded."""
    require(by, Action.JUDGE_AGAIN, repository)
    commit = commit_id.strip().lower()
    if not _COMMIT.fullmatch(commit) or not commit.strip("0"):
        raise NotGraded(NO_COMMIT)
    if counts_from.year < FIRST_YEAR:
        raise NotGraded(gettext("It cannot count from a time before {year}.").format(year=FIRST_YEAR))
    if counts_from > at:
        raise NotGraded(gettext("It cannot count from a time that has not come yet."))
    with transaction.atomic():
        held = (
            Repository.objects.select_for_update(of=("self",)).select_related("student", "course").get(pk=repository.pk)
        )
        if not held.student.is_active:
            raise NotGraded(gettext("{name} is no longer in the course.").format(name=held.student.name))
        known = Push.objects.filter(repository=held, commit_id=commit)
        if known.filter(state=PushState.ATTEMPTED).exists():
            raise NotGraded(KNOWN.format(commit=commit[:7]))
        if known.filter(state=PushState.RECEIVED).exists():
            raise NotGraded(WAITS.format(commit=commit[:7]))
        push, _ = Push.objects.get_or_create(
            delivery_id=f"{BY_HAND}{held.pk}-{commit[:40]}",
            defaults={
                "repository": held,
                "ref": REF,
                "commit_id": commit,
                "received_at": counts_from,
                "next_try_at": at,
            },
        )
        push.received_at = counts_from
        push.save(update_fields=["received_at"])
        take_in(push=push, at=at, is_asked_for=True)
        subject = f"commit {commit[:7]} of {held}"
        event = new_event(held.course_id, AuditKind.GRADE, subject, actor=by, at=at, reason=reason)
        event.before, event.after = None, {"commit": commit, "counts from": counts_from.isoformat()}
        record([event])
    return push
