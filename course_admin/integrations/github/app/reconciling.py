"""What GitHub knows and we may have missed: deliveries that failed are asked for again, repositories that never announced anything
are found by their names.

GitHub keeps its log of deliveries for three days and repeats none by itself. The log is read back to its end once an hour, and
its newest part each time, so that nothing has to be remembered of it.

Source: GitHub's REST description, "GitHub App webhooks" and "Apps".
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.app.answers import NotPermitted, Rejected, TryLater
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.app.payload import full_name, number, text
from course_admin.integrations.github.models import Installation
from course_admin.integrations.times import moment_of
from course_admin.submissions.intake.ownership.repositories import bind_found
from course_admin.submissions.models import ParkedPush, Push, Repository, WaitingAnnouncement

log = logging.getLogger(__name__)

KEPT = timedelta(days=3)  # by GitHub
NEWEST = timedelta(minutes=15)
PAGES = 300  # of a hundred deliveries
SOON = timedelta(seconds=30)  # what failed just now may still be on its way here
TIMES = 4  # of one delivery in the log: then it fails for a reason that asking again does not mend
REDELIVERED_AT_ONCE = 100
STARTED = timedelta(minutes=1)  # after it was made: what was pushed by then are the files that it was made with
REFUSED = (400, 401, 404, 415)  # asking again gives the same answer
READ = (("metadata", "read"),)


def redeliver(*, hub: GitHub, back: timedelta) -> int:
    """Ask for every push again that GitHub could not deliver since a while ago, or that is not stored here; return how many.

    Raises a GitHubProblem.
    """
    since = hub.now() - min(back, KEPT)
    seen: Counter[str] = Counter()
    arrived: set[str] = set()
    refused: set[str] = set()
    lost: dict[str, int] = {}
    for each in _log_since(hub, since):
        guid = str(each.get("guid", ""))
        seen[guid] += 1
        status = each.get("status_code")
        if isinstance(status, int) and 200 <= status < 300:
            arrived.add(guid)
        if status in REFUSED:
            refused.add(guid)
        at = moment_of(each.get("delivered_at"))
        if at is not None and at <= hub.now() - SOON:
            lost.setdefault(guid, number(each, "id", "id"))
    known = _stored(arrived)
    over = known | refused | {guid for guid, times in seen.items() if times >= TIMES}
    again = [key for guid, key in lost.items() if guid not in over]
    done = 0
    for key in again[:REDELIVERED_AT_ONCE]:
        try:
            hub.as_app("POST", f"/app/hook/deliveries/{key}/attempts")
            done += 1
        except Rejected as problem:
            log.warning("GitHub does not deliver %s again: %s", key, problem)
    if done:
        log.info("GitHub was asked to deliver %s pushes again.", done)
    return done


def _log_since(hub: GitHub, since: datetime) -> list[dict[str, Any]]:
    """Return the pushes of the log, newest first, back to a moment."""
    found: list[dict[str, Any]] = []
    for page in hub.pages_as_app("/app/hook/deliveries?per_page=100", most=PAGES):
        rows = [each for each in page if isinstance(each, dict)] if isinstance(page, list) else []
        found += [each for each in rows if each.get("event") == "push"]
        oldest = moment_of(rows[-1].get("delivered_at")) if rows else None
        if oldest is None or oldest < since:
            break
    return found


def _stored(guids: set[str]) -> set[str]:
    """Return which deliveries left something here: one that was answered and is not known was lost with a database."""
    known: set[str] = set()
    for table in (Push, ParkedPush, WaitingAnnouncement):
        known |= set(table.objects.filter(delivery_id__in=guids).values_list("delivery_id", flat=True))
    return known


def find_repositories(*, hub: GitHub) -> list[Repository]:
    """Bind the repositories that no push has announced yet and whose name says whose they are; return those.

    What GitHub does not answer is left for the next time.
    """
    found: list[Repository] = []
    for installation in Installation.objects.active():
        if installation.is_quiet(hub.now()):
            continue
        try:
            found += _of_installation(hub, installation)
        except TryLater as problem:
            if problem.is_limit:
                until = hub.now() + timedelta(seconds=problem.seconds)
                Installation.objects.filter(pk=installation.pk).update(quiet_until=until)
        except (NotPermitted, Rejected, BadPayload) as problem:
            log.warning("The repositories of %s could not be listed: %s", installation, problem)
    return found


def _of_installation(hub: GitHub, installation: Installation) -> list[Repository]:
    access, found = Access(installation.number, READ), []
    for page in hub.pages_as_installation(access, "/installation/repositories?per_page=100", most=PAGES):
        told = page.get("repositories") if isinstance(page, dict) else None
        rows = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
        numbers = [number(each, "id", "repository.id") for each in rows]
        known = set(Repository.objects.filter(forge="github", host_id__in=numbers).values_list("host_id", flat=True))
        found += [bound for each in rows if each.get("id") not in known and (bound := _bind(each, hub.now()))]
    return found


def _bind(told: dict[str, Any], at: datetime) -> Repository | None:
    """Bind one repository, if somebody has pushed to it since it was made."""
    pushed_at = last_work(told, at)
    if pushed_at is None:
        return None
    return bind_found(
        host_id=number(told, "id", "repository.id"),
        full_name=full_name(told),
        default_branch=text(told, "default_branch", "repository.default_branch"),
        pushed_at=pushed_at,
        at=at,
    )


def last_work(told: dict[str, Any], at: datetime) -> datetime | None:
    """Return when a repository was last pushed to; None if that was nothing but the files that it was made with."""
    pushed_at, made_at = moment_of(told.get("pushed_at")), moment_of(told.get("created_at"))
    if pushed_at is None or pushed_at > at or (made_at is not None and pushed_at <= made_at + STARTED):
        return None
    return pushed_at
