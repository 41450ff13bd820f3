"""`manage.py replay RUN -o FILE`: write what a recorded run was made of, to be judged again by `python -m grader replay FILE`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from course_admin.submissions.models import Run
from course_admin.submissions.queue.replay import bundle_of
from grader.errors import GraderError
from grader.transport.archives import FolderArchives

EXIT_FAULT = 3


class Command(BaseCommand):
    """Write one run's bundle; no code of a student's runs beside the database."""

    help = (
        "Write a graded run's result, submission and suite into one file; python -m grader replay FILE judges it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the run's name and the file."""
        parser.add_argument("run", help="such as run_0123456789abcdef01234567: on the attempt's page, for staff")
        parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: RUN.zip in this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, and say what to do with it."""
        run = Run.objects.graded().select_related("attempt", "suite").filter(public_id=options["run"]).first()
        if run is None:
            raise CommandError(f"{options['run']} is no graded run.", returncode=2)
        path = options["output"] or Path(f"{run.public_id}.zip")
        try:
            bundle_of(run=run, archives=FolderArchives(settings.ASSAY_ARCHIVES)).write(path)
        except (GraderError, OSError) as problem:
            raise CommandError(f"{run} could not be written: {problem}", returncode=EXIT_FAULT) from problem
        self.stdout.write(f"Wrote {path}. On a machine with a sandbox: python -m grader replay {path}")
