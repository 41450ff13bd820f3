"""`manage.py status`: what of the service is missing or wrong; exit 1 if anything is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from course_admin.back_office.readiness import queue_states, service_problems
from course_admin.integrations.github.fetch_check import HINT, forbidden_address
from course_admin.liveness.clock import now


class Command(BaseCommand):
    """Print the state of each queue and every problem."""

    help = "Says what of the service is missing or wrong, as under Problems in the back office; exit 1 if anything is."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print, and fail if there is a problem."""
        at = now()
        for queue, state in queue_states(at).items():
            self.stdout.write(f"{queue}: workers: {state.workers}, the oldest waits {state.oldest_seconds:.0f} s")
        found = service_problems(at)
        if forbidden := forbidden_address():
            found.append(f"No code can be fetched: {forbidden} {HINT}")
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("Nothing is missing.")
