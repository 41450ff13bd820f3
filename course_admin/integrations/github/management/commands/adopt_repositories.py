"""`manage.py adopt_repositories COURSE ASSIGNMENT`: show, and with --write bind, repositories that exist already."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from course_admin.assignments.models import Assignment
from course_admin.integrations.github.app.client import github
from course_admin.integrations.github.repositories.existing.listing import NO_APP, NotListed, list_existing
from course_admin.liveness import clock
from course_admin.submissions.intake.ownership.adopting import Standing, adopt, propose_adoptions
from course_admin.submissions.intake.ownership.binding import NotBound


class Command(BaseCommand):
    """Show the repositories of an assignment that GitHub lists, and take them over if told to."""

    help = "Lists the repositories that an assignment's pattern fits; with --write, binds those whose names say whose they are."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the course and the assignment, by their short names."""
        parser.add_argument("course", metavar="COURSE", help="such as tinytorch")
        parser.add_argument("assignment", metavar="ASSIGNMENT", help="such as m01")
        parser.add_argument("--write", action="store_true", help="bind them; without it, nothing is changed")

    def handle(self, *_args: Any, **options: Any) -> None:
        """List, and bind, or fail with one sentence."""
        wanted = Assignment.objects.select_related("course").filter(course__slug=options["course"])
        assignment = wanted.filter(slug=options["assignment"]).first()
        if assignment is None:
            raise CommandError(f"There is no assignment {options['assignment']} of a course {options['course']}.")
        hub = github(clock.now)
        if hub is None:
            raise CommandError(NO_APP)
        try:
            with hub:
                rows = propose_adoptions(assignment, list_existing(hub=hub, assignment=assignment))
            for row in rows:
                self.stdout.write(f"{row.repository.full_name}  {row.standing}: {row.why}")
            theirs = [each for each in rows if each.standing is Standing.THEIRS and each.student]
            if not options["write"]:
                self.stdout.write(f"{len(theirs)} would be taken over. Nothing was changed: --write does it.")
                return
            chosen = {each.repository.host_id: each.student for each in theirs if each.student}
            made = adopt(assignment=assignment, adoptions=rows, chosen=chosen, by=None, at=clock.now())
        except (NotListed, NotBound) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{len(made)} taken over.")
