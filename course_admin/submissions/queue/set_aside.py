"""What a newer push sets aside, and how it comes back: a push that is taken back leaves the one before it where it was.

Superseding itself is part of queueing (`dispatch.supersede`); here is which run was set aside by an attempt: for its page,
which says so before anybody cancels, and for cancelling.
"""

from typing import Any

from course_admin.submissions.models import PUSH, Attempt, Run, RunState


def waiting_before(people: Any, assignment: Any) -> Run | None:
    """Return the queued run of some people's newest attempt, whose place a newer one would take; None if nothing waits."""
    attempts = Attempt.objects.of_any(people, assignment)
    waiting = Run.objects.filter(attempt__in=attempts, state=RunState.QUEUED, reason=PUSH)
    return waiting.select_related("attempt").order_by("-attempt__received_at", "-pk").first()


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
