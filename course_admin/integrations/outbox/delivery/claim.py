"""A worker's claim on a link: while it holds, nobody else collects or sends for that course.

It is no lock of the database, since no transaction is held while an LMS is waited for. A worker that dies leaves a claim
that ends by itself, long before the next round.
"""

import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from course_admin.integrations.outbox.models import Link

LASTS = timedelta(minutes=10)  # each request takes two at most, and the claim is renewed before those that write


class ClaimLost(Exception):
    """The link is no longer this worker's: it was silent for too long, or somebody paused or corrected the link."""


class Claim:
    """One worker's claim on one link."""

    def __init__(self, link: Link, token: str) -> None:
        self._mine = Link.objects.filter(pk=link.pk, claim=token)

    @classmethod
    def take(cls, link: Link, at: datetime) -> "Claim | None":
        """Claim a link that is due; None if it is not, or if somebody else holds it."""
        token = secrets.token_urlsafe(24)
        free = Link.objects.due(at).filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=at), pk=link.pk)
        return cls(link, token) if free.update(claim=token, claimed_until=at + LASTS) else None

    def renew(self, at: datetime) -> None:
        """Hold the link for longer. Raises ClaimLost, if it was paused meanwhile as well."""
        if not self._mine.filter(is_paused=False).update(claimed_until=at + LASTS):
            raise ClaimLost

    def release(self, **fields: object) -> None:
        """Let the link go, and note on it what came of it, unless another worker has it by now, or staff paused it."""
        self._mine.filter(is_paused=False).update(**fields)
        self._mine.update(claim="", claimed_until=None)
