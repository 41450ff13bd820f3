"""`manage.py import_classroom50 COURSE FOLDER`: drafts from a classroom's folder of a Classroom 50 configuration repository."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from course_admin.assignments.classroom50.configuration import read_assignments
from course_admin.assignments.classroom50.drafts import NotImported, import_drafts, plan_drafts
from course_admin.courses.csv_files import FileUnreadable
from course_admin.courses.models import Course
from course_admin.liveness import clock


class Command(BaseCommand):
    """Show what a classroom's assignments would become, and make the drafts if told to."""

    help = "Shows what assignments.json of a Classroom 50 classroom would become; with --write, makes the drafts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the course, the classroom's folder and the organisation."""
        parser.add_argument("course", metavar="COURSE", help="such as tinytorch")
        parser.add_argument(
            "folder", metavar="FOLDER", help="the classroom's, in a clone of the repository classroom50"
        )
        parser.add_argument("--owner", required=True, help="the organisation of the students' repositories")
        parser.add_argument("--write", action="store_true", help="make the drafts; without it, nothing is changed")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Show, and make, or fail with one sentence."""
        course = Course.objects.filter(slug=options["course"]).first()
        if course is None:
            raise CommandError(f"There is no course {options['course']}.")
        folder = Path(options["folder"]).resolve()
        try:
            configured = read_assignments((folder / "assignments.json").read_bytes())
            told = {"course": course, "configured": configured, "owner": options["owner"], "classroom": folder.name}
            drafts = plan_drafts(**told)
            for each in drafts:
                state = "is there, and stays" if each.present else "is made as a draft"
                self.stdout.write(f"{each.assignment.slug}  {each.assignment.title}: {state}.")
            if not options["write"]:
                self.stdout.write("Nothing was changed: --write does it.")
                return
            made = import_drafts(**told, by=None, at=clock.now())
        except (FileUnreadable, NotImported) as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(f"{folder / 'assignments.json'} cannot be read: {problem.strerror}.") from problem
        self.stdout.write(f"Drafts made: {len(made)}.")
