"""Staff ask for an update of all repositories of an assignment that there are, and for another try of what failed."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind, Role
from course_admin.identity.models import User
from course_admin.integrations.github.models import (
    PullRequestState,
    RepositoryTemplate,
    StarterPullRequest,
    StarterUpdate,
)
from course_admin.policy import Action, require
from course_admin.submissions.models import Forge, Repository
from course_admin.submissions.models.push import named_for

TITLE_CHARACTERS = 200


class NoUpdate(ValueError):
    """No update can be asked for; the text is a sentence that says what to do."""


def order_update(
    *, assignment: Assignment, title: str, replaces_changed: bool, by: User, at: datetime
) -> StarterUpdate:
    """Ask for an update of the assignment's repositories from its template, on record. Raises Refused, or NoUpdate."""
    require(by, Action.SET_UP, assignment)
    if not 0 < len(title) <= TITLE_CHARACTERS or not title.isprintable():
        raise NoUpdate(
            gettext("Say in one line of at most {most} letters what students get by it.").format(most=TITLE_CHARACTERS)
        )
    if not RepositoryTemplate.objects.filter(assignment=assignment).exists():
        raise NoUpdate(gettext("Say first what the repositories are made from."))
    with transaction.atomic():
        Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
        if StarterPullRequest.objects.filter(update_of__assignment=assignment, state=PullRequestState.WAITING).exists():
            raise NoUpdate(
                gettext("An update is on its way still: wait until it is in all repositories, then send the next.")
            )
        bound = Repository.objects.filter(named_for(assignment), forge=Forge.GITHUB).select_related("student")
        theirs = bound.filter(student__is_active=True, student__role=Role.STUDENT)
        rows = [each for each in theirs if each.is_for(assignment)]
        if not rows:
            raise NoUpdate(
                gettext("No student has a repository of this assignment yet: those that are made get the new files.")
            )
        last = StarterUpdate.objects.filter(assignment=assignment).aggregate(most=Max("number"))["most"] or 0
        update = StarterUpdate.objects.create(
            assignment=assignment,
            number=last + 1,
            title=title,
            replaces_changed=replaces_changed,
            asked_at=at,
            next_try_at=at,
        )
        StarterPullRequest.objects.bulk_create(
            StarterPullRequest(update_of=update, repository=each, next_try_at=at) for each in rows
        )
        event = new_event(
            assignment.course_id, AuditKind.COURSE, str(update), actor=by, at=at, reason="asked for on its page"
        )
        event.before, event.after = None, {"title": title, "repositories": len(rows), "replaces": replaces_changed}
        record([event])
    return update


def try_again(*, assignment: Assignment, by: User, at: datetime) -> int:
    """Let what failed of an assignment's newest update be tried again; return how many. Raises Refused."""
    require(by, Action.SET_UP, assignment)
    update = StarterUpdate.objects.filter(assignment=assignment).first()
    if update is None:
        return 0
    StarterUpdate.objects.filter(pk=update.pk, is_failed=True).update(
        is_failed=False, tries=0, next_try_at=at, words=""
    )
    failed = StarterPullRequest.objects.filter(update_of=update, state=PullRequestState.FAILED)
    return failed.update(state=PullRequestState.WAITING, tries=0, next_try_at=at, words="")
