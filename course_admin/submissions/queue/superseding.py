"""Which queued runs a newer hand-in makes pointless, and how they come back if it is taken back.

Pointless is an attempt that a newer one replaces in everything that can count. What is on time is judged although a late
one follows, and what came before the hard close although something comes after it: which of them counts, the grade
decides once both are judged. Where the newest counts however late it is, only the hard close tells two attempts apart.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet

from course_admin.assignments.deadlines import deadlines_of, lateness_of
from course_admin.assignments.late import Deadlines, LateKind, charged_steps, is_closed
from course_admin.assignments.models import Assignment, CountingRule
from course_admin.courses.models import Enrollment
from course_admin.submissions.models import PUSH, Attempt, Run, RunState, arrival
from course_admin.submissions.models.run import RunQuerySet


def supersede(*, attempt: Attempt, at: datetime) -> int:
    """Set aside every run that a push queued and a newer hand-in made pointless, now that there is this attempt; return how many.

    What counts for somebody for whom the newer one does not count stays: who leaves a group and hands in alone takes
    nothing away from the others. Only what is still queued: a run that was sent out is finished. Superseded attempts are
    kept, and can be graded on demand with `enqueue`.
    """
    near = Attempt.objects.of_any(attempt.people, attempt.assignment).filter(refusal="")
    waiting = set(_queued_of(near).values_list("attempt", flat=True))
    if not waiting:
        return 0
    by_arrival = list(near.by_arrival().with_people())
    terms = _terms((person for each in by_arrival for person in each.people), attempt.assignment)
    outdated = [
        older.pk
        for place, older in enumerate(by_arrival)
        if older.pk in waiting
        and any(_replaces(newer.people, newer.received_at, older, terms) for newer in by_arrival[place + 1 :])
    ]
    still_queued = _queued_of(Attempt.objects.filter(pk__in=outdated))
    return still_queued.update(state=RunState.SUPERSEDED, finished_at=at)


def waiting_before(people: Collection[Enrollment], assignment: Assignment, at: datetime) -> Run | None:
    """Return the queued run whose place something would take that some people hand in at a moment; None if there is none."""
    near = Attempt.objects.of_any(people, assignment)
    waiting = _queued_of(near).select_related("attempt__assignment").order_by(*arrival("attempt__")).last()
    if waiting is None:
        return None
    terms = _terms(waiting.attempt.people, assignment)
    return waiting if _replaces(people, at, waiting.attempt, terms) else None


def set_aside_by(attempt: Attempt) -> Run | None:
    """Return the run that an attempt set aside and that nothing else replaces; it is queued again if this one is cancelled.

    What was cancelled itself lies between. What waits, is judged or counts for others as well took that place and keeps it.
    """
    people = {person.pk for person in attempt.people}
    near = Attempt.objects.of_any(attempt.people, attempt.assignment).filter(refusal="").by_arrival()
    earlier: list[Attempt] = []
    for each in near.with_people().prefetch_related("runs"):
        if each.pk == attempt.pk:
            break
        earlier.append(each)
    for each in reversed(earlier):
        run = next(iter(each.runs.all()), None)
        if run is None or run.state == RunState.CANCELLED:
            continue
        was_set_aside = run.state == RunState.SUPERSEDED and run.reason == PUSH
        return run if was_set_aside and {person.pk for person in each.people} <= people else None
    return None


def _queued_of(attempts: QuerySet[Attempt]) -> RunQuerySet:
    return Run.objects.filter(attempt__in=attempts, state=RunState.QUEUED, reason=PUSH)


def _terms(people: Iterable[Enrollment], assignment: Assignment) -> dict[int, Deadlines]:
    return {key: deadlines_of(person, assignment) for key, person in {each.pk: each for each in people}.items()}


def _replaces(
    people: Collection[Enrollment], received_at: datetime, older: Attempt, terms: Mapping[int, Deadlines]
) -> bool:
    """Say whether what some people hand in counts for all for whom an older attempt does, and came at no worse a time for any."""
    keys = [person.pk for person in older.people]
    return set(keys) <= {person.pk for person in people} and all(
        _cost(received_at, older.assignment, terms[key]) <= _cost(older.received_at, older.assignment, terms[key])
        for key in keys
    )


def _cost(received_at: datetime, assignment: Assignment, terms: Deadlines) -> tuple[bool, int, int]:
    """Return what of an attempt's time can change a grade: whether it is closed, the days late, and the steps charged for."""
    closed = is_closed(received_at, terms)
    if closed or assignment.counting == CountingRule.LAST:
        return closed, 0, 0
    late = lateness_of(received_at, assignment, terms)
    return closed, late.days, charged_steps(LateKind(assignment.late_kind), late)
