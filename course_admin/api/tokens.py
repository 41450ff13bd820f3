"""Tokens: made, taken back and recognised. What is shown once is kept nowhere; what is kept opens nothing."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext

from course_admin.api.models import ApiToken
from course_admin.courses.audit import save_audited
from course_admin.identity.models import User

PREFIX = "assay_"  # so that scanners of leaked secrets know one
MOST = 20  # of one account, that are good
NOTED_EVERY = timedelta(minutes=1)  # that one was used


class TokenRefused(ValueError):
    """A token is not made; the text is a sentence."""


def make_token(*, account: User, name: str, scopes: set[str], days: int | None, at: datetime) -> tuple[ApiToken, str]:
    """Make a token of an account's own, and return it with its text, which is never shown again. Raises TokenRefused.

    scopes: of `read`, `submit`, `gradebook`. days: for how long it is good; None: until it is taken back.
    """
    if not scopes:
        raise TokenRefused(gettext("Choose at least one thing that the token may do."))
    if ApiToken.objects.good(at).filter(account=account).count() >= MOST:
        raise TokenRefused(gettext("You have {most} tokens. Take one back first.").format(most=MOST))
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        account=account,
        name=name,
        digest=digest_of(text),
        may_read="read" in scopes,
        may_submit="submit" in scopes,
        may_read_grades="gradebook" in scopes,
        made_at=at,
        expires_at=at + timedelta(days=days) if days else None,
    )
    save_audited(thing=token, actor=account, at=at, reason="made on the page of tokens")
    return token, text


def take_back(*, account: User, key: int, at: datetime) -> bool:
    """Take back a token of an account's own; False if it has none of this key that is good."""
    token = ApiToken.objects.good(at).filter(account=account, pk=key).first()
    if token is None:
        return False
    token.revoked_at = at
    return save_audited(thing=token, actor=account, at=at, reason="taken back") is not None


def token_of(text: str, at: datetime) -> ApiToken | None:
    """Return the token whose text this is, if it is good, and note that it was used."""
    if not text.startswith(PREFIX) or len(text) > 200:
        return None
    token = ApiToken.objects.good(at).select_related("account").filter(digest=digest_of(text)).first()
    if token is not None:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=at)
    return token


def digest_of(text: str) -> str:
    """Return what is kept of a token's text: it has 256 random bits, so that a plain digest hides it."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
