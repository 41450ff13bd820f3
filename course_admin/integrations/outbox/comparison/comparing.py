"""Asking an LMS what it shows beside every grade here, and keeping the answer until somebody looks at it.

The page only asks for it: the requests are made in the queue `sync`, where waiting holds nobody up. Nothing is sent.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from course_admin.identity.models import User
from course_admin.integrations.outbox.enquiry.asking import Step, answer, note
from course_admin.integrations.outbox.enquiry.watched import WatchedLms
from course_admin.integrations.outbox.ledger import Standing, differing, ledger
from course_admin.integrations.outbox.lms import Lms, shown_text
from course_admin.integrations.outbox.models import Comparison, Link
from course_admin.policy import Action, require

LISTED = 500  # lines of a page; the others are counted


def ask(*, link: Link, actor: User | None, at: datetime) -> Comparison:
    """Note that who leads a course wants to see both sides; return it. Raises Refused. The caller sends the task."""
    require(actor, Action.SEND_GRADES, link.course)
    return note(Comparison, link, at)


def compare(*, asked: Comparison, link: Link, lms: Lms, at: datetime) -> None:
    """Ask the LMS, and keep what differs, or why nothing is known."""

    def find(step: Step) -> dict[str, Any]:
        return _differences(link, WatchedLms(lms, compared=step), at)

    answer(asked=asked, find=find, at=at)


def _differences(link: Link, lms: Lms, at: datetime) -> dict[str, Any]:
    counts: Counter[Standing] = Counter()
    rows: list[list[Any]] = []
    for line in differing(ledger(link=link, lms=lms, at=at).lines):
        counts[line.standing] += 1
        if len(rows) < LISTED:
            here, there = shown_text(line.here), shown_text(line.there)
            rows.append([line.student.name, line.assignment.title, here, there, line.standing.value, line.words])
    return {"rows": rows, "counts": dict(counts)}
