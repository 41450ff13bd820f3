"""Asking an LMS what it shows beside every grade here, and keeping the answer until somebody looks at it.

The page only asks for it: the requests are made in the queue `sync`, where waiting holds nobody up. Nothing is sent.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from course_admin.identity.models import User
from course_admin.integrations.outbox.ledger import Standing, differing, ledger
from course_admin.integrations.outbox.lms import Lms, LmsProblem, shown_text
from course_admin.integrations.outbox.models import Comparison, Link
from course_admin.policy import Action, require

LISTED = 500  # lines of a page; the others are counted


def ask(*, link: Link, actor: User | None, at: datetime) -> Comparison:
    """Note that who leads a course wants to see both sides; return it. Raises Refused. The caller sends the task."""
    require(actor, Action.SEND_GRADES, link.course)
    told: dict[str, Any] = {"asked_at": at, "read_at": None, "words": "", "rows": [], "counts": {}}
    return Comparison.objects.update_or_create(link=link, defaults=told)[0]


def compare(*, link: Link, lms: Lms, at: datetime) -> None:
    """Ask the LMS, and keep what differs, or why nothing is known."""
    asked = Comparison.objects.filter(link=link).first()
    if asked is None:
        return
    counts: Counter[Standing] = Counter()
    rows: list[list[Any]] = []
    try:
        for line in differing(ledger(link=link, lms=lms, at=at).lines):
            counts[line.standing] += 1
            if len(rows) < LISTED:
                here, there = shown_text(line.here), shown_text(line.there)
                rows.append([line.student.name, line.assignment.title, here, there, line.standing.value, line.words])
        noted: dict[str, Any] = {"rows": rows, "counts": dict(counts), "read_at": at, "words": ""}
    except LmsProblem as problem:
        noted = {"rows": [], "counts": {}, "words": str(problem)}
    # Asked for again, or of a link that was corrected meanwhile: then this says nothing about it.
    Comparison.objects.filter(pk=asked.pk, asked_at=asked.asked_at).update(**noted)
