"""Canvas as the outbox knows an LMS: its own numbers of people and assignments, and the client that asks."""

import contextlib
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from types import TracebackType

from django.conf import settings
from django.db import transaction

from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditEvent, AuditKind, Enrollment, Student
from course_admin.integrations.canvas.client import CanvasClient
from course_admin.integrations.canvas.mapping import match
from course_admin.integrations.canvas.models import CanvasAssignment, CanvasCourse, CanvasStudent
from course_admin.integrations.canvas.own_token.bearer import NotedRequests, bearer_of
from course_admin.integrations.outbox.lms import GradeEntry, Job, Match, Shown
from course_admin.integrations.outbox.match import digest_of_keys, other_emails
from course_admin.integrations.outbox.services import start_over
from course_admin.integrations.safe_http import Outgoing
from course_admin.liveness.clock import now

FOUND = "by what the roster and Canvas say of them"


class Canvas:
    """One course in Canvas, an `outbox.lms.Lms`. Used as a context manager; the first question opens a connection."""

    at_once = 500
    may_keep_percents = False

    def __init__(self, link: CanvasCourse) -> None:
        self._link = link
        self._connections = contextlib.ExitStack()
        self._found: dict[int, Match] = {}

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
        asking = NotedRequests(outgoing, bearer, bearer.own) if bearer.own else outgoing
        return CanvasClient(asking, self._link.canvas_id)

    def assignments(self) -> Mapping[int, str]:
        """Return the Canvas numbers of the assignments that have one."""
        rows = CanvasAssignment.objects.filter(link=self._link).values_list("assignment_id", "canvas_id")
        return {assignment: str(number) for assignment, number in rows}

    def find(self, students: Collection[Enrollment]) -> Mapping[int, Match]:
        """Say who some students are; Canvas is asked only if one is not remembered, or the roster says otherwise of them.

        The whole roster is compared then, so that nobody is found only because somebody else was not asked for.
        """
        missing = [each for each in students if each.pk not in self._found]
        if missing:
            self._found.update(self._look_up(missing))
        return {each.pk: self._found[each.pk] for each in students}

    def _look_up(self, students: Collection[Enrollment]) -> dict[int, Match]:
        rows = {row.student_id: row for row in CanvasStudent.objects.filter(link=self._link)}
        others = other_emails([each.pk for each in students])
        known = {each.pk for each in students if _is_still(rows.get(each.pk), each, others)}
        if len(known) < len(students):
            roster = Student.objects.active().filter(course=self._link.course_id)
            people = {each.pk: each for each in (*roster, *students)}
            others = other_emails(people)
            known |= {pk for pk, each in people.items() if _is_still(rows.get(pk), each, others)}
            unknown = {pk: each for pk, each in people.items() if pk not in known}
            taken = {row.canvas_id for pk, row in rows.items() if pk not in unknown}
            found = match(unknown.values(), self.client.students(), taken, others)
            digests = {pk: digest_of_keys(each, others.get(pk, ())) for pk, each in unknown.items()}
            self._remember(found, digests)
        else:
            found = {}
        return found | {pk: Match(str(rows[pk].canvas_id)) for pk in known}

    def _remember(self, found: Mapping[int, Match], digests: Mapping[int, str]) -> None:
        """Store who students are, unless the link was corrected meanwhile and leads to another Canvas course by now.

        Whoever turns out to be another person than was thought starts over: what was sent says nothing about this one.
        """
        asked = {"pk": self._link.pk, "address": self._link.address, "canvas_id": self._link.canvas_id}
        with transaction.atomic():
            if CanvasCourse.objects.select_for_update().filter(**asked).first() is None:
                return
            rows = CanvasStudent.objects.filter(link=self._link, student__in=found).select_related("student")
            stale = list(rows.exclude(found_by=""))
            for row in stale:
                if found[row.student_id].remote_id != str(row.canvas_id):
                    start_over(link=self._link, deliveries=row.deliveries())
            CanvasStudent.objects.filter(pk__in=[row.pk for row in stale]).delete()
            CanvasStudent.objects.bulk_create(
                (
                    CanvasStudent(link=self._link, student_id=pk, canvas_id=int(each.remote_id), found_by=digests[pk])
                    for pk, each in found.items()
                    if each.remote_id
                ),
                ignore_conflicts=True,  # staff, or another worker, said it meanwhile
            )
            record(self._events(stale, rows.exclude(found_by="")))

    def _events(self, before: Iterable[CanvasStudent], after: Iterable[CanvasStudent]) -> Iterator[AuditEvent]:
        """Yield what the audit log shows of who was found, and of who is another person, or nobody, there by now."""
        known, found = ({row.student_id: row for row in rows} for rows in (before, after))
        for pk in sorted({*known, *found}):
            held = [rows[pk].canvas_id if pk in rows else None for rows in (known, found)]
            if held[0] != held[1]:
                subject = f"{(found.get(pk) or known[pk]).student.name} in Canvas"
                event = new_event(self._link.course_id, AuditKind.GRADE, subject, actor=None, at=now(), reason=FOUND)
                event.before, event.after = ({"canvas_id": number} if number else None for number in held)
                yield event

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


def _is_still(row: CanvasStudent | None, student: Enrollment, others: Mapping[int, Collection[str]]) -> bool:
    """Say whether what is remembered of a student still holds: staff said it, or the roster says the same of them as then."""
    if row is None:
        return False
    return not row.found_by or row.found_by == digest_of_keys(student, others.get(student.pk, ()))
