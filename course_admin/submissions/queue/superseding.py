"""Which queued runs a newer hand-in makes pointless: those of attempts that it replaces in everything that can count.

An attempt that is on time is judged although a late one follows, and one before the hard close although one comes after
it: which of them counts, the grade decides once both are judged. Where the newest counts however late it is, only the
hard close tells two attempts apart.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import models

from course_admin.assignments.deadlines import deadlines_of, lateness_of
from course_admin.assignments.late import Deadlines, LateKind, is_closed
from course_admin.assignments.models import Assignment, CountingRule
from course_admin.submissions.models import PUSH, Attempt, Run, RunState
from course_admin.submissions.models.run import RunQuerySet


def supersede(*, attempt: Attempt, at: datetime) -> int:
    """Set aside every run that a push queued and a newer hand-in made pointless, now that there is this attempt; return how many.

    Pointless is what counts for nobody for whom the newer one does not count as well: who leaves a group and hands in alone
    takes nothing away from the others. Only what is still queued: a run that was sent out is finished. Superseded
    attempts are kept, and can be graded on demand with `enqueue`.
    """
    near = Attempt.objects.of_any(attempt.people, attempt.assignment).filter(refusal="")
    waiting = set(_queued_of(near).values_list("attempt", flat=True))
    if not waiting:
        return 0
    by_arrival = list(near.by_arrival().with_people())
    people = {person.pk: person for each in by_arrival for person in each.people}
    terms = {key: deadlines_of(person, attempt.assignment) for key, person in people.items()}
    outdated = [
        older.pk
        for place, older in enumerate(by_arrival)
        if older.pk in waiting and any(_replaces(newer, older, terms) for newer in by_arrival[place + 1 :])
    ]
    still_queued = _queued_of(Attempt.objects.filter(pk__in=outdated))
    return still_queued.update(state=RunState.SUPERSEDED, finished_at=at)


def _queued_of(attempts: models.QuerySet) -> RunQuerySet:
    return Run.objects.filter(attempt__in=attempts, state=RunState.QUEUED, reason=PUSH)


def _replaces(newer: Attempt, older: Attempt, terms: Mapping[int, Deadlines]) -> bool:
    """Say whether a newer attempt counts for all for whom an older one does, and came at no worse a time for any."""
    assignment = older.assignment
    keys = [person.pk for person in older.people]
    return set(keys) <= {person.pk for person in newer.people} and all(
        _cost(newer.received_at, assignment, terms[key]) <= _cost(older.received_at, assignment, terms[key])
        for key in keys
    )


def _cost(received_at: datetime, assignment: Assignment, terms: Deadlines) -> tuple[bool, int, int]:
    """Return what of an attempt's time can change a grade: whether it is closed, and the days and hours late that count."""
    closed = is_closed(received_at, terms)
    if closed or assignment.counting == CountingRule.LAST:
        return closed, 0, 0
    late = lateness_of(received_at, assignment, terms)
    return closed, late.days, late.hours if assignment.late_kind == LateKind.PER_HOUR else 0
