"""`manage.py export_grades COURSE --format F -o FILE`: a course's grades, in a system's own import format."""

import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from course_admin.courses.models import Course
from course_admin.gradebook.exports.export import CannotExport, Export, Wanted, counted
from course_admin.gradebook.exports.registry import FORMATS, open_assignments, prepare

EXIT_REFUSED = 2


class Command(BaseCommand):
    """Export the grades of a whole course."""

    help = "Write a course's grades in a format that another system imports. Who or what is left out is said."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the same choices as the gradebook's page."""
        parser.add_argument("course", help="the course's short name")
        parser.add_argument(
            "--format", required=True, choices=list(FORMATS), help="docs/gradebook-formats.md says which is which"
        )
        parser.add_argument(
            "-o", "--output", type=Path, metavar="FILE", help="where to write it; needed without --dry-run"
        )
        parser.add_argument("--file", type=Path, metavar="FILE", help="the system's own file, for formats that need it")
        parser.add_argument(
            "--assignment", action="append", default=[], metavar="SLUG", help="only this one; may be repeated"
        )
        parser.add_argument("--decimal", choices=("point", "comma"), help="comma: with semicolons between cells")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the export, say what it leaves out, and write it."""
        if options["output"] is None and not options["dry_run"]:
            raise CommandError(
                "Say where to write the file with -o, or only look with --dry-run.", returncode=EXIT_REFUSED
            )
        try:
            wanted = self._wanted(options)
            ready = prepare(FORMATS[options["format"]], wanted)
            for sentence in (*ready.gaps, *ready.remarks):
                self.stderr.write(f"{sentence}")
            size = _write(ready, wanted, None if options["dry_run"] else options["output"])
        except (CannotExport, OSError) as problem:
            raise CommandError(str(problem), returncode=EXIT_REFUSED) from problem
        read = f"{counted(wanted.tally.students, 'student')}, {counted(wanted.tally.grades, 'grade')}"
        where = "nothing was written" if options["dry_run"] else f"written to {options['output']}"
        self.stdout.write(f"{read}, {counted(size, 'byte')}: {where}.")

    def _wanted(self, options: dict[str, Any]) -> Wanted:
        course = Course.objects.filter(slug=options["course"]).first()
        if course is None:
            raise CannotExport(f"There is no course called {options['course']}.")
        return Wanted(
            course=course,
            among=None,
            assignments=open_assignments(course, options["assignment"]),
            at=timezone.now(),
            uploaded=options["file"].read_bytes() if options["file"] else None,
            decimal_mark={"point": ".", "comma": ",", None: None}[options["decimal"]],
        )


def _write(ready: Export, wanted: Wanted, path: Path | None) -> int:
    """Write a file, whole or not at all, and return its bytes; without a path only read what it would hold."""
    if path is None:
        with open(os.devnull, "wb") as nowhere:
            return _copy(ready, wanted, nowhere)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        unfinished = Path(folder) / path.name
        with unfinished.open("wb") as file:
            size = _copy(ready, wanted, file)
        unfinished.replace(path)
    return size


def _copy(ready: Export, wanted: Wanted, file: BinaryIO) -> int:
    size = 0
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        students = progress.add_task("Students", total=wanted.students().count())
        for piece in ready.pieces:
            size += len(piece)
            file.write(piece)
            progress.update(students, completed=wanted.tally.students)
    return size
