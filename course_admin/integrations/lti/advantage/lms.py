"""A course of a platform as the outbox knows an LMS: its line items, its people, and the scores that it takes one by one."""

import time
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from course_admin.courses.models import Enrollment, Student
from course_admin.integrations.lti.advantage.answers import Refusal
from course_admin.integrations.lti.advantage.client import Clock, PlatformClient, Wait
from course_admin.integrations.lti.advantage.grades import Grades
from course_admin.integrations.lti.advantage.mapping import match
from course_admin.integrations.lti.advantage.members import Member, members
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse
from course_admin.integrations.outbox.lms import GradeEntry, Job, Match, Shown, SomeRejected, TemporaryFailure
from course_admin.liveness.clock import now as clock

DONE = "scores"  # the name of work that is over when it was handed over: each score is answered for itself
LONGEST = timedelta(minutes=4)  # that one handful of scores may take, well within the outbox's claim


class LtiLms:
    """One course of a platform, an `outbox.lms.Lms`. Used as a context manager."""

    at_once = 25
    may_keep_percents = True

    def __init__(self, link: LtiCourse, *, now: Clock = clock, wait: Wait = time.sleep) -> None:
        self._link, self._now = link, now
        self._client = PlatformClient(link.platform, now=now, wait=wait)
        self._grades = Grades(self._client)
        self._found: dict[int, Match] = {}
        self._people: dict[str, int] = {}

    def __enter__(self) -> "LtiLms":
        return self

    def __exit__(self, *_told: object) -> None:
        self._client.__exit__()

    def members(self) -> Iterator[Member]:
        """Yield everybody whom the platform lists for the course."""
        return members(self._client, self._link.memberships_url)

    def assignments(self) -> Mapping[int, str]:
        """Return the line items of the assignments that have one."""
        return dict(LtiAssignment.objects.filter(link=self._link).values_list("assignment_id", "line_item"))

    def find(self, students: Collection[Enrollment]) -> Mapping[int, Match]:
        """Say who some students are: as the roster names them, else as the platform's own list lets them be found.

        The platform is asked once, and compared with the whole roster, so that nobody is found only because somebody else
        was not asked for. What an address finds is not written down: it is no proof of who somebody is.
        """
        missing = [each for each in students if each.pk not in self._found]
        known = {each.pk: each.lti_subject for each in missing if each.lti_subject}
        self._note({pk: Match(subject) for pk, subject in known.items()})
        if len(known) < len(missing):
            roster = list(Student.objects.active().filter(course=self._link.course_id))
            taken = {each.lti_subject for each in (*roster, *students) if each.lti_subject}
            unknown = {each.pk: each for each in (*roster, *students) if not each.lti_subject}
            self._note(match(unknown.values(), self.members() if self._link.memberships_url else [], taken))
        return {each.pk: self._found[each.pk] for each in students}

    def _note(self, found: Mapping[int, Match]) -> None:
        self._found.update(found)
        self._people.update({each.remote_id: pk for pk, each in found.items() if each.remote_id})

    def read(self, assignment: str) -> Mapping[str, Shown]:
        """Return what a line item shows."""
        return self._grades.results(assignment)

    def maximum(self, assignment: str) -> Decimal | None:
        """Return how many points a line item is out of."""
        return self._grades.maximum(assignment)

    def write(self, assignment: str, entries: Mapping[str, GradeEntry]) -> str:
        """Send each score. Raises SomeRejected if some people's are refused, Rejected if the line item is gone."""
        refused: dict[str, str] = {}
        began = self._now()
        for subject, entry in entries.items():
            if self._now() - began > LONGEST:
                raise TemporaryFailure("The platform takes scores so slowly that the rest is sent later.")
            try:
                self._grades.send(assignment, subject, entry.points, self._comment(subject, entry))
            except Refusal as problem:
                if problem.status == 404 and self._grades.is_gone(assignment):  # else it is the person who is not found
                    raise
                refused[subject] = str(problem)
        if refused:
            raise SomeRejected(DONE, refused)
        return DONE

    def ask(self, job: str) -> Job:
        """Say that scores were stored, or not, when they were answered."""
        return Job(is_over=True)

    def _comment(self, subject: str, entry: GradeEntry) -> str:
        """Return what the student reads beside the score, with the way to their report."""
        pk = self._people.get(subject)
        return f"{entry.comment} {self._link.our_address}/grades/{pk}/".strip() if pk is not None else entry.comment
