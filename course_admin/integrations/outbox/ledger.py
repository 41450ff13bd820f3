"""Here against there: every grade of a course beside what its LMS shows for it now, and whose word differs.

Only asks. Nothing is sent or decided, and nothing noted but who is who: rounds do the rest (`delivery/`), and staff. The
grades are those that a round would send: of active students, in assignments that are linked and no drafts, rounded as they
are sent; a grade that is held is none.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_noop

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Student
from course_admin.gradebook.grading.grades import GradeRow, grade_rows
from course_admin.integrations.outbox.lms import Lms, Match, Rejected, Shown, as_ours, is_cut, maxima_text, rounded
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery, Link
from grader.points import round_points

AT_ONCE = 2_000  # rows


class Standing(StrEnum):
    """How a grade here stands to what the LMS shows."""

    SAME = "same"  # or no grade on either side
    MISSING = "missing"  # the LMS shows none: a round sends it
    OUTDATED = "outdated"  # the LMS shows what was sent from here before: a round replaces it
    BY_HAND = "by_hand"  # the LMS shows what was not sent from here: staff say which is right
    ONLY_THERE = "only_there"  # there is no grade here (any more): rounds leave it alone
    NO_STUDENT = "no_student"  # the LMS has no such student, or several; `words` says which
    REFUSED = "refused"  # the LMS did not take it, or does not show it as sent: it waits for staff; `words` says why
    OTHER_MAXIMUM = "other_maximum"  # the assignment is out of other points there: nothing of it is sent
    NOT_SHOWN = "not_shown"  # the LMS refuses to show the assignment; `words` says why


#: How a grade here stands to what the LMS shows -> what a round makes of it.
WHAT_FOLLOWS = {
    Standing.MISSING: gettext_noop("is not there yet: it is sent"),
    Standing.OUTDATED: gettext_noop("is to be replaced: it is sent"),
    Standing.BY_HAND: gettext_noop("was made or changed there: it is left to staff"),
    Standing.ONLY_THERE: gettext_noop("is only there: it is left alone"),
    Standing.NO_STUDENT: gettext_noop("has no student there: it waits"),
    Standing.REFUSED: gettext_noop("was not taken there: it waits until staff send it again"),
    Standing.OTHER_MAXIMUM: gettext_noop("is not sent before both maxima are the same"),
    Standing.NOT_SHOWN: gettext_noop("is not shown there: it waits"),
}
SENT = (Standing.MISSING, Standing.OUTDATED)
OTHER_MAXIMUM = gettext_noop("The assignment is out of {there} in the LMS and out of {here} here")


@dataclass(frozen=True, slots=True)
class Line:
    """One student's grade for one assignment on both sides; None: no grade, or unknown for want of a student."""

    student: Enrollment
    assignment: Assignment
    here: Decimal | None
    there: Shown
    standing: Standing
    words: str = ""


@dataclass(frozen=True, slots=True)
class There:
    """What the LMS shows for one assignment. `words`: why it does not show it; `maximum`: of how many points, if it says."""

    points: Mapping[str, Shown]
    maximum: Decimal | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Both sides of a course. The lines are read once, in the order of the roster and the course.

    `strangers`: by the assignment's key, how many grades the LMS shows of people whom nobody here is.
    """

    lines: Iterator[Line]
    there: Mapping[int, There]
    strangers: Mapping[int, int]


def ledger(*, link: Link, lms: Lms, at: datetime) -> Ledger:
    """Ask the LMS for everything it shows of a course, two requests for each assignment, and hold it against ours.

    Raises TemporaryFailure or LinkBroken as the LMS does; what it refuses to show of one assignment is said on that one's lines.
    """
    numbers = lms.assignments()
    there = {key: _shown(lms, number) for key, number in numbers.items()}
    students = list(Student.objects.active().filter(course=link.course_id))
    who = lms.find(students)
    known = {match.remote_id for match in who.values()}
    strangers = {
        key: sum(points is not None and number not in known for number, points in each.points.items())
        for key, each in there.items()
    }
    return Ledger(_lines(link, lms, there, who, at), there, strangers)


def _shown(lms: Lms, number: str) -> There:
    try:
        return There({key: rounded(each) for key, each in lms.read(number).items()}, lms.maximum(number))
    except Rejected as problem:
        return There({}, words=str(problem))


def _lines(link: Link, lms: Lms, there: Mapping[int, There], who: Mapping[int, Match], at: datetime) -> Iterator[Line]:
    for row, delivery in _with_deliveries(link, grade_rows(link.course)):
        if row.assignment.pk not in there or row.assignment.is_draft or row.student.pk not in who:
            continue
        points = row.points if row.assignment.are_grades_out(at) else None
        here = None if points is None else round_points(points)
        match, remote = who[row.student.pk], there[row.assignment.pk]
        if remote.words:
            yield Line(row.student, row.assignment, here, None, Standing.NOT_SHOWN, remote.words)
        elif not match.remote_id:
            yield Line(row.student, row.assignment, here, None, Standing.NO_STUDENT, match.words)
        else:
            shown = remote.points.get(match.remote_id)
            if lms.may_keep_percents:
                shown = as_ours(shown, (here, *(delivery.known_points if delivery else ())), row.assignment.points)
            standing, words = _standing(here, shown, delivery, row.assignment.points)
            if standing in SENT and remote.maximum != row.assignment.points:
                said = OTHER_MAXIMUM.format(**maxima_text(remote.maximum, row.assignment.points))
                standing, words = Standing.OTHER_MAXIMUM, said
            yield Line(row.student, row.assignment, here, shown, standing, words)


def _with_deliveries(link: Link, rows: Iterator[GradeRow]) -> Iterator[tuple[GradeRow, GradeDelivery | None]]:
    """Yield each row with what the outbox holds of it, which is read for some students at a time."""
    while some := list(itertools.islice(rows, AT_ONCE)):
        mine = GradeDelivery.objects.filter(link=link, student__in={row.student.pk for row in some})
        found = {(each.student_id, each.assignment_id): each for each in mine}
        for row in some:
            yield row, found.get((row.student.pk, row.assignment.pk))


def _standing(
    here: Decimal | None, there: Shown, delivery: GradeDelivery | None, out_of: Decimal
) -> tuple[Standing, str]:
    """Say what a round would make of a grade, once it has noted what is here; and what was said of it, if it stays behind."""
    if here == there:
        return Standing.SAME, ""
    if here is None:
        return Standing.ONLY_THERE, ""
    noted = delivery or GradeDelivery()
    is_changed = noted.points != here  # then it is tried again, whatever became of the last one
    noted.points = here
    is_refused = noted.state == DeliveryState.FAILED and not is_changed
    if is_refused and is_cut(there, here, out_of) and noted.sent_points == here:
        return Standing.REFUSED, noted.words
    if not noted.may_replace(there):
        return Standing.BY_HAND, ""
    if is_refused:
        return Standing.REFUSED, noted.words
    return (Standing.MISSING if there is None else Standing.OUTDATED), ""


def differing(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines whose two sides are not, or not known to be, the same."""
    return (line for line in lines if line.standing is not Standing.SAME)
