"""What staff ask of the outbox."""

from collections.abc import Collection

from django.db.models import Case, QuerySet, Value, When

from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery, Link


def send_again(*, deliveries: Collection[GradeDelivery]) -> int:
    """Let deliveries be compared with what the LMS shows, and sent if it differs; return how many will be.

    Those that wait or are under way already are left alone. Of what somebody made in the LMS by hand, only the points that
    were found and shown with the delivery may be overwritten, once.
    """
    over = (DeliveryState.CONFIRMED, DeliveryState.FAILED, DeliveryState.PARKED)
    chosen = GradeDelivery.objects.filter(pk__in=[each.pk for each in deliveries], state__in=over)
    was_seen = Case(When(shown_points__isnull=False, then=Value(True)), default=Value(False))
    return chosen.update(state=DeliveryState.WAITING, may_overwrite=was_seen, tries=0, next_try_at=None, words="")


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
