"""`manage.py demo`: the whole service on this machine, with five students who push. Nothing needs to be installed."""

import os
import secrets
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from course_admin.settings import env

SETTINGS = "course_admin.settings.demo"
PLAIN_WIDTH = 120  # of tables, where there is no terminal to ask


class Command(BaseCommand):
    """Start the demonstration; it runs under settings of its own, in a folder of its own."""

    help = "Show the whole service on this machine: a course, five students who push, and their grades."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port, and whether to go on serving."""
        parser.add_argument("--port", type=int, help="port of the web pages; without it a free one is chosen")
        parser.add_argument("--folder", type=Path, default=env.ROOT / "var" / "demo", help="where all is written")
        parser.add_argument("--no-serve", action="store_true", help="end after the results (also: SERVE=0)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the demonstration, first under its own settings if need be."""
        if settings.SETTINGS_MODULE != SETTINGS:
            os.execve(sys.executable, [sys.executable, *sys.argv], demo_environment(options["folder"]))
        from course_admin.demo.processes import DemoError
        from course_admin.demo.run import run

        try:
            console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
            planned = run(console, port=options["port"], serve=env.SERVE and not options["no_serve"])
        except DemoError as problem:
            raise CommandError(str(problem)) from problem
        except KeyboardInterrupt:
            raise CommandError("Stopped before the end.") from None
        if not planned:
            raise CommandError("Not every attempt ended as its author planned; see the table.")


def demo_environment(folder: Path) -> dict[str, str]:
    """Return this process's environment with the demonstration's own settings in place of anybody's."""
    folder = folder.absolute()
    return {
        **env.inherited(without_settings=True),
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "ASSAY_VAR": str(folder),
        "ASSAY_CLONE_URL": f"file://{folder}/host/{{full_name}}.git",
        "ASSAY_WEBHOOK_SECRETS": secrets.token_hex(20),
        "ASSAY_TICK_SECONDS": "2",
    }
