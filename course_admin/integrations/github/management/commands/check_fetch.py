"""`manage.py check_fetch FULL_NAME`: fetch one repository with the present settings, and say what came of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from course_admin.integrations.github.fetch_check import check_fetch


class Command(BaseCommand):
    """Fetch the tip of a repository's branch as a push would be fetched; nothing is stored and nobody is graded."""

    help = "Fetches the newest commit of one repository with the present settings, and stores nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the repository, and its branch if it is not main."""
        parser.add_argument("full_name", metavar="FULL_NAME", help="owner and name, as in tinytorch-class/m01-mira")
        parser.add_argument("--branch", default="main")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Fetch, or fail with the sentence that says why not."""
        found = check_fetch(options["full_name"], options["branch"])
        if found.problem:
            raise CommandError(found.problem)
        self.stdout.write(found.sentence)
