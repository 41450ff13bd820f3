"""What staff ask of the outbox. Each that decides about grades is one transaction with its lines in the audit log.

Where an LMS is, and who and what is who and what in it, decides whose grade goes where. So a correction lets the grades that
it concerns start over, as if nothing had been sent, and ends a round that is under way: what was known of the other place says
nothing about this one.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from course_admin.courses.audit import new_event, record
from course_admin.courses.changes import delete_row, save_row
from course_admin.courses.models import AuditEvent, AuditKind
from course_admin.identity.models import User
from course_admin.integrations.outbox.models import DeliveryState, ExternalId, ExternalStudent, GradeDelivery, Link
from course_admin.policy import Right, rows_in_table
from grader.points import points_text

AT_ONCE = 500  # rows of one statement
#: What is noted of a link to an LMS that was never asked anything.
NEW = {"away_since": None, "next_try_at": None, "words": "", "synced_at": None, "compared_at": None, "uncompared": ""}
OVER = (DeliveryState.CONFIRMED, DeliveryState.FAILED, DeliveryState.PARKED)


def send_again(
    *, deliveries: QuerySet[GradeDelivery], actor: User | None, at: datetime, reason: str
) -> tuple[int, int]:
    """Let deliveries be compared with what the LMS shows, and sent if it differs.

    Those that wait or are under way already are left alone. Of what somebody made in the LMS by hand, only the points that
    were found and shown with the delivery may be overwritten, once; and where somebody took a grade away, it may come back.
    Returns how many will be sent at the next round, and how many wait for a link that is paused.
    """
    with transaction.atomic():
        mine: QuerySet = rows_in_table(actor, Right.OPERATE, deliveries) if actor is not None else deliveries
        chosen = GradeDelivery.objects.filter(pk__in=mine.values("pk"), state__in=OVER)
        rows = list(
            chosen.select_for_update(of=("self",))
            .select_related("link", "student", "assignment__course")
            .order_by("pk")
        )
        events = [_event(row, actor=actor, at=at, reason=reason) for row in rows]
        for row, event in zip(rows, events, strict=True):
            row.state, row.may_overwrite, row.was_shown = DeliveryState.WAITING, row.shown_points is not None, False
            row.tries, row.next_try_at, row.words = 0, None, ""
            event.after = _decisive(row)
        fields = ("state", "may_overwrite", "was_shown", "tries", "next_try_at", "words")
        GradeDelivery.objects.bulk_update(rows, fields, batch_size=AT_ONCE)
        record(events)
    paused = sum(row.link.is_paused for row in rows)
    return len(rows) - paused, paused


def _event(row: GradeDelivery, **told: Any) -> AuditEvent:
    subject = f"grade of {row.student.name} in {row.assignment.title}, on its way"
    event = new_event(row.assignment.course_id, AuditKind.GRADE, subject, **told)
    event.before = _decisive(row)
    return event


def _decisive(row: GradeDelivery) -> dict[str, Any]:
    """Return what the audit log shows of a delivery: what decides whether it takes the place of another grade."""
    shown = None if row.shown_points is None else points_text(row.shown_points)
    return {"state": row.state, "shown_points": shown, "may_overwrite": row.may_overwrite}


def save_link(*, link: Link, place: Collection[str], actor: User | None, at: datetime, reason: str) -> bool:
    """Save what staff say of a link, audited; return whether it leads elsewhere. `place`: the fields that say where.

    Then the LMS's app forgets what it found in the other place, and calls `start_link_over`, in the same transaction.
    """
    with transaction.atomic():
        stored = type(link)._default_manager.select_for_update().filter(pk=link.pk).first()
        link.paused_reason = link.paused_reason if link.is_paused else ""
        save_row(row=link, actor=actor, at=at, reason=reason)
        return stored is not None and any(getattr(stored, name) != getattr(link, name) for name in place)


def start_link_over(link: Link) -> None:
    """Forget what a link's LMS was sent and said, since it leads elsewhere. Part of the caller's transaction."""
    Link.objects.filter(pk=link.pk).update(**NEW)
    start_over(link=link, deliveries=GradeDelivery.objects.all())


def save_external_id(*, row: ExternalId, actor: User | None, at: datetime, reason: str) -> None:
    """Save which assignment, or who a student, is in an LMS, audited; if it is another one, the grades start over."""
    if isinstance(row, ExternalStudent):
        row.found_by = ""
    with transaction.atomic():
        if save_row(row=row, actor=actor, at=at, reason=reason):
            start_over(link=row.link, deliveries=row.deliveries())


def forget_external_id(*, row: ExternalId, actor: User | None, at: datetime, reason: str) -> None:
    """Delete what was said, audited: a student is looked for again, an assignment's grades stay here."""
    with transaction.atomic():
        start_over(link=row.link, deliveries=row.deliveries())
        delete_row(row=row, actor=actor, at=at, reason=reason)


def start_over(*, link: Link, deliveries: QuerySet[GradeDelivery]) -> None:
    """Forget what an LMS was sent and showed, since it was not the right one or not the right place in it.

    Whatever round is under way loses its claim, so that it sends nothing more and notes nothing. Part of the caller's
    transaction.
    """
    Link.objects.filter(pk=link.pk).update(claim="", claimed_until=None)
    deliveries.filter(link=link).update(
        state=DeliveryState.WAITING,
        sent_points=None,
        sent_at=None,
        shown_points=None,
        may_overwrite=False,
        was_shown=False,
        job="",
        tries=0,
        next_try_at=None,
        words="",
    )


def send_now(*, links: QuerySet[Link]) -> list[int]:
    """Forget that links were to wait for an LMS that was away; return the keys of those that are not paused."""
    keys = list(links.filter(is_paused=False).values_list("pk", flat=True))
    Link.objects.filter(pk__in=keys).update(next_try_at=None)
    return keys
