"""How long the students of an assignment take from their first attempt to the first one that has all points.

Both moments are arrivals: how long the queue takes is nobody's doing. Of an attempt its newest judging says what it has.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from course_admin.review.desk.place import Place
from course_admin.submissions.models import AttemptMember, Run

#: At most so long after the first attempt, in words.
BINS = (
    (timedelta(), _("with the first attempt")),
    (timedelta(hours=1), _("within an hour")),
    (timedelta(days=1), _("within a day")),
    (timedelta(days=3), "within 3 days"),
    (timedelta(days=7), _("within a week")),
    (timedelta.max, _("later")),
)
NOT_YET = _("not yet")


def times_to_full(place: Place) -> list[timedelta | None]:
    """Return of each student who has handed something in how long it took; None: no attempt has all points. In two queries."""
    of_students = {"assignment": place.assignment, "student__in": place.students}
    members = AttemptMember.objects.filter(**of_students).order_by().values_list("student")
    first = dict(members.annotate(first=Min("attempt__received_at")))
    newer = Run.objects.graded().filter(attempt=OuterRef("attempt"))
    newer = newer.filter(
        Q(queued_at__gt=OuterRef("queued_at")) | Q(queued_at=OuterRef("queued_at"), pk__gt=OuterRef("pk"))
    )
    full = Run.objects.graded().filter(attempt__assignment=place.assignment, max_score__gt=0, score__gte=F("max_score"))
    runs = full.filter(~Exists(newer)).order_by().values_list("attempt__memberships__student")
    reached = dict(runs.annotate(first=Min("attempt__received_at")))
    return [reached[student] - begun if student in reached else None for student, begun in first.items()]


def binned(times: Iterable[timedelta | None]) -> list[int]:
    """Return how many times lie in each of BINS, each counted in the first that it fits, and how many are None."""
    counts = [0] * (len(BINS) + 1)
    for time in times:
        counts[len(BINS) if time is None else next(place for place, (most, _) in enumerate(BINS) if time <= most)] += 1
    return counts
