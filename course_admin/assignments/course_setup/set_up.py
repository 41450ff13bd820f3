"""Set up a course: make the assignments of a proposal, in one transaction.

What there is, in which order, and what it builds on, the table beside the suites says. What the course has already is left
alone: setting up twice changes nothing. A line without a suite, or whose suite is not checked yet, becomes a draft that
opens by itself once its suite has passed; its release and due time hold from the beginning, so that the term's dates are
complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.course_setup.planned import present_in
from course_admin.assignments.course_setup.proposal import Line, notes, problems
from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.assignments.patterns import LOGIN
from course_admin.assignments.suites.opening import LET_IN_ELSEWHERE, may_open_with
from course_admin.assignments.suites.versions import register_suite
from course_admin.courses.audit import save_audited, set_audited
from course_admin.courses.models import Course
from course_admin.identity.models import User
from course_admin.policy import Action, require


class NotToBeMade(ValueError):
    """A line of a proposal cannot become an assignment; the text is a sentence, and nothing was made."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was made, what was there already, and sentences that staff should read."""

    opened: list[Assignment]
    drafts: list[Assignment]
    kept: list[Assignment]
    notes: list[str]


def set_up(
    *,
    course: Course,
    lines: Sequence[Line],
    owner: str,
    actor: User | None,
    at: datetime,
    trusted: str = "",
    holidays: str | None = None,
) -> SetUp:
    """Make the assignments of a proposal, and keep the list of holidays that it was made with (None: as the course has it).

    `owner`: the GitHub organisation of the students' repositories; empty: students upload. `trusted`: why suites that are
    not checked yet may be used all the same; without a reason their assignments are drafts. Raises NotToBeMade, SuiteError if
    a suite cannot be used, and Refused.
    """
    require(actor, Action.SET_UP, course)
    if holidays is not None:
        course.holidays = holidays
    for slug, sentence in problems(lines, course.zone, course.free_days).items():
        raise NotToBeMade(f"{slug}: {sentence}")
    maker = _Maker(course, owner, actor, at, trusted, SetUp([], [], [], notes(lines)))
    with transaction.atomic():
        save_audited(thing=course, actor=actor, at=at, reason="course set up")
        for line in lines:
            if line.is_included:
                maker.make(line)
    return maker.result


class _Maker:
    """Makes the assignments of one course, in order: each can need what was made or found before it."""

    def __init__(
        self,
        course: Course,
        owner: str,
        actor: User | None,
        at: datetime,
        trusted: str,
        result: SetUp,
    ) -> None:
        self.course, self.owner, self.actor, self.at, self.trusted, self.result = (
            course,
            owner,
            actor,
            at,
            trusted,
            result,
        )
        self.there = present_in(course)

    def make(self, line: Line) -> None:
        """Make an assignment, unless it is there: a draft unless its suite may be used."""
        if line.slug in self.there:
            self.result.kept.append(self.there[line.slug])
            return
        assignment = self._assignment(line)
        told: dict[str, Any] = {"actor": self.actor, "at": self.at, "reason": "course set up"}
        save_audited(thing=assignment, **told)
        needed = [self.there[slug] for slug in line.needs if slug in self.there]
        set_audited(thing=assignment, name="needs", rows=needed, **told)
        (self.result.drafts if assignment.is_draft else self.result.opened).append(assignment)
        self.there[line.slug] = assignment

    def _assignment(self, line: Line) -> Assignment:
        suite = self._suite(line)
        is_open = suite is not None and self._may_open_with(suite)
        pattern = f"{self.owner}/{line.slug}-{LOGIN}" if self.owner else ""
        return Assignment(
            course=self.course,
            slug=line.slug,
            module=line.module,
            title=line.title,
            suite=suite,
            is_draft=not is_open,
            repository_pattern=pattern if is_open else "",
            opens_when_checked=not is_open,
            pattern_when_open="" if is_open else pattern,
            releases_at=line.releases_at,
            due_at=line.due_at,
        )

    def _suite(self, line: Line) -> SuiteVersion | None:
        """Return the suite as it lies there at present; None if there is none yet."""
        if not line.has_suite:
            return None
        suite = register_suite(name=line.suite, at=self.at, trusted=self.trusted, actor=self.actor, course=self.course)
        if suite.is_publishable and not self._may_open_with(suite):
            self.result.notes.append(str(LET_IN_ELSEWHERE).format(suite=suite))
        elif not suite.is_publishable:
            state = suite.get_check_state_display()
            self.result.notes.append(
                gettext("{suite} is {state}: its assignment is a draft, and opens by itself once it passes.").format(
                    suite=suite, state=state
                )
            )
        return suite

    def _may_open_with(self, suite: SuiteVersion) -> bool:
        return suite.is_publishable and (bool(self.trusted) or may_open_with(suite, self.course))
