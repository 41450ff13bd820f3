"""Drafts that wait for their suite's check open by themselves; from their release on what is handed in is graded."""

import logging
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import PUBLISHABLE, Assignment, CheckState, SuiteVersion
from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course
from course_admin.policy import Action, may

log = logging.getLogger(__name__)

LET_IN_ELSEWHERE = _(
    "{suite} passed no check, and who let it grade does not lead this course: open the assignment yourself, if you agree."
)


def open_checked(*, at: datetime) -> int:
    """Open every draft that waits for its suite and whose suite may be used; return how many.

    One that cannot be opened, such as for repositories that another course was given meanwhile, stays a draft and waits no
    more; the audit log says why.
    """
    with transaction.atomic():
        waiting = Assignment.objects.select_for_update().filter(
            is_draft=True, opens_when_checked=True, suite__check_state__in=PUBLISHABLE
        )
        return sum(_opened(each, at) for each in waiting)


def may_open_with(suite: SuiteVersion, course: Course) -> bool:
    """Say whether an assignment of a course opens by itself with a suite: it passed, or was let grade by who may say so there.

    Versions are everybody's. Who leads another course has it grade in theirs, and decides nothing here.
    """
    if suite.check_state != CheckState.TRUSTED or suite.trusted_by is None:
        return suite.is_publishable
    return may(suite.trusted_by, Action.TRUST_SUITE, course)


def _opened(draft: Assignment, at: datetime) -> bool:
    pattern, reason = draft.pattern_when_open, "its suite has passed its check, or is trusted"
    draft.opens_when_checked, draft.pattern_when_open = False, ""
    draft.is_draft, draft.repository_pattern = False, pattern
    if problem := _problem(draft):
        draft.is_draft, draft.repository_pattern = True, ""
        reason = f"it cannot open by itself: {problem}"
        log.warning("%s stays a draft: %s", draft, reason)
    save_audited(thing=draft, actor=None, at=at, reason=reason)
    return not draft.is_draft


def _problem(draft: Assignment) -> str:
    """Say why an assignment cannot be open as it stands; empty if it can."""
    pattern = draft.repository_pattern
    if draft.suite is not None and not may_open_with(draft.suite, draft.course):
        return str(LET_IN_ELSEWHERE).format(suite=draft.suite)
    try:
        draft.full_clean()
    except ValidationError as problem:
        return " ".join(problem.messages)
    if pattern and not draft.course.owns(pattern) and draft.is_owner_taken(pattern):
        return gettext("Another course has repositories of {owner}, too: an administrator can open it.").format(
            owner=pattern.partition("/")[0]
        )
    return ""
