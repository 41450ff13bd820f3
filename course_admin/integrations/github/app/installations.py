"""Where our App is installed: as GitHub tells by deliveries, or when it is asked; and tokens that read one repository."""

import logging
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.db import IntegrityError, transaction

from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.app.answers import NotPermitted, Rejected, TryLater
from course_admin.integrations.github.app.client import Access, Clock, GitHub, github
from course_admin.integrations.github.app.payload import number, text
from course_admin.integrations.github.models import Installation
from course_admin.integrations.times import moment_of

log = logging.getLogger(__name__)

READ_CODE = (("contents", "read"),)
NOT_INSTALLED_SECONDS = 600  # so long nobody asks again where the App is not


def note_installation(told: dict[str, Any], at: datetime, *, has_ended: bool = False) -> Installation:
    """Store what GitHub tells of an installation, unless something newer is known; at: now. Raises BadPayload."""
    account = told.get("account")
    account = account if isinstance(account, dict) else {}
    permissions = told.get("permissions")
    told_at = moment_of(told.get("updated_at")) or at
    fields = {
        "account_id": number(account, "id", "installation.account.id"),
        "account_login": text(account, "login", "installation.account.login", 100),
        "permissions": permissions if isinstance(permissions, dict) else {},
        "suspended_at": moment_of(told.get("suspended_at")),
    }
    key = number(told, "id", "installation.id")
    with transaction.atomic():
        row = Installation.objects.select_for_update().filter(number=key).first() or Installation(
            number=key, known_at=at
        )
        if row.pk and (row.ended_at or (told_at < row.told_at and not has_ended)):
            return row  # an end is for good: whoever installs it anew gets another number
        row.told_at, row.ended_at = told_at, at if has_ended else None
        for name, value in fields.items():
            setattr(row, name, value)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:  # the same news, at the same moment
            return Installation.objects.get(number=key)
    return row


def installation_for(full_name: str, hub: GitHub) -> Installation | None:
    """Return the installation that reaches a repository, asked for if none is known; None if there is none.

    Raises a GitHubProblem if GitHub does not say.
    """
    known = Installation.objects.active().of_owner(full_name).first()
    owner = full_name.partition("/")[0].lower()
    if known is not None or cache.get(_not_installed(owner)):
        return known
    try:
        told = hub.as_app("GET", f"/repos/{quote(full_name)}/installation")
    except Rejected as problem:
        if problem.status != 404:
            raise
        cache.set(_not_installed(owner), True, NOT_INSTALLED_SECONDS)
        return None
    try:
        row = note_installation(told if isinstance(told, dict) else {}, hub.now())
    except BadPayload as problem:
        raise TryLater(f"GitHub's answer about the App cannot be read. {problem}") from None
    return row if row.suspended_at is None and row.ended_at is None else None


def reading_token(full_name: str, repository_id: int | None, now: Clock) -> str | None:
    """Return a token that reads the code of one repository, and can nothing else; None where our App is not.

    Raises TryLater if GitHub does not say now.
    """
    hub = github(now)
    if hub is None:
        return None
    with hub:
        try:
            row = installation_for(full_name, hub)
            return hub.token(Access(row.number, READ_CODE, repository_id)) if row else None
        except (NotPermitted, Rejected) as problem:  # a public repository can be read without
            log.warning("No token for the code of %s: %s", full_name, problem)
            return None


def _not_installed(owner: str) -> str:
    return f"github-app-not-in-{owner}"
