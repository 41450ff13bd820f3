"""What of the service is missing or wrong, in sentences: under Problems, in `manage.py status`, and behind `/health/ready`.

Each is something that would otherwise be noticed by nobody until a student complains. What waits in a course is the
dashboard's; this is the service itself, and names no person.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Min, Q
from django.utils.translation import gettext, ngettext

from course_admin.assignments.models import CheckState, SuiteVersion
from course_admin.celery import QUEUES
from course_admin.identity.guards.client_address import is_proxy_silent
from course_admin.integrations.github.app.credentials import app_problems
from course_admin.liveness import clock
from course_admin.liveness.models import Sign
from course_admin.submissions.models import Push, PushState, Repository, Run, RunState
from course_admin.submissions.tasks import TICK
from course_admin.task_sender import waiting

CLOCK_SECONDS = 60.0  # a clock that is further off is a problem
TICK_SECONDS = 60.0  # at least; and six ticks
QUEUE_SECONDS = 300.0  # what waits longer waits for somebody who is not there, or for far too long
FETCH_SECONDS = 60.0
SILENT_HOSTS = 3  # repositories whose host did not answer or let us fetch: fewer are the repositories' own
FREE_BYTES = 512 << 20
BEAT = "beat"
RECORD = "record"


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue: how many serve it, and for how long the oldest thing has waited for it."""

    workers: int
    oldest_seconds: float


def tick_age_seconds(at: datetime) -> float | None:
    """Return how long ago the last tick did its work; None if there was none."""
    last = Sign.objects.filter(queue=TICK).aggregate(last=Min("seen_at"))["last"]
    return (at - last).total_seconds() if last else None


def queue_states(at: datetime) -> dict[str, QueueState]:
    """Return the state of each queue, by what the database knows of it."""
    alive = list(Sign.objects.alive(at).values_list("queue", flat=True))
    oldest: dict[str, datetime | None] = {
        "intake": Push.objects.waiting(at).aggregate(oldest=Min("received_at"))["oldest"],
        "grade": _sent_at(Run.every.filter(state=RunState.DISPATCHED).aggregate(oldest=Min("lease_expires_at"))),
        "check": SuiteVersion.objects.filter(check_state=CheckState.CHECKING).aggregate(oldest=Min("check_asked_at"))[
            "oldest"
        ],
    }
    ages = {queue: (at - moment).total_seconds() if moment else 0.0 for queue, moment in oldest.items()}
    return {queue: QueueState(alive.count(queue), max(ages.get(queue, 0.0), 0.0)) for queue in QUEUES}


def _sent_at(oldest: dict[str, datetime | None]) -> datetime | None:
    expires = oldest["oldest"]
    lease = timedelta(seconds=settings.ASSAY_QUEUE_TTL_SECONDS + settings.ASSAY_LEASE_SECONDS)
    return expires - lease if expires else None


def _silent_queues(at: datetime) -> Iterator[str]:
    states = queue_states(at)
    if not states[RECORD].workers:
        yield (
            gettext(
                "No sign of life from a worker of the queue record: nothing is recorded, and nobody knows of the others. Start "
                "one: celery --app course_admin worker --queues record."
            )
        )
        return
    for queue, state in states.items():
        if not state.workers:
            yield gettext("No sign of life from a worker of the queue {queue}: it is served by {service}.").format(
                queue=queue, service=QUEUES[queue][0]
            )
        if state.oldest_seconds > QUEUE_SECONDS:
            yield gettext("The oldest in the queue {queue} has waited for {duration}.").format(
                queue=queue, duration=_long(state.oldest_seconds)
            )


def _no_tick(at: datetime) -> Iterator[str]:
    age = tick_age_seconds(at)
    if age is None:
        yield gettext(
            "There was no tick yet: nothing that is lost is looked for. Is beat running (celery --app course_admin beat)?"
        )
    elif age > max(TICK_SECONDS, 6 * settings.ASSAY_TICK_SECONDS):
        yield gettext(
            "No tick for {duration}: nothing that is lost is looked for. Are beat and a worker of record running?"
        ).format(duration=_long(age))


def _clocks(at: datetime) -> Iterator[str]:
    own = clock.ahead_seconds()
    if abs(own) > CLOCK_SECONDS:
        yield gettext("The clock of this web server is {offset}; the database's is used. Have NTP set it.").format(
            offset=_off(own)
        )
    off = Q(clock_offset_seconds__gt=CLOCK_SECONDS) | Q(clock_offset_seconds__lt=-CLOCK_SECONDS)
    machines = Sign.objects.alive(at).filter(off).order_by("machine").values_list("machine", "clock_offset_seconds")
    for machine, offset in dict(machines).items():
        yield gettext("The clock of {machine} is {offset} (or its messages wait that long). Have NTP set it.").format(
            machine=machine, offset=_off(offset)
        )


def _broker(at: datetime) -> Iterator[str]:
    if waiting(RECORD) is None:
        yield gettext(
            "The broker does not answer: nothing is fetched, judged or recorded until it does; pushes are stored."
        )


def _suites(at: datetime) -> Iterator[str]:
    unfit = Q(check_state=CheckState.FAILED) | ~Q(check_fault="")
    # Only the newest version of each: what was corrected since is over.
    newest: dict[str, SuiteVersion] = {}
    for version in SuiteVersion.objects.order_by("added_at", "pk").defer("check_report"):
        newest[version.name] = version
    for version in SuiteVersion.objects.filter(unfit, pk__in=[each.pk for each in newest.values()]):
        what = (
            gettext("could not be checked: {fault}").format(fault=version.check_fault)
            if version.check_fault
            else gettext("failed its check")
        )
        yield gettext("The suite {name} ({digest}) {what}.").format(
            name=version.name, digest=version.digest[:8], what=what
        )[:300]


def _disks(at: datetime) -> Iterator[str]:
    place = settings.ASSAY_ARCHIVES
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < FREE_BYTES:
        yield gettext("The disk of the archives ({place}) is full: {megabytes} MB are left.").format(
            place=place, megabytes=free >> 20
        )


def _hosts(at: datetime) -> Iterator[str]:
    since = at - timedelta(seconds=FETCH_SECONDS)
    refused = Push.objects.filter(state=PushState.RECEIVED, tries__gt=0, received_at__lt=since).exclude(reason="")
    count, newest = refused.count(), refused.order_by("-received_at").first()
    if newest:
        waiting = ngettext("{count} push waits", "{count} pushes wait", count).format(count=count)
        yield gettext("A host does not let us fetch: {waiting} to be tried again. The newest: {reason}").format(
            waiting=waiting, reason=newest.reason
        )[:400]
    given_up = Push.objects.filter(state=PushState.NEEDS_ATTENTION, received_at__gt=at - timedelta(days=1))
    repositories, last = given_up.values("repository").distinct().count(), given_up.order_by("-received_at").first()
    if last and not newest and repositories >= SILENT_HOSTS:
        yield ngettext(
            "Pushes of {count} repository could not be fetched and wait for staff. The newest: {reason}",
            "Pushes of {count} repositories could not be fetched and wait for staff. The newest: {reason}",
            repositories,
        ).format(count=repositories, reason=last.reason)[:400]
    silent = Q(answered_at__isnull=True) | Q(answered_at__lt=F("asked_at"))
    hosts = Repository.objects.filter(silent, asked_at__gt=at - timedelta(hours=1)).count()
    if hosts >= SILENT_HOSTS:
        yield ngettext(
            "A host did not answer for {hosts} repository when it was asked what it holds.",
            "A host did not answer for {hosts} repositories when it was asked what they hold.",
            hosts,
        ).format(hosts=hosts)


def _github_app(at: datetime) -> Iterator[str]:
    yield from app_problems()


def _proxy(at: datetime) -> Iterator[str]:
    if is_proxy_silent():
        yield gettext(
            "A proxy does not say whose requests it passes on (X-Forwarded-For), or ASSAY_TRUSTED_PROXIES is too small: failed "
            "log-ins of everybody are counted together, and somebody who guesses locks all others out."
        )


CHECKS: tuple[Callable[[datetime], Iterator[str]], ...] = (
    _broker,
    _silent_queues,
    _no_tick,
    _clocks,
    _disks,
    _hosts,
    _suites,
    _github_app,
    _proxy,
)


def service_problems(at: datetime) -> list[str]:
    """Return what is missing or wrong with the service itself, the most fundamental first."""
    return [sentence for check in CHECKS for sentence in check(at)]


def _long(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else gettext("{minutes:.0f} minutes").format(minutes=seconds / 60)


def _off(seconds: float) -> str:
    words = gettext("{duration} ahead") if seconds > 0 else gettext("{duration} behind")
    return words.format(duration=_long(abs(seconds)))
