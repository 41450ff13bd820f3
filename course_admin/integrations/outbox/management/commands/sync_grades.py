"""`manage.py sync_grades COURSE`: here against there, and then a round that sends what differs; or only the first of both."""

import random
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress, TaskID

from course_admin.courses.models import Course
from course_admin.integrations.outbox.delivery.deliver import sync
from course_admin.integrations.outbox.enquiry.watched import WatchedLms
from course_admin.integrations.outbox.ledger import SENT, WHAT_FOLLOWS, Ledger, Standing, differing, ledger
from course_admin.integrations.outbox.lms import LmsProblem, lms_of, row_of, shown_text
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery, Link
from course_admin.liveness.clock import now

EXIT_REFUSED = 2
STOPPED = (DeliveryState.FAILED, DeliveryState.PARKED)


class Command(BaseCommand):
    """Bring the grades of a course to its LMS now, or say what that would do."""

    help = "Compare a course's grades with what its LMS shows, and send what differs. With --dry-run nothing is sent."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a course."""
        parser.add_argument("course", help="the course's short name")
        parser.add_argument("--dry-run", action="store_true", help="only ask what is there, and say what differs")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask, say, and send."""
        course = Course.objects.filter(slug=options["course"]).first()
        if course is None:
            raise CommandError(f"There is no course called {options['course']}.", returncode=EXIT_REFUSED)
        link = Link.objects.select_related("course").filter(course=course).first()
        if link is None:
            raise CommandError(f"{course} sends its grades nowhere: it is linked to no LMS.", returncode=EXIT_REFUSED)
        try:
            link = row_of(link)
            if options["dry_run"]:
                self._compare(link)
            else:
                self._send(link)
        except LmsProblem as problem:
            raise CommandError(str(problem), returncode=EXIT_REFUSED) from problem

    def _compare(self, link: Link) -> None:
        with _bar() as progress, lms_of(link) as lms:
            found = ledger(link=link, lms=_watched(lms, link, progress), at=now())
        self._say(found)

    def _say(self, found: Ledger) -> None:
        counts: Counter[Standing] = Counter()
        for line in differing(found.lines):
            counts[line.standing] += 1
            here, there = shown_text(line.here), shown_text(line.there)
            said = f" {line.words}" if line.words else ""
            self.stdout.write(
                f"{line.student.name}, {line.assignment.title}: {here} here, {there} there; it {WHAT_FOLLOWS[line.standing]}.{said}"
            )
        sent = sum(counts[each] for each in SENT)
        self.stdout.write(f"Grades that differ: {counts.total()}, of which would be sent: {sent}. Nothing was sent.")

    def _send(self, link: Link) -> None:
        with _bar() as progress, lms_of(link) as lms:
            played = sync(link=link, lms=_watched(lms, link, progress), now=now, chance=random.random)
        if not played:
            raise CommandError(
                "Nothing was sent: its LMS is paused or was away, or another worker is sending its grades just now. "
                f"{link.paused_reason or link.words}".strip(),
                returncode=EXIT_REFUSED,
            )
        link.refresh_from_db()
        rows = GradeDelivery.objects.filter(link=link).select_related("student", "assignment")
        for row in rows.filter(state__in=STOPPED):
            self.stderr.write(f"{row.student.name}, {row.assignment.title}: {row.words}")
        counts = Counter(rows.values_list("state", flat=True))
        self.stdout.write(", ".join(f"{counts[state]} {state.label}" for state in DeliveryState) + ".")
        if link.is_paused or link.away_since:
            raise CommandError(link.paused_reason or link.words, returncode=EXIT_REFUSED)


def _bar() -> Progress:
    """Return a progress bar for whoever watches a terminal."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _watched(lms: Any, link: Link, progress: Progress) -> Any:
    """Return an LMS whose work shows on a progress bar: the assignments that are compared, then the grades handed over."""
    compared = progress.add_task("Assignments compared", total=None)
    sent: list[TaskID] = []

    def handed_over(grades: int) -> None:
        if not sent:
            waiting = GradeDelivery.objects.filter(link=link, state=DeliveryState.WAITING)
            sent.append(progress.add_task("Grades handed over", total=waiting.count()))
        progress.advance(sent[0], grades)

    def step(done: int, total: int | None) -> None:
        progress.update(compared, completed=done, total=total)

    return WatchedLms(lms, compared=step, handed_over=handed_over)
