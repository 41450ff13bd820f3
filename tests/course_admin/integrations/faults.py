"""A network and a server that fail: errors of the server, limits of rates, and connections that are dropped, by chance.

A request may fail before or after it was done, and whoever asked cannot tell which. Chance is seeded.
"""

import random
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from werkzeug import Request, Response

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Enrollment
from course_admin.gradebook.models import Override
from tests.factories import NOW, make_user

SHARE = 0.05


@dataclass
class Faults:
    """What fails. `undone`, `done`: the requests that failed without and with having been done."""

    chance: random.Random
    undone: list[Request] = field(default_factory=list)
    done: list[Request] = field(default_factory=list)

    def answer(self, request: Request, do: Callable[[Request], Response]) -> Response:
        """Do what is asked, or fail, or both."""
        if self.chance.random() >= SHARE:
            return do(request)
        is_done = self.chance.random() < 0.5
        (self.done if is_done else self.undone).append(request)
        if is_done:
            do(request)
        kind = self.chance.choice(("500", "502", "503", "rate", "drop"))
        if kind == "drop":
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        if kind == "rate":
            return Response("403 Forbidden (Rate Limit Exceeded)", 403)
        return Response("<html>", 500 if kind == "drop" else int(kind))


def fill_course(course: Course, assignment: Assignment, students: int) -> dict[str, float]:
    """Give a course students with grades of their own; return the points by the name that an LMS has for each."""
    people = Enrollment.objects.bulk_create(
        Enrollment(
            **{"course": course, "name": f"Student {number:04}", "email": f"s{number}@example.edu"},
            lti_subject=f"subject-{number}",
        )
        for number in range(students)
    )
    by = {"reason": "as graded", "set_by": make_user(), "set_at": NOW}
    Override.objects.bulk_create(
        Override(student=each, assignment=assignment, points=Decimal(number % 401) / 4, **by)
        for number, each in enumerate(people)
    )
    return {f"subject-{number}": (number % 401) / 4 for number in range(students)}


def counted(names: Iterable[str]) -> dict[str, int]:
    """Count how often each name occurs."""
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found
