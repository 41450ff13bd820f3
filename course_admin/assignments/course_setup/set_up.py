"""Set up a course: its first module and those of a learning path, in order, with due times over the term.

What there is, in which order, and what it builds on, the table beside the suites says. A module without a suite
becomes a draft, so that the term's dates are complete. What the course has already is left alone: setting up twice
changes nothing, and setting up again after more suites exist opens nothing by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from course_admin.assignments.course_setup.plan import CoursePlan, Module, read_plan
from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.assignments.patterns import LOGIN
from course_admin.assignments.suites.versions import register_suite
from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course
from course_admin.identity.models import User
from course_admin.policy import Action, require

DUE = time(23, 59)  # by the course's clock


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was made, what was there already, and sentences that staff should read."""

    opened: list[Assignment]
    drafts: list[Assignment]
    kept: list[Assignment]
    notes: list[str]


def spread(starts_on: date, ends_on: date, count: int, zone: ZoneInfo) -> list[datetime]:
    """Return `count` due times, the last on the last day, as evenly as whole days allow."""
    days = (ends_on - starts_on).days
    dates = (starts_on + timedelta(days=days * number // count) for number in range(1, count + 1))
    return [datetime.combine(day, DUE, zone) for day in dates]


def set_up(
    *,
    course: Course,
    chosen: Sequence[int],
    starts_on: date,
    ends_on: date,
    owner: str,
    actor: User | None,
    at: datetime,
    trusted: str = "",
    with_milestones: bool = False,
    edition: str = "",
) -> SetUp:
    """Give a course the first module and the chosen ones, in that order, in one transaction.

    With milestones, each whose modules are all in the course follows, due with the last of them.

    `owner`: the GitHub organisation of the students' repositories; `trusted`: why suites that are not checked yet may be
    used all the same; without a reason their assignments are drafts; `edition`: the offered one if none is named. Raises
    SuiteError if a suite cannot be used, or the edition is not offered.
    """
    require(actor, Action.SET_UP, course)
    plan = read_plan(edition=edition)
    modules = [plan.modules[number] for number in (plan.first, *chosen)]
    maker = _Maker(course, owner, actor, at, trusted, SetUp([], [], [], _notes(modules)))
    with transaction.atomic():
        due = zip(modules, spread(starts_on, ends_on, len(modules), course.zone), strict=True)
        made = {module.number: maker.make(_of_module(module), due_at, module.needs) for module, due_at in due}
        for milestone in _milestones(plan, made) if with_milestones else ():
            ends = [made[number].due_at for number in milestone.needs]
            last = max((due_at for due_at in ends if due_at), default=None)
            maker.make(milestone, last, milestone.needs)
    return maker.result


@dataclass(frozen=True, slots=True)
class _Planned:
    """An assignment to be made, unless its slug is there already."""

    slug: str
    title: str
    suite: str
    needs: tuple[int, ...]
    module: int | None = None


def _of_module(module: Module) -> _Planned:
    title = f"Module {module.number:02}: {module.title}"
    return _Planned(module.slug, title, module.suite, module.needs, module.number)


def _milestones(plan: CoursePlan, made: Mapping[int, Assignment]) -> Iterator[_Planned]:
    """Yield the milestones whose modules are all there."""
    for number, each in enumerate(plan.milestones, 1):
        if set(each.needs) <= set(made):
            yield _Planned(f"ms{number}", f"Milestone {number}: {each.title}", each.suite, each.needs)


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
        self.present = {assignment.slug: assignment for assignment in course.assignments.all()}
        self.of_module: dict[int, Assignment] = {}

    def make(self, planned: _Planned, due_at: datetime | None, needs: Sequence[int]) -> Assignment:
        """Return the assignment that is there, or make it: a draft unless its suite may be used."""
        assignment = self.present.get(planned.slug)
        if assignment is not None:
            self.result.kept.append(assignment)
        else:
            assignment = self._assignment(planned, due_at)
            save_audited(thing=assignment, actor=self.actor, at=self.at, reason="course set up")
            assignment.needs.set(self.of_module[number] for number in needs if number in self.of_module)
            (self.result.drafts if assignment.is_draft else self.result.opened).append(assignment)
        if planned.module is not None:
            self.of_module[planned.module] = assignment
        return assignment

    def _assignment(self, planned: _Planned, due_at: datetime | None) -> Assignment:
        suite = self._suite(planned.suite)
        is_open = suite is not None and suite.is_publishable
        return Assignment(
            course=self.course,
            slug=planned.slug,
            module=planned.module,
            title=planned.title,
            suite=suite,
            is_draft=not is_open,
            repository_pattern=f"{self.owner}/{planned.slug}-{LOGIN}" if is_open else "",
            due_at=due_at,
        )

    def _suite(self, name: str) -> SuiteVersion | None:
        """Return the suite as it lies there now; None if there is none yet."""
        if not (Path(settings.ASSAY_SUITES) / name / "suite.toml").is_file():
            return None
        suite = register_suite(name=name, at=self.at, trusted=self.trusted, actor=self.actor, course=self.course)
        if not suite.is_publishable:
            state = suite.get_check_state_display()
            self.result.notes.append(f"{suite} is {state}: its assignment is a draft until it passes.")
        return suite


def _notes(modules: Sequence[Module]) -> list[str]:
    """Say which modules build on some that the course leaves out, or that come later."""
    notes, before = [], set[int]()
    for module in modules:
        lacking = [f"{number:02}" for number in module.needs if number not in before]
        if lacking:
            notes.append(
                f"Module {module.number:02} builds on {', '.join(lacking)}, not due before it in this course: give "
                f"students those modules' code, or choose them too."
            )
        before.add(module.number)
    return notes
