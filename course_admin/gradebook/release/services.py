"""What holds and publishes an assignment's grades, each with an audit event in the same transaction."""

from datetime import datetime

from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import save_audited
from course_admin.courses.models import AuditEvent
from course_admin.identity.models import User
from course_admin.policy import Action, require


class NotToRelease(ValueError):
    """Grades cannot be published so; its text is a sentence for whoever asked."""


def hold_grades(*, assignment: Assignment, actor: User | None, at: datetime, reason: str) -> AuditEvent | None:
    """Hold an assignment's grades until they are published; those that were out are taken from the students' pages.

    What a learning platform was sent stays there. Returns None if they were held without a time already. Raises Refused.
    """
    require(actor, Action.RELEASE_GRADES, assignment)
    assignment.holds_grades, assignment.results_published_at = True, None
    return save_audited(thing=assignment, actor=actor, at=at, reason=reason)


def publish_grades(
    *, assignment: Assignment, publishes_at: datetime, actor: User | None, at: datetime, reason: str
) -> AuditEvent | None:
    """Publish an assignment's results from a moment on: its grades, and the checks that wait for it.

    Raises NotToRelease if they are out already, or the moment has passed; Refused.
    """
    require(actor, Action.RELEASE_GRADES, assignment)
    if assignment.holds_grades and assignment.is_published(at):
        raise NotToRelease(gettext("The grades of {assignment} are published already.").format(assignment=assignment))
    if publishes_at < at:
        raise NotToRelease(gettext("That moment has passed: publish now, or choose a later one."))
    assignment.results_published_at = publishes_at
    return save_audited(thing=assignment, actor=actor, at=at, reason=reason)
