"""`{% threads attempt as said %}`, `{{ said|of_check:id }}`: what is said on a report; `{% talk report %}`: the rest of it;
`{{ row|on_lines:said }}`, `{% parts block path said as found %}`: what is said on lines of code, beside them."""

from dataclasses import dataclass
from typing import Any

from django import template

from course_admin.discussion.models import RegradeRequest
from course_admin.discussion.thread import Entry, Threads, threads_of
from course_admin.discussion.waiting import thread_url
from course_admin.liveness import clock
from course_admin.review.clusters.answers import answers_to
from course_admin.review.models import TEXT_CHARACTERS
from course_admin.submissions.code.browser import Block, CodeLine
from course_admin.submissions.code.places import Place
from course_admin.submissions.models import Attempt

register = template.Library()
register.simple_tag(thread_url, name="thread_url")


@register.simple_tag(takes_context=True)
def threads(context: dict[str, Any], attempt: Attempt) -> Threads:
    """Return what the viewer may read, by the test or the line that it is about; "" is the attempt as a whole."""
    return threads_of(context["request"].user, attempt, clock.now())


@register.simple_tag
def open_requests(attempt: Attempt) -> list[RegradeRequest]:
    """Return the requests about an attempt that wait for an answer."""
    return list(RegradeRequest.objects.open().filter(attempt=attempt).select_related("student"))


@register.filter
def of_check(said: Threads, test_id: str) -> list[Entry]:
    """Return what is said about one check."""
    return said.get(test_id, [])


@register.filter
def is_said_of(group: Any, said: Threads) -> bool:
    """Say whether something is said about one of the failed checks of a group."""
    return any(said.get(row.check.test_id) for row in group.failed)


@register.filter
def on_lines(row: Any, said: Threads | None) -> list[tuple[Place, list[Entry]]]:
    """Return what is said about the lines that are shown of a failed check."""
    if not said or row.place is None:
        return []
    places = [Place(row.place.path, line.number, row.place.cell) for line in row.source]
    return [(place, said[place]) for place in places if place in said]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of a file up to one that somebody wrote on, and what is said there."""

    lines: list[CodeLine]
    place: Place
    entries: list[Entry]

    @property
    def first(self) -> int:
        """The number of its first line."""
        return self.lines[0].number


@register.simple_tag
def parts(block: Block, path: str, said: Threads) -> list[Part]:
    """Return the lines of a block in parts, each ending where something is said."""
    found = []
    lines: list[CodeLine] = []
    for line in block.lines:
        lines.append(line)
        place = Place(path, line.number, block.cell)
        if place in said or line is block.lines[-1]:
            found.append(Part(lines, place, said.get(place, [])))
            lines = []
    return found


@register.inclusion_tag("discussion/_talk.html", takes_context=True)
def talk(context: dict[str, Any], report: Any) -> dict[str, Any]:
    """Show what is said about the whole attempt and about checks that are not on the page, and what leads to saying more."""
    attempt, user = report.attempt, context["request"].user
    said = threads_of(user, attempt, clock.now())
    shown = {check.test_id for check in report.checks}
    return {
        "attempt": attempt,
        "course": attempt.assignment.course,
        "entries": [entry for test_id, entries in said.items() if test_id not in shown for entry in entries],
        "checks": report.checks if report.is_staff else [],
        "is_staff": report.is_staff,
        "report": report,
        "me": attempt.person_of(user),
        "user": user,
        "text_characters": TEXT_CHARACTERS,
        "csrf_token": context.get("csrf_token"),
        "answers": answers_to(attempt),
    }
