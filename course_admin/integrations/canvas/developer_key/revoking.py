"""Giving a token back to Canvas once nobody here needs it: kept encrypted until Canvas has taken it, for a week at most.

The queue `sync` asks; who removed the token does not wait for it.
"""

import json
import logging
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken

from course_admin.identity.guards.sealed import seal, unseal
from course_admin.integrations.canvas.developer_key.granting import Key, give_back, opened, renew
from course_admin.integrations.canvas.models import CourseToken, Revocation
from course_admin.integrations.canvas.own_token.bearer import PURPOSE, key_of
from course_admin.integrations.outbox.lms import LinkBroken, TemporaryFailure

log = logging.getLogger(__name__)

REVOKING = b"assay Canvas tokens to be given back, version 1"
KEPT = timedelta(days=7)


def note(token: CourseToken, at: datetime) -> None:
    """Note that a token is to be given back; one that somebody made by hand cannot be. Part of the caller's transaction."""
    if not token.sealed_refresh:
        return
    try:
        key = key_of(token)
        told = [unseal(token.sealed, PURPOSE), unseal(token.sealed_refresh, PURPOSE), key.client_id, key.secret]
    except (InvalidToken, LinkBroken):
        return  # nobody can read it any more, here or elsewhere
    Revocation.objects.create(address=token.address, sealed=seal(json.dumps(told), REVOKING), asked_at=at)


def revoke_all(at: datetime) -> None:
    """Give back what is noted, as far as Canvas is there."""
    for row in Revocation.objects.order_by("pk"):
        if _is_over(row) or at - row.asked_at >= KEPT:
            row.delete()


def _is_over(row: Revocation) -> bool:
    """Give one back; False if it is worth another try."""
    try:
        token, refresh, client_id, secret = json.loads(unseal(row.sealed, REVOKING))
        with opened(row.address) as outgoing:
            if not give_back(outgoing, token):  # it ran out meanwhile: only a fresh one can be given back
                give_back(outgoing, renew(outgoing, Key(client_id, secret), refresh).token)
    except TemporaryFailure as problem:
        log.warning("A token is given back to %s later: %s", row.address, problem)
        return False
    except (LinkBroken, InvalidToken) as problem:
        log.warning("A token of %s could not be given back: %s", row.address, str(problem) or "it cannot be read")
    return True
