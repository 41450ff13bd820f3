"""`manage.py add_suite m01_tensor`: make the suite that lies in the suites' folder a version that assignments can use."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from course_admin.assignments.suites.versions import register_suite
from grader.errors import SuiteError


class Command(BaseCommand):
    """Register the present state of one or more suites."""

    help = "Register the present state of suites, by the names of their folders."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the suites' names."""
        parser.add_argument("--trusted", metavar="REASON", default="", help="use them without a check, for this reason")
        parser.add_argument("name", nargs="+", help="a folder below ASSAY_SUITES, such as m01_tensor")

    def handle(self, *args: Any, **options: Any) -> None:
        """Register each suite and say which version it is."""
        for name in options["name"]:
            try:
                version = register_suite(name=name, at=timezone.now(), trusted=options["trusted"])
            except SuiteError as problem:
                raise CommandError(str(problem)) from problem
            self.stdout.write(f"{version} is registered: {version.get_check_state_display()}.")
