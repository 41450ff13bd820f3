"""The tables of the insights: what each picture says, in words and numbers, for a page and for a file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext

from course_admin.pages.numbers import figure, short_figure
from course_admin.review.desk.place import Place
from course_admin.review.insights.budgets import BINS as BUDGET_BINS
from course_admin.review.insights.budgets import NEWEST_RUNS
from course_admin.review.insights.figures import Figures
from course_admin.review.insights.first_full import BINS as FULL_BINS
from course_admin.review.insights.first_full import NOT_YET
from course_admin.review.insights.pictures import Grid, Picture, bars, grid
from course_admin.review.insights.statistics import BINS

DAYS_SHOWN = 120  # days without an attempt are drawn, too, but no more than these


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the name of its file, what it is about, its columns and rows, and its picture if it has one."""

    name: str
    title: str
    columns: list[str]
    rows: list[list[str]]
    picture: Picture | None = None
    grid: Grid | None = None


def distribution(place: Place, found: Figures) -> Table:
    """Return how many students have which share of the points."""
    step = 100 // BINS
    labels = [gettext("{low} to {high} %").format(low=tenth * step, high=(tenth + 1) * step) for tenth in range(BINS)]
    picture = bars(
        gettext("Students by their share of the points"), list(zip(labels, map(float, found.bins), strict=True))
    )
    rows = [[label, str(count)] for label, count in zip(labels, found.bins, strict=True)]
    return Table(
        "distribution", gettext("Points"), [gettext("share of the points"), gettext("students")], rows, picture
    )


def checks(place: Place, found: Figures) -> Table:
    """Return how many pass each check, and how far it tells students apart."""
    values = [(each.number or str(place), 100 * each.rate) for place, each in enumerate(found.checks, 1)]
    picture = bars(gettext("Percent of students who pass each check"), values, most=100.0)
    rows = [
        [
            f"{each.number} {each.name}".strip(),
            f"{100 * each.rate:.0f} %",
            "" if each.discrimination is None else figure(each.discrimination, 2),
            each.remark,
        ]
        for each in found.checks
    ]
    return Table(
        "checks",
        gettext("Checks"),
        [gettext("check"), gettext("pass it"), gettext("discrimination"), gettext("look at")],
        rows,
        picture,
    )


def budgets(place: Place, found: Figures) -> Table:
    """Return, for each budget, how many results cost which part of what it allows."""
    names = {each.test_id: f"{each.number} {each.name}".strip() for each in found.checks}
    numbers = {each.test_id: each.number for each in found.checks}
    rows, drawn = [], list[tuple[str, list[int]]]()
    for each in found.budgets:
        label = f"{names.get(each.test_id, each.test_id)}: {each.kind}"
        rows.append([label, short_figure(each.limit), *map(str, each.bins), f"{100 * each.median:.0f} %"])
        drawn.append((f"{numbers.get(each.test_id) or ''} {each.kind}".strip(), each.bins))
    words = [str(word) for _, word in BUDGET_BINS]
    columns = [
        gettext("budget"),
        gettext("allowed"),
        *words,
        gettext("median, of what is allowed"),
    ]
    title = gettext("Results by what they cost of each budget, of the newest {number} at most").format(
        number=NEWEST_RUNS
    )
    return Table("budgets", gettext("Budgets"), columns, rows, grid=grid(title, words, drawn))


def arrivals(place: Place, found: Figures) -> Table:
    """Return how many attempts came on which day, with the due day."""
    due = place.assignment.due_at
    due_day = due.astimezone(place.course.zone).date() if due else None
    counts = dict(found.arrivals)
    days = _days(list(counts), due_day)
    rows = [[f"{day:%Y-%m-%d}", str(counts.get(day, 0)), gettext("due") if day == due_day else ""] for day in days]
    values = [(date_format(day, gettext("j M")), float(counts.get(day, 0))) for day in days]
    marked, title = None, gettext("Attempts on each day")
    if due_day is not None and due_day in days:
        day = date_format(due_day, gettext("j F"))
        marked = days.index(due_day)
        title += gettext("; the marked day, {due_day}, is the due day").format(due_day=day)
    return Table(
        "arrivals",
        gettext("Attempts against the deadline"),
        [gettext("day"), gettext("attempts"), gettext("due")],
        rows,
        bars(title, values, marked),
    )


def first_full(place: Place, found: Figures) -> Table:
    """Return how many students had all points for the first time how long after their first attempt."""
    labels = [str(words) for words in (*(words for _, words in FULL_BINS), NOT_YET)]
    lines = list(zip(labels, found.first_full, strict=True)) if any(found.first_full) else []
    rows = [[label, str(count)] for label, count in lines]
    title = gettext("Students by how long after their first attempt one had all points")
    picture = bars(title, [(label, float(count)) for label, count in lines])
    columns = [gettext("after the first attempt"), gettext("students")]
    return Table("first-full-score", gettext("Time to the first full score"), columns, rows, picture)


def _days(with_attempts: list[date], due_day: date | None) -> list[date]:
    """Return every day from the first to the last that matters; of a very long time the last days."""
    known = [*with_attempts, *([due_day] if due_day and with_attempts else [])]
    if not known:
        return []
    last, first = max(known), max(min(known), max(known) - timedelta(days=DAYS_SHOWN - 1))
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def not_started(place: Place, found: Figures) -> Table:
    """Return who has handed nothing in."""
    rows = [
        [each.name, each.section.name if each.section else "", each.email, each.github_login]
        for each in found.not_started
    ]
    return Table(
        "not-started",
        gettext("Not started"),
        [gettext("student"), gettext("section"), gettext("e-mail address"), gettext("GitHub login")],
        rows,
    )


#: Name of a table -> what makes it.
TABLES: dict[str, Callable[[Place, Figures], Table]] = {
    "distribution": distribution,
    "checks": checks,
    "budgets": budgets,
    "arrivals": arrivals,
    "first-full-score": first_full,
    "not-started": not_started,
}
