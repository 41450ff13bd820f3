"""One row of a ledger of what GitHub is asked for: claimed by one worker, taken a step further, put off, or given up.

What is written down before GitHub is asked survives a kill; a limit that GitHub names holds for everything of that installation.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.app.answers import NotPermitted, Rejected, TryLater
from course_admin.integrations.github.app.client import GitHub
from course_admin.integrations.github.models import Installation
from course_admin.submissions.intake.ownership.repositories import OfSomebodyElse

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=3)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
NOT_THERE = "The GitHub App is not installed for {owner}."


class NotMade(Exception):
    """Something cannot be made as things are; the text is a sentence for staff."""


def claim(row: Any, at: datetime) -> bool:
    """Take a row for a while; False if another worker was faster."""
    mine = type(row).objects.filter(pk=row.pk, next_try_at=row.next_try_at)
    return bool(mine.update(next_try_at=at + CLAIM))


def advance(
    row: Any,
    *,
    hub: GitHub,
    owner: str,
    needs: Mapping[str, str],
    may_not: str,
    step: Callable[[Installation], None],
    failed: Mapping[str, Any],
) -> bool:
    """Take a claimed row a step further; return whether that was done.

    needs: the App's permissions without which it cannot be, may_not: the sentence then; failed: the fields of a row that
    is given up.
    """
    at = hub.now()
    rows = type(row).objects.filter(pk=row.pk)
    installation = Installation.objects.active().of_owner(f"{owner}/").first()
    try:
        if installation is None:
            raise NotMade(NOT_THERE.format(owner=owner))
        if not all(installation.may(name, level) for name, level in needs.items()):
            raise NotMade(may_not)
        if installation.is_quiet(at):
            rows.update(next_try_at=installation.quiet_until)
            return False
        step(installation)
    except TryLater as problem:
        asked = timedelta(seconds=problem.seconds)
        if problem.is_limit and installation is not None:
            Installation.objects.filter(pk=installation.pk).update(quiet_until=at + asked)
        pause = min(max(asked, FIRST_PAUSE * 2 ** min(row.tries, 8)), LONGEST_PAUSE)
        rows.update(next_try_at=at + pause, tries=row.tries + 1, words=str(problem))
        return False
    except (NotMade, NotPermitted, Rejected, BadPayload, OfSomebodyElse) as problem:
        log.warning("%s was given up: %s", row, problem)
        rows.update(words=str(problem), **failed)
        return False
    return True
