"""`manage.py replay RUN`: judge a recorded run again from its archive, suite and seed, and say whether the verdicts agree."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from course_admin.submissions.models import Run
from course_admin.submissions.queue.replay import replay
from grader.errors import GraderError
from grader.transport.archives import FolderArchives

EXIT_DIFFERS, EXIT_FAULT = 1, 3


class Command(BaseCommand):
    """Replay one run; nothing is recorded."""

    help = "Judge a graded run again, in a sandbox of this machine, and compare. Exit 1 if a check came out otherwise."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the run's name."""
        parser.add_argument("run", help="such as run_0123456789abcdef01234567: on the attempt's page, for staff")
        parser.add_argument("--sandbox", choices=("auto", "docker", "bubblewrap"), default="auto")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, and print every check that differs."""
        run = Run.objects.graded().select_related("attempt", "suite").filter(public_id=options["run"]).first()
        if run is None:
            raise CommandError(f"{options['run']} is no graded run.", returncode=2)
        try:
            found = replay(run=run, archives=FolderArchives(settings.ASSAY_ARCHIVES), sandbox=options["sandbox"])
        except GraderError as problem:
            raise CommandError(f"{run} could not be replayed: {problem}", returncode=EXIT_FAULT) from problem
        for difference in found.differences:
            self.stdout.write(f"{difference.check}: {difference.then} then; {difference.now} now")
        if found.differences:
            raise CommandError(
                f"{len(found.differences)} of {len(found.then.checks)} checks differ.", returncode=EXIT_DIFFERS
            )
        self.stdout.write(
            f"The replay agrees in all {len(found.then.checks)} checks: {found.now.score:g} of {found.now.max_score:g} points."
        )
