"""Gitea's and Forgejo's webhooks: HMAC-SHA256 of the raw body in hexadecimal, and the payload of `push` -> an Announcement.

Its time of the push is not in what it signs, so that a push counts from when its announcement arrives, or as found by asking.
Source: Gitea, `services/webhook/deliver.go` and `modules/structs/hook.go`; Forgejo sends the same under its own names, too.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from course_admin.integrations import payload as read
from course_admin.integrations.proof import hmac_of, is_one_of
from course_admin.submissions.intake.announcements.announcement import Announcement
from course_admin.submissions.models import Forge

NAMES = ("Gitea", "Forgejo")
PROGRAMS = ("gitea-actions", "forgejo-actions")  # who pushes from a workflow


def header(headers: Mapping[str, str], what: str) -> str:
    """Return a header that Gitea, or Forgejo, sends; empty without one."""
    return next((value for name in NAMES if (value := headers.get(f"X-{name}-{what}", ""))), "")


def is_signed(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Say whether one of the secrets signed the body. No secret, no signature."""
    return is_one_of(signature, [hmac_of(body, secret) for secret in secrets if secret])


def is_test(payload: dict[str, Any]) -> bool:
    """Say whether a push is the button *Test delivery*: it leads from a commit to the same one."""
    return payload.get("before") == payload.get("after") is not None


def announcement(payload: dict[str, Any], delivery_id: str) -> Announcement:
    """Return what a push's payload announces. Raises BadPayload."""
    repository = read.member(payload, "repository")
    sender = payload.get("sender") or payload.get("pusher")
    sender = sender if isinstance(sender, dict) else {}
    login = read.text(sender, "login", "sender.login", or_else="")
    after = read.matching(payload, "after", read.COMMIT, "after")
    return Announcement(
        delivery_id=f"gitea-{delivery_id}",
        repository_id=read.number(repository, "id", "repository.id"),
        full_name=read.matching(repository, "full_name", read.FULL_NAME, "repository.full_name"),
        default_branch=read.text(repository, "default_branch", "repository.default_branch", or_else="main"),
        ref=read.text(payload, "ref", "ref"),
        before_id=read.matching(payload, "before", read.COMMIT, "before"),
        commit_id=after,
        is_forced=False,
        is_deletion=not after.strip("0"),
        sender_login=login,
        sender_is_bot=login in PROGRAMS,
        forge=Forge.GITEA,
    )
