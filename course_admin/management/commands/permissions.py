"""`manage.py permissions`: write docs/permissions.md from the rules, or say with --check whether it is current."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from course_admin.policy.document import document
from course_admin.settings.env import ROOT

PATH = ROOT / "docs" / "permissions.md"


class Command(BaseCommand):
    """Write the table of permissions."""

    help = "Write docs/permissions.md, the table of who may see and do what, from the rules themselves."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is not current")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it, or compare."""
        if not options["check"]:
            PATH.write_text(document(), encoding="utf-8")
        elif PATH.read_text(encoding="utf-8") != document():
            raise CommandError("docs/permissions.md is not what the rules say: run manage.py permissions.")
