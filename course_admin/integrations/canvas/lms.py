"""Canvas as the outbox knows an LMS: its own numbers of people and assignments, and the client that asks."""

import contextlib
import functools
from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from types import TracebackType

from django.conf import settings
from django.db import transaction

from course_admin.courses.models import Enrollment, OtherEmail, Student
from course_admin.integrations.canvas.client import CanvasClient
from course_admin.integrations.canvas.mapping import match
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.canvas.own_token.bearer import NotedRequests, bearer_of
from course_admin.integrations.outbox.lms import GradeEntry, Job, Match, Shown
from course_admin.integrations.safe_http import Outgoing


class Canvas:
    """One course in Canvas, an `outbox.lms.Lms`. Used as a context manager; the first question opens a connection."""

    at_once = 500

    def __init__(self, link: CanvasCourse) -> None:
        self._link = link
        self._connections = contextlib.ExitStack()

    def __enter__(self) -> "Canvas":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connections.close()

    @functools.cached_property
    def client(self) -> CanvasClient:
        """The client of this course, with its own token or that of its host. Raises LinkBroken without one."""
        bearer = bearer_of(self._link)
        headers = {"Authorization": f"Bearer {bearer.token}", "Accept": "application/json"}
        private = frozenset(settings.ASSAY_CANVAS_PRIVATE_HOSTS)
        outgoing = self._connections.enter_context(Outgoing(self._link.address, headers=headers, private_hosts=private))
        asking = NotedRequests(outgoing, bearer.own) if bearer.own else outgoing
        return CanvasClient(asking, self._link.canvas_id)

    def assignments(self) -> Mapping[int, str]:
        """Return the Canvas numbers of the assignments that have one."""
        rows = CanvasAssignment.objects.filter(link=self._link).values_list("assignment_id", "canvas_id")
        return {assignment: str(number) for assignment, number in rows}

    def find(self, students: Collection[Enrollment]) -> Mapping[int, Match]:
        """Say who some students are; Canvas is asked only if one is not remembered.

        The whole roster is compared then, so that nobody is found only because somebody else was not asked for.
        """
        known = dict(CanvasStudent.objects.filter(link=self._link).values_list("student_id", "canvas_id"))
        remembered = {each.pk: Match(str(known[each.pk])) for each in students if each.pk in known}
        if len(remembered) == len({each.pk for each in students}):
            return remembered
        roster = Student.objects.active().filter(course=self._link.course_id)
        unknown = {each.pk: each for each in (*roster, *students) if each.pk not in known}
        others: dict[int, list[str]] = defaultdict(list)
        for student, address in OtherEmail.objects.filter(enrollment__in=unknown).values_list("enrollment", "address"):
            others[student].append(address)
        found = match(unknown.values(), self.client.students(), set(known.values()), others)
        self._remember({pk: int(each.remote_id) for pk, each in found.items() if each.remote_id})
        return found | remembered

    def _remember(self, numbers: Mapping[int, int]) -> None:
        """Store who students are, unless the link was corrected meanwhile and leads to another Canvas course by now."""
        asked = {"pk": self._link.pk, "address": self._link.address, "canvas_id": self._link.canvas_id}
        with transaction.atomic():
            if CanvasCourse.objects.select_for_update().filter(**asked).first() is not None:
                CanvasStudent.objects.bulk_create(
                    CanvasStudent(link=self._link, student_id=pk, canvas_id=number) for pk, number in numbers.items()
                )

    def read(self, assignment: str) -> Mapping[str, Shown]:
        """Return what Canvas shows for an assignment."""
        return self.client.scores(assignment)

    def maximum(self, assignment: str) -> Decimal | None:
        """Return how many points an assignment is out of in Canvas."""
        return self.client.points_possible(assignment)

    def write(self, assignment: str, entries: Mapping[str, GradeEntry]) -> str:
        """Hand over grades."""
        return self.client.update_grades(assignment, entries)

    def ask(self, job: str) -> Job:
        """Say how far Canvas is with what it was handed."""
        return self.client.progress(job)
