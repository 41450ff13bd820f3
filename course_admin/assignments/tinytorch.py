"""Set up the TinyTorch course: readiness and the modules of a learning path, in order, with due times over the term.

The modules, their order and what they build on come from `modules.toml` beside the suites. A module without a suite
becomes a draft, so that the term's dates are complete. What the course has already is left alone: setting up twice
changes nothing, and setting up again after more suites exist opens nothing by itself.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from course_admin.assignments.models import Assignment, SuiteVersion
from course_admin.assignments.patterns import LOGIN
from course_admin.assignments.services import register_suite
from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course

READINESS = 0
DUE = time(23, 59)  # by the course's clock
#: Learning path -> its modules after readiness; of path C staff choose their own.
PATHS: dict[str, tuple[int, ...]] = {
    "A": tuple(range(1, 21)),
    "B": (*range(1, 8), *range(14, 20)),
}


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the table."""

    number: int
    title: str
    suite: str
    needs: tuple[int, ...]

    @property
    def slug(self) -> str:
        """Its short name."""
        return f"m{self.number:02}"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was made, what was there already, and sentences that staff should read."""

    opened: list[Assignment]
    drafts: list[Assignment]
    kept: list[Assignment]
    notes: list[str]


def read_modules() -> dict[int, Module]:
    """Return the table of modules by number."""
    table = tomllib.loads((Path(settings.ASSAY_SUITES) / "modules.toml").read_text(encoding="utf-8"))
    modules = (
        Module(int(row["number"]), row["title"], row["suite"], tuple(int(number) for number in row["needs"]))
        for row in table["module"]
    )
    return {module.number: module for module in modules}


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
    actor: AbstractBaseUser | None,
    at: datetime,
    trusted: str = "",
) -> SetUp:
    """Give a course readiness and the chosen modules, in that order, in one transaction.

    `owner`: the GitHub organisation of the students' repositories; `trusted`: why suites that are not checked yet may be
    used all the same; without a reason their assignments are drafts. Raises SuiteError if a suite cannot be used.
    """
    table = read_modules()
    modules = [table[number] for number in (READINESS, *chosen)]
    result = SetUp([], [], [], _notes(modules))
    with transaction.atomic():
        present = {assignment.slug: assignment for assignment in course.assignments.all()}
        made: dict[int, Assignment] = {}
        for module, due_at in zip(modules, spread(starts_on, ends_on, len(modules), course.zone), strict=True):
            if module.slug in present:
                made[module.number] = present[module.slug]
                result.kept.append(present[module.slug])
                continue
            suite = _suite(module, at, trusted, actor)
            if suite and not suite.is_publishable:
                result.notes.append(
                    f"{suite} is {suite.get_check_state_display()}: its assignment is a draft until it passes."
                )
            made[module.number] = assignment = _assignment(course, module, due_at, owner, suite)
            save_audited(thing=assignment, actor=actor, at=at, reason="course set up")
            assignment.needs.set(made[number] for number in module.needs if number in made)
            (result.drafts if assignment.is_draft else result.opened).append(assignment)
    return result


def _suite(module: Module, at: datetime, trusted: str, actor: AbstractBaseUser | None) -> SuiteVersion | None:
    """Return the module's suite as it lies there now; None if there is none yet."""
    if not (Path(settings.ASSAY_SUITES) / module.suite / "suite.toml").is_file():
        return None
    return register_suite(name=module.suite, at=at, trusted=trusted, actor=actor)


def _assignment(course: Course, module: Module, due_at: datetime, owner: str, suite: SuiteVersion | None) -> Assignment:
    is_open = suite is not None and suite.is_publishable
    return Assignment(
        course=course,
        slug=module.slug,
        module=module.number,
        title=f"Module {module.number:02}: {module.title}",
        suite=suite,
        is_draft=not is_open,
        repository_pattern=f"{owner}/{module.slug}-{LOGIN}" if is_open else "",
        due_at=due_at,
    )


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
