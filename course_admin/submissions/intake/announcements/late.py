"""Announcements that come when something newer is known already: once more, after the host was asked, or out of order.

What is known stays as it is, but for one thing: where the host signed an earlier time than what is known counts from, that time
holds. It is never made later.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.intake.branch import NOTHING, REDELIVERED_WITHIN, Branch, RefUpdate
from course_admin.submissions.models import Attempt, Forge, Push, Repository

FOUND_BEFORE = gettext_noop(
    "It was taken in already: its host was asked before this announcement came, and a push is graded once."
)
OVERTAKEN = gettext_noop(
    "Its announcement came late: the branch held something newer by then, which is graded instead. If this is the newest after "
    "all, it is graded as soon as the host is asked again."
)
#: Stored with a push in English, and worded anew for each reader.
REASONS = (FOUND_BEFORE, OVERTAKEN)
PROVEN = "its host announced it afterwards, with the time at which it was pushed"


def announced_by_another_hook(
    announcement: Announcement, repository: Repository, updates: Sequence[RefUpdate], at: datetime
) -> Push | None:
    """Return the push that this announcement tells of once more, under a number of its own; None if it tells of a new one.

    updates: what is known of its branch.
    A branch leads from the same commit to the same commit twice only if it was led back meanwhile: that is another push.
    """
    pushes = Push.objects.to_branch(repository, announcement.ref)
    if announcement.forge != Forge.GITHUB and Branch(updates).tip == announcement.commit_id:
        return pushes.filter(commit_id=announcement.commit_id).order_by("-pk").first()  # a trial of the webhook
    step = (announcement.before_id, announcement.commit_id)
    if all((each.before_id, each.commit_id) != step for each in updates):
        return None
    twins = pushes.filter(before_id=announcement.before_id, commit_id=announcement.commit_id, found_at__isnull=True)
    twin = twins.filter(received_at__gte=at - REDELIVERED_WITHIN).order_by("-pk").first()
    moment = announcement.hosts_time(at)
    if twin is not None and moment is not None and (same := twins.filter(pushed_at=moment).first()):
        return same
    return twin if twin is not None and not _was_led_back(twin, pushes) else None


def doubt_what_is_newest(announcement: Announcement, repository: Repository, updates: Sequence[RefUpdate]) -> None:
    """Have the host asked next where a branch is told to have been made once more, and something newer is known of it.

    A second hook's announcement may come late; or the branch was deleted meanwhile, of which no announcement came, and then it
    holds the older commit again.
    """
    is_made = not announcement.before_id.strip("0")
    if is_made and Branch(updates).tip not in (announcement.commit_id, NOTHING):
        doubt(repository)


def doubt(repository: Repository) -> None:
    """Have a repository's host asked next: only that can say what is newest."""
    Repository.objects.filter(pk=repository.pk).update(is_in_doubt=True)


def _was_led_back(twin: Push, pushes: QuerySet[Push]) -> bool:
    """Say whether a branch was led back, after a push, to where that push had led away from.

    A forerunner that is announced after it, out of order, leads there as well, but not from where the push has led to.
    """
    later = list(pushes.filter(pk__gt=twin.pk).values_list("before_id", "commit_id", "found_at"))
    if any(commit == twin.before_id and found_at for _, commit, found_at in later):
        return True
    reached = {twin.commit_id}
    while further := {commit for before, commit, _ in later if before in reached} - reached:
        reached |= further
    return twin.before_id in reached


def came_late(
    announcement: Announcement,
    repository: Repository,
    updates: Sequence[RefUpdate],
    counts_from: datetime,
    at: datetime,
) -> tuple[Push | None, str]:
    """Return the same push, if it was found before this announcement of it, and why this one is not graded, if so.

    counts_from: the earliest moment that is shown for it. What came before the newest is graded all the same where that
    shows that it did: it may be on time, and the newest late; so is whatever the host itself puts in its place.
    """
    branch = Branch(updates)
    step = RefUpdate(announcement.before_id, announcement.commit_id, at, pushed_at=announcement.hosts_time(at))
    if branch.newest is None:
        return None, ""
    pushes = Push.objects.to_branch(repository, announcement.ref)
    if step.pushed_at is not None and (found := pushes.found_around(announcement.commit_id, step.pushed_at)):
        return found, FOUND_BEFORE  # whatever came since
    leads_on = announcement.before_id == branch.tip
    is_what_was_found = branch.newest.found_at is not None and branch.tip == announcement.commit_id and not leads_on
    if not is_what_was_found and not branch.is_overtaken(step):
        return None, ""
    if found := pushes.found_with(announcement.commit_id):
        return found, FOUND_BEFORE
    is_placed = step.pushed_at is not None or counts_from < branch.newest.received_at
    return None, "" if is_placed else OVERTAKEN


def count_from(*, push: Push, moment: datetime, at: datetime) -> bool:
    """Let a push that was found by asking count from the moment that its host announced afterwards, if that is earlier.

    Its attempts count from then as well, each on record. The caller holds the repository's row. Returns whether anything changed.
    """
    if push.found_at is None or push.received_at <= moment:
        return False
    Push.objects.filter(pk=push.pk).update(received_at=moment)
    attempts = Attempt.objects.filter(push=push, received_at__gt=moment).select_related("assignment").with_people()
    events = []
    for attempt in attempts:
        event = new_event(
            attempt.assignment.course_id, AuditKind.DEADLINE, attempt.recorded_name, actor=None, at=at, reason=PROVEN
        )
        event.before, event.after = ({"received_at": each.isoformat()} for each in (attempt.received_at, moment))
        events.append(event)
    record(events)
    Attempt.objects.filter(pk__in=[each.pk for each in attempts]).update(received_at=moment)
    return True
