"""The tasks that ask GitHub: fetch what a push announced (queue `intake`); look for what none announced, and have it show what
became of attempts (queue `sync`).
"""

import contextlib
import logging

from celery import shared_task
from django.conf import settings

from course_admin.integrations.by_name import find_by_names
from course_admin.integrations.code import ask, fetch
from course_admin.integrations.github.app.answers import GitHubProblem
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.app.reconciling import KEPT, NEWEST, find_repositories, redeliver
from course_admin.integrations.github.checks.ledger import open_reports, refresh_revealed, send_due
from course_admin.integrations.github.models import RepositoryListing
from course_admin.integrations.github.repositories.archiving import archive_due
from course_admin.integrations.github.repositories.existing import asking
from course_admin.integrations.github.repositories.leaving import take_access_back
from course_admin.integrations.github.repositories.making import make_due
from course_admin.integrations.github.starter_updates.sending import send_due as send_due_updates
from course_admin.liveness.clock import now
from course_admin.liveness.turns import take_turn
from course_admin.submissions.intake.ingest import ingest as take_in_push
from course_admin.submissions.intake.polling import look
from course_admin.submissions.intake.polling import poll as poll_hosts
from course_admin.submissions.models import Push, Repository
from course_admin.submissions.queue.dispatch import dispatch
from grader.errors import GraderError
from grader.transport.archives import FolderArchives

log = logging.getLogger(__name__)

POLL = "course_admin.integrations.github.tasks.poll"
MAKE = "course_admin.integrations.github.tasks.make_repositories"
SHOW = "course_admin.integrations.github.tasks.show_checks"
RECONCILE = "course_admin.integrations.github.tasks.reconcile"
LIST = "course_admin.integrations.github.tasks.list_repositories"
HOUR_SECONDS = 3600
ROUND_SECONDS = 600  # a round that hangs is ended, and what it had not sent is sent by the next


@shared_task(name="course_admin.integrations.github.tasks.ingest")
def ingest(push_id: int) -> None:
    """Turn a stored push into attempts with queued runs, and send out what there is room for."""
    push = Push.objects.select_related("repository__student").get(pk=push_id)
    archives = FolderArchives(settings.ASSAY_ARCHIVES)
    take_in_push(push=push, fetch=fetch, archives=archives, at=now())
    dispatch(at=now())


@shared_task(name=POLL)
def poll() -> None:
    """Ask GitHub about some repositories; what is found is taken in by tasks of its own."""
    if not take_turn(POLL, every_seconds=settings.ASSAY_POLL_SECONDS, at=now()):
        return
    poll_hosts(ask=ask, at_once=settings.ASSAY_POLL_BATCH, now=now)


@shared_task(name=RECONCILE, time_limit=ROUND_SECONDS)
def reconcile() -> None:
    """Have GitHub deliver again what did not arrive, and look at repositories that never announced anything, at any host."""
    if not take_turn(RECONCILE, every_seconds=settings.ASSAY_POLL_SECONDS, at=now()):
        return
    is_hourly = take_turn(f"{RECONCILE}-hourly", every_seconds=HOUR_SECONDS, at=now())
    found: list[Repository] = []
    with github(now) or contextlib.nullcontext() as hub:
        if hub is not None:
            try:
                redeliver(hub=hub, back=KEPT if is_hourly else NEWEST)
            except GitHubProblem as problem:
                log.warning("GitHub's log of deliveries was not read: %s", problem)
            found += find_repositories(hub=hub) if is_hourly else []
    found += find_by_names(at=now()) if is_hourly else []
    for repository in found:
        try:
            look(repository=repository, ask=ask, at=now())
        except (GraderError, OSError) as problem:
            log.warning("The repository %s was found, and did not answer: %s", repository, problem)


@shared_task(name=SHOW, time_limit=ROUND_SECONDS)
def show_checks() -> None:
    """Have GitHub show what became of attempts since."""
    hub = github(now)
    if hub is None or not take_turn(SHOW, every_seconds=settings.ASSAY_GITHUB_SECONDS, at=now()):
        return
    with hub:
        open_reports(at=now())
        send_due(hub=hub)
        refresh_revealed(hub=hub)


@shared_task(name=MAKE, time_limit=ROUND_SECONDS)
def make_repositories() -> None:
    """Make repositories that students wait for, send updates to those that there are, archive those of a term that is over."""
    hub = github(now)
    if hub is None or not take_turn(MAKE, every_seconds=settings.ASSAY_GITHUB_SECONDS, at=now()):
        return
    with hub:
        make_due(hub=hub)
        take_access_back(hub=hub)
        send_due_updates(hub=hub)
        archive_due(hub=hub)


@shared_task(name=LIST, time_limit=ROUND_SECONDS)
def list_repositories(assignment_id: int) -> None:
    """List which repositories there are already for an assignment."""
    found = RepositoryListing.objects.select_related("assignment__course").filter(assignment=assignment_id).first()
    if found is not None:
        with github(now) or contextlib.nullcontext() as hub:
            asking.read(asked=found, hub=hub, at=now())
