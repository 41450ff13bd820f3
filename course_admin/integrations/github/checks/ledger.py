"""The ledger of what GitHub shows: which attempts are shown, which are due, and what a failure means for one.

It looks at what is recorded already, so that no recording waits for GitHub; whatever is killed, the next round goes on.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from course_admin.integrations.github.app.answers import NotPermitted, Rejected, TryLater
from course_admin.integrations.github.app.client import GitHub
from course_admin.integrations.github.checks.content import withheld_of
from course_admin.integrations.github.checks.sending import Sender
from course_admin.integrations.github.models import CheckReport, Installation
from course_admin.submissions.models import Attempt, Forge, Run, RunState

log = logging.getLogger(__name__)

LOOKED_BACK = timedelta(days=7)  # what came earlier, while the service was away, is not shown any more
OPENED_AT_ONCE = 500
SENT_AT_ONCE = 12  # every ten seconds: GitHub allows some 80 requests a minute that make something
CLAIM = timedelta(minutes=3)  # longer than all requests of one may take
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
LOOKED_AT_ONCE = 50
LOOK_AGAIN = timedelta(minutes=10)  # until one is looked at again of which nothing more may be shown yet
MOST_TRIES = 40  # more than a day
SETTLED = (RunState.GRADED, RunState.SUPERSEDED, RunState.CANCELLED)
NOT_THERE = "The App is not installed there."


def open_reports(*, at: datetime) -> int:
    """Begin to show what was pushed to a repository under our App and is not shown yet; return how many."""
    made = 0
    for installation in Installation.objects.active():
        since = max(installation.known_at, at - LOOKED_BACK)
        owned = Q(
            push__repository__forge=Forge.GITHUB,
            push__repository__full_name__istartswith=f"{installation.account_login}/",
        )
        of_runs = Q(
            attempt__push__repository__forge=Forge.GITHUB,
            attempt__push__repository__full_name__istartswith=f"{installation.account_login}/",
        )
        runs = Run.objects.filter(of_runs, queued_at__gte=since, check_report__isnull=True).order_by("pk")
        lone = Attempt.objects.filter(owned, received_at__gte=since, runs__isnull=True, check_reports__isnull=True)
        rows = [CheckReport(attempt_id=run.attempt_id, run=run, next_try_at=at) for run in runs[:OPENED_AT_ONCE]]
        rows += [CheckReport(attempt=each, next_try_at=at) for each in lone.order_by("pk")[:OPENED_AT_ONCE]]
        CheckReport.objects.bulk_create(rows, ignore_conflicts=True)
        made += len(rows)
    return made


def send_due(*, hub: GitHub) -> int:
    """Have GitHub show what is so by now, some of it; return how much of it worked."""
    sent = 0
    for report in CheckReport.objects.due(hub.now()).with_everything()[:SENT_AT_ONCE]:
        at = hub.now()
        mine = CheckReport.objects.filter(pk=report.pk, next_try_at=report.next_try_at)
        if mine.update(next_try_at=at + CLAIM):  # else another worker was faster
            sent += _send(report, hub, at)
    return sent


def refresh_revealed(*, hub: GitHub) -> int:
    """Have GitHub show what was hidden when a check run was completed, and is not any more; return of how many."""
    at = hub.now()
    refreshed = 0
    for report in CheckReport.objects.to_look_at_again(at).with_everything()[:LOOKED_AT_ONCE]:
        withheld = withheld_of(report, at)
        pause = LOOK_AGAIN if withheld >= report.withheld else CLAIM
        mine = CheckReport.objects.filter(pk=report.pk, next_try_at=report.next_try_at)
        if mine.update(next_try_at=at + pause) and withheld < report.withheld:
            refreshed += _refresh(report, withheld, hub)
    return refreshed


def _refresh(report: CheckReport, withheld: int, hub: GitHub) -> bool:
    name = report.attempt.push.repository.full_name if report.attempt.push else ""
    installation = Installation.objects.active().of_owner(name).first()
    if installation is None or installation.is_quiet(hub.now()) or not installation.may("checks"):
        return False
    try:
        Sender(hub, installation, name).refresh(report)
    except TryLater as problem:
        if problem.is_limit:
            quiet_until = hub.now() + timedelta(seconds=problem.seconds)
            Installation.objects.filter(pk=installation.pk).update(quiet_until=quiet_until)
        return False
    except (NotPermitted, Rejected) as problem:  # as of a repository that is gone: what stands there stays
        log.warning("What is no longer hidden is not shown of %s: %s", report, problem)
        withheld = 0
    CheckReport.objects.filter(pk=report.pk).update(withheld=withheld)
    return True


def _send(report: CheckReport, hub: GitHub, at: datetime) -> bool:
    name = report.attempt.push.repository.full_name if report.attempt.push else ""
    installation = Installation.objects.active().of_owner(name).first()
    if installation is None:
        return _end(report, NOT_THERE)
    if installation.is_quiet(at):
        return _wait(report, installation.quiet_until or at)
    try:
        Sender(hub, installation, name).send(report)
    except TryLater as problem:
        return _later(report, installation, problem, at)
    except (NotPermitted, Rejected) as problem:
        log.warning("GitHub shows nothing of %s: %s", report, problem)
        return _end(report, str(problem))
    except Exception as problem:  # of ours: the others are shown all the same
        log.exception("What GitHub shows of %s was not sent", report)
        return _later(report, installation, TryLater(f"{type(problem).__name__}, a fault of ours: the log has it."), at)
    is_open = report.run is not None and report.shown not in SETTLED
    CheckReport.objects.filter(pk=report.pk).update(is_open=is_open, next_try_at=at, tries=0, words="")
    return True


def _later(report: CheckReport, installation: Installation, problem: TryLater, at: datetime) -> bool:
    """Put one off, for longer each time; where GitHub asks to be left alone, all of its installation."""
    asked = timedelta(seconds=problem.seconds)
    if problem.is_limit:
        Installation.objects.filter(pk=installation.pk).update(quiet_until=at + asked)
    if report.tries >= MOST_TRIES:
        return _end(report, str(problem))
    pause = min(max(asked, FIRST_PAUSE * 2 ** min(report.tries, 10)), LONGEST_PAUSE)
    CheckReport.objects.filter(pk=report.pk).update(next_try_at=at + pause, tries=report.tries + 1, words=str(problem))
    return False


def _wait(report: CheckReport, until: datetime) -> bool:
    CheckReport.objects.filter(pk=report.pk).update(next_try_at=until)
    return False


def _end(report: CheckReport, words: str) -> bool:
    CheckReport.objects.filter(pk=report.pk).update(is_open=False, words=words)
    return False
