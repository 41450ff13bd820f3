"""What a set-up would make, line by line, before anything is made: staff move, rename and leave out, then it is made as shown.

The order is that of teaching: the course's first module, the chosen ones, and each milestone right after the last module that
it is built from. A line whose assignment is there already shows that one, and changes nothing of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext

from course_admin.assignments.course_setup.plan import CoursePlan, Module
from course_admin.assignments.course_setup.planned import present_in
from course_admin.assignments.course_setup.schedule import Slot, spread
from course_admin.assignments.models import Assignment
from course_admin.courses.holidays import Holidays, as_predicate, why_free
from course_admin.courses.models import Course

DUE = time(23, 59)  # by the course's clock


@dataclass(frozen=True, slots=True)
class Line:
    """One assignment to be made; `present`: the one of this short name that is there already, and stays as it is."""

    slug: str
    title: str
    suite: str
    needs: tuple[str, ...]  # slugs of modules
    module: int | None
    releases_at: datetime | None
    due_at: datetime | None
    is_included: bool = True
    is_due_day_chosen: bool = False  # a Sunday or a holiday, on purpose
    present: Assignment | None = None

    @property
    def is_made(self) -> bool:
        """Whether it becomes an assignment that is not there yet."""
        return self.is_included and self.present is None

    @property
    def has_suite(self) -> bool:
        """Whether its suite lies in the suites' folder."""
        return (Path(settings.ASSAY_SUITES) / self.suite / "suite.toml").is_file()


def propose(
    course: Course,
    plan: CoursePlan,
    chosen: Sequence[int],
    term: tuple[date, date],
    holidays: Holidays,
    *,
    with_milestones: bool = False,
) -> list[Line]:
    """Return the lines of a course over a term, spread over the days on which something can be due. Raises TermTooShort."""
    parts = list(_in_order(plan, [plan.modules[number] for number in (plan.first, *chosen)], with_milestones))
    slots = spread(*term, len(parts), holidays)
    present = present_in(course)
    return [_line(part, slot, course.zone, present) for part, slot in zip(parts, slots, strict=True)]


@dataclass(frozen=True, slots=True)
class _Part:
    """A module or a milestone in its place."""

    slug: str
    title: str
    suite: str
    needs: tuple[str, ...]
    module: int | None = None


def _in_order(plan: CoursePlan, modules: Sequence[Module], with_milestones: bool) -> Iterator[_Part]:
    """Yield the modules, each followed by the milestones for which nothing else is needed then."""
    taught, waiting = set[int](), dict(enumerate(plan.milestones, 1)) if with_milestones else {}
    for module in modules:
        title = f"Module {module.number:02}: {module.title}"
        yield _Part(module.slug, title, module.suite, _slugs(plan, module.needs), module.number)
        taught.add(module.number)
        ready = [number for number, each in waiting.items() if set(each.needs) <= taught]
        for number in ready:
            milestone = waiting.pop(number)
            title = f"Milestone {number}: {milestone.title}"
            yield _Part(f"ms{number}", title, milestone.suite, _slugs(plan, milestone.needs))


def _slugs(plan: CoursePlan, numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(plan.modules[number].slug for number in numbers)


def _line(part: _Part, slot: Slot, zone: ZoneInfo, present: dict[str, Assignment]) -> Line:
    there = present.get(part.slug)
    return Line(
        slug=part.slug,
        title=there.title if there else part.title,
        suite=part.suite,
        needs=part.needs,
        module=part.module,
        releases_at=there.releases_at if there else datetime.combine(slot.releases_on, time(), zone),
        due_at=there.due_at if there else datetime.combine(slot.due_on, DUE, zone),
        present=there,
    )


def problems(lines: Sequence[Line], zone: ZoneInfo, holidays: Holidays) -> dict[str, str]:
    """Return what keeps lines from being made, a sentence for each by its slug."""
    by_slug = {each.slug: each for each in lines if each.is_included}
    found = ((line.slug, _problem(line, by_slug, zone, holidays)) for line in lines if line.is_made)
    return {slug: sentence for slug, sentence in found if sentence}


def _problem(line: Line, by_slug: dict[str, Line], zone: ZoneInfo, holidays: Holidays) -> str:
    if line.due_at is None:
        return gettext("Say when it is due.")
    if line.releases_at is not None and line.releases_at >= line.due_at:
        return gettext("It is due before it is released.")
    day = line.due_at.astimezone(zone).date()
    if (why := why_free(day, holidays)) and not line.is_due_day_chosen:
        return gettext("{day} is {named}: choose another day, or say that it is due then all the same.").format(
            day=date_format(day, gettext("l j F Y")), named=as_predicate(why)
        )
    for slug in line.needs if line.module is None else ():
        needed = by_slug.get(slug)
        if needed is None:
            return gettext("It is built from {slug}, which is left out: leave it out, too.").format(slug=slug)
        if needed.due_at is not None and needed.due_at > line.due_at:
            return gettext("It is due before {needed}, which it is built from.").format(needed=needed.title)
    return ""


def notes(lines: Sequence[Line]) -> list[str]:
    """Say which modules build on some that the course leaves out, or that come later."""
    found, before = [], set[str]()
    modules = [each for each in lines if each.is_included and each.module is not None]
    for line in sorted(modules, key=lambda each: (each.due_at is None, each.due_at)):
        lacking = [slug.removeprefix("m") for slug in line.needs if slug not in before]
        if lacking:
            found.append(
                gettext(
                    "Module {module:02} builds on {lacking}, not due before it in this course: give students "
                    "those modules' code, or choose them too."
                ).format(module=line.module, lacking=", ".join(lacking))
            )
        before.add(line.slug)
    return found


def with_values(line: Line, values: dict) -> Line:
    """Return a line as somebody edited it: `values` are those of the valid form of its row."""
    names = ("title", "releases_at", "due_at", "is_included", "is_due_day_chosen")
    return replace(line, **{name: values[name] for name in names if name in values}) if line.present is None else line
