"""An assignment's leaderboards: the best value of each student or group in every column that its suite measures.

Values come from graded runs, the newest of each attempt, and from nothing that a student says. Who is no longer on the
roster is left out. Equal values share a place.
"""

from collections import defaultdict
from dataclasses import dataclass

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment
from course_admin.student.pseudonyms import pseudonym
from course_admin.submissions.models import Run
from course_admin.submissions.models.attempt import AttemptMember
from course_admin.submissions.models.run import RunQuerySet

ASCENDING = "asc"  # as gradescope-utils writes it: the smallest value leads


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: who reached what, and the place that this is."""

    place: int
    pseudonym: str
    people: tuple[Enrollment, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """One column of a suite's, the leader first."""

    name: str
    is_ascending: bool
    entries: tuple[Entry, ...]


def has_leaderboard(assignment: Assignment) -> bool:
    """Say whether any run of an assignment has a value for a leaderboard."""
    return _graded(assignment).exclude(leaderboard=[]).exists()


def leaderboards_of(assignment: Assignment) -> list[Leaderboard]:
    """Return an assignment's leaderboards in the order of their names, in two queries."""
    people = _people(assignment)
    best: dict[tuple[str, bool], dict[tuple[Enrollment, ...], float]] = defaultdict(dict)
    seen: set[int] = set()
    for attempt, columns in _graded(assignment).values_list("attempt", "leaderboard"):
        if attempt in seen:
            continue
        seen.add(attempt)
        group = people.get(attempt)
        if not group:
            continue
        for column in columns:
            key, value = (column["name"], column["order"] == ASCENDING), float(column["value"])
            known = best[key].get(group, value)
            best[key][group] = min(known, value) if key[1] else max(known, value)
    return [
        Leaderboard(name, is_ascending, _entries(assignment, reached, is_ascending))
        for (name, is_ascending), reached in sorted(best.items())
    ]


def _graded(assignment: Assignment) -> RunQuerySet:
    return Run.objects.graded().filter(attempt__assignment=assignment)


def _people(assignment: Assignment) -> dict[int, tuple[Enrollment, ...]]:
    """Return who is on the roster now of those for whom each attempt counts."""
    found: dict[int, list[Enrollment]] = defaultdict(list)
    members = AttemptMember.objects.filter(assignment=assignment, student__is_active=True).select_related("student")
    for member in members.order_by("student"):
        found[member.attempt_id].append(member.student)
    return {attempt: tuple(students) for attempt, students in found.items()}


def _entries(
    assignment: Assignment, reached: dict[tuple[Enrollment, ...], float], is_ascending: bool
) -> tuple[Entry, ...]:
    values = sorted(reached.values(), reverse=not is_ascending)
    places = {value: values.index(value) + 1 for value in set(values)}
    lines = [
        Entry(places[value], pseudonym(assignment.pk, (each.pk for each in people)), people, value)
        for people, value in reached.items()
    ]
    return tuple(sorted(lines, key=lambda entry: (entry.place, entry.pseudonym)))
