"""The rows of the list: an assignment's attempts with the run that each one's report shows, as one query.

Each row carries `run`, `state`, `score`, `max_score`, and `key`, by which it is sorted; of equal keys the primary key decides,
so that the order is total and the neighbours of a row can be asked for without reading the rest.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, DecimalField, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Collate
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Enrollment
from course_admin.policy import Action, allowed
from course_admin.private_sqlite.names import NAMES
from course_admin.review.desk.place import Place
from course_admin.review.submissions_list.late import is_late
from course_admin.submissions.models import STATE_WORDS, Attempt, AttemptMember, Check, Run, RunState

#: Name of an order in addresses -> its words.
ORDERS = {
    "-received": _("newest first"),
    "received": _("oldest first"),
    "score": _("fewest points first"),
    "-score": _("most points first"),
    "name": _("by name"),
    "-name": _("by name, backwards"),
}
NO_RUN = "no_run"  # the state of an attempt that nothing was ever judged of
#: What makes somebody look twice -> its words.
FLAGS = {
    "asked": _("a request for a regrade waits"),
    "noted": _("graded with a note"),
    "refused": _("cannot be graded"),
}
STATES = [*STATE_WORDS.items(), (NO_RUN, _("not graded"))]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is wanted; everything is as it was typed, checked."""

    words: str = ""
    section: int | None = None
    state: str = ""
    percent_from: int | None = None
    percent_to: int | None = None
    failed: str = ""  # the id of a check that was not passed
    late: str = ""  # "yes", "no" or ""
    flag: str = ""  # one of FLAGS
    newest: bool = False  # of each student the newest attempt alone
    order: str = "-received"


def listing(place: Place, wanted: Wanted) -> QuerySet[Attempt]:
    """Return the attempts of a place that are wanted, in their order."""
    rows = _with_runs(place.attempts).filter(_conditions(place, wanted))
    if wanted.newest:
        rows = rows.filter(pk__in=_newest(place))
    return _sorted(rows, wanted.order)


def _with_runs(attempts: QuerySet[Attempt]) -> Any:
    """Return attempts with the run that is shown of each: the newest graded one, else the newest."""
    is_graded = Case(When(state=RunState.GRADED, then=Value(0)), default=Value(1), output_field=IntegerField())
    runs = Run.objects.filter(attempt=OuterRef("pk")).order_by(is_graded, "-queued_at", "-pk")
    found = attempts.annotate(run_id=Subquery(runs.values("pk")[:1]))

    def of_run(field: str) -> Subquery:
        return Subquery(Run.objects.filter(pk=OuterRef("run_id")).values(field)[:1])

    state = Coalesce(of_run("state"), Value(NO_RUN))
    return found.annotate(state=state, score=of_run("score"), max_score=of_run("max_score"))


def _conditions(place: Place, wanted: Wanted) -> Q:
    found = Q()
    members = AttemptMember.objects.filter(assignment=place.assignment)
    if wanted.words:
        words = wanted.words
        taught = allowed(place.standing, Action.SEE_RESULTS, Enrollment.objects.filter(course=place.course))
        identified = Q(student__email__icontains=words) | Q(student__github_login__icontains=words)
        # Of a partner whom the viewer does not teach the page shows the name, and nothing else is read through it.
        named = Q(student__name__icontains=words) | (Q(student__in=taught) & identified)
        found &= Q(pk__in=members.filter(named).values("attempt")) | Q(commit_id__istartswith=words)
    if wanted.section is not None:
        there = Q(student__section=wanted.section) | Q(student__other_sections=wanted.section)
        found &= Q(pk__in=members.filter(there).values("attempt"))
    if wanted.state:
        found &= Q(state=wanted.state)
    if wanted.percent_from is not None:
        found &= Q(score__gte=F("max_score") * wanted.percent_from / 100)
    if wanted.percent_to is not None:
        found &= Q(score__lte=F("max_score") * wanted.percent_to / 100)
    if wanted.failed:
        lost = Check.objects.filter(run=OuterRef("run_id"), test_id=wanted.failed).exclude(verdict="passed")
        found &= Q(run_id__in=Subquery(lost.values("run")))
    if wanted.late:
        late = is_late(place.assignment, place.students)
        found &= late if wanted.late == "yes" else ~late
    return found & _flagged(wanted.flag)


def _flagged(flag: str) -> Q:
    """Return the condition of a flag; requests are known by the name that their app gives them on an attempt."""
    match flag:
        case "asked":
            return Q(pk__in=Attempt.objects.filter(regrade_requests__state="open").values("pk"))
        case "noted":
            noted = Run.objects.filter(pk=OuterRef("run_id"), state=RunState.GRADED).exclude(notes=[])
            return Q(state=RunState.GRADED) & (~Q(notes=[]) | Q(run_id__in=Subquery(noted.values("pk"))))
        case "refused":
            return ~Q(refusal="")
    return Q()


def _newest(place: Place) -> Any:
    """Return the newest attempt of each student."""
    return AttemptMember.objects.filter(assignment=place.assignment).newest_of_each().values("attempt")


def _sorted(rows: Any, order: str) -> Any:
    name = order.lstrip("-")
    submitter = AttemptMember.objects.filter(attempt=OuterRef("pk"), is_submitter=True)
    none = Value(-1, output_field=DecimalField(max_digits=11, decimal_places=4))
    keys: dict[str, Any] = {
        "received": F("received_at"),
        "score": Coalesce("score", none),
        "name": Collate(Subquery(submitter.values("student__name")[:1]), NAMES),
    }
    sign = "-" if order.startswith("-") else ""
    return rows.annotate(key=keys[name]).order_by(f"{sign}key", f"{sign}pk")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The attempts before and after one in a list; None at its ends, and where it is not in the list."""

    previous: str | None
    next: str | None


def neighbours(place: Place, wanted: Wanted, attempt: Attempt) -> Neighbours:
    """Return the names of what stands before and after an attempt in the list that is wanted, in three queries."""
    rows: Any = listing(place, wanted)
    here: tuple[datetime | Any, int] | None = rows.filter(pk=attempt.pk).values_list("key", "pk").first()
    if here is None:
        return Neighbours(None, None)
    is_backwards = wanted.order.startswith("-")
    key, pk = here
    greater = Q(key__gt=key) | Q(key=key, pk__gt=pk)
    less = Q(key__lt=key) | Q(key=key, pk__lt=pk)
    up = rows.filter(greater).order_by("key", "pk").values_list("public_id", flat=True).first()
    down = rows.filter(less).order_by("-key", "-pk").values_list("public_id", flat=True).first()
    return Neighbours(up, down) if is_backwards else Neighbours(down, up)
