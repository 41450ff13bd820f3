"""Drafts that wait for their suite's check open by themselves; from their release on what is handed in is graded."""

import logging
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.models import PUBLISHABLE, Assignment
from course_admin.courses.audit import save_audited

log = logging.getLogger(__name__)


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
    try:
        draft.full_clean()
    except ValidationError as problem:
        return " ".join(problem.messages)
    if pattern and not draft.course.owns(pattern) and draft.is_owner_taken(pattern):
        return gettext("Another course has repositories of {owner}, too: an administrator can open it.").format(
            owner=pattern.partition("/")[0]
        )
    return ""
