"""Second factors on record: set up, replaced or removed, by their owner's hand or by an operator's command.

allauth keeps them in a table of its own, and tells what their owner does by signals only. No secret is in the log.
"""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from course_admin.courses.audit import new_event, record
from course_admin.courses.models import AuditKind
from course_admin.identity.models import User

BY_OWNER, BY_OPERATOR = "changed by its owner", "by an operator's command"


def note_added(*, user: User, authenticator: Authenticator, **_told: Any) -> None:
    """Record that an account's owner set one up."""
    _record(user, "", authenticator.type, user, timezone.now(), BY_OWNER)


def note_removed(*, user: User, authenticator: Authenticator, **_told: Any) -> None:
    """Record that an account's owner removed one."""
    _record(user, authenticator.type, "", user, timezone.now(), BY_OWNER)


def note_replaced(*, user: User, authenticator: Authenticator, **_told: Any) -> None:
    """Record that an account's owner replaced one by another of its kind."""
    _record(user, authenticator.type, authenticator.type, user, timezone.now(), BY_OWNER)


def forget_factors(*, account: User, at: datetime) -> int:
    """Remove all second factors of an account, audited, for an operator; returns how many there were."""
    with transaction.atomic():
        held = list(Authenticator.objects.filter(user=account).order_by("type"))
        for each in held:
            each.delete()
            _record(account, each.type, "", None, at, BY_OPERATOR)
    return len(held)


def _record(account: User, before: str, after: str, actor: Any, at: datetime, reason: str) -> None:
    event = new_event(None, AuditKind.ACCESS, f"second factor of {account}", actor=actor, at=at, reason=reason)
    event.before, event.after = {"second factor": before}, {"second factor": after}
    record([event])
