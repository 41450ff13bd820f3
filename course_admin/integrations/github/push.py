"""The payload of GitHub's `push` event -> an Announcement. Only what is read is checked; what is odd is refused by name.

Source: GitHub's webhook description (`@octokit/openapi-webhooks`), event `push`.
"""

import re
from datetime import UTC, datetime
from typing import Any

from course_admin.integrations.deliveries import BadPayload
from course_admin.submissions.intake.announcement import Announcement
from grader.sanitize import clean

FULL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_BIGGEST = 2**63 - 1
_REF_BYTES = 250


def announcement(payload: Any, delivery_id: str) -> Announcement:
    """Return what a push's payload announces. Raises BadPayload."""
    repository = _take(payload, "repository", dict)
    sender = payload.get("sender")
    sender = sender if isinstance(sender, dict) else {}
    login, kind, number = (sender.get(name) for name in ("login", "type", "id"))
    return Announcement(
        delivery_id=delivery_id,
        repository_id=_number(repository),
        full_name=_matching(repository, "full_name", FULL_NAME, "repository.full_name"),
        default_branch=_text(repository, "default_branch", "repository.default_branch"),
        ref=_text(payload, "ref", "ref"),
        before_id=_matching(payload, "before", _COMMIT, "before"),
        commit_id=_matching(payload, "after", _COMMIT, "after"),
        is_forced=payload.get("forced") is True,
        is_deletion=payload.get("deleted") is True or not str(payload.get("after", "")).strip("0"),
        sender_login=clean(login, 100, 1) if isinstance(login, str) else "",
        sender_is_bot=kind == "Bot",
        sender_id=number
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= _BIGGEST
        else None,
        pushed_at=_moment(repository.get("pushed_at")),
    )


def _moment(value: Any) -> datetime | None:
    """Return a time that GitHub writes as seconds or as text; None for anything else, since nothing depends on having one."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _take(holder: Any, name: str, kind: type, shown: str = "") -> Any:
    value = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadPayload(f"The push has no usable {shown or name}.")
    return value


def _number(repository: dict) -> int:
    value = _take(repository, "id", int, "repository.id")
    if not 0 < value <= _BIGGEST:
        raise BadPayload("The push has no usable repository.id.")
    return value


def _matching(holder: Any, name: str, pattern: re.Pattern[str], shown: str) -> str:
    value = _take(holder, name, str, shown)
    if not pattern.fullmatch(value):
        raise BadPayload(f"The push has no usable {shown}.")
    return value


def _text(holder: Any, name: str, shown: str) -> str:
    value = _take(holder, name, str, shown)
    if not value or len(value) > _REF_BYTES or clean(value, _REF_BYTES, 1) != value:
        raise BadPayload(f"The push has no usable {shown}.")
    return value
