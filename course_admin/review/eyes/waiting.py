"""What waits for staff: runs that could not be judged, pushes that could not be fetched, the longest waiting first.

A kind of thing that waits is one entry of KINDS, to which apps above this one add theirs; nothing else knows how many there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.utils.translation import gettext

from course_admin.courses.models import Course
from course_admin.policy import Action, allowed
from course_admin.submissions.models import Attempt, Push, PushState, Run, RunState


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: `field` and `name` are what the queue's form calls it, empty for what cannot be tried again there."""

    field: str
    name: str
    since: datetime
    people: Sequence[Any]
    what: str
    why: str
    attempt: Attempt | None
    url: str = ""  # where it is answered; empty: the attempt's page of the desk


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that waits: which rows, since when, and how one is shown."""

    rows: Callable[[Any, Course], QuerySet[Any]]
    since: str
    related: Callable[[QuerySet[Any]], QuerySet[Any]]
    shown: Callable[[Any], Waiting]


def _runs(user: Any, course: Course) -> QuerySet[Run]:
    seen = allowed(user, Action.JUDGE_AGAIN, Attempt.objects.filter(assignment__course=course))
    return Run.objects.filter(attempt__in=seen, state=RunState.NEEDS_ATTENTION)


def _run(run: Run) -> Waiting:
    what = gettext("{assignment}, attempt {number}").format(
        assignment=run.attempt.assignment.title, number=run.attempt.number
    )
    since = run.finished_at or run.queued_at
    return Waiting("run", run.public_id, since, run.attempt.people, what, run.fault, run.attempt)


def _pushes(user: Any, course: Course) -> QuerySet[Push]:
    stuck = Push.objects.filter(repository__course=course, state=PushState.NEEDS_ATTENTION)
    seen: QuerySet[Push] = allowed(user, Action.JUDGE_AGAIN, stuck)
    return seen


def _push(push: Push) -> Waiting:
    what = gettext("push of {commit_id} to {repository}").format(
        commit_id=push.commit_id[:7], repository=push.repository.full_name
    )
    return Waiting("push", push.delivery_id, push.received_at, [push.repository.student], what, push.reason, None)


KINDS: dict[str, Kind] = {
    "run": Kind(
        _runs,
        "queued_at",
        lambda rows: rows.select_related("attempt__assignment").prefetch_related("attempt__memberships__student"),
        _run,
    ),
    "push": Kind(_pushes, "received_at", lambda rows: rows.select_related("repository__student"), _push),
}


def waiting(user: Any, course: Course) -> QuerySet[Any]:
    """Return the keys of everything that waits, as (since, kind, primary key), in order: something to take pages of."""
    parts = [
        kind.rows(user, course)
        .order_by()
        .annotate(waits_since=F(kind.since), kind=Value(name, output_field=CharField()))
        .values_list("waits_since", "kind", "pk")
        for name, kind in KINDS.items()
    ]
    everything: QuerySet[Any] = parts[0].union(*parts[1:], all=True).order_by("waits_since", "kind", "pk")
    return everything


def fetched(user: Any, course: Course, keys: Sequence[tuple[datetime, str, int]]) -> list[Waiting]:
    """Return the things that keys name, in their order; a constant number of queries."""
    found: dict[tuple[str, int], Waiting] = {}
    for name, kind in KINDS.items():
        wanted = [pk for _, of, pk in keys if of == name]
        for row in kind.related(kind.rows(user, course).filter(pk__in=wanted)):
            found[name, row.pk] = kind.shown(row)
    return [found[of, pk] for _, of, pk in keys if (of, pk) in found]
